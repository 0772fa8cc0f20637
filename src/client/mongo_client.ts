import type { Document, ObjectId } from '../bson/index.ts'
import { type ClientBulkWriteResult, MongoClientClosedError, MongoInvalidArgumentError } from '../errors/index.ts'
import type { EventsLost, StreamOptions } from '../events/index.ts'
import { ClientLog, logSettingsOf } from '../logging/index.ts'
import {
  addressOf,
  credentialsOf,
  type DriverInfo,
  driverInfoProblem,
  type ResolvedOptions,
  warningOfAuthentication
} from '../options/index.ts'
import type { PoolSnapshot } from '../pool/index.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import type { ServerType, TopologyDescription } from '../topology/index.ts'
import { ChangeStream } from './change_stream.ts'
import { clientBulkWrite } from './client_bulk_write.ts'
import { type ClientOptions, type MongoClientOptions, resolveClientOptions } from './client_options.ts'
import { clientTLSOf } from './client_tls.ts'
import { clientTracerOf } from './client_tracing.ts'
import { type ConnectionRow, connectionRows } from './connection_rows.ts'
import { ClientSession } from './client_session.ts'
import { ClientCore } from './core.ts'
import { Db } from './db.ts'
import { HubEmitter } from './emitter.ts'
import { type ClientEventName, type ClientEvents, clientEventNames, makeHub, subscribeHandlers } from './events.ts'
import { dnsOf } from './resolver.ts'
import { Shutdown } from './shutdown.ts'
import { type HandleOptions, inherit, type Inherited, noOptions, orRejected, withoutWaiting } from './targets.ts'
import type {
  AnyClientBulkWriteModel,
  ChangeStreamDocument,
  ChangeStreamOptions,
  ClientBulkWriteModel,
  ClientBulkWriteOptions,
  ClientSessionOptions
} from './types/index.ts'
import { waitForServer } from './wait_for_server.ts'
import { warmUp, type WarmUpResult } from './warm_up.ts'

/** One pool at one moment, with what is known of its server. */
export interface PoolRow extends PoolSnapshot {
  readonly serverType: ServerType
}

export interface ShutdownOptions {
  /** Milliseconds after which what remains is interrupted. Default: no limit. */
  readonly timeoutMS?: number | undefined
  /** Interrupts what remains when it is aborted. */
  readonly signal?: AbortSignal | undefined
}

const defaultDatabase = 'test'

/**
 * A client of one deployment: it finds its servers, watches them, and keeps a pool of connections to each.
 *
 * Making one connects to nothing and tells nothing; discovery begins by itself a turn later, or with `connect` or the first
 * operation. A client that was closed stays closed.
 */
export class MongoClient extends HubEmitter<ClientEvents> {
  readonly #core: ClientCore
  readonly #shutdown: Shutdown
  readonly #inherited: Inherited

