import type { Clock } from '../../runtime/index.ts'
import { Arguments } from '../arguments.ts'
import type { Call, Command, Services } from '../command.ts'
import { collectionOf } from '../command.ts'
import { badValue, CommandFailure } from '../failure.ts'
import { isGeneric } from '../generic_fields.ts'
import { claimed } from '../process.ts'
import { type BSONDocument, type BSONValue, isDocument } from '../query/index.ts'
import { Query, queryContext } from '../query_arguments.ts'
import { fields, int32, type Reply } from '../reply.ts'
import type { Collection } from '../store/index.ts'
import { isOfDatabase } from './aggregate.ts'

interface ExplainServices extends Pick<Services, 'store' | 'aggregation'> {
  readonly clock: Clock
  /** `host:port` */
  address(): string
}

const verbosities: readonly string[] = ['queryPlanner', 'executionStats', 'allPlansExecution', 'queryPlannerExtended']

/** Where a command that can be explained has what chooses its documents. */
const queryFields: Readonly<Record<string, string | undefined>> = {
  find: 'filter',
  count: 'query',
  distinct: 'query',
  aggregate: undefined,
  update: 'updates',
  delete: 'deletes',
  findAndModify: 'query'
}

/** What these do is told by doing it; of all others only the plan is. */
const measured: readonly string[] = ['find', 'count', 'distinct']

/** `known`: the commands of the member, by each of their names; asked when one is to be explained. */
export function explainCommand(services: ExplainServices, known: ReadonlyMap<string, Command>): Command {
  return {
    name: 'explain',
    access: 'read',
    concerns: 'read',
    inStableAPI: true,
    fields: { taken: ['verbosity'] },
    run: call => {
      const verbosity = verbosityOf(call.arguments)
      const inner = call.arguments.requiredDocument('explain')
      const explained = explainedCall(call, inner, known)
      return explanation(services, explained, verbosity, inner)
    }
  }
}

function verbosityOf(given: Arguments): string {
  const verbosity = given.string('verbosity') ?? 'allPlansExecution'
  if (verbosities.includes(verbosity)) return verbosity
  throw badValue(`Enumeration value '${verbosity}' for field 'explain.verbosity' is not a valid value.`)
}

/** The inner command as a call, its fields checked as if it were to run. */
function explainedCall(call: Call, inner: BSONDocument, known: ReadonlyMap<string, Command>): Call {
  const [name = ''] = inner.keys()
  const command = known.get(name)
  if (command === undefined)
    throw new CommandFailure('CommandNotFound', `Explain failed due to unknown command: ${name}`)
  if (!Object.hasOwn(queryFields, command.name))
    throw new CommandFailure('IllegalOperation', `Cannot explain cmd: ${name}`)
  const given = new Arguments(name, inner)
  if (given.has('writeConcern')) throw new CommandFailure('InvalidOptions', 'explain does not support write concern')
  if (command.fields !== 'any') given.check(command.fields, field => field === name || isGeneric(field))
  return { ...call, name: command.name, arguments: given }
}

function explanation(services: ExplainServices, call: Call, verbosity: string, inner: BSONDocument): Reply {
  const [place = call.name] = inner.keys()
  const isPlanOnly = verbosity.startsWith('queryPlanner')
  if (!isPlanOnly && !measured.includes(call.name)) {
    const text = `'explain.verbosity' ${verbosity} of ${call.name} is not supported: the embedded deployment has only its queryPlanner`
    throw new CommandFailure('NotImplemented', text)
  }
  const ofDatabase = call.name === 'aggregate' && isOfDatabase(call.arguments)
  const namespace = ofDatabase ? undefined : collectionOf(call, place)
  const collection = namespace === undefined ? undefined : services.store.find(namespace)
  if (collection?.view !== undefined)
    throw new CommandFailure(
      'NotImplemented',
      `${collection.namespace} is a view: the embedded deployment has no plans of views`
    )
  const { query, filter, sort } = queryOf(services, call)
  const queryPlanner = fields<BSONValue>({
    namespace: `${call.database}.${namespace?.collection ?? '$cmd.aggregate'}`,
    parsedQuery: filter,
    indexFilterSet: false,
    winningPlan: planOf(query, collection, sort),
    rejectedPlans: []
  })
  return fields<BSONValue>({
    explainVersion: '1',
    ...(call.name === 'aggregate' ? { stages: stagesOf(call, queryPlanner) } : { queryPlanner }),
    ...(isPlanOnly ? {} : { executionStats: statsOf(services, call, query, collection) }),
    command: inner,
    serverInfo: serverInfo(services.address())
  })
}

