import { Binary } from '../../bson/index.ts'
import type { PipelineContext } from '../aggregation.ts'
import { Arguments } from '../arguments.ts'
import type { Call, Command, Services } from '../command.ts'
import { collectionOf } from '../command.ts'
import { ListedDocuments } from '../cursors.ts'
import { CommandFailure } from '../failure.ts'
import { type BSONDocument, decodeDocument, encodeDocument, isDocument } from '../query/index.ts'
import { Query, queryContext } from '../query_arguments.ts'
import type { SessionId } from '../sessions.ts'
import type { Store } from '../store/index.ts'
import { cursorReply, firstBatchCount } from './reads.ts'

type AggregateServices = Pick<Services, 'store' | 'cursors' | 'aggregation' | 'sessions'>

export function aggregateCommand(services: AggregateServices): Command {
  return {
    name: 'aggregate',
    access: 'read',
    concerns: 'both',
    readsSnapshots: true,
    inStableAPI: true,
    collectionField: 'aggregate',
    fields: {
      taken: ['pipeline', 'cursor', 'let', 'hint', 'collation', 'allowDiskUse', 'bypassDocumentValidation'],
      refused: { explain: 'plans to explain', exchange: 'exchange', needsMerge: 'shards', fromMongos: 'shards' }
    },
    run: call => {
      const { cursors, aggregation, sessions } = services
      const store = call.snapshot?.store ?? services.store
      const given = call.arguments
      const stages = stagesOf(given)
      if (call.api.apiStrict) refuseUnstable(stages)
      const batchSize = cursorBatchSize(given)
      const context: PipelineContext = {
        ...queryContext(given, services),
        database: call.database,
        documentsOf: collection => documentsOf(store, call.database, collection),
        sessions: () => sessions.ids.map(sessionDocument)
      }
      const pipeline = aggregation.pipeline(stages, context)
      const { namespace, input } = inputOf(call, store, context)
      const documents = new ListedDocuments(Array.from(pipeline(input), encodeDocument), true)
      const source = { namespace, session: call.session, api: call.api, documents }
      return cursorReply('firstBatch', namespace, cursors.open(source, batchSize), call.snapshot)
    }
  }
}

function stagesOf(given: Arguments): BSONDocument[] {
  given.required('pipeline')
  return (given.array('pipeline') ?? []).map((stage, index) => {
    if (isDocument(stage)) return stage
    throw given.wrongType(`pipeline.${index}`, stage, 'object')
  })
}

/** Of the stages that there are. Source: the manual, "Stable API Changelog". */
const unstableStages: readonly string[] = ['$listLocalSessions']

/** They can only stand at the top level. */
function refuseUnstable(stages: readonly BSONDocument[]): void {
  const found = stages.flatMap(stage => [...stage.keys()]).find(name => unstableStages.includes(name))
  if (found === undefined) return
  throw new CommandFailure('APIStrictError', `stage ${found} is not allowed with 'apiStrict: true' in API Version 1`)
}

function cursorBatchSize(given: Arguments): number {
  const cursor = given.document('cursor')
  if (cursor === undefined) {
    throw new CommandFailure(
      'FailedToParse',
      "The 'cursor' option is required, except for aggregate with the explain argument"
    )
  }
  const options = new Arguments('aggregate.cursor', cursor)
  options.check({ taken: ['batchSize'] })
  return options.count('batchSize') ?? firstBatchCount
}

/** `aggregate: 1` has no collection; its first stage brings the documents. */
function inputOf(
  call: Call,
  store: Store,
  context: PipelineContext
): { readonly namespace: string; readonly input: Iterable<BSONDocument> } {
  const given = call.arguments
  if (typeof given.value('aggregate') !== 'string') return { namespace: `${call.database}.$cmd.aggregate`, input: [] }
  const namespace = collectionOf(call, 'aggregate')
  const query = new Query({ filter: new Map(), hint: given.value('hint') }, context)
  const input = Array.from(query.select(store.find(namespace)), ({ document }) => document)
  return { namespace: `${namespace.database}.${namespace.collection}`, input }
}

/** Nobody authenticates, so no session is a user's. */
function sessionDocument(id: SessionId): BSONDocument {
  return new Map([['_id', new Map([['id', new Binary(Buffer.from(id, 'hex'), Binary.SUBTYPE_UUID)]])]])
}

function* documentsOf(store: Store, database: string, collection: string): Generator<BSONDocument> {
  for (const [, bytes] of store.find({ database, collection })?.records() ?? []) yield decodeDocument(bytes)
}
