import { type Document, type DocumentWriter, EncodedDocumentArray, uncheckedErrors } from '../../bson/index.ts'
import type { ConnectionLimits } from '../../connection/index.ts'
import { BulkWriteResult, MongoWriteConcernError, WriteError, type WriteRefusal } from '../../errors/index.ts'
import { isAcknowledged, type ReadConcern } from '../../options/index.ts'
import type { Reply } from '../../wire/index.ts'
import {
  type Command,
  type CommandTraits,
  type DocumentSequence,
  moreToSend,
  repeatableWrite,
  type RunningOperation,
  unrepeatableWrite
} from '../command.ts'
import { errorIn } from '../error_replies.ts'
import { collectionIn } from '../command_subject.ts'
import { writeReadConcern } from '../prepared_command.ts'
import { asksForRetry, bulkEnded, bulkRefused, retryTakesFewer } from './bulk_errors.ts'
import { batchEnd, type BulkGroup, type BulkKind } from './bulk_groups.ts'
import { decoded, writeElements, writeErrorsOf, type WriteTarget } from './writes.ts'

export interface BulkWriteFields {
  readonly ordered: boolean
  readonly bypassDocumentValidation: boolean | undefined
  readonly let: Document | undefined
  readonly comment: unknown
  readonly maxTimeMS: number | undefined
}

const sequenceNames: Readonly<Record<BulkKind, string>> = { insert: 'documents', update: 'updates', delete: 'deletes' }

interface PreparedGroup extends BulkGroup {
  readonly elements: Uint8Array
  readonly sequence: DocumentSequence
}

/**
 * Writes of several kinds as one operation: as many commands as the kinds and the connections' limits ask for, each
 * retried by itself. Sources: the CRUD and the retryable writes specification.
 */
