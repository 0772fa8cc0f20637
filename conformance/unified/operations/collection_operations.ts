import type { AbstractCursor, Collection, UpdateResult } from '../../../src/client/index.ts'
import { CaseError } from '../case_error.ts'
import { invoke } from '../features.ts'
import type { Fields } from '../format.ts'
import { shown } from '../matching.ts'
import {
  allOf,
  changeStreamOf,
  listing,
  method,
  type OperationRow,
  type OperationRows,
  unbuilt,
  withCursorType
} from './row.ts'

const common = ['comment', 'maxTimeMS', 'timeoutMS', 'session']
const selecting = ['hint', 'collation', 'let', ...common]
const find = [
  'sort',
  'projection',
  'skip',
  'limit',
  'batchSize',
  'allowDiskUse',
  'noCursorTimeout',
  'returnKey',
  'showRecordId',
  'min',
  'max',
  ...selecting
]
const tailing = ['cursorType', 'timeoutMode', 'maxAwaitTimeMS']
const write = ['bypassDocumentValidation', ...common]
const findOneAnd = ['sort', 'projection', ...selecting]
const findOneAndWrite = [...findOneAnd, 'bypassDocumentValidation', 'returnDocument', 'upsert']
const index = [
  'name',
  'unique',
  'sparse',
  'expireAfterSeconds',
  'partialFilterExpression',
  'hidden',
  'wildcardProjection',
  'commitQuorum',
  'collation',
  ...common
]

/** The format says Before and After, the driver before and after. */
function withReturnDocument(options: Fields): Fields {
  const { returnDocument, ...others } = options
  if (returnDocument === undefined) return others
  if (returnDocument !== 'Before' && returnDocument !== 'After')
    throw new CaseError(`returnDocument is Before or After, not ${shown(returnDocument)}`)
  return { ...others, returnDocument: returnDocument.toLowerCase() }
}

/** What was not inserted has no id in the format. */
function updateResult({ upsertedId, ...result }: UpdateResult): object {
  return upsertedId === null || upsertedId === undefined ? result : { ...result, upsertedId }
}

const createFindCursor: OperationRow = {
  needs: 'Collection.find',
  required: ['filter'],
  optional: [...find, ...tailing],
  makesCursor: true,
  run: async (collection: Collection, { filter, ...options }: Fields) => {
    const cursor = invoke(collection, 'Collection.find', filter, withCursorType(options)) as AbstractCursor<unknown>
    // Sends the command now, as the format wants it, and takes nothing.
    await cursor.hasNext()
    return cursor
  }
}

const ofMany: readonly string[] = ['limit', 'batchSize', 'noCursorTimeout']

const listIndexNames: OperationRow = method('Collection.listIndexes', [], ['batchSize', ...common], {
  result: async cursor => (await allOf(cursor)).map(each => (each as { name: unknown }).name)
})

const listSearchIndexes: OperationRow = {
  needs: 'Collection.listSearchIndexes',
  required: [],
  optional: ['name', 'aggregationOptions'],
  documents: true,
  run: (collection: Collection, { name, aggregationOptions }: Fields) => {
    const given = [name, aggregationOptions].filter(each => each !== undefined)
    return allOf(invoke(collection, 'Collection.listSearchIndexes', ...given) as AbstractCursor<unknown>)
  }
}

export const collectionOperations: OperationRows = {
  insertOne: method('Collection.insertOne', ['document'], write),
  insertMany: method('Collection.insertMany', ['documents'], ['ordered', ...write]),
  bulkWrite: method('Collection.bulkWrite', ['requests'], ['ordered', 'let', ...write]),
  find: listing('Collection.find', ['filter'], [...find, ...tailing]),
  findOne: method(
    'Collection.findOne',
    ['filter'],
    find.filter(name => !ofMany.includes(name))
  ),
  createFindCursor,
  aggregate: listing(
    'Collection.aggregate',
    ['pipeline'],
    ['batchSize', 'allowDiskUse', 'bypassDocumentValidation', 'timeoutMode', 'maxAwaitTimeMS', ...selecting]
  ),
  updateOne: method(
    'Collection.updateOne',
    ['filter', 'update'],
    ['upsert', 'sort', 'arrayFilters', 'bypassDocumentValidation', ...selecting],
    {
      result: updateResult
    }
  ),
  updateMany: method(
    'Collection.updateMany',
    ['filter', 'update'],
    ['upsert', 'arrayFilters', 'bypassDocumentValidation', ...selecting],
    {
      result: updateResult
    }
  ),
  replaceOne: method(
    'Collection.replaceOne',
    ['filter', 'replacement'],
    ['upsert', 'sort', 'bypassDocumentValidation', ...selecting],
    {
      result: updateResult
    }
  ),
  deleteOne: method('Collection.deleteOne', ['filter'], selecting),
  deleteMany: method('Collection.deleteMany', ['filter'], selecting),
  findOneAndDelete: method('Collection.findOneAndDelete', ['filter'], findOneAnd),
  findOneAndReplace: method('Collection.findOneAndReplace', ['filter', 'replacement'], findOneAndWrite, {
    options: withReturnDocument
  }),
  findOneAndUpdate: method('Collection.findOneAndUpdate', ['filter', 'update'], ['arrayFilters', ...findOneAndWrite], {
    options: withReturnDocument
  }),
  countDocuments: method('Collection.countDocuments', ['filter'], ['skip', 'limit', 'hint', 'collation', ...common]),
  estimatedDocumentCount: method('Collection.estimatedDocumentCount', [], common),
  distinct: method('Collection.distinct', ['fieldName', 'filter'], ['hint', 'collation', ...common]),
  createIndex: method('Collection.createIndex', ['keys'], index),
  dropIndex: method('Collection.dropIndex', ['name'], common),
  dropIndexes: method('Collection.dropIndexes', [], common),
  listIndexes: listing('Collection.listIndexes', [], ['batchSize', 'timeoutMode', ...common]),
  listIndexNames,
  rename: method('Collection.rename', ['to'], ['dropTarget', ...common]),
  drop: method('Collection.drop', [], common),
  count: method('Collection.count', ['filter'], ['skip', 'limit', 'hint', 'collation', ...common]),
  mapReduce: unbuilt('mapReduce'),
  createChangeStream: changeStreamOf('Collection.watch', (collection: Collection) => collection),
  createSearchIndex: method('Collection.createSearchIndex', ['model'], []),
  createSearchIndexes: method('Collection.createSearchIndexes', ['models'], []),
  dropSearchIndex: method('Collection.dropSearchIndex', ['name'], []),
  updateSearchIndex: method('Collection.updateSearchIndex', ['name', 'definition'], []),
  listSearchIndexes
}
