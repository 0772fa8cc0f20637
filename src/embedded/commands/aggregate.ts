import { documentsElsewhere, type OutputStage, readOutputStage } from '../aggregation/index.ts'
import type { CollectionStatistics, PipelineContext } from '../aggregation.ts'
import { Arguments } from '../arguments.ts'
import type { Call, Command, Services } from '../command.ts'
import { collectionOf, toChange, toRead } from '../command.ts'
import { type DocumentSource, ListedDocuments } from '../cursors.ts'
import { CommandFailure, during } from '../failure.ts'
import { type BSONDocument, type BSONValue, encodeDocument, isDocument, isNumber, typeNameOf } from '../query/index.ts'
import { wholeInt64 } from '../query/numbers.ts'
import { Query, queryContext } from '../query_arguments.ts'
import type { Replica } from '../replication/index.ts'
import type { Reply } from '../reply.ts'
import { sessionDocuments } from '../sessions.ts'
import type { Namespace, Store } from '../store/index.ts'
import { documentsOf } from '../views.ts'
import { outputOf, writeOnPrimary } from './output.ts'
import { cursorReply, executionOf, firstBatchCount } from './reads.ts'
import { isWatching, watch } from './watch.ts'
import { bypassesValidation, type WriteServices } from './writes.ts'

type AggregateServices = WriteServices &
  Pick<Services, 'cursors' | 'sessions'> & {
    /** Undefined: a standalone. */
    readonly replica: Replica | undefined
    /** `host:port` */
    address(): string
  }

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
      const { aggregation, cursors } = services
      const store = call.snapshot?.store ?? services.store
      const given = call.arguments
      const stages = stagesOf(given)
      if (call.api.apiStrict) refuseUnstable(stages)
      const batchSize = cursorBatchSize(given)
      const context = contextOf(services, call, store)
      const open = (namespace: string, documents: DocumentSource): Reply => {
        const source = { namespace, session: call.session, api: call.api, documents }
        return cursorReply('firstBatch', namespace, cursors.open(source, batchSize), call.snapshot)
      }
      if (isWatching(stages)) {
        const collection = isOfDatabase(given) ? undefined : watchedCollection(call, store)
        const documents = watch(call, stages, collection, { ...services, context })
        return open(`${call.database}.${collection ?? databaseCollection}`, documents)
      }
      const output = outputIn(stages, call.database)
      const pipeline = aggregation.pipeline(output === undefined ? stages : stages.slice(0, -1), context)
      const { namespace, input } = inputOf(services, call, context, stages)
      const results = (): Iterable<BSONDocument> => pipeline(input())
      const work = executionOf('aggregate', namespace)
      const name = `${namespace.database}.${namespace.collection}`
      if (output === undefined)
        return open(
          name,
          new ListedDocuments(
            during(work, () => Array.from(results(), encodeDocument)),
            true
          )
        )
      const nothing = (): Reply => open(name, new ListedDocuments([], true))
      const elsewhere = writeResults(services, call, { output, context, results, work })
      return elsewhere === undefined ? nothing() : elsewhere.then(error => withConcernError(nothing(), error))
    }
  }
}

function contextOf(services: AggregateServices, call: Call, store: Store): PipelineContext {
  const { aggregation, sessions } = services
  const reading = { store, aggregation, sessions: () => sessionDocuments(sessions) }
  return {
    ...queryContext(call.arguments, services),
    database: call.database,
    documentsOf: collection => documentsOf(reading, { database: call.database, collection }),
    sessions: reading.sessions,
    statistics: isOfDatabase(call.arguments) ? undefined : () => statisticsOf(services, call, store)
  }
}

function statisticsOf(services: AggregateServices, call: Call, store: Store): CollectionStatistics {
  const collection = toChange(store, collectionOf(call, 'aggregate'))
  if (collection === undefined)
    throw new CommandFailure(
      'NamespaceNotFound',
      'Unable to retrieve what $collStats tells: the collection does not exist'
    )
  const { namespace, size, bytes, indexes, capped } = collection
  return { namespace, host: services.address(), count: size, bytes, indexes: indexes.length, capped }
}

/** The stage that writes, if there is one. Where it stands elsewhere than at the end, the pipeline refuses it. */
function outputIn(stages: readonly BSONDocument[], database: string): OutputStage | undefined {
  const last = stages.at(-1)
  return last === undefined ? undefined : readOutputStage(last, database)
}

interface Writing {
  readonly output: OutputStage
  readonly context: PipelineContext
  readonly results: () => Iterable<BSONDocument>
  /** As failures tell it. */
  readonly work: string
}

/** Undefined: they are written. A secondary has the primary write them, and then knows the error of the write concern. */
function writeResults(
  services: AggregateServices,
  call: Call,
  { output, context, results, work }: Writing
): Promise<BSONDocument | undefined> | undefined {
  const { replica } = services
  if (replica !== undefined && replica.leadership === undefined)
    return writeOnPrimary(
      replica,
      call,
      during(work, () => [...results()])
    )
  const write = outputOf(services, output, { ...context, bypassesValidation: bypassesValidation(call.arguments) })
  during(work, () => write([...results()]))
  return undefined
}

function withConcernError(reply: Reply, error: BSONDocument | undefined): Reply {
  return error === undefined ? reply : new Map([...reply, ['writeConcernError', error]])
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

/** Of what a collection is, its count alone is for everybody. */
function isUnstable(name: string, operand: BSONValue): boolean {
  if (name !== '$collStats') return unstableStages.includes(name)
  return !isDocument(operand) || [...operand.keys()].some(field => field !== 'count')
}

/** They can only stand at the top level. */
function refuseUnstable(stages: readonly BSONDocument[]): void {
  const found = stages.flatMap(stage => [...stage]).find(([name, operand]) => isUnstable(name, operand))?.[0]
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

interface Input {
  readonly namespace: Namespace
  /** Read once, when the pipeline runs. */
  readonly input: () => Iterable<BSONDocument>
}

/** What stands in the place of a collection in cursors of a database. */
const databaseCollection = '$cmd.aggregate'

/** `aggregate: 1` has no collection; its first stage brings the documents. */
export function isOfDatabase(given: Arguments): boolean {
  const source = given.required('aggregate')
  if (typeof source === 'string') return false
  if (!isNumber(source))
    throw new CommandFailure('TypeMismatch', `collection name has invalid type ${typeNameOf(source)}`)
  if (wholeInt64(source) === 1n) return true
  const text = "Invalid command format: the 'aggregate' field must specify a collection name or 1"
  throw new CommandFailure('FailedToParse', text)
}

function inputOf(
  services: AggregateServices,
  call: Call,
  context: PipelineContext,
  stages: readonly BSONDocument[]
): Input {
  const given = call.arguments
  if (isOfDatabase(given))
    return { namespace: { database: call.database, collection: databaseCollection }, input: () => [] }
  if (stages[0]?.has('$documents') === true) throw documentsElsewhere()
  const namespace = collectionOf(call, 'aggregate')
  const query = new Query({ filter: new Map(), hint: given.value('hint') }, context)
  const selected = query.select(toRead(call, services, namespace, context))
  return { namespace, input: () => Array.from(selected, ({ document }) => document) }
}

/** A view is not changed. */
function watchedCollection(call: Call, store: Store): string {
  const namespace = collectionOf(call, 'aggregate')
  toChange(store, namespace)
  return namespace.collection
}
