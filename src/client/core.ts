import { Credentials, isMechanism, KeyCache } from '../auth/index.ts'
import { DecodeSites, ObjectIds } from '../bson/index.ts'
import {
  type AuthenticationSetup,
  encodeClientMetadata,
  encodeServerApi,
  establisher,
  type Establish,
  functionServiceOf,
  SocketLedger
} from '../connection/index.ts'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import type { EventHub } from '../events/index.ts'
import {
  AbortWatch,
  Activities,
  type BatchCursor,
  type ClientTracer,
  ClusterTime,
  type Command,
  CommandMonitor,
  type ExplicitSession,
  Operation,
  type OperationContext,
  type OperationOptions,
  ServerSessionPool,
  TracingMonitor
} from '../operations/index.ts'
import {
  addressOf,
  credentialsOf,
  type DriverInfo,
  hostOf,
  nonDefaultPoolOptions,
  type ResolvedOptions,
  type SeedList
} from '../options/index.ts'
import { ConnectionPool, type PoolLimits } from '../pool/index.ts'
import {
  type ClientTLS,
  Deadlines,
  type DNS,
  type Runtime,
  type SOCKS5Proxy,
  type SRVRecord,
  type Target,
  type Timer
} from '../runtime/index.ts'
import {
  type EstablishmentErrorHandler,
  Monitor,
  type SRVHostValidator,
  SRVPoller,
  Topology,
  type TopologySettings
} from '../topology/index.ts'
import { RequestIds, type WireCompressor } from '../wire/index.ts'
import { clientProxyOf } from './client_proxy.ts'
import { compressorsOf } from './compressors.ts'
import type { HubEvents } from './events.ts'
import { SeedListDiscovery, type SeedListHandler } from './seed_list_discovery.ts'

const minHeartbeatFrequencyMS = 500
let lastTopologyId = 0

export interface ClientCoreSetup {
  readonly options: ResolvedOptions
  readonly runtime: Runtime
  readonly hub: EventHub<HubEvents>
  readonly tls: ClientTLS | undefined
  readonly tracer: ClientTracer | undefined
  /** With `mongodb+srv`: who looks up its records and judges their hosts, and what the options are with them. */
  readonly dns: DNS
  readonly srvHostValidator: SRVHostValidator | undefined
  readonly complete: (list: SeedList) => ResolvedOptions
}

/**
 * What stands behind a client's face: its topology with pools and monitors, and what its operations share. Making one
 * does nothing yet; `start` opens discovery.
 */
export class ClientCore implements SeedListHandler {
  readonly runtime: Runtime
  readonly hub: EventHub<HubEvents>
  readonly topologyId: number = ++lastTopologyId
  readonly tracer: ClientTracer | undefined
  readonly topology: Topology
  readonly sockets: SocketLedger
  readonly context: OperationContext
  /** What was learned of the documents that servers send, by namespace or command. */
  readonly decodeSites: DecodeSites = new DecodeSites()
  /** Cursors that servers keep for this client. */
  readonly cursors: Set<BatchCursor> = new Set<BatchCursor>()
  /** Sessions that callers have begun to use and not ended. */
  readonly sessions: Set<ExplicitSession> = new Set<ExplicitSession>()
  readonly #deadlines: Deadlines
  readonly #requestIds = new RequestIds()
  /** What handshakes tell of this client: encoded once, since nobody asks between. */
  #metadata: Uint8Array
  #libraries: readonly DriverInfo[]
  readonly #serverApi: Uint8Array | undefined
  #authentication: AuthenticationSetup | undefined
  readonly #compressors: readonly WireCompressor[]
  readonly #startTimer: Timer
  readonly #tls: ClientTLS | undefined
  readonly #proxy: SOCKS5Proxy | undefined
  #options: ResolvedOptions
  /** Until the seeds of a `mongodb+srv` client are known, or never will be. */
  #seedList: SeedListDiscovery | undefined

