import type { Binary } from '../../bson/index.ts'
import { badValue, CommandFailure } from '../failure.ts'
import { int32 } from '../reply.ts'
import { type BSONDocument, type BSONValue, decodeDocument, encodeDocument, isDocument } from '../query/index.ts'
import { Signal } from '../signal.ts'
import { type CappedLimits, cappedLimitsOf } from './capped.ts'
import type { Change, ChangeListener } from './change.ts'
import { changedPaths } from './changed_paths.ts'
import { displayDocument } from './display.ts'
import { IndexDefinition, idIndexName } from './index_definition.ts'
import { Validator } from './validator.ts'
import { valueKey } from './value_key.ts'
import { isAView, type ViewDefinition, viewDefinitionOf } from './view.ts'

/** What a stored document may have: the manual's limit, and the hello's `maxBsonObjectSize`. */
export const documentBytesMax: number = 16 * 1024 * 1024

/** The option of a collection whose changed documents are kept as they were before. */
export const imagesOption = 'changeStreamPreAndPostImages'

/** The place of a document in its collection, counted up; it stays for the document's life. */
export type RecordId = number

/** Who is told of each change, at the moment; undefined: nobody. */
export interface Recording {
  readonly recorder: ChangeListener | undefined
}

/** What queries read. */
export interface Readable {
  /** `database.collection` */
  readonly namespace: string
  readonly indexes: readonly IndexDefinition[]
  /** All documents in their order. */
  records(): Iterable<[RecordId, Uint8Array]>
  /** Those among which one with this `_id` is, if it is there. */
  candidates(id: BSONValue): Iterable<[RecordId, Uint8Array]>
}

interface IndexState {
  readonly definition: IndexDefinition
  /** Of a unique index: who has the key. */
  readonly owners: Map<string, RecordId> | undefined
}

/**
 * Documents as bytes, in the order in which they were inserted. Its three changes are all that can happen to a document. A view is
 * one too, without documents: its options say what it shows.
 */
export class Collection implements Readable {
  /** `database.collection`, as the store has it: only a rename changes it. */
  namespace: string
  readonly uuid: Binary
  /** As `listCollections` tells them. */
  options: BSONDocument
  /** Undefined: it takes any document. */
  validator: Validator | undefined
  readonly capped: CappedLimits | undefined
  /** There is a new document, or the collection is gone or has another name. */
  readonly news: Signal = new Signal()
  readonly #recording: Recording
  readonly #records = new Map<RecordId, Uint8Array>()
  readonly #indexes = new Map<string, IndexState>()
  #nextRecord: RecordId = 1
  #bytes = 0
  #isDropped = false

  constructor(namespace: string, uuid: Binary, options: BSONDocument, recording: Recording) {
    this.namespace = namespace
    this.uuid = uuid
    this.options = options
    this.validator = Validator.of(options)
    this.capped = cappedLimitsOf(options)
    this.#recording = recording
    this.#indexes.set(idIndexName, { definition: idIndex, owners: new Map() })
  }

  get size(): number {
    return this.#records.size
  }

  /** Sum of the documents' bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** Undefined: it is a collection. */
  get view(): ViewDefinition | undefined {
    return viewDefinitionOf(this.options)
  }

  get isDropped(): boolean {
    return this.#isDropped
  }

