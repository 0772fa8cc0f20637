import type { AbstractCursor } from '../../../src/client/index.ts'
import { plainResult } from '../client_bulk_result.ts'
import { invoke } from '../features.ts'
import type { Fields } from '../format.ts'
import type { ObservedClient } from '../observed_client.ts'
import { type OperationRow, type OperationRows, unbuilt } from './row.ts'

const common = ['comment', 'maxTimeMS', 'timeoutMS', 'session']

const listDatabases: OperationRow = {
  needs: 'Admin.listDatabases',
  required: [],
  optional: ['filter', ...common],
  documents: true,
  run: async ({ client }: ObservedClient, options: Fields) => {
    const { databases } = (await invoke(client.db().admin(), 'Admin.listDatabases', options)) as { databases: unknown }
    return databases
  }
}

const listDatabaseNames: OperationRow = {
  ...listDatabases,
  documents: false,
  run: async ({ client }: ObservedClient, options: Fields) => {
    const reply = invoke(client.db().admin(), 'Admin.listDatabases', { ...options, nameOnly: true })
    const { databases } = (await reply) as { databases: readonly { name: unknown }[] }
    return databases.map(({ name }) => name)
  }
}

/** `{ insertOne: { … } }` in the format, `{ name: 'insertOne', … }` in the driver. */
function modelOf(model: object): object {
  const [[name, fields] = ['', {}]] = Object.entries(model) as [string, object][]
  return { name, ...fields }
}

const clientBulkWrite: OperationRow = {
  needs: 'MongoClient.bulkWrite',
  required: ['models'],
  optional: ['ordered', 'bypassDocumentValidation', 'verboseResults', 'writeConcern', 'let', ...common],
  run: async ({ client }: ObservedClient, { models, ...options }: Fields) => {
    const result = await invoke(client, 'MongoClient.bulkWrite', (models as object[]).map(modelOf), options)
    return plainResult(result as object)
  }
}

export const clientOperations: OperationRows = {
  listDatabases,
  listDatabaseNames,
  listDatabaseObjects: { ...listDatabaseNames, needs: 'MongoClient.listDatabaseObjects' },
  clientBulkWrite,
  appendMetadata: {
    needs: 'MongoClient.appendMetadata',
    required: ['driverInfoOptions'],
    optional: [],
    run: ({ client }: ObservedClient, { driverInfoOptions }: Fields) =>
      invoke(client, 'MongoClient.appendMetadata', driverInfoOptions)
  },
  // The end at which servers are told of sessions; what cenote calls close says nothing more to anybody.
  close: {
    needs: 'MongoClient.shutdown',
    required: [],
    optional: [],
    run: ({ client }: ObservedClient) => client.shutdown()
  },
  /** The driver's databases drop themselves. */
  dropDatabase: {
    needs: 'Db.dropDatabase',
    required: ['database'],
    optional: common,
    run: ({ client }: ObservedClient, { database, ...options }: Fields) =>
      invoke(client.db(database as string), 'Db.dropDatabase', options)
  },
  createChangeStream: unbuilt('change streams')
}

export const cursorOperations: OperationRows = {
  iterateUntilDocumentOrError: {
    required: [],
    optional: [],
    documents: false,
    run: (cursor: AbstractCursor<unknown>) => cursor.next()
  },
  iterateOnce: { required: [], optional: [], run: (cursor: AbstractCursor<unknown>) => cursor.tryNext() },
  close: {
    required: [],
    optional: ['timeoutMS'],
    run: (cursor: AbstractCursor<unknown>, { timeoutMS }: Fields) => cursor.close({ timeoutMS: timeoutMS as number })
  }
}