interface ExplainedQuery {
  readonly query: Query
  readonly filter: BSONDocument
  readonly sort: BSONDocument | undefined
}

function queryOf(services: ExplainServices, { name, arguments: command }: Call): ExplainedQuery {
  const field = queryFields[name]
  const isWrite = field === 'updates' || field === 'deletes'
  const [statement = command, ...others] = isWrite ? command.statements(field) : [command]
  if (others.length > 0 || (isWrite && statement === command))
    throw new CommandFailure('InvalidLength', 'explained write batches must be of size 1')
  const filter = field === undefined ? undefined : statement.document(isWrite ? 'q' : field)
  const sort = statement.document('sort')
  const context = {
    compileExpression: queryContext(command, services).compileExpression,
    strings: queryContext(statement, services).strings
  }
  const fieldsOfQuery = { filter: filter ?? new Map<string, BSONValue>(), sort, hint: statement.value('hint') }
  return { query: new Query(fieldsOfQuery, context), filter: fieldsOfQuery.filter, sort }
}

/** Nothing is read through an index but one document by its `_id`. */
function planOf(query: Query, collection: Collection | undefined, sort: BSONDocument | undefined): BSONDocument {
  if (collection === undefined) return fields<BSONValue>({ stage: 'EOF' })
  const { byId, backwards } = query
  const scan = byId
    ? fields<BSONValue>({ stage: 'IDHACK' })
    : fields<BSONValue>({ stage: 'COLLSCAN', direction: backwards ? 'backward' : 'forward' })
  if (sort === undefined || sort.size === 0 || sort.has('$natural')) return scan
  return fields<BSONValue>({ stage: 'SORT', sortPattern: sort, inputStage: scan })
}

/** The pipeline reads the whole collection: a first `$match` is applied like any other stage. */
function stagesOf({ arguments: given }: Call, queryPlanner: BSONDocument): BSONDocument[] {
  const stages = (given.array('pipeline') ?? []).filter(isDocument)
  return [fields<BSONValue>({ $cursor: fields({ queryPlanner }) }), ...stages]
}

function statsOf(
  { clock }: ExplainServices,
  { name, arguments: given }: Call,
  query: Query,
  collection: Collection | undefined
): BSONDocument {
  const beganMS = clock.nowMS()
  const skip = given.count('skip') ?? 0
  const limit = Math.abs(given.whole('limit') ?? 0) || Infinity
  const matched = [...query.select(collection)].length
  const examined = collection === undefined ? 0 : query.byId ? matched : collection.size
  const returned = name === 'find' ? Math.max(0, Math.min(matched - skip, limit)) : 0
  return fields<BSONValue>({
    executionSuccess: true,
    nReturned: int32(returned),
    executionTimeMillis: int32(Math.round(clock.nowMS() - beganMS)),
    totalKeysExamined: int32(0),
    totalDocsExamined: int32(examined)
  })
}

/** Who explains. `address`: `host:port`. */
export function serverInfo(address: string): BSONDocument {
  const colon = address.lastIndexOf(':')
  const [host, port] = [address.slice(0, colon), Number(address.slice(colon + 1))]
  return fields<BSONValue>({ host, port: int32(port), version: claimed.version, gitVersion: 'cenote' })
}
