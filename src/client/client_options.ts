import { MongoInvalidArgumentError } from '../errors/index.ts'
import {
  ClientOptionsData,
  type OptionValues,
  parseOptions,
  refuseUnbuilt,
  refuseUselessTLS,
  type ResolvedOptions,
  resolveOptions,
  type SeedList,
  withSeedList
} from '../options/index.ts'
import { destinationProblem, type LogDestination } from '../logging/index.ts'
import type { Runtime, SecureContext } from '../runtime/index.ts'
import type { SRVHostValidator } from '../topology/index.ts'
import { type TracingOptions, tracingProblem } from '../tracing/index.ts'
import {
  clientEventNames,
  type CommandEventHandler,
  handlerNameOf,
  type PoolEventHandler,
  type TopologyEventHandler
} from './events.ts'
import type { NameResolver } from './resolver.ts'

/** What a client takes besides the options of the table: objects of the program, which no connection string can hold. */
export interface ProgramOptions {
  /** Time, chance and sockets; default Node's. A virtual one is for tests and simulation. */
  runtime?: Runtime | undefined
  /** Closes the client, at once, when it is aborted. */
  signal?: AbortSignal | undefined
  /**
   * Certificates, keys and versions as `createSecureContext` of `node:tls` has them, in place of the files; `tls` must be true.
   * Servers' certificates and host names are checked all the same.
   */
  secureContext?: SecureContext | undefined
  /** Looks up the records of `mongodb+srv` in place of Node's own resolver; such as a `Resolver` of `node:dns/promises`. */
  resolver?: NameResolver | undefined
  /**
   * Whether a host that the SRV record of `mongodb+srv` lists may be used, in place of the rule that it lies in the domain of the
   * name. A password goes wherever this says true: who answers for the name should not be able to choose that.
   */
  srvHostValidator?: SRVHostValidator | undefined
  /** Told of every pool event, from the first pool's creation on. */
  cmapEventHandler?: PoolEventHandler | undefined
  /** Told of every event of discovery and monitoring. */
  sdamEventHandler?: TopologyEventHandler | undefined
  /** Told of every command of an operation, in the context of its caller. */
  commandEventHandler?: CommandEventHandler | undefined
  /** Where the log goes: a standard stream of the process, or an object that takes each record; goes before the environment. */
  mongodbLogPath?: LogDestination | undefined
  /** Spans of operations, of their commands and of transactions; none by default. */
  tracing?: TracingOptions | undefined
}

const programOptionNames = [
  'runtime',
  'signal',
  'secureContext',
  'resolver',
  'srvHostValidator',
  'cmapEventHandler',
  'sdamEventHandler',
  'commandEventHandler',
  'mongodbLogPath',
  'tracing'
] as const

export interface MongoClientOptions extends OptionValues, ProgramOptions {}

/**
 * Options that a program reads from a connection string, changes field by field and hands to a client. A field that is not
 * set is undefined; the client fills in the default.
 */
export class ClientOptions extends ClientOptionsData implements ProgramOptions {
  runtime?: Runtime | undefined
  signal?: AbortSignal | undefined
  secureContext?: SecureContext | undefined
  resolver?: NameResolver | undefined
  srvHostValidator?: SRVHostValidator | undefined
  cmapEventHandler?: PoolEventHandler | undefined
  sdamEventHandler?: TopologyEventHandler | undefined
  commandEventHandler?: CommandEventHandler | undefined
  mongodbLogPath?: LogDestination | undefined
  tracing?: TracingOptions | undefined
}

export interface ResolvedClientOptions {
  readonly options: ResolvedOptions
  readonly program: ProgramOptions
  /**
   * With `mongodb+srv`: the options as they are with what the DNS says, checked as a whole.
   * @throws MongoParseError for a TXT record that cannot be used; MongoInvalidArgumentError for a contradiction.
   */
  readonly complete: (list: SeedList) => ResolvedOptions
}