  constructor({ options, runtime, hub, tls, tracer, dns, srvHostValidator, complete }: ClientCoreSetup) {
    this.#options = options
    this.#tls = tls
    this.#proxy = clientProxyOf(options)
    this.runtime = runtime
    this.hub = hub
    this.tracer = tracer
    const { srvHost } = options
    if (srvHost !== undefined) {
      const restMS = this.#restMS
      const setup = { options, srvHost, srvHostValidator, dns, runtime, complete, restMS }
      this.#seedList = new SeedListDiscovery(setup, this)
    }
    this.sockets = new SocketLedger(runtime.clock)
    this.#deadlines = new Deadlines(runtime.clock, runtime.timers)
    this.#libraries = options.driverInfo === undefined ? [] : [options.driverInfo]
    this.#metadata = this.#metadataWith(this.#libraries)
    this.#serverApi = options.serverApi === undefined ? undefined : encodeServerApi(options.serverApi)
    this.#authentication = authenticationOf(options, runtime, tls)
    this.#compressors = compressorsOf(options, runtime)
    this.topology = this.#makeTopology()
    this.context = {
      topology: this.topology,
      runtime,
      deadlines: this.#deadlines,
      sessions: new ServerSessionPool(bytes => runtime.chance.fill(bytes)),
      clusterTime: new ClusterTime(),
      activities: new Activities(),
      aborts: new AbortWatch(),
      commandMonitor:
        tracer === undefined ? new CommandMonitor(hub, runtime) : new TracingMonitor(hub, runtime, tracer),
      objectIds: new ObjectIds(
        () => runtime.clock.epochMS(),
        bytes => runtime.chance.fill(bytes)
      ),
      settings: { ...options, socketTimeoutMS: options.socketTimeoutMS ?? 0 }
    }
    this.#startTimer = runtime.timers.create(() => this.start())
    this.#startTimer.armAt(runtime.clock.nowMS())
  }

