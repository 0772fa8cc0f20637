import type { Arguments } from '../arguments.ts'
import type { Command, Services } from '../command.ts'
import { collectionOf, collectionToRead } from '../command.ts'
import { type DocumentSource, ListedDocuments } from '../cursors.ts'
import { badValue, CommandFailure, during } from '../failure.ts'
import { type BSONValue, compileProjection, encodeDocument, type QueryContext } from '../query/index.ts'
import { Query, queryContext, type Selected } from '../query_arguments.ts'
import { int32 } from '../reply.ts'
import { type Collection, type RecordId, valueKey } from '../store/index.ts'
import { Tail } from '../tail.ts'
import { cursorReply, firstBatchCount, slice } from './reads.ts'

type FindServices = Pick<Services, 'store' | 'cursors' | 'aggregation'>

export function findCommand({ store, cursors, aggregation }: FindServices): Command {
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
        // These tell a server how to work, and change no result.
        'allowDiskUse',
        'noCursorTimeout',
        'allowPartialResults'
      ],
      refused: {
        oplogReplay: 'oplog to read',
        min: 'bounds of an index scan',
        max: 'bounds of an index scan',
        returnKey: 'index keys to return',
        showRecordId: 'record ids to show'
      }
    },
    run: call => {
      const given = call.arguments
      const namespace = collectionOf(call, 'find')
      const context = queryContext(given, { aggregation })
      const found = findingOf(given, context)
      const batchSize = given.count('batchSize') ?? firstBatchCount
      const documents = documentsOf(found, collectionToRead(call, store, namespace))
      const name = `${namespace.database}.${namespace.collection}`
      const source = { namespace: name, session: call.session, api: call.api, documents }
      const batch = cursors.open(source, batchSize, given.boolean('singleBatch'))
      return cursorReply('firstBatch', name, batch, call.snapshot)
    }
  }
}

/** What a find asks for. */
interface Finding {
  readonly query: Query
  readonly result: (selected: Selected) => Uint8Array
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
  return {
    query,
    result: ({ bytes, document, found }) => (project === undefined ? bytes : encodeDocument(project(document, found))),
    skip: given.count('skip') ?? 0,
    limit: given.count('limit') || Infinity,
    kind: kindOf(given)
  }
}

function documentsOf(
  { query, result, skip, limit, kind }: Finding,
  collection: Collection | undefined
): DocumentSource {
  if (collection === undefined) return new ListedDocuments([], true)
  if (kind === 'plain') {
    const selected = slice(query.select(collection), skip, limit)
    const execution = `Executor error during find command: ${collection.namespace}`
    return new ListedDocuments(
      during(execution, () => Array.from(selected, result)),
      false
    )
  }
  if (collection.capped === undefined)
    throw badValue(
      `error processing query: ns=${collection.namespace} tailable cursor requested on non capped collection`
    )
  const select = (record: RecordId, bytes: Uint8Array): Uint8Array | undefined => {
    const selected = query.selected(record, bytes)
    return selected === undefined ? undefined : result(selected)
  }
  return new Tail(collection, { select, skip, limit, awaitsData: kind === 'awaiting' })
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
