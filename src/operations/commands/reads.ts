import type { Document, DocumentWriter, Long } from '../../bson/index.ts'
import type { ReadConcern, ReadPreference } from '../../options/index.ts'
import type { Server } from '../../topology/index.ts'
import type { Reply } from '../../wire/index.ts'
import type { Command } from '../command.ts'
import type { Operation } from '../operation.ts'
import { elementsOf, encodeUserDocument, PreparedCommand, writeOption } from '../prepared_command.ts'
import type { ServerSession } from '../server_sessions.ts'

/** Where a read is directed, and what it may return. */
export interface ReadTarget {
  readonly database: string
  readonly collection: string
  readonly readPreference: ReadPreference
  readonly readConcern: ReadConcern
}

/** What `find` takes besides its filter; undefined means not given. Counts are those of the caller, signs included. */
export interface FindArguments {
  readonly filter: Document
  readonly sort?: Document | undefined
  readonly projection?: Document | undefined
  readonly skip?: number | undefined
  readonly limit?: number | undefined
  readonly batchSize?: number | undefined
  readonly singleBatch?: boolean | undefined
  /** Further fields of the command, as the server knows them: hint, collation, let, comment and so on. */
  readonly further?: Readonly<Record<string, unknown>> | undefined
}

/** The first or a further batch of a cursor. */
export interface CursorBatch {
  readonly documents: Document[]
  /** Zero: the server has no more. */
  readonly id: Long
  readonly namespace: string
  readonly server: Server | undefined
  /** Kept by the cursor while the server has more. */
  readonly session: ServerSession | undefined
}

export function findCommand(target: ReadTarget, find: FindArguments): Command<CursorBatch> {
  return readCommand('find', target, body => writeFind(body, target, find, false), batchOf)
}

/** One document or null: the server keeps no cursor. */
export function findOneCommand(target: ReadTarget, find: FindArguments): Command<Document | null> {
  return readCommand('find', target, body => writeFind(body, target, find, true), firstOf)
}

export function aggregateCommand(
  target: Omit<ReadTarget, 'collection'> & { readonly collection: string | 1 },
  pipeline: readonly Document[],
  batchSize: number | undefined,
  further: Readonly<Record<string, unknown>> = {}
): Command<CursorBatch> {
  const last = pipeline.at(-1)
  const writes = last !== undefined && ('$out' in last || '$merge' in last)
  return new PreparedCommand<CursorBatch>({
    name: 'aggregate',
    database: target.database,
    kind: 'read',
    retryable: !writes,
    readPreference: target.readPreference,
    readConcern: target.readConcern,
    write: body => {
      body.value('aggregate', target.collection)
      body.value('pipeline', pipeline, false)
      body.beginDocument('cursor')
      if (batchSize !== undefined && !(writes && batchSize === 0)) body.number('batchSize', batchSize)
      body.endDocument()
      for (const [key, value] of Object.entries(further)) writeOption(body, key, value)
    },
    accept: batchOf
  })
}

/** Whatever the user sends. The document is not looked into, but for the command's name. */
export function runCommand(database: string, document: Document, readPreference: ReadPreference): Command<Document> {
  const encoded = encodeUserDocument(document)
  const [name] = document instanceof Map ? document.keys() : Object.keys(document)
  return new PreparedCommand<Document>({
    name: String(name),
    database,
    kind: 'command',
    readPreference,
    write: body => body.append(elementsOf(encoded)),
    accept: documentOf
  })
}

export function getMoreCommand(
  database: string,
  collection: string,
  id: Long,
  batchSize: number | undefined,
  comment: unknown
): Command<CursorBatch> {
  return new PreparedCommand<CursorBatch>({
    name: 'getMore',
    database,
    kind: 'command',
    limitsServerTime: false,
    write: body => {
      body.long('getMore', id)
      body.string('collection', collection)
      if (batchSize !== undefined) body.number('batchSize', batchSize)
      writeOption(body, 'comment', comment)
    },
    accept: batchOf
  })
}

export function killCursorsCommand(database: string, collection: string, id: Long): Command<undefined> {
  return new PreparedCommand<undefined>({
    name: 'killCursors',
    database,
    kind: 'command',
    write: body => {
      body.string('killCursors', collection)
      body.beginArray('cursors')
      body.long('0', id)
      body.endDocument()
    },
    accept: () => undefined
  })
}

function readCommand<Result>(
  name: string,
  { database, readPreference, readConcern }: ReadTarget,
  write: (body: DocumentWriter) => void,
  accept: (reply: Reply, operation: Operation<Result>) => Result
): Command<Result> {
  return new PreparedCommand<Result>({
    name,
    database,
    kind: 'read',
    retryable: true,
    readPreference,
    readConcern,
    write,
    accept
  })
}

/** Zero counts are not sent: to the server a batch size of zero is an empty batch, to the user it is the default. */
function writeFind(body: DocumentWriter, { collection }: ReadTarget, find: FindArguments, one: boolean): void {
  body.string('find', collection)
  body.encodedDocument('filter', encodeUserDocument(find.filter))
  writeOption(body, 'sort', find.sort)
  writeOption(body, 'projection', find.projection)
  if (find.skip !== undefined && find.skip !== 0) body.number('skip', find.skip)
  const { limit, batchSize, singleBatch } = one ? oneDocument : sentCounts(find)
  if (limit !== 0) body.number('limit', limit)
  if (batchSize !== 0) body.number('batchSize', batchSize)
  if (singleBatch) body.boolean('singleBatch', true)
  for (const [key, value] of Object.entries(find.further ?? {})) writeOption(body, key, value)
}

const oneDocument = { limit: 1, batchSize: 0, singleBatch: true } as const

/** Negative counts ask for one batch. A limit that equals the batch size is met by a batch one larger, which ends the cursor. */
function sentCounts({ limit = 0, batchSize = 0, singleBatch = false }: FindArguments): {
  readonly limit: number
  readonly batchSize: number
  readonly singleBatch: boolean
} {
  const single = singleBatch || limit < 0 || batchSize < 0
  const positiveLimit = Math.abs(limit)
  const positiveBatch = batchSize < 0 && positiveLimit !== 0 ? positiveLimit : Math.abs(batchSize)
  const closes = positiveLimit > 0 && positiveLimit === positiveBatch
  return { limit: positiveLimit, batchSize: closes && !single ? positiveBatch + 1 : positiveBatch, singleBatch: single }
}

function documentOf(reply: Reply): Document {
  return reply.document()
}

function firstOf(reply: Reply): Document | null {
  const documents: Document[] = []
  reply.batch(documents)
  return documents[0] ?? null
}

function batchOf(reply: Reply, operation: Operation<CursorBatch>): CursorBatch {
  const documents: Document[] = []
  reply.batch(documents)
  const id = reply.cursorId()
  const { server } = operation
  return {
    documents,
    id,
    namespace: reply.namespace() ?? '',
    server,
    session: id.isZero() ? undefined : operation.keepSession()
  }
}
