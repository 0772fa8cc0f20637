/** What lists databases, collections and indexes: reads that only the primary answers for sure. Sources: the enumeration specifications. */
import { type Document, type DocumentWriter, prepareElements } from '../../bson/index.ts'
import { repeatableListing } from '../command.ts'
import { PreparedCommand, writeOption } from '../prepared_command.ts'
import { batchOf, type CursorBatch } from './reads.ts'

export function listCollectionsCommand(
  database: string,
  batchSize: number | undefined,
  further: Readonly<Record<string, unknown>>
): PreparedCommand<CursorBatch> {
  return listCommand(database, 'listCollections', 1, batchSize, further)
}

export function listIndexesCommand(
  database: string,
  collection: string,
  batchSize: number | undefined,
  further: Readonly<Record<string, unknown>>
): PreparedCommand<CursorBatch> {
  return listCommand(database, 'listIndexes', collection, batchSize, further)
}

export function listDatabasesCommand(further: Readonly<Record<string, unknown>>): PreparedCommand<Document> {
  return new PreparedCommand<Document>(repeatableListing, {
    name: 'listDatabases',
    database: 'admin',
    elements: prepareElements(body => {
      body.int32('listDatabases', 1)
      writeAll(body, further)
    }),
    accept: reply => reply.document()
  })
}

function listCommand(
  database: string,
  name: string,
  subject: string | 1,
  batchSize: number | undefined,
  further: Readonly<Record<string, unknown>>
): PreparedCommand<CursorBatch> {
  return new PreparedCommand<CursorBatch>(repeatableListing, {
    name,
    database,
    elements: prepareElements(body => {
      body.value(name, subject)
      body.beginDocument('cursor')
      if (batchSize !== undefined && batchSize !== 0) body.number('batchSize', batchSize)
      body.endDocument()
      writeAll(body, further)
    }),
    accept: batchOf
  })
}

function writeAll(body: DocumentWriter, fields: Readonly<Record<string, unknown>>): void {
  for (const key in fields) writeOption(body, key, fields[key])
}
