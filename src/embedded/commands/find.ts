import type { Arguments } from '../arguments.ts'
import type { Command, ReadServices, Services } from '../command.ts'
import { collectionOf, toRead } from '../command.ts'
import { type DocumentSource, ListedDocuments } from '../cursors.ts'
import { badValue, CommandFailure, during } from '../failure.ts'
import { indexBoundsOf, type IndexBounds, withinBounds } from '../index_bounds.ts'
import {
  type BSONDocument,
  type BSONValue,
  compileProjection,
  encodeDocument,
  type QueryContext
} from '../query/index.ts'
import { Query, queryContext, type Selected } from '../query_arguments.ts'
import { int32, int64 } from '../reply.ts'
import { Collection, type Readable, type RecordId, valueKey } from '../store/index.ts'
import { Tail } from '../tail.ts'
import { cursorReply, firstBatchCount, slice } from './reads.ts'

type FindServices = ReadServices & Pick<Services, 'cursors'>

export function findCommand(services: FindServices): Command {
  return {
    name: 'find',
    access: 'read',
    concerns: 'read',
    readsSnapshots: true,
    inStableAPI: true,
    collectionField: 'find',
    fields: {
      taken: [
        'filter',
        'sort',
        'projection',
        'skip',
        'limit',
        'batchSize',
        'singleBatch',
        'hint',
        'let',
        'collation',
        'tailable',
        'awaitData',
        'min',
        'max',
        'returnKey',
        'showRecordId',
        // These tell a server how to work, and change no result.
        'allowDiskUse',
        'noCursorTimeout',
        'allowPartialResults'
      ],
      refused: { oplogReplay: 'oplog to read' }
    },
    run: call => {
      const given = call.arguments
      const namespace = collectionOf(call, 'find')
      const context = queryContext(given, services)
      const found = findingOf(given, context)
      const batchSize = given.count('batchSize') ?? firstBatchCount
      const documents = documentsOf(found, toRead(call, services, namespace, context))
      const name = `${namespace.database}.${namespace.collection}`
      const source = { namespace: name, session: call.session, api: call.api, documents }
      const batch = services.cursors.open(source, batchSize, given.boolean('singleBatch'))
      return cursorReply('firstBatch', name, batch, call.snapshot)
    }
  }
}

/** What the reply has of a document. */
type Result = (selected: Selected) => Uint8Array

/** What a find asks for. */
interface Finding {
  readonly query: Query
  readonly bounds: IndexBounds | undefined
  /** What a document of that collection becomes. */
  readonly resultIn: (collection: Readable) => Result
  /** Options that no pipeline has, and so no view. */
  readonly notOfViews: readonly string[]
  readonly skip: number
  readonly limit: number
  readonly kind: 'plain' | 'tailable' | 'awaiting'
}

function findingOf(given: Arguments, context: QueryContext): Finding {
  const query = new Query(
    { filter: given.document('filter') ?? new Map(), sort: given.document('sort'), hint: given.value('hint') },
    context
  )
  const projection = given.document('projection')
  const project = projection === undefined ? undefined : compileProjection(projection, context)
  const returnsKeys = given.boolean('returnKey')
  const showsRecordIds = given.boolean('showRecordId')
  const plain = ({ bytes, document, found }: Selected): Uint8Array =>
    project === undefined ? bytes : encodeDocument(project(document, found))
  const numbered = ({ document, found, record }: Selected): Uint8Array =>
    encodeDocument(new Map([...(project?.(document, found) ?? document), ['$recordId', int64(record)]]))
  return {
    query,
    bounds: indexBoundsOf(given),
    // Who asks for keys gets nothing else.
    resultIn: collection => (returnsKeys ? keysIn(query, collection) : showsRecordIds ? numbered : plain),
    notOfViews: ['min', 'max', 'returnKey', 'showRecordId', 'tailable'].filter(name => isAsked(given, name)),
    skip: given.count('skip') ?? 0,
    limit: given.count('limit') || Infinity,
    kind: kindOf(given)
  }
}

function documentsOf(
  { query, bounds, resultIn, notOfViews, skip, limit, kind }: Finding,
  collection: Readable | undefined
): DocumentSource {
  if (collection === undefined) return new ListedDocuments([], true)
  const [unknown] = notOfViews
  if (unknown !== undefined && !(collection instanceof Collection))
    throw new CommandFailure(
      'InvalidPipelineOperator',
      `Option ${unknown} not supported in aggregation, and so on no view`
    )
  const result = resultIn(collection)
  const isWithin = bounds === undefined ? undefined : withinBounds(bounds, query.indexIn(collection), query.strings)
  if (kind === 'plain') {
    const matching = query.select(collection)
    const selected = slice(isWithin === undefined ? matching : filtered(matching, isWithin), skip, limit)
    const execution = `Executor error during find command: ${collection.namespace}`
    return new ListedDocuments(
      during(execution, () => Array.from(selected, result)),
      false
    )
  }
  if (!(collection instanceof Collection) || collection.capped === undefined)
    throw badValue(
      `error processing query: ns=${collection.namespace} tailable cursor requested on non capped collection`
    )
  const select = (record: RecordId, bytes: Uint8Array): Uint8Array | undefined => {
    const selected = query.selected(record, bytes)
    return selected === undefined ? undefined : result(selected)
  }
  return new Tail(collection, { select, skip, limit, awaitsData: kind === 'awaiting' })
}

/** The key of each document in the index through which a server reads; where it reads through none, nothing. */
function keysIn(query: Query, collection: Readable): Result {
  const index = query.indexIn(collection)
  return ({ document }) => {
    const [key = new Map<string, BSONValue>()] = index?.keysOf(document).values() ?? []
    return encodeDocument(key)
  }
}

function isAsked(given: Arguments, name: string): boolean {
  const value = given.value(name)
  return value !== undefined && value !== false
}

function* filtered(selected: Iterable<Selected>, isWithin: (document: BSONDocument) => boolean): Generator<Selected> {
  for (const each of selected) if (isWithin(each.document)) yield each
}

function kindOf(given: Arguments): Finding['kind'] {
  const awaitsData = given.boolean('awaitData')
  if (!given.boolean('tailable')) {
    if (!awaitsData) return 'plain'
    throw new CommandFailure('FailedToParse', "Cannot set 'awaitData' without also setting 'tailable'")
  }
  if (given.boolean('singleBatch')) throw badValue("cannot use tailable option with the 'singleBatch' option")
  for (const field of ['sort', 'hint']) {
    const order = given.value(field)
    if (order !== undefined && !isForwards(order))
      throw badValue(`cannot use tailable option with a ${field} other than {$natural: 1}`)
  }
  return awaitsData ? 'awaiting' : 'tailable'
}

const forwards = valueKey(new Map([['$natural', int32(1)]]))

function isForwards(order: BSONValue): boolean {
  return (order instanceof Map && order.size === 0) || valueKey(order) === forwards
}
