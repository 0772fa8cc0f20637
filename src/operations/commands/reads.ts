import {
  type DecodeSite,
  type DecodeSites,
  type Document,
  type DocumentWriter,
  type Long,
  prepareElements
} from '../../bson/index.ts'
import { MongoUnexpectedServerResponseError } from '../../errors/index.ts'
import type { ReadConcern, ReadPreference, WriteConcern } from '../../options/index.ts'
import type { PinnedConnection } from '../../pool/index.ts'
import type { Server } from '../../topology/index.ts'
import type { Reply } from '../../wire/index.ts'
import {
  type Command,
  type CommandTraits,
  countOfDocuments,
  endOfCursor,
  nextBatchOfCursor,
  openingOfChanges,
  repeatableListing,
  repeatableRead,
  type RunningOperation,
  unrepeatableWrite,
  userCommand,
  userCursorCommand
} from '../command.ts'
import { encodeUserElements, PreparedCommand, writeOption, writeWriteConcern } from '../prepared_command.ts'
import type { ServerSession } from '../server_sessions.ts'

/** Where a read is directed, and what it may return. */
export interface ReadTarget {
  readonly database: string
  readonly collection: string
  readonly readPreference: ReadPreference
  readonly readConcern: ReadConcern
}

/** What `find` takes besides its filter; undefined means not given. Counts are those of the caller, signs included. */
export interface FindFields {
  readonly sort?: Document | undefined
  readonly projection?: Document | undefined
  readonly skip?: number | undefined
  readonly limit?: number | undefined
  readonly batchSize?: number | undefined
  readonly singleBatch?: boolean | undefined
  /** Further fields of the command, as the server knows them: hint, collation, let, comment and so on. */
  readonly [further: string]: unknown
}

/** The first or a further batch of a cursor. */
export interface CursorBatch {
  readonly documents: Document[]
  /** Zero: the server has no more. */
  readonly id: Long
  readonly namespace: string
  readonly server: Server | undefined
  /** Kept by the cursor while the server has more; undefined where the caller gave one. */
  readonly session: ServerSession | undefined
  /** The connection that further batches need, while the server has more; undefined: any of the server's. */
  readonly pin: PinnedConnection | undefined
}

/** What makes a batch of a reply. */
export type AcceptBatch = (reply: Reply, operation: RunningOperation) => CursorBatch

export function findCommand(
  target: ReadTarget,
  filter: Document,
  fields: FindFields,
  site: DecodeSite
): Command<CursorBatch> {
  const { limit, batchSize, singleBatch } = sentCounts(fields)
  const elements = prepareElements(body => {
    writeFind(body, target, filter, fields)
    if (limit !== 0) body.number('limit', limit)
    if (batchSize !== 0) body.number('batchSize', batchSize)
    if (singleBatch) body.boolean('singleBatch', true)
  })
  return readCommand('find', target, elements, site, batchOf)
}

/** One document or null: the server keeps no cursor. */
export function findOneCommand(
  target: ReadTarget,
  filter: Document,
  fields: FindFields,
  site: DecodeSite
): Command<Document | null> {
  const elements = prepareElements(body => {
    writeFind(body, target, filter, fields)
    body.int32('limit', 1)
    body.boolean('singleBatch', true)
  })
  return readCommand('find', target, elements, site, firstOf)
}

/** Where a pipeline reads, and the write concern of one that writes. */
export interface AggregateTarget extends Omit<ReadTarget, 'collection'> {
  /** 1: the database itself. */
  readonly collection: string | 1
  readonly writeConcern: WriteConcern
  /** What the pipeline is for; default: itself. */
  readonly purpose?: PipelinePurpose | undefined
}

export type PipelinePurpose = 'countDocuments' | 'watch'

const readsOf: Readonly<Record<PipelinePurpose, CommandTraits>> = {
  countDocuments: countOfDocuments,
  watch: openingOfChanges
}

export function aggregateCommand(
  target: AggregateTarget,
  pipeline: readonly Document[],
  batchSize: number | undefined,
  further: Readonly<Record<string, unknown>>,
  site: DecodeSite,
  accept: AcceptBatch = batchOf
): Command<CursorBatch> {
  const writes = endsInWrite(pipeline)
  return new PreparedCommand<CursorBatch>(traitsOf(pipeline, writes, target.purpose), {
    name: 'aggregate',
    database: target.database,
    readPreference: target.readPreference,
    elements: prepareElements(body => {
      body.value('aggregate', target.collection)
      body.value('pipeline', pipeline, false)
      body.beginDocument('cursor')
      if (batchSize !== undefined && !(writes && batchSize === 0)) body.number('batchSize', batchSize)
      body.endDocument()
      for (const [key, value] of Object.entries(further)) writeOption(body, key, value)
      if (writes) writeWriteConcern(body, target.writeConcern)
    }),
    readConcern: target.readConcern,
    site,
    accept
  })
}