/** Everything that was given, checked and merged. Whatever is not built yet is refused here, by its name. */
export function resolveClientOptions(
  source: string | ClientOptions,
  overrides: MongoClientOptions
): ResolvedClientOptions {
  const ofSource: ProgramOptions = source instanceof ClientOptions ? source : {}
  const program: ProgramOptions = {}
  const values: Record<string, unknown> = { ...overrides }
  for (const name of programOptionNames) {
    const value = overrides[name] ?? ofSource[name]
    if (value !== undefined) Object.assign(program, { [name]: value })
    delete values[name]
  }
  checkProgram(program)
  const parsed = source instanceof ClientOptions ? source.snapshot(programOptionNames) : parseOptions(source)
  const options = resolveOptions(parsed, values, programOptionNames)
  refuseUnbuilt(options)
  refuseUselessTLS(options, program.secureContext !== undefined)
  if (program.srvHostValidator !== undefined && options.srvHost === undefined)
    throw new MongoInvalidArgumentError(
      'srvHostValidator judges hosts of an SRV record, and the connection string has none: leave it out, or use mongodb+srv'
    )
  const { authMechanism } = options
  return {
    options,
    program,
    complete: list => resolveOptions(withSeedList(parsed, list, authMechanism), values, programOptionNames)
  }
}

function checkProgram({
  runtime,
  signal,
  resolver,
  srvHostValidator,
  cmapEventHandler,
  sdamEventHandler,
  commandEventHandler,
  mongodbLogPath,
  tracing
}: ProgramOptions): void {
  if (runtime !== undefined && typeof runtime.clock?.nowMS !== 'function')
    throw new MongoInvalidArgumentError('runtime must be a Runtime, such as virtualRuntime() of cenote/embedded makes')
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new MongoInvalidArgumentError('signal must be an AbortSignal')
  if (
    resolver !== undefined &&
    !(typeof resolver.resolveSrv === 'function' && typeof resolver.resolveTxt === 'function')
  )
    throw new MongoInvalidArgumentError(
      'resolver must have the methods resolveSrv and resolveTxt, as a Resolver of node:dns/promises'
    )
  if (srvHostValidator !== undefined && typeof srvHostValidator !== 'function')
    throw new MongoInvalidArgumentError(
      'srvHostValidator must be a function that is given a host and returns whether it may be used'
    )
  checkHandler('cmapEventHandler', cmapEventHandler)
  checkHandler('sdamEventHandler', sdamEventHandler)
  checkHandler('commandEventHandler', commandEventHandler)
  const problem = mongodbLogPath === undefined ? undefined : destinationProblem(mongodbLogPath)
  if (problem !== undefined) throw new MongoInvalidArgumentError(`mongodbLogPath ${problem}`)
  const wrong = tracing === undefined ? undefined : tracingProblem(tracing)
  if (wrong !== undefined) throw new MongoInvalidArgumentError(`tracing${wrong}`)
}

/** A misspelt method would be silence. */
function checkHandler(name: string, handler: unknown): void {
  if (handler === undefined || typeof handler === 'function') return
  const known = clientEventNames.map(handlerNameOf)
  const methods = typeof handler === 'object' && handler !== null ? methodNamesOf(handler) : []
  const unknown = methods.find(method => /^handle.*Event$/.test(method) && !known.includes(method))
  if (unknown !== undefined)
    throw new MongoInvalidArgumentError(
      `${name} has a method ${unknown}, and no event is called so; there are ${known.join(', ')}`
    )
  if (!methods.some(method => known.includes(method)))
    throw new MongoInvalidArgumentError(`${name} must be a function, or an object with methods such as ${known[0]}`)
}

function methodNamesOf(handler: object): string[] {
  const names = new Set<string>()
  for (
    let object: object | null = handler;
    object !== null && object !== Object.prototype;
    object = Object.getPrototypeOf(object)
  )
    for (const name of Object.getOwnPropertyNames(object)) names.add(name)
  return [...names]
}
