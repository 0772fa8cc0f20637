import { MongoClientClosedError, type MongoServerSelectionError } from '../errors/index.ts'
import type { Hub } from '../events/index.ts'
import type { Clear, ConnectionPool, PooledConnection, PoolSetup } from '../pool/index.ts'
import type { Runtime } from '../runtime/index.ts'
import {
  afterApplicationError,
  afterFailedCheck,
  type ApplicationError,
  type ErrorOutcome,
  type PoolClear
} from './error_rules.ts'
import { serverDescriptionOf } from './hello.ts'
import { choose, latencyWindow, type Selector, suitableServers } from './selection.ts'
import { selectionError } from './selection_error.ts'
import {
  type SelectionEvent,
  type SelectionEvents,
  type SelectionFacts,
  ServerSelectionFailedEvent,
  ServerSelectionStartedEvent,
  ServerSelectionSucceededEvent,
  ServerSelectionWaitingEvent
} from './selection_events.ts'
import { SelectionQueue, type SelectionWaiter } from './selection_queue.ts'
import { type MonitorOwner, Server, type ServerMonitor } from './server.ts'
import { describeServer, loadBalancer, type ServerDescription } from './server_description.ts'
import {
  emptyTopology,
  initialTopology,
  type TopologyDescription,
  type TopologySettings
} from './topology_description.ts'
import {
  ServerClosedEvent,
  ServerDescriptionChangedEvent,
  ServerOpeningEvent,
  TopologyClosedEvent,
  TopologyDescriptionChangedEvent,
  type TopologyEvents,
  TopologyOpeningEvent
} from './topology_events.ts'
import type { SeedListPoller } from './srv_poller.ts'
import { applyServerDescription, applySrvHosts, isPolled, type TopologyUpdate } from './update.ts'

export interface TopologySetup {
  readonly settings: TopologySettings
  /** The name that the seeds are looked up by, with `mongodb+srv`: they come with `seed`. */
  readonly srvHost?: string | undefined
  /** How much farther than the nearest suitable server others may be. */
  readonly localThresholdMS: number
  readonly runtime: Pick<Runtime, 'clock' | 'chance'>
  readonly hub: Pick<Hub<TopologyEvents & SelectionEvents>, 'wanted' | 'begin' | 'end' | 'emit'>
  /** One number for the life of a client. */
  readonly topologyId: number
  readonly makePool: (address: string, onEstablishmentError: EstablishmentErrorHandler) => ConnectionPool
  readonly makeMonitor: (address: string, owner: MonitorOwner) => ServerMonitor
}

/** How an SRV record goes on deciding what servers there are. */
export interface SeedListPolling {
  /** 0: all. */
  readonly srvMaxHosts: number
  readonly makePoller: (listed: (addresses: readonly string[]) => void) => SeedListPoller
}

export type EstablishmentErrorHandler = PoolSetup['onEstablishmentError']

type Phase = 'new' | 'open' | 'closed'

/**
 * Owns the servers of a deployment, with their pools and monitors, and does what the rules of discovery say. Whatever
 * happens is one step: the description, the pools and the events change together, and selection is served last.
 */
export class Topology {
  readonly #setup: TopologySetup
  readonly #servers = new Map<string, Server>()
  readonly #selections = new SelectionQueue()
  /** Servers within the latency window, by selector; forgotten at every change of any description. */
  readonly #windows = new Map<string, readonly Server[]>()
  #description: TopologyDescription
  #phase: Phase = 'new'
  #poller: SeedListPoller | undefined
  /** While draining: whether the connection that has come back is the last of all. */
  #draining: (() => boolean) | undefined

  constructor(setup: TopologySetup) {
    this.#setup = setup
    this.#description = initialTopology(setup.settings)
  }

  get description(): TopologyDescription {
    return this.#description
  }

  get servers(): ReadonlyMap<string, Server> {
    return this.#servers
  }

