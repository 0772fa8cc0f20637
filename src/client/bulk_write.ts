import type { Document, ObjectIds } from '../bson/index.ts'
import { type BulkWriteResult, MongoInvalidArgumentError } from '../errors/index.ts'
import {
  type BulkStatement,
  BulkWriteCommand,
  encodeDelete,
  encodeInsert,
  encodeReplacement,
  encodeUpdate,
  groupStatements,
  type StatementOptions
} from '../operations/index.ts'
import type { ClientCore } from './core.ts'
import { sortDocument } from './sorting.ts'
import { type CollectionPlace, inherit, limits, orRejected, serverLimit } from './targets.ts'
import type {
  AnyBulkWriteOperation,
  BulkWriteOptions,
  DeleteOneModel,
  ReplaceOneModel,
  UpdateOneModel
} from './types/index.ts'

/** Everything is encoded before the first command is sent: what cannot be stored is refused while nothing is written. */
export function bulkWrite(
  core: ClientCore,
  above: CollectionPlace,
  operations: readonly AnyBulkWriteOperation[],
  options: BulkWriteOptions
): Promise<BulkWriteResult> {
  return orRejected(() => {
    if (!Array.isArray(operations) || operations.length === 0)
      throw new MongoInvalidArgumentError('bulkWrite takes an array with at least one operation')
    const { ordered = true, bypassDocumentValidation, comment } = options
    const place = inherit(above, options)
    const { objectIds } = core.context
    const statements = operations.map((operation, index) => encoded(operation, index, objectIds))
    const maxTimeMS = serverLimit(place, options.maxTimeMS)
    const fields = { ordered, bypassDocumentValidation, let: options.let, comment, maxTimeMS }
    const command = new BulkWriteCommand(place, groupStatements(statements, ordered), fields)
    return core.run(command, limits(place, options))
  })
}

function encoded(operation: AnyBulkWriteOperation, index: number, ids: ObjectIds): BulkStatement {
  try {
    return statementOf(operation, ids)
  } catch (error) {
    if (!(error instanceof MongoInvalidArgumentError)) throw error
    throw new MongoInvalidArgumentError(`operation ${index} of the bulk write: ${error.message}`, { cause: error })
  }
}

const kinds = ['insertOne', 'replaceOne', 'updateOne', 'updateMany', 'deleteOne', 'deleteMany'] as const

function statementOf(operation: AnyBulkWriteOperation, ids: ObjectIds): BulkStatement {
  const given = typeof operation === 'object' && operation !== null ? kinds.filter(kind => kind in operation) : []
  if (given.length !== 1)
    throw new MongoInvalidArgumentError(
      `it has ${given.length === 0 ? 'none' : given.join(' and ')} of ${kinds.join(', ')}; it must have exactly one`
    )
  const [kind] = given as [(typeof kinds)[number]]
  const what: unknown = operation[kind as keyof AnyBulkWriteOperation]
  if (typeof what !== 'object' || what === null)
    throw new MongoInvalidArgumentError(`${kind} must be an object with what the operation takes, not ${String(what)}`)
  if ('insertOne' in operation) {
    const { document } = operation.insertOne
    if (typeof document !== 'object' || document === null)
      throw new MongoInvalidArgumentError('insertOne must have a "document", which is what is inserted')
    return { kind: 'insert', multi: false, ...encodeInsert(document, ids) }
  }
  if ('replaceOne' in operation) {
    const { filter, replacement } = operation.replaceOne
    const bytes = encodeReplacement(filter as Document, replacement as Document, optionsOf(operation.replaceOne))
    return { kind: 'update', multi: false, bytes }
  }
  if ('deleteOne' in operation) return removal(operation.deleteOne, false)
  if ('deleteMany' in operation) return removal(operation.deleteMany, true)
  const multi = 'updateMany' in operation
  const model: UpdateOneModel = multi ? operation.updateMany : operation.updateOne
  return { kind: 'update', multi, bytes: encodeUpdate(model.filter as Document, model.update, multi, optionsOf(model)) }
}

function removal({ filter, hint, collation }: DeleteOneModel, multi: boolean): BulkStatement {
  return { kind: 'delete', multi, bytes: encodeDelete(filter as Document, multi, { hint, collation }) }
}

/** A sort is sent with updateMany too, so that the server refuses it. */
function optionsOf(model: Partial<UpdateOneModel> | ReplaceOneModel): StatementOptions {
  const { upsert, hint, collation, sort } = model
  const arrayFilters = 'arrayFilters' in model ? model.arrayFilters : undefined
  return { upsert, arrayFilters, hint, collation, sort: sortDocument(sort) }
}
