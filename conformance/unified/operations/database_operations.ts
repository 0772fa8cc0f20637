import type { AbstractCursor, Db } from '../../../src/client/index.ts'
import { invoke } from '../features.ts'
import type { Fields } from '../format.ts'
import { allOf, changeStreamOf, listing, method, type OperationRow, type OperationRows, withCursorType } from './row.ts'

const common = ['comment', 'maxTimeMS', 'timeoutMS', 'session']

interface CommandCursor extends AbstractCursor<unknown> {
  setBatchSize(batchSize: number): unknown
  setComment(comment: unknown): unknown
  setMaxTimeMS(maxTimeMS: number): unknown
}

const cursorArguments = [
  'commandName',
  'readPreference',
  'batchSize',
  'comment',
  'maxTimeMS',
  'timeoutMS',
  'timeoutMode',
  'cursorType',
  'session'
]

/** What later commands of the cursor carry is set on the cursor. */
function commandCursor(database: Db, given: Fields): CommandCursor {
  const { command, commandName: _commandName, batchSize, comment, maxTimeMS, ...options } = given
  const cursor = invoke(database, 'Db.runCursorCommand', command, withCursorType(options)) as CommandCursor
  if (batchSize !== undefined) cursor.setBatchSize(batchSize as number)
  if (comment !== undefined) cursor.setComment(comment)
  if (maxTimeMS !== undefined) cursor.setMaxTimeMS(maxTimeMS as number)
  return cursor
}

const runCursorCommand: OperationRow = {
  needs: 'Db.runCursorCommand',
  required: ['command'],
  optional: cursorArguments,
  documents: true,
  run: (database: Db, given: Fields) => allOf(commandCursor(database, given))
}

const createCommandCursor: OperationRow = {
  needs: 'Db.runCursorCommand',
  required: ['command'],
  optional: cursorArguments,
  makesCursor: true,
  run: async (database: Db, given: Fields) => {
    const cursor = commandCursor(database, given)
    // Sends the command now, as the format wants it, and takes nothing.
    await cursor.hasNext()
    return cursor
  }
}

const runCommand: OperationRow = {
  needs: 'Db.command',
  required: ['command'],
  optional: ['commandName', 'readPreference', 'timeoutMS', 'session'],
  run: (database: Db, { command, commandName: _commandName, ...options }: Fields) =>
    invoke(database, 'Db.command', command, options)
}

/** The driver has no method for it: a program sends the command. */
const modifyCollection: OperationRow = {
  needs: 'Db.command',
  required: ['collection'],
  optional: ['index', 'changeStreamPreAndPostImages', 'validator', 'validationLevel', 'validationAction'],
  run: (database: Db, { collection, ...changes }: Fields) =>
    invoke(database, 'Db.command', { collMod: collection, ...changes })
}

export const databaseOperations: OperationRows = {
  runCommand,
  runCursorCommand,
  createCommandCursor,
  aggregate: listing(
    'Db.aggregate',
    ['pipeline'],
    ['batchSize', 'allowDiskUse', 'bypassDocumentValidation', 'hint', 'collation', 'let', 'timeoutMode', ...common]
  ),
  createCollection: method(
    'Db.createCollection',
    ['collection'],
    [
      'capped',
      'size',
      'max',
      'viewOn',
      'pipeline',
      'validator',
      'timeseries',
      'clusteredIndex',
      'expireAfterSeconds',
      'changeStreamPreAndPostImages',
      'collation',
      ...common
    ]
  ),
  dropCollection: method('Db.dropCollection', ['collection'], common),
  modifyCollection,
  listCollections: {
    ...listing('Db.listCollections', [], []),
    optional: ['filter', 'batchSize', 'timeoutMode', ...common],
    run: (database: Db, { filter, ...options }: Fields) =>
      allOf(invoke(database, 'Db.listCollections', filter, options) as AbstractCursor<unknown>)
  },
  listCollectionNames: {
    ...listing('Db.listCollections', [], []),
    optional: ['filter', ...common],
    documents: false,
    run: async (database: Db, { filter, ...options }: Fields) => {
      const cursor = invoke(database, 'Db.listCollections', filter, { ...options, nameOnly: true })
      return (await allOf(cursor as AbstractCursor<unknown>)).map(each => (each as { name: unknown }).name)
    }
  },
  listCollectionObjects: method('Db.collections', [], ['filter', ...common]),
  createChangeStream: changeStreamOf('Db.watch', (database: Db) => database)
}
