import {
  type Document,
  documentField,
  type DocumentWriter,
  fieldOf,
  type Long,
  prepareElements,
  uncheckedResults,
  uncheckedText
} from '../../bson/index.ts'
import type { ConnectionLimits } from '../../connection/index.ts'
import {
  type ClientBulkWriteResult,
  MongoCompatibilityError,
  MongoUnexpectedServerResponseError,
  MongoWriteConcernError
} from '../../errors/index.ts'
import { isAcknowledged, type ReadConcern, type WriteConcern } from '../../options/index.ts'
import type { PinnedConnection } from '../../pool/index.ts'
import type { Server } from '../../topology/index.ts'
import type { Reply } from '../../wire/index.ts'
import {
  type Command,
  type CommandTraits,
  type DocumentSequence,
  moreToSend,
  nextBatchOfCursor,
  repeatableWrite,
  type RunningOperation,
  unrepeatableWrite
} from '../command.ts'
import { errorIn } from '../error_replies.ts'
import { writeOption, writeReadConcern, writeWriteConcern } from '../prepared_command.ts'
import { asksForRetry, retryTakesFewer } from './bulk_errors.ts'
import { ClientBulkResults } from './client_bulk_results.ts'
import type { ClientBulkBatch, ClientBulkStatements } from './client_bulk_statements.ts'
import { type CursorBatch, getMoreCommand } from './reads.ts'

export interface ClientBulkWriteFields {
  readonly ordered: boolean
  readonly verboseResults: boolean
  readonly writeConcern: WriteConcern
  readonly bypassDocumentValidation: boolean | undefined
  readonly let: Document | undefined
  readonly comment: unknown
  readonly maxTimeMS: number | undefined
}

/** MongoDB 8.0. */
const wireVersionMin = 25

/** Results that the server still has. */
export interface ResultsCursor {
  readonly id: Long
  readonly database: string
  readonly collection: string
  readonly server: Server | undefined
  /** The connection that alone leads to them, behind a load balancer. */
  readonly pin: PinnedConnection | undefined
}

/** What is left of the results of one command, and the command that asks for more. */
interface FurtherResults extends ResultsCursor {
  readonly getMore: Command<CursorBatch>
}

/**
 * Writes to any collections as one operation: as many commands as the connections' limits ask for, each retried by itself,
 * and after each the rest of its results, in the session and from the server that have them. Source: the bulk write
 * specification.
 */
export class ClientBulkWriteCommand implements Command<ClientBulkWriteResult> {
  readonly database = 'admin'
  readonly readPreference = undefined
  readonly acknowledged: boolean
  readonly #statements: ClientBulkStatements
  readonly #elements: Uint8Array
  readonly #ordered: boolean
  readonly #comment: unknown
  readonly #operations: DocumentSequence
  readonly #results: ClientBulkResults
  /** Where the next command's statements begin, or of which the results are being read. */
  sequenceStart = 0
  /** Cut when the command is first sent: a retry takes the same statements, so that the server knows them by their number. */
  #batch: ClientBulkBatch | undefined
  #namespaces: DocumentSequence | undefined
  #further: FurtherResults | undefined
  #done = 0

  /** `statements`: finished, and at least one. */
  constructor(statements: ClientBulkStatements, fields: ClientBulkWriteFields) {
    const { ordered, verboseResults: verbose, comment } = fields
    const acknowledged = isAcknowledged(fields.writeConcern)
    this.acknowledged = acknowledged
    this.#statements = statements
    this.#ordered = ordered
    this.#comment = comment
    this.#elements = elementsOf(fields)
    this.#operations = { identifier: 'ops', documents: statements.documents }
    this.#results = new ClientBulkResults({ acknowledged, ordered, verbose }, statements)
  }

  get name(): string {
    return this.#further === undefined ? 'bulkWrite' : 'getMore'
  }