  /**
   * @throws MongoParseError for a malformed connection string.
   * @throws MongoInvalidArgumentError for options that are unknown, wrong, contradictory or not built yet, and for files of
   *   certificates and keys that cannot be used; they are read here. Also for `tracing` without anything that makes spans.
   */
  constructor(source: string | ClientOptions, overrides: MongoClientOptions = {}) {
    const { options, program, complete } = resolveClientOptions(source, overrides)
    const runtime = program.runtime ?? nodeRuntime()
    const tls = clientTLSOf(options, program.secureContext, runtime)
    const tracer = clientTracerOf(program.tracing, runtime)
    const hub = makeHub(runtime)
    super(hub, clientEventNames)
    subscribeHandlers(hub, program.cmapEventHandler, program.sdamEventHandler, program.commandEventHandler)
    const dns = program.resolver === undefined ? runtime.dns : dnsOf(program.resolver, runtime)
    const { srvHostValidator } = program
    this.#core = new ClientCore({ options, runtime, hub, tls, tracer, dns, srvHostValidator, complete })
    const logSettings = logSettingsOf(options, program.mongodbLogPath, runtime.host.env)
    const log = ClientLog.of(logSettings, runtime, hub, this.#core.topologyId)
    this.#shutdown = new Shutdown(this.#core, () => log?.closed())
    const { readPreference, readConcern, writeConcern, timeoutMS, enableUtf8Validation } = options
    this.#inherited = withoutWaiting({ readPreference, readConcern, writeConcern, timeoutMS, enableUtf8Validation })
    for (const warning of options.warnings) runtime.warn(warning, 'CENOTE_CONNECTION_STRING')
    const plainText = warningOfAuthentication(options)
    if (plainText !== undefined) runtime.warn(plainText, 'CENOTE_PASSWORD_IN_PLAIN_TEXT')
    for (const warning of logSettings.warnings) runtime.warn(warning, 'CENOTE_LOG_ENVIRONMENT')
    log?.created(plainText === undefined ? options.warnings : [...options.warnings, plainText])
    if (program.signal !== undefined) this.#shutdown.endWith(program.signal)
  }

  /** A client that has found a server for its read preference. */
  static async connect<Client extends MongoClient>(
    this: new (
      source: string | ClientOptions,
      overrides?: MongoClientOptions
    ) => Client,
    source: string | ClientOptions,
    overrides: MongoClientOptions = {}
  ): Promise<Client> {
    const client = new this(source, overrides)
    try {
      return await client.connect()
    } catch (error) {
      await client.close()
      throw error
    }
  }

  /**
   * Every option with its value, defaults included; frozen. Credentials are not shown. With `mongodb+srv` the hosts, and what
   * a TXT record sets, are there once they have been looked up.
   */
  get options(): ResolvedOptions {
    return this.#core.options
  }

  /**
   * Resolves when a server for the client's read preference is known, and for a client with credentials when that has taken
   * them: then it has answered a `ping`, whose connection stays in the pool. Without credentials no connection of a pool is
   * opened. Not needed before an operation.
   */
  async connect(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<this> {
    if (this.#shutdown.begun) throw closedError()
    const { readPreference } = this.#inherited
    const { signal } = options
    await waitForServer(this.#core, readPreference, signal)
    if (credentialsOf(this.#core.options) !== undefined)
      await this.db('admin').command({ ping: 1 }, { readPreference, signal })
    return this
  }

  /** A database; by default that of the connection string, else `test`. */
  db(name: string = this.#core.options.defaultDatabase ?? defaultDatabase, options?: HandleOptions): Db {
    return this.makeDb(this.#core, name, inherit(this.#inherited, options))
  }

  /** Makes every database of this client. A subclass can make them of a class of its own, which extends `Db`. */
  protected makeDb(core: ClientCore, name: string, inherited: Inherited): Db {
    return new Db(core, name, inherited)
  }

  /** What is changed in any database, but for those of the server itself. */
  watch<TSchema extends Document = Document, TChange extends Document = ChangeStreamDocument<TSchema>>(
    pipeline: readonly Document[] = [],
    options: ChangeStreamOptions = noOptions
  ): ChangeStream<TSchema, TChange> {
    const place = { ...inherit(this.#inherited, options), database: 'admin', collection: 1, ofCluster: true } as const
    return new ChangeStream<TSchema, TChange>(this.#core, place, pipeline, options)
  }

  /**
   * Writes of several kinds to any collections, in as few commands as the server's limits allow; for MongoDB 8.0 and later.
   * Ordered: in their order, to the first failure. Unordered: all of them. Rejects with a `MongoClientBulkWriteError` that
   * tells what was done when some fail. Write concern 0 is for unordered ones without `verboseResults`.
   */
  bulkWrite<SchemaMap extends Record<string, Document> = Record<string, Document>>(
    models: readonly ClientBulkWriteModel<SchemaMap>[],
    options: ClientBulkWriteOptions = noOptions
  ): Promise<ClientBulkWriteResult> {
    return clientBulkWrite(this.#core, this.#inherited, models as readonly AnyClientBulkWriteModel[], options)
  }

  /** An identifier as documents without one get it; for subclasses that give it to them before. */
  protected nextId(): ObjectId {
    return this.#core.context.objectIds.next()
  }

  /** What is known of the deployment at this moment: each server by its address, and what they are together. */
  topologyDescription(): TopologyDescription {
    return this.#core.topology.description
  }

  /**
   * A session to give to operations as their option `session`. Asks no server. To be ended by whoever started it.
   * @throws {MongoInvalidArgumentError} for options that are unknown, contradictory or not built yet.
   * @throws {MongoClientClosedError} once the client is closing.
   */
  startSession(options: ClientSessionOptions = {}): ClientSession {
    if (this.#shutdown.begun) throw closedError()
    return new ClientSession(this, this.#core, options)
  }

  /** Calls `work` with a session, which ends when what it returns has settled, and resolves with that. */
  withSession<Result>(work: (session: ClientSession) => Promise<Result>): Promise<Result>
  withSession<Result>(options: ClientSessionOptions, work: (session: ClientSession) => Promise<Result>): Promise<Result>
  async withSession<Result>(
    ...given:
      | [work: (session: ClientSession) => Promise<Result>]
      | [options: ClientSessionOptions, work: (session: ClientSession) => Promise<Result>]
  ): Promise<Result> {
    const [options, work] = given.length === 1 ? [undefined, given[0]] : given
    if (typeof work !== 'function')
      throw new MongoInvalidArgumentError(
        'withSession takes a function that is given the session, as its last argument'
      )
    const session = this.startSession(options)
    try {
      return await work(session)
    } finally {
      await session.endSession()
    }
  }

  /**
   * Adds a library that is built upon this driver to what handshakes tell of the client. Connections that are opened from now
   * on tell it, and the others stay as they are; one that was told before is not told again. Source: the handshake specification.
   * @throws {MongoInvalidArgumentError} for texts with a `|`, or more than a handshake takes.
   */
  appendMetadata(driverInfo: DriverInfo): void {
    const problem = driverInfoProblem(driverInfo)
    if (problem !== undefined) throw new MongoInvalidArgumentError(`driverInfo ${problem}`)
    this.#core.appendMetadata({ ...driverInfo })
  }

  /** All pools at this moment. Equal to the sum of the events whenever none waits to be delivered. */
  pools(): PoolRow[] {
    return [...this.#core.topology.servers.values()].map(({ pool, description }) => ({
      serverType: description.type,
      ...pool.snapshot()
    }))
  }

  /** Every socket at this moment: those of pools, and of each server its monitor's and that for round-trip times. */
  connections(): ConnectionRow[] {
    return connectionRows(this.#core)
  }

  /** Resolves when every pool has `minPoolSize` connections, or has failed to get them: the rows say which. */
  async warmUp(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<WarmUpResult[]> {
    if (this.#shutdown.begun) throw closedError()
    return warmUp(this.#core, options.signal)
  }

  /** Events as they come. A slow reader loses the oldest, and is told how many as an `EventsLost`. */
  events<Name extends ClientEventName>(
    names: readonly Name[],
    options: StreamOptions = {}
  ): AsyncIterableIterator<ClientEvents[Name] | EventsLost> {
    return this.#core.hub.stream(names, options)
  }

  /**
   * Ends the client without interrupting what is in progress: idle connections close, those in use close when they are
   * given back. Resolves when all sockets have closed. Idempotent. Source: the manual, "Manage Connections".
   */
  shutdown(options: ShutdownOptions = {}): Promise<void> {
    return orRejected(() => this.#shutdown.graceful(options.timeoutMS, options.signal))
  }

  /**
   * Ends the client at once; operations in progress fail with an error that says so. Idempotent. The official driver's
   * `force` is taken and changes nothing: `shutdown` is what waits.
   */
  close(_force?: boolean): Promise<void> {
    return this.#shutdown.immediate()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown()
  }

  /** What `util.inspect` and JSON show: no secrets, no internals. */
  toJSON(): Document {
    const { hosts, srvHost } = this.#core.options
    return { ...(srvHost === undefined ? {} : { srvHost }), hosts, pools: this.pools() }
  }

  static {
    Object.defineProperty(this.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      value(this: MongoClient): string {
        const { hosts, srvHost } = this.options
        const where = srvHost === undefined ? hosts.map(addressOf).join(', ') : `mongodb+srv://${srvHost}`
        return `MongoClient { ${where} }`
      }
    })
  }
}

function closedError(): MongoClientClosedError {
  return new MongoClientClosedError('The client is closing or closed: make a new one, a closed client stays closed')
}
