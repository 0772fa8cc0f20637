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
import { type CollectionPlace, inherit, orRejected, runOptions, serverLimit } from './targets.ts'
import type {
  AnyBulkWriteOperation,
  BulkWriteOptions,
  DeleteOneModel,
  InsertOneModel,
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
    return core.run(command, runOptions(place, options))
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

type Kind = (typeof kinds)[number]

/** Each of the six with its model, of which exactly one is there. */
type Models = { readonly [Name in Kind]?: unknown }

function statementOf(operation: AnyBulkWriteOperation, ids: ObjectIds): BulkStatement {
  const kind = kindOf(operation)
  const model: unknown = (operation as Models)[kind]
  if (typeof model !== 'object' || model === null)
    throw new MongoInvalidArgumentError(`${kind} must be an object with what the operation takes, not ${String(model)}`)
  switch (kind) {
    case 'insertOne':
      return insertion(model as InsertOneModel, ids)
    case 'replaceOne': {
      const { filter, replacement, ...options } = model as ReplaceOneModel
      const bytes = encodeReplacement(filter as Document, replacement as Document, optionsOf(options))
      return { kind: 'update', multi: false, bytes }
    }
    case 'updateOne':
      return change(model as UpdateOneModel, false)
    case 'updateMany':
      return change(model as UpdateOneModel, true)
    case 'deleteOne':
      return removal(model as DeleteOneModel, false)
    case 'deleteMany':
      return removal(model as DeleteOneModel, true)
  }
}

function kindOf(operation: Models | null): Kind {
  let found: Kind | undefined
  if (typeof operation === 'object' && operation !== null)
    for (const kind of kinds) {
      if (!(kind in operation)) continue
      if (found !== undefined) throw notOne(`${found} and ${kind}`)
      found = kind
    }
  if (found === undefined) throw notOne('none')
  return found
}

function notOne(what: string): MongoInvalidArgumentError {
  return new MongoInvalidArgumentError(`it has ${what} of ${kinds.join(', ')}; it must have exactly one`)
}

function insertion({ document }: InsertOneModel, ids: ObjectIds): BulkStatement {
  if (typeof document !== 'object' || document === null)
    throw new MongoInvalidArgumentError('insertOne must have a "document", which is what is inserted')
  const { bytes, id } = encodeInsert(document, ids)
  return { kind: 'insert', multi: false, bytes, id }
}

function change(model: UpdateOneModel, multi: boolean): BulkStatement {
  return { kind: 'update', multi, bytes: encodeUpdate(model.filter as Document, model.update, multi, optionsOf(model)) }
}

function removal({ filter, hint, collation }: DeleteOneModel, multi: boolean): BulkStatement {
  return { kind: 'delete', multi, bytes: encodeDelete(filter as Document, multi, { hint, collation }) }
}

/** A sort is sent with updateMany too, so that the server refuses it. */
function optionsOf({ upsert, arrayFilters, hint, collation, sort }: Partial<UpdateOneModel>): StatementOptions {
  return { upsert, arrayFilters, hint, collation, sort: sortDocument(sort) }
}
