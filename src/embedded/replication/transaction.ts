import type { Command } from '../command.ts'
import { CommandFailure, type FailureName } from '../failure.ts'
import { decodeDocument } from '../query/index.ts'
import type { SessionId } from '../sessions.ts'
import { Signal } from '../signal.ts'
import { type Change, type Collection, idIndexName, namespaceOf, type Store } from '../store/index.ts'
import { type ChangedKey, keyOf, keysOf } from './changed_keys.ts'

/** What a transaction may change, in bytes of its documents: its entry of the oplog has to be one document. */
export const transactionBytesMax: number = 16 * 1024 * 1024
/** What a change takes besides its document: about. */
const changeBytes = 256

/** Fails a whole command of a transaction, and not one statement of it. */
export class TransactionFailure extends Error {
  readonly failure: CommandFailure

  constructor(failure: CommandFailure) {
    super(failure.message)
    this.failure = failure
  }
}

/** By the text of a key: the open transaction that has changed it. */
export type Holders = Map<string, Transaction>

export interface TransactionOptions {
  readonly session: SessionId
  readonly number: bigint
  /** On the Runtime's clock. */
  readonly startedMS: number
  /** A copy of the member's data, for itself. */
  readonly store: Store
  /** Those that can be run in it, made to work on that copy. */
  readonly commands: ReadonlyMap<string, Command>
  /** The member's data. */
  readonly main: Store
  readonly holders: Holders
}

/**
 * A transaction that is open. It works on a copy of the data, so that it sees all as it was when it began, and its own writes, which
 * nobody else sees. What it changes it holds: no other transaction can change that, and who writes outside of one waits.
 */
export class Transaction {
  readonly session: SessionId
  readonly number: bigint
  readonly startedMS: number
  readonly commands: ReadonlyMap<string, Command>
  /** In their order: what the commit does to the member's data. */
  readonly changes: Change[] = []
  /** It was committed or aborted. */
  readonly ended: Signal = new Signal()
  readonly #store: Store
  readonly #main: Store
  readonly #holders: Holders
  readonly #held = new Set<string>()
  /** The collections that it writes to, and whether it has made them. */
  readonly #collections = new Map<string, 'made' | 'found'>()
  #isOpen = true
  #bytes = 0

  constructor({ session, number, startedMS, store, commands, main, holders }: TransactionOptions) {
    this.session = session
    this.number = number
    this.startedMS = startedMS
    this.commands = commands
    this.#store = store
    this.#main = main
    this.#holders = holders
    store.recorder = (change, undo) => this.#changed(change, undo)
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  writesTo(namespace: string): boolean {
    return this.#collections.has(namespace)
  }

  /** Nothing is held any more. */
  end(): void {
    this.#isOpen = false
    this.#store.recorder = undefined
    for (const key of this.#held) this.#holders.delete(key)
    this.ended.notify()
  }

  /**
   * The copy has been changed; if this fails, the transaction is aborted, and the copy with it.
   * @throws {TransactionFailure} for what somebody else has changed meanwhile, and for what no transaction may do.
   */
  #changed(change: Change, undo: readonly Change[]): void {
    this.#enterCollection(change)
    for (const key of keysOf(change, this.#store)) {
      if (this.#held.has(key.text)) continue
      if (this.#holders.has(key.text) || this.#isStale(key, change.namespace, undo)) throw conflictIn(change.namespace)
      this.#holders.set(key.text, this)
      this.#held.add(key.text)
    }
    this.#bytes += bytesOf(change)
    if (this.#bytes > transactionBytesMax)
      throw failure(
        'TransactionTooLarge',
        `the transaction changes ${this.#bytes} bytes; the embedded deployment takes at most ${transactionBytesMax}`
      )
    this.changes.push(change)
  }

  #enterCollection({ kind, namespace }: Change): void {
    const known = this.#collections.get(namespace)
    const seen = this.#store.find(namespaceOf(namespace))
    if (kind === 'createIndex' && known !== 'made')
      throw unsupported(
        `Cannot create new indexes on existing collection ${namespace} in a multi-document transaction.`
      )
    if (kind !== 'createCollection' && seen?.capped !== undefined)
      throw unsupported(
        `Collection '${namespace}' is a capped collection. Writes in transactions are not allowed on capped collections.`
      )
    if (known !== undefined) return
    const present = this.#main.find(namespaceOf(namespace))
    const isSame = kind === 'createCollection' ? present === undefined : areSame(present, seen)
    if (!isSame) throw conflictIn(namespace)
    this.#collections.set(namespace, kind === 'createCollection' ? 'made' : 'found')
  }

  /** Whether the member has another version of it by now than this transaction has seen. */
  #isStale({ index, key }: ChangedKey, namespace: string, undo: readonly Change[]): boolean {
    const present = this.#main.find(namespaceOf(namespace))
    if (index === undefined || present === undefined) return false
    const owner = present.ownerOf(index, key)
    const bytes = owner === undefined ? undefined : present.bytesOf(owner)
    // Bytes are never changed in place, and a copy has the same ones: others are another version.
    if (index === idIndexName) return bytes !== bytesIn(undo)
    // Some document that this transaction has not seen, or not changed, has the key.
    return bytes !== undefined && !this.#held.has(keyOf(namespace, decodeDocument(bytes).get('_id') ?? null).text)
  }
}

/** About. */
function bytesOf(change: Change): number {
  const document = 'document' in change ? change.document.length : 0
  const preImage = 'preImage' in change ? (change.preImage?.length ?? 0) : 0
  return changeBytes + document + preImage
}

/** What was there before a change, by what takes it back. */
function bytesIn(undo: readonly Change[]): Uint8Array | undefined {
  for (const each of undo) if (each.kind === 'insert' || each.kind === 'replace') return each.document
  return undefined
}

function areSame(one: Collection | undefined, other: Collection | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  const names = ({ indexes }: Collection): string => indexes.map(({ name }) => name).join('\0')
  return one.uuid.toString('hex') === other.uuid.toString('hex') && names(one) === names(other)
}

function conflictIn(namespace: string): TransactionFailure {
  return failure(
    'WriteConflict',
    `Caused by :: Write conflict during plan execution and yielding is disabled: what the transaction writes in ${namespace} was ` +
      'changed since it began, or another transaction is changing it. Please retry your operation or multi-document transaction.'
  )
}

function unsupported(message: string): TransactionFailure {
  return failure('OperationNotSupportedInTransaction', message)
}

function failure(code: FailureName, message: string): TransactionFailure {
  return new TransactionFailure(new CommandFailure(code, message))
}