  /** Another collection of the same: places and bytes too. */
  copy(recording: Recording): Collection {
    const copy = new Collection(this.namespace, this.uuid, this.options, recording)
    for (const [record, bytes] of this.#records) copy.#records.set(record, bytes)
    for (const [name, { definition, owners }] of this.#indexes)
      copy.#indexes.set(name, { definition, owners: owners === undefined ? undefined : new Map(owners) })
    copy.#nextRecord = this.#nextRecord
    copy.#bytes = this.#bytes
    return copy
  }

  /** It is in no store any more. */
  dropped(): void {
    this.#isDropped = true
    this.news.notify()
  }

  renamed(namespace: string): void {
    this.namespace = namespace
    this.news.notify()
  }

  get indexes(): readonly IndexDefinition[] {
    return Array.from(this.#indexes.values(), ({ definition }) => definition)
  }

  /** All documents in their order. A change of the collection while it is read shows in what has not been read. */
  records(): IterableIterator<[RecordId, Uint8Array]> {
    return this.#records.entries()
  }

  /** Those that came after that place, in their order. */
  *recordsAfter(record: RecordId): Generator<[RecordId, Uint8Array]> {
    for (let at = record + 1; at < this.#nextRecord; at++) {
      const bytes = this.#records.get(at)
      if (bytes !== undefined) yield [at, bytes]
    }
  }

  /** Undefined for a document that is gone. The bytes are never changed in place. */
  bytesOf(record: RecordId): Uint8Array | undefined {
    return this.#records.get(record)
  }

  candidates(id: BSONValue): Iterable<[RecordId, Uint8Array]> {
    const record = this.recordOf(id)
    const bytes = record === undefined ? undefined : this.bytesOf(record)
    return record === undefined || bytes === undefined ? [] : [[record, bytes]]
  }

  recordOf(id: BSONValue): RecordId | undefined {
    return this.ownerOf(idIndexName, valueKey(id))
  }

  /** Who has the key in a unique index. */
  ownerOf(index: string, key: string): RecordId | undefined {
    return this.#indexes.get(index)?.owners?.get(key)
  }

  /**
   * In a capped collection the oldest documents make room for it.
   * @throws {CommandFailure} for a key that another document has, and for a document above `documentBytesMax` or above all
   *   that a capped collection holds, for one that its validator refuses, and where it is a view.
   */
  insert(document: BSONDocument, bypassesValidation = false): void {
    if (this.view !== undefined) throw isAView(this.namespace)
    if (!bypassesValidation) this.validator?.check(document)
    const bytes = encodeDocument(document)
    checkSize(bytes)
    if (this.capped !== undefined && bytes.length > this.capped.bytesMax)
      throw badValue('object to insert exceeds cappedMaxSize')
    this.add(document, bytes)
    this.#makeRoom()
  }

  /** As `insert`, where no room is made: another store has told of it, and tells of what goes. */
  add(document: BSONDocument, bytes: Uint8Array): void {
    const taken = this.#claim(document, undefined)
    const record = this.#nextRecord++
    this.#records.set(record, bytes)
    this.#bytes += bytes.length
    for (const [owners, key] of taken) owners.set(key, record)
    const { namespace, uuid } = this
    this.#recording.recorder?.({ kind: 'insert', namespace, uuid, document: bytes }, [
      { kind: 'remove', namespace, id: idOf(document) }
    ])
    this.news.notify()
  }

  #makeRoom(): void {
    if (this.capped === undefined) return
    const { bytesMax, documentsMax } = this.capped
    for (const [record, bytes] of this.#records) {
      if (this.#bytes <= bytesMax && this.#records.size <= documentsMax) return
      if (this.#records.size > 1) this.remove(record, decodeDocument(bytes), true)
    }
  }

  /**
   * The document keeps its place. `before` is what it was. `whole`: of an update, the paths that are told as one; undefined
   * where all of the document is another one.
   */
  replace(
    record: RecordId,
    before: BSONDocument,
    after: BSONDocument,
    bytes: Uint8Array,
    whole?: ReadonlySet<string>
  ): void {
    checkSize(bytes)
    const taken = this.#claim(after, record)
    this.#release(before, record)
    const earlier = this.#earlier(record)
    this.#bytes += bytes.length - earlier.length
    this.#records.set(record, bytes)
    for (const [owners, key] of taken) owners.set(key, record)
    const { namespace, uuid } = this
    const id = idOf(before)
    const isTold = this.#recording.recorder !== undefined
    const updated = whole === undefined || !isTold ? undefined : changedPaths(before, after, whole)
    const preImage = this.#keepsImages ? earlier : undefined
    this.#recording.recorder?.({ kind: 'replace', namespace, uuid, id, document: bytes, updated, preImage }, [
      { kind: 'replace', namespace, id, document: earlier }
    ])
  }