  /** Until it is known how far the command goes, it goes to the end. */
  get traits(): CommandTraits {
    if (this.#further !== undefined) return nextBatchOfCursor
    const multi = this.#batch?.multi ?? this.#statements.hasMultiFrom(this.sequenceStart)
    return multi ? unrepeatableWrite : repeatableWrite
  }

  /** The server that has the results. */
  get server(): Server | undefined {
    return this.#further?.server
  }

  get pin(): PinnedConnection | undefined {
    return this.#further?.pin
  }

  /** What the server keeps when it ends early. */
  get openResults(): ResultsCursor | undefined {
    return this.#further
  }

  get cursorId(): Long | undefined {
    return this.#further?.id
  }

  get firstSequence(): DocumentSequence | undefined {
    return this.#further === undefined ? this.#namespaces : undefined
  }

  get sequence(): DocumentSequence | undefined {
    return this.#further === undefined ? this.#operations : undefined
  }

  get sequenceEnd(): number {
    return this.#batch?.end ?? this.#statements.count
  }

  prepare(limits: ConnectionLimits): void {
    if (limits.wireVersionMax < wireVersionMin) throw tooOld(limits.wireVersionMax)
    if (this.#batch !== undefined) return
    // As a document of its own the command has a length and an end.
    this.#batch = this.#statements.cut(this.sequenceStart, this.#elements.length + 5, limits)
    this.#namespaces = { identifier: 'nsInfo', documents: this.#batch.namespaces }
  }

  writeTo(body: DocumentWriter, ofSession?: ReadConcern): void {
    if (this.#further !== undefined) {
      this.#further.getMore.writeTo(body)
      return
    }
    body.append(this.#elements)
    if (ofSession !== undefined) writeReadConcern(body, ofSession)
  }

  taken(count: number, first: number): void {
    const wanted = this.sequenceEnd - first
    if (count !== wanted) throw retryTakesFewer(count, wanted)
  }

  readonly accept = (
    reply: Reply,
    operation: Pick<RunningOperation, 'retryable' | 'retries' | 'retryOptions' | 'server' | 'keepConnection'>
  ): ClientBulkWriteResult | typeof moreToSend => {
    if (!reply.hasCursor)
      throw new MongoUnexpectedServerResponseError(
        `the reply to ${this.name} has no cursor: nobody knows which writes failed`
      )
    const documents = this.#further === undefined ? this.#answered(reply, operation) : batchIn(reply)
    for (const document of documents) this.#results.add(document, this.sequenceStart)
    const last = this.#further
    this.#further = this.#moreOf(reply, operation)
    if (this.#further === undefined) last?.pin?.release('cursor')
    if (this.#ordered && this.#results.failed) return this.#conclude()
    return this.#further === undefined ? this.#advance() : moreToSend
  }

  readonly unacknowledged = (): ClientBulkWriteResult | typeof moreToSend => this.#advance()

  failure(reason: Error): Error {
    return this.#results.ended(reason, this.#done, this.#statements.count)
  }

  /** Its first results. */
  #answered(
    reply: Reply,
    operation: Pick<RunningOperation, 'retryable' | 'retries' | 'retryOptions'>
  ): readonly Document[] {
    const document = reply.document(reply.decodeOptions ?? uncheckedResults)
    const concernError = errorIn(document)
    if (asksForRetry(concernError, operation)) throw concernError
    if (concernError instanceof MongoWriteConcernError) this.#results.writeConcernErrors.push(concernError)
    this.#results.addSums(document, this.sequenceEnd - this.sequenceStart)
    this.#done = this.sequenceEnd
    const batch = fieldOf(documentField(document, 'cursor') ?? {}, 'firstBatch')
    return Array.isArray(batch) ? (batch as Document[]) : []
  }

  #moreOf(reply: Reply, operation: Pick<RunningOperation, 'server' | 'keepConnection'>): FurtherResults | undefined {
    const id = reply.cursorId()
    if (id.isZero()) return undefined
    const namespace = reply.namespace() ?? ''
    const dot = namespace.indexOf('.')
    const database = namespace.slice(0, dot)
    const collection = namespace.slice(dot + 1)
    const getMore = getMoreCommand(database, collection, id, undefined, this.#comment, undefined)
    const pin = operation.keepConnection()
    return { id, database, collection, server: operation.server, pin, getMore }
  }

  #advance(): ClientBulkWriteResult | typeof moreToSend {
    this.sequenceStart = this.sequenceEnd
    this.#batch = undefined
    this.#namespaces = undefined
    return this.sequenceStart < this.#statements.count ? moreToSend : this.#conclude()
  }

  #conclude(): ClientBulkWriteResult {
    this.#statements.documents.release()
    const refusal = this.#results.refusal()
    if (refusal !== undefined) throw refusal
    return this.#results.result()
  }
}

function elementsOf(fields: ClientBulkWriteFields): Uint8Array {
  const { ordered, verboseResults, writeConcern, bypassDocumentValidation, comment, maxTimeMS } = fields
  return prepareElements(body => {
    body.int32('bulkWrite', 1)
    body.boolean('errorsOnly', !verboseResults)
    body.boolean('ordered', ordered)
    for (const [name, value] of Object.entries({ bypassDocumentValidation, let: fields.let, comment, maxTimeMS }))
      writeOption(body, name, value)
    writeWriteConcern(body, writeConcern)
  })
}

function batchIn(reply: Reply): readonly Document[] {
  const documents: Document[] = []
  reply.batch(documents, reply.decodeOptions ?? uncheckedText)
  return documents
}

function tooOld(wireVersionMax: number): MongoCompatibilityError {
  return new MongoCompatibilityError(
    `the bulkWrite of a client needs MongoDB 8.0 or later (wire version ${wireVersionMin}), and this server has wire version ` +
      `${wireVersionMax}; write to each collection by its own bulkWrite instead`
  )
}
