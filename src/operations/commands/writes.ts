import {
  copyOf,
  decodeDocument,
  type Document,
  type DocumentWriter,
  encodeDocument,
  EncodedDocument,
  EncodedDocumentList,
  type ObjectIds,
  prepareElements,
  uncheckedErrors
} from '../../bson/index.ts'
import {
  BulkWriteResult,
  MongoInvalidArgumentError,
  MongoServerError,
  MongoWriteConcernError,
  WriteError,
  type WriteRefusal
} from '../../errors/index.ts'
import { isAcknowledged, type WriteConcern } from '../../options/index.ts'
import type { Reply } from '../../wire/index.ts'
import { type Command, moreToSend, repeatableWrite, type RunningOperation, unrepeatableWrite } from '../command.ts'
import { errorIn } from '../error_replies.ts'
import { PreparedCommand, writeOption, writeWriteConcern } from '../prepared_command.ts'
import { asksForRetry, bulkEnded, bulkRefused, retryTakesFewer } from './bulk_errors.ts'

export interface WriteTarget {
  readonly database: string
  readonly collection: string
  readonly writeConcern: WriteConcern
}

/** A server takes no larger document; said at the call rather than by a connection that closes. */
const documentBytesMax = 16 * 1024 * 1024

// ───────────────────────── insert ─────────────────────────

export interface InsertOneOutcome {
  readonly acknowledged: boolean
  readonly insertedId: unknown
}

export function insertOneCommand(
  target: WriteTarget,
  document: Document,
  ids: ObjectIds,
  further: Readonly<Record<string, unknown>>
): Command<InsertOneOutcome> {
  const { id, bytes } = encodeInsert(document, ids)
  return new PreparedCommand<InsertOneOutcome>(repeatableWrite, {
    name: 'insert',
    database: target.database,
    acknowledged: isAcknowledged(target.writeConcern),
    elements: writeElements('insert', target, further),
    sequence: { identifier: 'documents', documents: new EncodedDocument(bytes) },
    accept: reply => {
      if (reply.hasWriteDetails) throwSingle(reply.document(reply.decodeOptions ?? uncheckedErrors))
      return { acknowledged: true, insertedId: id }
    },
    unacknowledged: () => ({ acknowledged: false, insertedId: id })
  })
}

export interface InsertManyOutcome {
  readonly acknowledged: boolean
  readonly insertedCount: number
  readonly insertedIds: Record<number, unknown>
}

/** Any number of documents, as many commands as the connection's limits ask for. Each batch is retried by itself. */
export class InsertCommand extends PreparedCommand<InsertManyOutcome> {
  sequenceStart = 0
  #taken = 0
  readonly #documents: EncodedDocumentList
  readonly #ids: unknown[]
  readonly #ordered: boolean
  #insertedCount = 0
  readonly #failed = new Map<number, WriteError>()
  /** They stop nothing and are told at the end. */
  readonly #writeConcernErrors: MongoWriteConcernError[] = []

  constructor(
    target: WriteTarget,
    documents: readonly Document[],
    ids: ObjectIds,
    ordered: boolean,
    further: Readonly<Record<string, unknown>>
  ) {
    const inserted = encodeInserts(documents, ids)
    super(repeatableWrite, {
      name: 'insert',
      database: target.database,
      acknowledged: isAcknowledged(target.writeConcern),
      elements: writeElements('insert', target, further, ordered),
      sequence: { identifier: 'documents', documents: inserted.documents },
      accept: unreachable
    })
    this.#documents = inserted.documents
    this.#ids = inserted.ids
    this.#ordered = ordered
  }

  /** A retry takes the documents of the first attempt: the server knows them by their number in the command. */
  get sequenceEnd(): number {
    return this.#taken === 0 ? this.#ids.length : this.sequenceStart + this.#taken
  }

