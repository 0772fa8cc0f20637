/** What the replies to a client's bulk write say was done and what failed. Source: the bulk write specification. */
import { type Document, fieldOf, integerField, textField, type UntrustedDocument } from '../../bson/index.ts'
import {
  type ClientBulkWriteError,
  type ClientBulkWriteResult,
  type ClientDeleteResult,
  type ClientInsertOneResult,
  type ClientUpdateResult,
  MongoClientBulkWriteError,
  MongoError,
  MongoServerError,
  type MongoWriteConcernError,
  type ServerErrorReply
} from '../../errors/index.ts'
import type { BulkKind } from './bulk_groups.ts'

/** What the models say of a statement; the server's result has its number only. */
export interface StatementLookup {
  kindOf(place: number): BulkKind | undefined
  idOf(place: number): unknown
}

export interface ResultSettings {
  readonly acknowledged: boolean
  readonly ordered: boolean
  /** Whether each success is told, or only their sums. */
  readonly verbose: boolean
}

const nothing = 'the server did not say why'

export class ClientBulkResults {
  readonly writeErrors: Map<number, ClientBulkWriteError> = new Map<number, ClientBulkWriteError>()
  readonly writeConcernErrors: MongoWriteConcernError[] = []
  readonly #settings: ResultSettings
  readonly #statements: StatementLookup
  readonly #inserts = new Map<number, ClientInsertOneResult>()
  readonly #updates = new Map<number, ClientUpdateResult>()
  readonly #deletes = new Map<number, ClientDeleteResult>()
  #insertedCount = 0
  #matchedCount = 0
  #modifiedCount = 0
  #deletedCount = 0
  #upsertedCount = 0
  #answered = false
  /** Whether at least one write is known to have been done. */
  #wroteSome = false

  constructor(settings: ResultSettings, statements: StatementLookup) {
    this.#settings = settings
    this.#statements = statements
  }

  get failed(): boolean {
    return this.writeErrors.size > 0
  }

  /** The sums of one command, which had `count` statements. */
  addSums(reply: UntrustedDocument, count: number): void {
    const sum = (key: string): number => integerField(reply, key) ?? 0
    this.#answered = true
    this.#insertedCount += sum('nInserted')
    this.#matchedCount += sum('nMatched')
    this.#modifiedCount += sum('nModified')
    this.#deletedCount += sum('nDeleted')
    this.#upsertedCount += sum('nUpserted')
    const errors = sum('nErrors')
    if (errors === 0 || (!this.#settings.ordered && errors < count)) this.#wroteSome = true
  }

  /** One document of the results: `start` is the place of its command's first statement. */
  add(result: Document, start: number): void {
    const index = integerField(result, 'idx') ?? 0
    const place = start + index
    if (integerField(result, 'ok') !== 1) {
      // The statements before it were done.
      if (this.#settings.ordered && index > 0) this.#wroteSome = true
      this.writeErrors.set(place, refusalIn(result))
      return
    }
    this.#wroteSome = true
    if (this.#settings.verbose) this.#addSuccess(result, place)
  }

  #addSuccess(result: Document, place: number): void {
    const n = integerField(result, 'n') ?? 0
    switch (this.#statements.kindOf(place)) {
      case 'insert':
        this.#inserts.set(place, { insertedId: this.#statements.idOf(place) })
        break
      case 'delete':
        this.#deletes.set(place, { deletedCount: n })
        break
      case 'update': {
        const upserted = fieldOf(result, 'upserted') as Document | undefined
        const modifiedCount = integerField(result, 'nModified') ?? 0
        const counts = { matchedCount: n, modifiedCount, didUpsert: upserted !== undefined }
        this.#updates.set(place, upserted === undefined ? counts : { ...counts, upsertedId: upserted['_id'] })
        break
      }
      case undefined:
    }
  }

  /** As it is now; complete when everything has been answered. */
  result(): ClientBulkWriteResult {
    const { acknowledged, verbose } = this.#settings
    return {
      acknowledged,
      insertedCount: this.#insertedCount,
      matchedCount: this.#matchedCount,
      modifiedCount: this.#modifiedCount,
      deletedCount: this.#deletedCount,
      upsertedCount: this.#upsertedCount,
      insertResults: verbose ? this.#inserts : undefined,
      updateResults: verbose ? this.#updates : undefined,
      deleteResults: verbose ? this.#deletes : undefined
    }
  }

  /** Everything was tried that was to be tried, and some of it failed; undefined: nothing did. */
  refusal(): MongoClientBulkWriteError | undefined {
    const [first] = this.writeErrors.values()
    const [concernError] = this.writeConcernErrors
    if (first === undefined && concernError === undefined) return undefined
    const others = this.writeErrors.size > 1 ? ` (and ${this.writeErrors.size - 1} more)` : ''
    const { code, message = nothing } = first ?? concernError ?? {}
    const reply: ServerErrorReply = { ok: 1, errmsg: message, ...(typeof code === 'number' ? { code } : {}) }
    return this.#error(reply, `${message}${others}`, first === undefined ? concernError : undefined)
  }

  /** Something ended it when `done` of its `total` writes had been answered: what they did must not be hidden by that. */
  ended(reason: Error, done: number, total: number): Error {
    if (!this.#answered || reason instanceof MongoClientBulkWriteError) return reason
    const reply: ServerErrorReply =
      reason instanceof MongoServerError ? reason.errorResponse : { ok: 0, errmsg: reason.message }
    const message = `the bulk write ended after ${done} of its ${total} writes: ${reason.message}`
    const error = this.#error(reply, message, reason)
    if (reason instanceof MongoError) for (const label of reason.errorLabels) error.addErrorLabel(label)
    return error
  }

  #error(reply: ServerErrorReply, message: string, cause: Error | undefined): MongoClientBulkWriteError {
    const partialResult = this.#wroteSome ? this.result() : undefined
    return new MongoClientBulkWriteError(
      reply,
      message,
      this.writeErrors,
      this.writeConcernErrors,
      partialResult,
      cause
    )
  }
}

function refusalIn(result: UntrustedDocument): ClientBulkWriteError {
  const details = ['errInfo', 'keyPattern', 'keyValue']
    .filter(key => Object.hasOwn(result, key))
    .map(key => [key, result[key]])
  const code = integerField(result, 'code') ?? 0
  return { code, message: textField(result, 'errmsg') ?? nothing, ...(Object.fromEntries(details) as object) }
}