  /** Opens discovery: pools for the seeds, and their monitors. Idempotent. */
  start(): void {
    if (this.#phase !== 'new') return
    this.#phase = 'open'
    this.step(() => {
      const { topologyId, hub } = this.#setup
      if (hub.wanted.topologyOpening) hub.emit('topologyOpening', new TopologyOpeningEvent(topologyId))
      this.#tellTopologyChanged(emptyTopology(this.#setup.settings.heartbeatFrequencyMS), this.#description)
      for (const address of this.#description.servers.keys()) this.#add(address)
      // A load balancer is never checked: it counts as known and in order from the start.
      if (this.#description.type === 'LoadBalanced')
        for (const address of this.#servers.keys()) this.#apply(loadBalancer(address))
      for (const server of this.#servers.values()) server.monitor?.start()
    })
  }

  /** Opens discovery where the seeds had to be looked up: these settings take the place of those that it was made with. */
  seed(settings: TopologySettings, { srvMaxHosts, makePoller }: SeedListPolling): void {
    if (this.#phase !== 'new') return
    this.#description = initialTopology(settings)
    this.#windows.clear()
    if (isPolled(this.#description)) {
      this.#poller = makePoller(addresses => this.#hostsListed(addresses, srvMaxHosts))
      this.#poller.start()
    }
    this.start()
  }

  /** The seeds were looked up in vain: whoever waits is told, each by an error of its own. Who comes later waits anew. */
  refuseSelections(makeError: () => Error): void {
    this.step(() => {
      for (const waiter of this.#selections.waiting())
        if (waiter.selectQueue === this.#selections) this.#refuse(waiter, makeError())
    })
  }

  /**
   * A server for the operation, whose count of operations is raised; else undefined: the waiter is parked, and all
   * servers are checked soon. Throws where waiting would be in vain: the topology is incompatible or closed, or the read
   * preference cannot be met by any. Who listens is told before this returns, and may have ended the waiter.
   */
  select(waiter: SelectionWaiter): Server | undefined {
    return this.#setup.hub.wanted.serverSelection ? this.#selectAndTell(waiter) : this.#select(waiter)
  }

  /** The waiter gives up, for this reason. False: it was told before. To be called within a step. */
  withdraw(waiter: SelectionWaiter, reason: Error): boolean {
    if (waiter.selectQueue !== this.#selections) return false
    this.#selections.leave(waiter)
    this.#tellSelection(waiter, facts => new ServerSelectionFailedEvent(facts, reason))
    return true
  }

  /** For a waiter that has run out of time. */
  selectionError(selector: Selector, waitedMS: number): MongoServerSelectionError {
    const lookedUp = this.#phase === 'new' ? this.#setup.srvHost : undefined
    return selectionError({ topology: this.#description, selector, waitedMS, nowMS: this.#nowMS(), lookedUp })
  }

  /** What happens in `work` is told when it is over. */
  step(work: () => void): void {
    this.#setup.hub.begin()
    try {
      work()
    } finally {
      this.#setup.hub.end()
    }
  }

  /** An operation on this connection failed. To be called before the connection is checked in. */
  operationFailed(server: Server, slot: Pick<PooledConnection, 'generation' | 'serviceId'>, error: Error): void {
    if (this.#servers.get(server.address) !== server) return
    const { generation, serviceId } = slot
    const current = server.pool.currentGeneration(serviceId)
    const failure = { error, phase: 'operation' as const, generation, serviceId }
    const outcome = afterApplicationError(server.description, current, failure, this.#nowMS())
    if (outcome === undefined) return
    this.step(() => {
      const clear = this.#applyErrorOutcome(server, outcome, error)
      if (clear !== undefined) server.pool.clear(clear)
    })
  }

  /**
   * From now on pools keep nothing, those of servers that are found later too; with `keepsLast` the very last connection
   * of all stays idle when it comes back, for what is left to be said.
   */
  drain({ keepsLast }: { readonly keepsLast: boolean }): void {
    const isLast = (): boolean => keepsLast && this.#busy === 1
    this.#draining = isLast
    this.step(() => {
      for (const { pool } of this.#servers.values()) pool.drain(isLast)
    })
  }

  /** Connections of all pools that are in use, being established or waited for. */
  get #busy(): number {
    let busy = 0
    for (const { pool } of this.#servers.values()) busy += pool.busy
    return busy
  }

  /** `interruptInUse`: operations in progress fail now. Idempotent, and a second call may still interrupt. */
  close({ interruptInUse = false }: { interruptInUse?: boolean } = {}): void {
    const wasOpen = this.#phase === 'open'
    this.#phase = 'closed'
    this.#stopPolling()
    this.step(() => {
      for (const waiter of this.#selections.waiting()) this.#refuse(waiter, closedError())
      if (!wasOpen) return
      const previous = this.#description
      this.#description = emptyTopology(this.#setup.settings.heartbeatFrequencyMS)
      this.#windows.clear()
      for (const server of this.#servers.values()) this.#remove(server, interruptInUse)
      this.#tellTopologyChanged(previous, this.#description)
      const { hub, topologyId } = this.#setup
      if (hub.wanted.topologyClosed) hub.emit('topologyClosed', new TopologyClosedEvent(topologyId))
    })
  }

  // ───────────────────────── what monitors and pools tell ─────────────────────────

  #ownerOf(address: string): MonitorOwner {
    return {
      checkSucceeded: (reply, roundTripTimeMS, minRoundTripTimeMS) => {
        const timing = { nowMS: this.#nowMS(), roundTripTimeMS, minRoundTripTimeMS }
        this.step(() => this.#apply(serverDescriptionOf(address, reply, timing)))
        this.#checkForWaiters()
      },
      checkFailed: error => {
        const server = this.#servers.get(address)
        if (server === undefined) return { retryAtOnce: false }
        const { newDescription, clear, retryAtOnce } = afterFailedCheck(server.description, error, this.#nowMS())
        this.step(() => {
          this.#apply(newDescription)
          server.pool.clear(withCause(clear, error))
        })
        this.#checkForWaiters()
        return { retryAtOnce }
      },
      roundTripMeasured: (roundTripTimeMS, minRoundTripTimeMS) => {
        const current = this.#description.servers.get(address)
        if (current === undefined || current.type === 'Unknown') return
        this.step(() => this.#apply(describeServer(address, { ...current, roundTripTimeMS, minRoundTripTimeMS })))
      }
    }
  }

  #establishmentFailed(address: string, failure: ApplicationError): Clear | undefined {
    const server = this.#servers.get(address)
    if (server === undefined) return undefined
    const { error, serviceId } = failure
    const current = server.pool.currentGeneration(serviceId)
    const outcome = afterApplicationError(server.description, current, failure, this.#nowMS())
    if (outcome === undefined) return undefined
    let clear: Clear | undefined
    this.step(() => {
      clear = this.#applyErrorOutcome(server, outcome, error)
    })
    return clear
  }

  #applyErrorOutcome(server: Server, outcome: ErrorOutcome, error: Error): Clear | undefined {
    if (outcome.newDescription !== undefined) this.#apply(outcome.newDescription)
    if (outcome.cancelCheck) server.monitor?.cancelCheck()
    if (outcome.requestCheck) server.monitor?.requestCheck()
    return outcome.clear === undefined ? undefined : withCause(outcome.clear, error)
  }

  // ───────────────────────── one change of the description ─────────────────────────

  #apply(outcome: ServerDescription): void {
    if (this.#phase !== 'open') return
    this.#carryOut(applyServerDescription(this.#description, outcome), outcome.address)
  }

  #hostsListed(addresses: readonly string[], srvMaxHosts: number): void {
    this.step(() =>
      this.#carryOut(applySrvHosts(this.#description, addresses, srvMaxHosts, this.#setup.runtime.chance), undefined)
    )
  }

  /** `checked`: the address of the server that the change came from. */
  #carryOut(update: TopologyUpdate, checked: string | undefined): void {
    if (update.next === update.previous) return
    this.#description = update.next
    this.#windows.clear()
    for (const server of this.#servers.values())
      server.description = update.next.servers.get(server.address) ?? server.description
    this.#tellServersChanged(update)
    for (const address of update.serversRemoved) {
      const server = this.#servers.get(address)
      if (server !== undefined) this.#remove(server, false)
    }
    const added = update.serversAdded.map(address => this.#add(address))
    if (update.changed) this.#tellTopologyChanged(update.previous, update.next)
    if (update.poolReady && checked !== undefined) this.#servers.get(checked)?.pool.ready()
    for (const server of added) server.monitor?.start()
    for (const address of update.serversToCheck) this.#servers.get(address)?.monitor?.requestCheck()
    if (this.#poller !== undefined && !isPolled(update.next)) this.#stopPolling()
    this.#serveSelections()
  }

  #stopPolling(): void {
    this.#poller?.stop()
    this.#poller = undefined
  }

  #add(address: string): Server {
    const { hub, topologyId, makePool, makeMonitor } = this.#setup
    if (hub.wanted.serverOpening) hub.emit('serverOpening', new ServerOpeningEvent(topologyId, address))
    const pool = makePool(address, (error, generation, phase, serviceId) =>
      this.#establishmentFailed(address, { error, generation, phase, serviceId })
    )
    if (this.#draining !== undefined) pool.drain(this.#draining)
    const monitored = this.#description.type !== 'LoadBalanced'
    const description = this.#description.servers.get(address) ?? describeServer(address, {})
    const server = new Server(description, pool, monitored ? makeMonitor(address, this.#ownerOf(address)) : undefined)
    this.#servers.set(address, server)
    return server
  }

  #remove(server: Server, interruptInUse: boolean): void {
    const { hub, topologyId } = this.#setup
    this.#servers.delete(server.address)
    server.monitor?.stop()
    server.pool.close({ interruptInUse })
    if (hub.wanted.serverClosed) hub.emit('serverClosed', new ServerClosedEvent(topologyId, server.address))
  }

  // ───────────────────────── selection ─────────────────────────

  #select(waiter: SelectionWaiter): Server | undefined {
    if (this.#phase === 'closed') throw closedError()
    const server = this.#choose(waiter)
    if (server === undefined) {
      this.#selections.join(waiter)
      this.#checkForWaiters()
    }
    return server
  }

  #selectAndTell(waiter: SelectionWaiter): Server | undefined {
    let server: Server | undefined
    this.step(() => {
      this.#tellSelection(waiter, facts => new ServerSelectionStartedEvent(facts))
      try {
        server = this.#select(waiter)
      } catch (error) {
        this.#tellSelection(waiter, facts => new ServerSelectionFailedEvent(facts, asError(error)))
        throw error
      }
      if (server !== undefined) this.#tellSelected(waiter, server)
      else this.#tellSelection(waiter, facts => new ServerSelectionWaitingEvent(facts, waiter.selectionLimitMS))
    })
    return server
  }

  #choose(waiter: SelectionWaiter): Server | undefined {
    const { selector, deprioritised } = waiter
    const window = deprioritised.size === 0 ? this.#windowOf(selector) : this.#computeWindow(selector, deprioritised)
    const server = choose(window, operationsOf, this.#setup.runtime.chance)
    if (server !== undefined) server.operationCount++
    return server
  }

  #windowOf(selector: Selector): readonly Server[] {
    let window = this.#windows.get(selector.key)
    if (window === undefined) {
      window = this.#computeWindow(selector)
      this.#windows.set(selector.key, window)
    }
    return window
  }

  #computeWindow(selector: Selector, deprioritised?: ReadonlySet<string>): readonly Server[] {
    const suitable = suitableServers(this.#description, selector, deprioritised)
    return latencyWindow(suitable, this.#setup.localThresholdMS).flatMap(
      ({ address }) => this.#servers.get(address) ?? []
    )
  }

  #serveSelections(): void {
    if (this.#selections.size === 0) return
    for (const waiter of this.#selections.waiting()) {
      // Somebody served before it in this loop may have made it leave.
      if (waiter.selectQueue !== this.#selections) continue
      const server = this.#chooseOrRefuse(waiter)
      if (server === undefined) continue
      this.#selections.leave(waiter)
      this.#tellSelected(waiter, server)
      waiter.selected(server)
    }
  }

  /** As long as somebody waits for a server, all are checked as often as they may be. */
  #checkForWaiters(): void {
    if (this.#selections.size === 0) return
    for (const { monitor } of this.#servers.values()) monitor?.requestCheck()
  }

  #chooseOrRefuse(waiter: SelectionWaiter): Server | undefined {
    try {
      return this.#choose(waiter)
    } catch (error) {
      this.#refuse(waiter, asError(error))
      return undefined
    }
  }

  #refuse(waiter: SelectionWaiter, error: Error): void {
    this.withdraw(waiter, error)
    waiter.unselected(error)
  }

  // ───────────────────────── telling ─────────────────────────

  #tellSelected(waiter: SelectionWaiter, { address }: Server): void {
    this.#tellSelection(waiter, facts => new ServerSelectionSucceededEvent(facts, address))
  }

  #tellSelection(waiter: SelectionWaiter, eventOf: (facts: SelectionFacts) => SelectionEvent): void {
    const { hub } = this.#setup
    if (!hub.wanted.serverSelection) return
    const { selector, operationName: operation, operationId } = waiter
    hub.emit('serverSelection', eventOf({ selector, operation, operationId, topologyDescription: this.#description }))
  }

  #tellServersChanged({ descriptionChanges }: Pick<TopologyUpdate, 'descriptionChanges'>): void {
    const { hub, topologyId } = this.#setup
    if (!hub.wanted.serverDescriptionChanged) return
    for (const { previous, next } of descriptionChanges)
      hub.emit('serverDescriptionChanged', new ServerDescriptionChangedEvent(topologyId, previous, next))
  }

  #tellTopologyChanged(previous: TopologyDescription, next: TopologyDescription): void {
    const { hub, topologyId } = this.#setup
    if (hub.wanted.topologyDescriptionChanged)
      hub.emit('topologyDescriptionChanged', new TopologyDescriptionChangedEvent(topologyId, previous, next))
  }

  #nowMS(): number {
    return this.#setup.runtime.clock.nowMS()
  }
}

function operationsOf(server: Server): number {
  return server.operationCount
}

function withCause(clear: PoolClear, cause: Error): Clear {
  const { interruptInUse, serviceId } = clear
  return serviceId === undefined ? { cause, interruptInUse } : { cause, interruptInUse, serviceId }
}

function closedError(): MongoClientClosedError {
  return new MongoClientClosedError('The client is closed: make a new one, a closed client stays closed')
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