  remove(record: RecordId, document: BSONDocument, makesRoom = false): void {
    this.#release(document, record)
    const earlier = this.#earlier(record)
    this.#bytes -= earlier.length
    this.#records.delete(record)
    const { namespace, uuid } = this
    const preImage = this.#keepsImages ? earlier : undefined
    const change = { kind: 'remove', namespace, uuid, id: idOf(document), preImage } as const
    this.#recording.recorder?.(makesRoom ? { ...change, makesRoom } : change, [
      { kind: 'insert', namespace, document: earlier }
    ])
  }

  /** @throws {CommandFailure} when the index is unique and two documents share a key. */
  createIndex(definition: IndexDefinition): void {
    const owners = definition.unique ? new Map<string, RecordId>() : undefined
    for (const [record, bytes] of this.#records) {
      for (const [key, shown] of definition.keysOf(decodeDocument(bytes))) {
        if (owners?.has(key) === true) throw this.#duplicate(definition, shown)
        owners?.set(key, record)
      }
    }
    this.#indexes.set(definition.name, { definition, owners })
    const { namespace, uuid } = this
    const { document, name } = definition
    this.#recording.recorder?.({ kind: 'createIndex', namespace, uuid, definition: document }, [
      { kind: 'dropIndex', namespace, name }
    ])
  }

  dropIndex(name: string): void {
    const { namespace, uuid } = this
    const dropped = this.#indexes.get(name)?.definition.document
    this.#indexes.delete(name)
    const undo: Change[] = dropped === undefined ? [] : [{ kind: 'createIndex', namespace, definition: dropped }]
    this.#recording.recorder?.({ kind: 'dropIndex', namespace, uuid, name, definition: dropped }, undo)
  }

  /** The index of that name is this one from now on. What it enforces stays what it was. */
  modifyIndex(definition: IndexDefinition): void {
    const { document, name } = definition
    const before = this.#indexes.get(name)
    if (before === undefined) throw new TypeError(`${this.namespace} has no index ${name} to change`)
    this.#indexes.set(name, { definition, owners: before.owners })
    const { namespace, uuid } = this
    this.#recording.recorder?.({ kind: 'modifyIndex', namespace, uuid, definition: document }, [
      { kind: 'modifyIndex', namespace, definition: before.definition.document }
    ])
  }

  /** It has these options from now on. */
  modify(options: BSONDocument): void {
    const { namespace, uuid, options: before } = this
    this.options = options
    this.validator = Validator.of(options)
    this.#recording.recorder?.({ kind: 'modifyCollection', namespace, uuid, options }, [
      { kind: 'modifyCollection', namespace, options: before }
    ])
  }

  /** Whether change streams may want documents as they were before a change. */
  get #keepsImages(): boolean {
    const images = this.options.get(imagesOption)
    return isDocument(images) && images.get('enabled') === true
  }

  /** The changes that make it anew, documents and indexes included, in the order in which they are to be applied. */
  *changes(): Generator<Change> {
    const { namespace, uuid, options } = this
    yield { kind: 'createCollection', namespace, uuid, options }
    for (const { name, document } of this.indexes)
      if (name !== idIndexName) yield { kind: 'createIndex', namespace, definition: document }
    for (const document of this.#records.values()) yield { kind: 'insert', namespace, document }
  }

  #earlier(record: RecordId): Uint8Array {
    const bytes = this.#records.get(record)
    if (bytes !== undefined) return bytes
    throw new TypeError(`${this.namespace} has no record ${record} to change`)
  }

  /** The keys that the document would have in the unique indexes, all of them free or its own. */
  #claim(document: BSONDocument, record: RecordId | undefined): [Map<string, RecordId>, string][] {
    const taken: [Map<string, RecordId>, string][] = []
    for (const { definition, owners } of this.#indexes.values()) {
      const keys = definition.keysOf(document)
      if (owners === undefined) continue
      for (const [key, shown] of keys) {
        const owner = owners.get(key)
        if (owner !== undefined && owner !== record) throw this.#duplicate(definition, shown)
        taken.push([owners, key])
      }
    }
    return taken
  }

  #release(document: BSONDocument, record: RecordId): void {
    for (const { definition, owners } of this.#indexes.values()) {
      if (owners === undefined) continue
      for (const key of definition.keysOf(document).keys()) if (owners.get(key) === record) owners.delete(key)
    }
  }

  #duplicate(definition: IndexDefinition, key: BSONDocument): CommandFailure {
    return new CommandFailure(
      'DuplicateKey',
      `E11000 duplicate key error collection: ${this.namespace} index: ${definition.name} ` +
        `dup key: ${displayDocument(key)}`,
      { keyPattern: definition.key, keyValue: key }
    )
  }
}

const idIndex = new IndexDefinition(
  new Map<string, BSONValue>([
    ['v', int32(2)],
    ['key', new Map([['_id', int32(1)]])],
    ['name', idIndexName]
  ])
)

/** Every stored document has one. */
function idOf(document: BSONDocument): BSONValue {
  return document.get('_id') ?? null
}

function checkSize(bytes: Uint8Array): void {
  if (bytes.length <= documentBytesMax) return
  throw new CommandFailure(
    'BSONObjectTooLarge',
    `the document has ${bytes.length} bytes; at most ${documentBytesMax} are stored (maxBsonObjectSize)`
  )
}