export class BulkWriteCommand implements Command<BulkWriteResult> {
  readonly database: string
  readonly readPreference = undefined
  readonly acknowledged: boolean
  readonly #groups: readonly PreparedGroup[]
  readonly #ordered: boolean
  /** Which group the next command is of. */
  #at = 0
  sequenceStart = 0
  /** Set when the command is first sent: a retry takes the same statements, so that the server knows them by their number. */
  #end: number | undefined
  readonly #total: number
  #done = 0
  readonly #counts = {
    insertedCount: 0,
    matchedCount: 0,
    modifiedCount: 0,
    deletedCount: 0,
    upsertedCount: 0,
    insertedIds: {} as Record<number, unknown>,
    upsertedIds: {} as Record<number, unknown>
  }
  readonly #writeErrors: WriteError[] = []
  readonly #writeConcernErrors: MongoWriteConcernError[] = []

  /** `groups`: at least one. */
  constructor(target: WriteTarget, groups: readonly BulkGroup[], fields: BulkWriteFields) {
    this.database = target.database
    this.acknowledged = isAcknowledged(target.writeConcern)
    this.#ordered = fields.ordered
    this.#groups = groups.map(group => ({
      ...group,
      elements: writeElements(group.kind, target, argumentsOf(group.kind, fields), fields.ordered),
      sequence: { identifier: sequenceNames[group.kind], documents: new EncodedDocumentArray(group.documents) }
    }))
    this.#total = groups.reduce((sum, { documents }) => sum + documents.length, 0)
  }

  get name(): string {
    return this.#group.kind
  }

  /** One kind of writes is called as its command. */
  get tracedAs(): string | undefined {
    return this.#groups.some(({ kind }) => kind !== this.#group.kind) ? 'bulkWrite' : undefined
  }

  get collection(): string | undefined {
    return collectionIn(this.#group.elements)
  }

  /** Until it is known how far the command goes, it goes to the end of its group. */
  get traits(): CommandTraits {
    const { multi, documents } = this.#group
    const end = this.#end ?? documents.length
    return multi.some(at => at >= this.sequenceStart && at < end) ? unrepeatableWrite : repeatableWrite
  }

  get sequence(): DocumentSequence {
    return this.#group.sequence
  }

  get sequenceEnd(): number {
    return this.#end ?? this.#group.documents.length
  }

  prepare(limits: ConnectionLimits): void {
    const { documents, elements } = this.#group
    this.#end ??= batchEnd(documents, this.sequenceStart, elements.length, limits)
  }

  writeTo(body: DocumentWriter, ofSession?: ReadConcern): void {
    body.append(this.#group.elements)
    if (ofSession !== undefined) writeReadConcern(body, ofSession)
  }

  taken(count: number, first: number): void {
    const wanted = this.sequenceEnd - first
    if (count !== wanted) throw retryTakesFewer(count, wanted)
  }

  readonly accept = (
    reply: Reply,
    operation: Pick<RunningOperation, 'retryable' | 'retries' | 'retryOptions'>
  ): BulkWriteResult | typeof moreToSend => {
    if (!reply.hasWriteDetails) return this.#answered(reply, {}, [])
    const document = reply.document(reply.decodeOptions ?? uncheckedErrors)
    const concernError = errorIn(document)
    if (asksForRetry(concernError, operation)) throw concernError
    if (concernError instanceof MongoWriteConcernError) this.#writeConcernErrors.push(concernError)
    return this.#answered(reply, document, writeErrorsOf(document))
  }

  readonly unacknowledged = (): BulkWriteResult | typeof moreToSend => {
    this.#recordInserted([])
    return this.#advance(false)
  }

  failure(reason: Error): Error {
    return bulkEnded(reason, this.#done, this.#total, this.#writeErrors, this.#result())
  }

  get #group(): PreparedGroup {
    return this.#groups[this.#at] as PreparedGroup
  }

  #answered(reply: Reply, document: Document, errors: readonly WriteRefusal[]): BulkWriteResult | typeof moreToSend {
    const { kind } = this.#group
    const n = reply.n ?? 0
    const counts = this.#counts
    if (kind === 'insert') {
      counts.insertedCount += n
      this.#recordInserted(errors)
    } else if (kind === 'delete') counts.deletedCount += n
    else {
      const upserted = this.#recordUpserted(document)
      counts.matchedCount += n - upserted
      counts.modifiedCount += reply.nModified ?? 0
      counts.upsertedCount += upserted
    }
    this.#recordErrors(errors)
    return this.#advance(this.#ordered && errors.length > 0)
  }

  #recordErrors(errors: readonly WriteRefusal[]): void {
    for (const error of errors) {
      const statement = this.#group.documents[this.sequenceStart + error.index] as Uint8Array
      const refusal = { ...error, index: this.#placeOf(error.index) }
      this.#writeErrors.push(new WriteError(refusal, () => decoded(statement)))
    }
  }

  #recordInserted(errors: readonly WriteRefusal[]): void {
    const { places, ids, kind } = this.#group
    if (kind !== 'insert') return
    const failed = new Set(errors.map(({ index }) => index + this.sequenceStart))
    for (let at = this.sequenceStart; at < this.sequenceEnd; at++) {
      if (!failed.has(at)) this.#counts.insertedIds[places[at] as number] = ids[at]
      else if (this.#ordered) return
    }
  }

  #recordUpserted({ upserted }: Document): number {
    if (!Array.isArray(upserted)) return 0
    for (const { index, _id } of upserted as { readonly index: number; readonly _id: unknown }[])
      this.#counts.upsertedIds[this.#placeOf(index)] = _id
    return upserted.length
  }

  /** Of what the server calls by its number in the command. */
  #placeOf(index: number): number {
    return this.#group.places[this.sequenceStart + index] ?? index
  }

  #advance(stops: boolean): BulkWriteResult | typeof moreToSend {
    this.#done += this.sequenceEnd - this.sequenceStart
    this.sequenceStart = this.sequenceEnd
    this.#end = undefined
    const groupIsOver = this.sequenceStart === this.#group.documents.length
    const isOver = groupIsOver && this.#at + 1 === this.#groups.length
    if (!stops && !isOver) {
      if (groupIsOver) {
        this.#at++
        this.sequenceStart = 0
      }
      return moreToSend
    }
    const result = this.#result()
    if (this.#writeErrors.length > 0 || this.#writeConcernErrors.length > 0)
      throw bulkRefused(this.#writeErrors, this.#writeConcernErrors, result)
    return result
  }

  #result(): BulkWriteResult {
    return new BulkWriteResult(this.#counts, this.acknowledged, this.#writeErrors, this.#writeConcernErrors)
  }
}

/** Only updates and deletes have variables, only inserts and updates a validator to pass over. */
function argumentsOf(kind: BulkKind, fields: BulkWriteFields): Readonly<Record<string, unknown>> {
  const { comment, maxTimeMS } = fields
  const bypassDocumentValidation = kind === 'delete' ? undefined : fields.bypassDocumentValidation
  return { bypassDocumentValidation, let: kind === 'insert' ? undefined : fields.let, comment, maxTimeMS }
}