  taken(count: number, first: number): void {
    if (this.#taken !== 0 && count !== this.#taken) throw retryTakesFewer(count, this.#taken)
    this.#taken = count
    this.sequenceStart = first
  }

  override readonly accept = (reply: Reply, operation: RunningOperation): InsertManyOutcome | typeof moreToSend => {
    if (!reply.hasWriteDetails) {
      this.#insertedCount += reply.n ?? 0
      return this.#advance(false)
    }
    const document = reply.document(reply.decodeOptions ?? uncheckedErrors)
    const concernError = errorIn(document)
    if (asksForRetry(concernError, operation)) throw concernError
    this.#insertedCount += reply.n ?? 0
    const errors = writeErrorsOf(document)
    for (const error of errors) {
      const index = error.index + this.sequenceStart
      // Of its own: an error must not keep all documents of the command.
      const document = this.#documents.at(index)
      const copy = copyOf(document, 0, document.length)
      this.#failed.set(index, new WriteError({ ...error, index }, () => decoded(copy)))
    }
    if (concernError instanceof MongoWriteConcernError) this.#writeConcernErrors.push(concernError)
    return this.#advance(this.#ordered && errors.length > 0)
  }

  failure(reason: Error): Error {
    return bulkEnded(reason, this.sequenceStart, this.#ids.length, [...this.#failed.values()], this.#result())
  }

  override readonly unacknowledged = (): InsertManyOutcome | typeof moreToSend => this.#advance(false)

  #advance(stops: boolean): InsertManyOutcome | typeof moreToSend {
    this.sequenceStart += this.#taken
    this.#taken = 0
    if (!stops && this.sequenceStart < this.#ids.length) return moreToSend
    if (this.#failed.size > 0 || this.#writeConcernErrors.length > 0)
      throw bulkRefused([...this.#failed.values()], this.#writeConcernErrors, this.#result())
    this.#documents.release()
    return { acknowledged: this.acknowledged, insertedCount: this.#insertedCount, insertedIds: this.#insertedIds() }
  }

  #insertedIds(): Record<number, unknown> {
    const stopped = this.#ordered && this.#failed.size > 0 ? Math.min(...this.#failed.keys()) : Number.POSITIVE_INFINITY
    const end = this.acknowledged ? Math.min(stopped, this.sequenceStart) : this.#ids.length
    const inserted: Record<number, unknown> = {}
    for (let index = 0; index < end; index++) if (!this.#failed.has(index)) inserted[index] = this.#ids[index]
    return inserted
  }

  #result(): BulkWriteResult {
    const counts = { insertedCount: this.#insertedCount, insertedIds: this.#insertedIds() }
    return new BulkWriteResult(counts, this.acknowledged, [...this.#failed.values()], this.#writeConcernErrors)
  }
}

interface Inserted {
  readonly documents: EncodedDocumentList
  /** The `_id` of each document, the user's own or one that was made. */
  readonly ids: unknown[]
}

export interface EncodedInsert {
  readonly id: unknown
  readonly bytes: Uint8Array
}

export function encodeInsert(document: Document, ids: ObjectIds): EncodedInsert {
  const id = idOf(document)
  const made = id === undefined ? ids.next() : undefined
  const bytes = encodeDocument(made === undefined ? document : withoutId(document), false, made)
  refuseTooLarge(bytes.length)
  return { id: made ?? id, bytes }
}

function encodeInserts(documents: readonly Document[], ids: ObjectIds): Inserted {
  const list = new EncodedDocumentList()
  const all = documents.map(document => {
    const id = idOf(document)
    const made = id === undefined ? ids.next() : undefined
    refuseTooLarge(list.add(made === undefined ? document : withoutId(document), false, made))
    return made ?? id
  })
  return { documents: list.finish(), ids: all }
}

export function idOf(document: Document): unknown {
  return document instanceof Map ? document.get('_id') : document['_id']
}

/** An `_id` of undefined asks for one that is made, as a missing one does: stored as null beside it, there would be two. */
export function withoutId(document: Document): Document {
  if (document instanceof Map) {
    if (!document.has('_id')) return document
    const others = new Map(document)
    others.delete('_id')
    return others
  }
  if (!('_id' in document)) return document
  const { _id, ...others } = document
  return others
}

export function refuseTooLarge(bytes: number): void {
  if (bytes > documentBytesMax)
    throw new MongoInvalidArgumentError(
      `a document takes ${bytes} bytes; the server takes ${documentBytesMax} (16 MiB) at most`
    )
}

// ───────────────────────── update and delete ─────────────────────────

export interface UpdateOutcome {
  readonly acknowledged: boolean
  readonly matchedCount: number
  readonly modifiedCount: number
  readonly upsertedCount: number
  readonly upsertedId: unknown
}

/** Of one statement, an update or a replacement. */
export function updateCommand(
  target: WriteTarget,
  statement: Uint8Array,
  multi: boolean,
  further: Readonly<Record<string, unknown>>
): PreparedCommand<UpdateOutcome> {
  return new PreparedCommand<UpdateOutcome>(multi ? unrepeatableWrite : repeatableWrite, {
    name: 'update',
    database: target.database,
    acknowledged: isAcknowledged(target.writeConcern),
    elements: writeElements('update', target, further),
    sequence: { identifier: 'updates', documents: new EncodedDocument(statement) },
    accept: updateOutcome,
    unacknowledged: () => nothingUpdated
  })
}

export interface DeleteOutcome {
  readonly acknowledged: boolean
  readonly deletedCount: number
}

export function deleteCommand(
  target: WriteTarget,
  statement: Uint8Array,
  multi: boolean,
  further: Readonly<Record<string, unknown>>
): PreparedCommand<DeleteOutcome> {
  return new PreparedCommand<DeleteOutcome>(multi ? unrepeatableWrite : repeatableWrite, {
    name: 'delete',
    database: target.database,
    acknowledged: isAcknowledged(target.writeConcern),
    elements: writeElements('delete', target, further),
    sequence: { identifier: 'deletes', documents: new EncodedDocument(statement) },
    accept: deleteOutcome,
    unacknowledged: () => nothingDeleted
  })
}

const nothingUpdated: UpdateOutcome = Object.freeze({
  acknowledged: false,
  matchedCount: 0,
  modifiedCount: 0,
  upsertedCount: 0,
  upsertedId: null
})

const nothingDeleted: DeleteOutcome = Object.freeze({ acknowledged: false, deletedCount: 0 })

function deleteOutcome(reply: Reply): DeleteOutcome {
  if (reply.hasWriteDetails) throwSingle(reply.document(reply.decodeOptions ?? uncheckedErrors))
  return { acknowledged: true, deletedCount: reply.n ?? 0 }
}

/** `n` counts an upserted document as matched; the caller's `matchedCount` does not. */
function updateOutcome(reply: Reply): UpdateOutcome {
  const upserted = reply.hasWriteDetails ? upsertedOf(reply.document(reply.decodeOptions ?? uncheckedErrors)) : []
  return {
    acknowledged: true,
    matchedCount: (reply.n ?? 0) - upserted.length,
    modifiedCount: reply.nModified ?? 0,
    upsertedCount: upserted.length,
    upsertedId: upserted[0]?.['_id'] ?? null
  }
}

function upsertedOf(reply: Document): readonly Document[] {
  throwSingle(reply)
  return Array.isArray(reply['upserted']) ? (reply['upserted'] as readonly Document[]) : []
}

// ───────────────────────── what all have in common ─────────────────────────

export function writeElements(
  name: string,
  { collection, writeConcern }: WriteTarget,
  further: Readonly<Record<string, unknown>>,
  ordered = true
): Uint8Array {
  return prepareElements((body: DocumentWriter) => {
    body.string(name, collection)
    body.boolean('ordered', ordered)
    for (const key in further) writeOption(body, key, further[key])
    writeWriteConcern(body, writeConcern)
  })
}

export function writeErrorsOf(reply: Document): readonly WriteRefusal[] {
  return Array.isArray(reply['writeErrors']) ? (reply['writeErrors'] as readonly WriteRefusal[]) : []
}

/** A document or a statement as the server got it. */
export function decoded(bytes: Uint8Array): Document {
  return decodeDocument(bytes, 0, bytes.length)
}

/** Of one write exactly one error is told, its own before that of its write concern. */
function throwSingle(reply: Document): void {
  const [error] = writeErrorsOf(reply)
  if (error !== undefined) throw new MongoServerError({ ...error, ok: 1, errorLabels: reply['errorLabels'] })
  const concernError = errorIn(reply)
  if (concernError !== undefined) throw concernError
}

function unreachable(): never {
  throw new Error('an insert reads its replies itself')
}