  /** Told by the handshakes to come. @throws {MongoInvalidArgumentError} when it cannot be told; nothing changes then. */
  appendMetadata(library: DriverInfo): void {
    const libraries = [...this.#libraries, library]
    this.#metadata = this.#metadataWith(libraries)
    this.#libraries = libraries
  }

  #metadataWith(libraries: readonly DriverInfo[]): Uint8Array {
    return encodeClientMetadata({ appName: this.#options.appName, host: this.runtime.host, libraries })
  }

  get options(): ResolvedOptions {
    return this.#options
  }

  /** Idempotent. Happens by itself one turn after the client was made, or with its first use. */
  start(): void {
    this.#startTimer.disarm()
    if (this.#seedList === undefined) this.topology.start()
    else this.#seedList.begin()
  }

  /** The seeds of a `mongodb+srv` client have been looked up: only now is known what its topology and its users are. */
  found(options: ResolvedOptions, records: readonly SRVRecord[]): void {
    const lookup = this.#seedList?.lookupSetup
    if (lookup === undefined) return
    this.#seedList = undefined
    for (const warning of options.warnings.slice(this.#options.warnings.length))
      this.runtime.warn(warning, 'CENOTE_CONNECTION_STRING')
    this.#options = options
    this.#authentication = authenticationOf(options, this.runtime, this.#tls)
    const { srvMaxHosts, heartbeatFrequencyMS } = options
    const { runtime } = this
    this.topology.seed(topologySettingsOf(options), {
      srvMaxHosts,
      makePoller: listed => new SRVPoller({ ...lookup, runtime, heartbeatFrequencyMS, records }, listed)
    })
  }

  failed(makeError: () => Error): void {
    this.topology.refuseSelections(makeError)
  }

  /** `interruptInUse`: operations in progress fail now. Idempotent, and a second call may still interrupt. */
  close(how: { readonly interruptInUse: boolean }): void {
    this.#seedList?.cancel()
    this.#seedList = undefined
    this.topology.close(how)
  }

  run<Result>(command: Command<Result>, options: OperationOptions): Promise<Result> {
    this.start()
    return new Operation(this.context, command, this.#withClientLimit(options)).run()
  }

  /** The client closes before it ever started: nothing is opened, and nothing is told. */
  neverStart(): void {
    this.#startTimer.disarm()
  }

  #withClientLimit(options: OperationOptions): OperationOptions {
    const { timeoutMS } = this.options
    return timeoutMS === undefined || options.timeoutMS !== undefined ? options : { ...options, timeoutMS }
  }

  #makeTopology(): Topology {
    const { srvHost, heartbeatFrequencyMS, localThresholdMS } = this.options
    return new Topology({
      settings: topologySettingsOf(this.options),
      srvHost,
      localThresholdMS,
      runtime: this.runtime,
      hub: this.hub,
      topologyId: this.topologyId,
      makePool: (address, onEstablishmentError) => this.#makePool(address, onEstablishmentError),
      makeMonitor: (address, owner) =>
        new Monitor(
          {
            address,
            topologyId: this.topologyId,
            runtime: this.runtime,
            hub: this.hub,
            heartbeatFrequencyMS,
            minHeartbeatFrequencyMS: this.#restMS,
            connectTimeoutMS: this.options.connectTimeoutMS,
            streaming: this.#streams,
            establish: this.#establisherOf(address)
          },
          owner
        )
    })
  }

  #makePool(address: string, onEstablishmentError: EstablishmentErrorHandler): ConnectionPool {
    return new ConnectionPool({
      address,
      limits: this.#poolLimits,
      loadBalanced: this.options.loadBalanced,
      nonDefaultOptions: nonDefaultPoolOptions(this.options),
      runtime: this.runtime,
      hub: this.hub,
      establish: this.#establisherOf(address),
      onEstablishmentError
    })
  }

  /** `timeoutMS` takes the place of the limit on waiting. */
  get #poolLimits(): PoolLimits {
    const { timeoutMS = 0 } = this.options
    return timeoutMS > 0 ? { ...this.options, waitQueueTimeoutMS: 0 } : this.options
  }

  #establisherOf(address: string): Establish {
    return establisher({
      runtime: this.runtime,
      deadlines: this.#deadlines,
      target: targetOf(address),
      address,
      tls: this.#tls,
      proxy: this.#proxy,
      connectTimeoutMS: this.options.connectTimeoutMS,
      metadata: () => this.#metadata,
      loadBalanced: this.options.loadBalanced,
      requestIds: this.#requestIds,
      compressors: this.#compressors,
      serverApi: this.#serverApi,
      authentication: this.#authentication,
      ledger: this.sockets
    })
  }

  get #restMS(): number {
    return this.options.minHeartbeatFrequencyMS ?? minHeartbeatFrequencyMS
  }

  /** Where functions are frozen between calls, a stream would be found broken each time. */
  get #streams(): boolean {
    const mode = this.options.serverMonitoringMode
    return mode === 'stream' || (mode === 'auto' && functionServiceOf(this.runtime.host.env) === undefined)
  }
}

function topologySettingsOf(options: ResolvedOptions): TopologySettings {
  const { hosts, directConnection, loadBalanced, replicaSet, heartbeatFrequencyMS } = options
  return { seeds: hosts.map(addressOf), directConnection, loadBalanced, replicaSet, heartbeatFrequencyMS }
}

/** Undefined: the client authenticates as nobody. */
function authenticationOf(
  options: ResolvedOptions,
  { cryptography, chance }: Runtime,
  tls: ClientTLS | undefined
): AuthenticationSetup | undefined {
  const given = credentialsOf(options)
  if (given === undefined) return undefined
  const { mechanism, ...others } = given
  if (mechanism !== undefined && !isMechanism(mechanism))
    throw new MongoInvalidArgumentError(`authMechanism: ${mechanism} is not built`)
  const credentials = new Credentials({ ...others, mechanism, certificateSubject: tls?.certificateSubject })
  return { credentials, keys: new KeyCache(cryptography, chance), cryptography, chance }
}

/** `host:port`, `[address]:port`, or the path of a Unix socket. */
function targetOf(address: string): Target {
  const host = hostOf(address)
  return 'socketPath' in host ? { kind: 'unix', path: host.socketPath } : { kind: 'tcp', ...host }
}