/** Search indexes are listed by a process that knows no read concern, not even that of a causally consistent session. */
function traitsOf([first]: readonly Document[], writes: boolean, purpose: PipelinePurpose | undefined): CommandTraits {
  if (writes) return unrepeatableWrite
  if (purpose !== undefined) return readsOf[purpose]
  return first !== undefined && '$listSearchIndexes' in first ? repeatableListing : repeatableRead
}

export function endsInWrite(pipeline: readonly Document[]): boolean {
  const last = pipeline.at(-1)
  return last !== undefined && ('$out' in last || '$merge' in last)
}

/** Whatever the user sends. The document is not looked into, but for the command's name. */
export function runCommand(
  database: string,
  document: Document,
  readPreference: ReadPreference,
  sites: DecodeSites
): Command<Document> {
  const name = nameOf(document)
  return new PreparedCommand<Document>(userCommand, {
    name,
    database,
    readPreference,
    elements: encodeUserElements(document),
    // No namespace is called so: it has a dot.
    site: sites.siteFor(name),
    accept: documentOf
  })
}

/** As `runCommand`, for a command whose reply has a cursor. */
export function runCursorCommand(
  database: string,
  document: Document,
  readPreference: ReadPreference
): PreparedCommand<CursorBatch> {
  const name = nameOf(document)
  return new PreparedCommand<CursorBatch>(userCursorCommand, {
    name,
    database,
    readPreference,
    elements: encodeUserElements(document),
    accept: (reply, operation) => {
      if (reply.hasCursor) return batchOf(reply, operation)
      throw new MongoUnexpectedServerResponseError(
        `the reply to ${name} has no cursor; run it by command(), which takes any reply`
      )
    }
  })
}

function nameOf(document: Document): string {
  if (document instanceof Map) return String([...document.keys()][0])
  for (const name in document) if (Object.hasOwn(document, name)) return name
  return 'undefined'
}

export function getMoreCommand(
  database: string,
  collection: string,
  id: Long,
  batchSize: number | undefined,
  comment: unknown,
  site: DecodeSite | undefined,
  accept: AcceptBatch = batchOf
): Command<CursorBatch> {
  return new PreparedCommand<CursorBatch>(nextBatchOfCursor, {
    name: 'getMore',
    database,
    elements: prepareElements(body => {
      body.long('getMore', id)
      body.string('collection', collection)
      if (batchSize !== undefined) body.number('batchSize', batchSize)
      writeOption(body, 'comment', comment)
    }),
    site,
    accept
  })
}

export function killCursorsCommand(database: string, collection: string, id: Long): Command<undefined> {
  return new PreparedCommand<undefined>(endOfCursor, {
    name: 'killCursors',
    database,
    elements: prepareElements(body => {
      body.string('killCursors', collection)
      body.beginArray('cursors')
      body.long('0', id)
      body.endDocument()
    }),
    accept: () => undefined
  })
}

function readCommand<Result>(
  name: string,
  { database, readPreference, readConcern }: ReadTarget,
  elements: Uint8Array,
  site: DecodeSite,
  accept: (reply: Reply, operation: RunningOperation) => Result
): Command<Result> {
  const parts = { name, database, readPreference, readConcern, elements, site, accept }
  return new PreparedCommand<Result>(repeatableRead, parts)
}

/** All but the counts that end a cursor: those depend on whether one document is asked for or all. */
function writeFind(body: DocumentWriter, { collection }: ReadTarget, filter: Document, fields: FindFields): void {
  body.string('find', collection)
  body.document('filter', filter, false)
  writeOption(body, 'sort', fields.sort)
  writeOption(body, 'projection', fields.projection)
  if (fields.skip !== undefined && fields.skip !== 0) body.number('skip', fields.skip)
  for (const field in fields) if (!writtenApart.has(field)) writeOption(body, field, fields[field])
}

const writtenApart: ReadonlySet<string> = new Set(['sort', 'projection', 'skip', 'limit', 'batchSize', 'singleBatch'])

/**
 * Zero counts are not sent: to the server a batch size of zero is an empty batch, to the user it is the default. Negative
 * counts ask for one batch. A limit that equals the batch size is met by a batch one larger, which ends the cursor.
 */
function sentCounts({ limit = 0, batchSize = 0, singleBatch = false }: FindFields): {
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

function documentOf(reply: Reply, { command }: RunningOperation): Document {
  return reply.document(undefined, command.site)
}

function firstOf(reply: Reply, { command }: RunningOperation): Document | null {
  const documents: Document[] = []
  reply.batch(documents, undefined, command.site)
  return documents[0] ?? null
}

export function batchOf(reply: Reply, operation: RunningOperation): CursorBatch {
  const documents: Document[] = []
  reply.batch(documents, undefined, operation.command.site)
  const id = reply.cursorId()
  const namespace = reply.namespace() ?? ''
  const { server } = operation
  if (id.isZero()) return { documents, id, namespace, server, session: undefined, pin: undefined }
  return { documents, id, namespace, server, session: operation.keepSession(), pin: operation.keepConnection() }
}
