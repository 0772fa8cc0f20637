import type { Document, ObjectIds } from '../bson/index.ts'
import { type ClientBulkWriteResult, MongoInvalidArgumentError } from '../errors/index.ts'
import {
  ClientBulkStatements,
  ClientBulkWriteCommand,
  killCursorsCommand,
  Operation,
  type OperationOptions,
  refuseNoOperators,
  refuseOperators,
  rejectedForCaller,
  type Settlement,
  type StatementOptions
} from '../operations/index.ts'
import { isAcknowledged } from '../options/index.ts'
import type { ClientCore } from './core.ts'
import { sortDocument } from './sorting.ts'
import { inherit, type Inherited, orRejected, runOptions, serverLimit } from './targets.ts'
import type { AnyClientBulkWriteModel, ClientBulkWriteOptions, UpdateOneModel } from './types/index.ts'

/** Everything is encoded before the first command is sent: what cannot be stored is refused while nothing is written. */
export function clientBulkWrite(
  core: ClientCore,
  above: Inherited,
  models: readonly AnyClientBulkWriteModel[],
  options: ClientBulkWriteOptions
): Promise<ClientBulkWriteResult> {
  return orRejected(() => {
    if (!Array.isArray(models) || models.length === 0)
      throw new MongoInvalidArgumentError('bulkWrite takes an array with at least one model')
    const { ordered = true, verboseResults = false, bypassDocumentValidation, comment } = options
    const place = inherit(above, options)
    const { writeConcern } = place
    const acknowledged = isAcknowledged(writeConcern)
    if (!acknowledged) refuseUnheard(ordered, verboseResults)
    const statements = new ClientBulkStatements(acknowledged)
    for (const [index, model] of models.entries()) add(statements, model, index, core.context.objectIds)
    const maxTimeMS = serverLimit(place, options.maxTimeMS)
    const sent = { bypassDocumentValidation, let: options.let, comment, maxTimeMS }
    const command = new ClientBulkWriteCommand(statements.finish(), { ordered, verboseResults, writeConcern, ...sent })
    return new Run(core, command, runOptions(place, options)).promise
  })
}

/** Nobody can be told of what nobody answers. The first sentences are the drivers' specification's. */
function refuseUnheard(ordered: boolean, verboseResults: boolean): void {
  if (verboseResults)
    throw new MongoInvalidArgumentError(
      'Cannot request unacknowledged write concern and verbose results: leave verboseResults out, or use another write concern'
    )
  if (ordered)
    throw new MongoInvalidArgumentError(
      'Cannot request unacknowledged write concern and ordered writes: set ordered to false, or use another write concern'
    )
}

/** The operation, and behind it the end of results that a server still has when it fails. */
class Run implements Settlement<ClientBulkWriteResult> {
  readonly promise: Promise<ClientBulkWriteResult>
  readonly #core: ClientCore
  readonly #command: ClientBulkWriteCommand
  readonly #options: OperationOptions
  #resolve: (result: ClientBulkWriteResult | Promise<never>) => void = () => undefined

  constructor(core: ClientCore, command: ClientBulkWriteCommand, options: OperationOptions) {
    this.#core = core
    this.#command = command
    this.#options = options
    this.promise = new Promise(resolve => {
      this.#resolve = resolve
    })
    core.start()
    new Operation(core.context, command, options).runFor(this)
  }

  succeeded(result: ClientBulkWriteResult): void {
    this.#resolve(result)
  }

  failed(reason: unknown): void {
    this.#killResults()
    this.#resolve(rejectedForCaller(reason))
  }

  /** Nobody waits for it: the server gives them up by itself in time. A broken connection has taken them with it. */
  #killResults(): void {
    const { openResults } = this.#command
    if (openResults === undefined) return
    const { id, database, collection, server, pin } = openResults
    const { timeoutMS, session } = this.#options
    // One that has ended is no longer the caller's: the server is told all the same.
    const own = session?.hasEnded === true ? undefined : session
    const kill = killCursorsCommand(database, collection, id)
    const options = { timeoutMS, server, pin, session: own }
    if (pin === undefined || pin.isWhole)
      void new Operation(this.#core.context, kill, options).run().catch(() => undefined)
    // Behind that, if it was sent.
    pin?.release('cursor')
  }
}

function add(statements: ClientBulkStatements, model: AnyClientBulkWriteModel, index: number, ids: ObjectIds): void {
  try {
    addStatement(statements, model, ids)
  } catch (error) {
    if (!(error instanceof MongoInvalidArgumentError)) throw error
    throw new MongoInvalidArgumentError(`model ${index} of the bulk write: ${error.message}`, { cause: error })
  }
}

function addStatement(statements: ClientBulkStatements, model: AnyClientBulkWriteModel, ids: ObjectIds): void {
  if (typeof model !== 'object' || model === null)
    throw new MongoInvalidArgumentError(`it must be an object with a name and a namespace, not ${String(model)}`)
  const { namespace } = model
  switch (model.name) {
    case 'insertOne':
      statements.insert(namespace, documentIn(model, 'document'), ids)
      break
    case 'updateOne':
    case 'updateMany': {
      const { update } = model
      if (!Array.isArray(update)) refuseNoOperators(documentIn(model, 'update'))
      statements.update(namespace, filterOf(model), update, model.name === 'updateMany', optionsOf(model))
      break
    }
    case 'replaceOne': {
      const replacement = documentIn(model, 'replacement')
      refuseOperators(replacement)
      statements.replace(namespace, filterOf(model), replacement, optionsOf(model))
      break
    }
    case 'deleteOne':
    case 'deleteMany': {
      const { hint, collation } = model
      statements.delete(namespace, filterOf(model), model.name === 'deleteMany', { hint, collation })
      break
    }
    default:
      throw unknownName(model)
  }
}

function documentIn(model: AnyClientBulkWriteModel, field: 'document' | 'filter' | 'replacement' | 'update'): Document {
  const value: unknown = (model as Partial<Record<typeof field, unknown>>)[field]
  if (typeof value === 'object' && value !== null) return value
  throw new MongoInvalidArgumentError(`${model.name} must have a "${field}", which is a document, not ${String(value)}`)
}

function filterOf(model: AnyClientBulkWriteModel): Document {
  return documentIn(model, 'filter')
}

/** A sort is sent with updateMany too, so that the server refuses it. */
function optionsOf({ upsert, arrayFilters, hint, collation, sort }: Partial<UpdateOneModel>): StatementOptions {
  return { upsert, arrayFilters, hint, collation, sort: sortDocument(sort) }
}

function unknownName({ name }: { readonly name?: unknown }): MongoInvalidArgumentError {
  return new MongoInvalidArgumentError(
    `its name is ${JSON.stringify(name)}; it must be insertOne, updateOne, updateMany, replaceOne, deleteOne or deleteMany`
  )
}
