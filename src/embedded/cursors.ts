import type { Chance } from '../runtime/index.ts'
import { CommandFailure } from './failure.ts'
import type { BSONDocument } from './query/index.ts'
import type { APIParameters } from './generic_fields.ts'
import type { SessionId } from './sessions.ts'
import type { Signal } from './signal.ts'

/** A batch has at most so many bytes of documents; one document always fits. */
const batchBytesMax: number = 16 * 1024 * 1024

/** Of so many cursors that were ended by something else than their client, the newest ones, it is known what did it. */
const endedMax = 1_000

/** Where a cursor's documents come from. */
export interface DocumentSource {
  /** The next ones, perhaps none. @throws {CommandFailure} when there can be no more. */
  take(batch: BatchUnderWay): void
  /** Whether there is nothing more to ask for, after that batch. */
  isAtEnd(batch: BatchUnderWay): boolean
  /** Told when there may be more; undefined: who asks does not wait. */
  readonly news: Signal | undefined
  /** Whether it watches: it tells of its collection's end, and does not end with it. */
  readonly isChangeStream?: boolean
  /** Of one that watches: where it has got to. */
  readonly resumeToken?: BSONDocument
}

/** A batch as it is put together. */
export class BatchUnderWay {
  readonly documents: Uint8Array[] = []
  readonly #countMax: number
  #bytes = 0

  constructor(countMax: number) {
    this.#countMax = countMax
  }

  get isFull(): boolean {
    return this.documents.length >= this.#countMax
  }

  /** Says whether it went in. */
  add(document: Uint8Array): boolean {
    if (this.isFull || (this.documents.length > 0 && this.#bytes + document.length > batchBytesMax)) return false
    this.documents.push(document)
    this.#bytes += document.length
    return true
  }
}

/** A result that was read whole when its command ran, so that later writes do not show in it. */
export class ListedDocuments implements DocumentSource {
  readonly news = undefined
  readonly #documents: readonly Uint8Array[]
  readonly #endKnown: boolean
  #position = 0

  /** `endKnown`: whether the end is told with the last document, or only when more is asked for. */
  constructor(documents: readonly Uint8Array[], endKnown: boolean) {
    this.#documents = documents
    this.#endKnown = endKnown
  }

  take(batch: BatchUnderWay): void {
    for (; ; this.#position++) {
      const document = this.#documents[this.#position]
      if (document === undefined || !batch.add(document)) return
    }
  }

  isAtEnd(batch: BatchUnderWay): boolean {
    return this.#position >= this.#documents.length && (this.#endKnown || !batch.isFull)
  }
}

export interface CursorSource {
  /** `database.collection`, or what stands in its place where the command was for no collection. */
  readonly namespace: string
  readonly session: SessionId | undefined
  readonly api: APIParameters
  readonly documents: DocumentSource
}

/** What is left of a result. */
export interface Cursor extends CursorSource {
  readonly id: bigint
  /** A getMore waits for documents; told when the cursor is gone. */
  waiting: Signal | undefined
}

export interface Batch {
  readonly documents: readonly Uint8Array[]
  /** 0 when there is nothing more to ask for. */
  readonly id: bigint
  readonly resumeToken?: BSONDocument | undefined
}

/**
 * The open cursors of a member. None times out: what is left open is told by `size`, and is gone with the member. A query
 * that ends exactly with a batch keeps its cursor until it is asked once more, as a server that has not looked further.
 */
export class CursorRegistry {
  readonly #chance: Chance
  readonly #open = new Map<bigint, Cursor>()
  /** What ended cursors whose clients do not know of it yet. */
  readonly #ended = new Map<bigint, CommandFailure>()

  constructor(chance: Chance) {
    this.#chance = chance
  }

  get size(): number {
    return this.#open.size
  }

  has(id: bigint): boolean {
    return this.#open.has(id)
  }

  /** The first batch. A cursor stays open behind it if there may be more, and `single` does not forbid it. */
  open(source: CursorSource, countMax: number, single = false): Batch {
    const batch = new BatchUnderWay(countMax)
    source.documents.take(batch)
    if (single || source.documents.isAtEnd(batch)) return batchOf(source, batch, 0n)
    const id = this.#unusedId()
    this.#open.set(id, { ...source, id, waiting: undefined })
    return batchOf(source, batch, id)
  }

  /** @throws {CommandFailure} when there is none, with what ended it if that is known. */
  find(id: bigint): Cursor {
    const cursor = this.#open.get(id)
    if (cursor !== undefined) return cursor
    const why = this.#ended.get(id)
    this.#ended.delete(id)
    throw why ?? new CommandFailure('CursorNotFound', `cursor id ${id} not found`)
  }

  /** @throws {CommandFailure} when its source has failed; the cursor is gone then. */
  next(cursor: Cursor, countMax: number): Batch {
    const batch = new BatchUnderWay(countMax)
    try {
      cursor.documents.take(batch)
    } catch (error) {
      this.#open.delete(cursor.id)
      throw error
    }
    if (!cursor.documents.isAtEnd(batch)) return batchOf(cursor, batch, cursor.id)
    this.#open.delete(cursor.id)
    return batchOf(cursor, batch, 0n)
  }

  /** What a getMore that waits is to fail with, once its cursor is gone. */
  failureOf({ id }: Cursor): CommandFailure | undefined {
    if (this.#open.has(id)) return undefined
    const failure = this.#ended.get(id)
    this.#ended.delete(id)
    return failure ?? new CommandFailure('CursorKilled', `operation was interrupted: cursor id ${id} was killed`)
  }

  /** Whether there was such a cursor in the namespace. */
  kill(id: bigint, namespace: string): boolean {
    const cursor = this.#open.get(id)
    if (cursor?.namespace !== namespace) return false
    this.#end(cursor)
    return true
  }

  killOfSession(session: SessionId): void {
    for (const cursor of this.#open.values()) if (cursor.session === session) this.#end(cursor)
  }

  /** Who asks one of them for more is told why. */
  killOfNamespace(namespace: string, why: CommandFailure): void {
    for (const cursor of this.#open.values()) {
      if (cursor.namespace !== namespace || cursor.documents.isChangeStream === true) continue
      this.#ended.set(cursor.id, why)
      this.#end(cursor)
    }
    for (const id of this.#ended.keys()) {
      if (this.#ended.size <= endedMax) return
      this.#ended.delete(id)
    }
  }

  #end(cursor: Cursor): void {
    this.#open.delete(cursor.id)
    cursor.waiting?.notify()
  }

  /** Any of the positive int64: most are beyond what a double holds, which finds clients that use one. */
  #unusedId(): bigint {
    const bytes = new Uint8Array(8)
    for (;;) {
      this.#chance.fill(bytes)
      const id = new DataView(bytes.buffer).getBigUint64(0) >> 1n
      if (id !== 0n && !this.#open.has(id)) return id
    }
  }
}

function batchOf({ documents: source }: CursorSource, { documents }: BatchUnderWay, id: bigint): Batch {
  return { documents, id, resumeToken: source.resumeToken }
}
