import { EventHub } from '../../src/events/index.ts'
import { addressOf, nonDefaultPoolOptions, type ResolvedOptions, resolveOptions } from '../../src/options/index.ts'
import { ConnectionPool, poolEventChannels, type PooledConnection, type PoolEvents } from '../../src/pool/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'
import {
  type ApplicationError,
  type EstablishmentErrorHandler,
  type MonitorOwner,
  selectionEventChannels,
  type SelectionEvents,
  Topology,
  type TopologyDescription,
  topologyEventChannels,
  type TopologyEvents
} from '../../src/topology/index.ts'
import { PoolCheckOut } from './cmap_waiter.ts'

type Events = PoolEvents & TopologyEvents & SelectionEvents

export interface ToldTopologyEvent {
  readonly kind: keyof TopologyEvents
  readonly event: TopologyEvents[keyof TopologyEvents]
}

/** The driver's topology with its pools, on monitors that check nothing: the cases say what checks would have found. */
export class RealTopology {
  readonly topology: Topology
  readonly told: ToldTopologyEvent[] = []
  readonly #runtime: VirtualRuntime = virtualRuntime({ seed: 1 })
  readonly #hub = new EventHub<Events>({
    runtime: this.#runtime,
    channels: { ...poolEventChannels, ...topologyEventChannels, ...selectionEventChannels }
  })
  readonly #options: ResolvedOptions
  readonly #monitors = new Map<string, MonitorOwner>()
  readonly #establishmentErrors = new Map<string, EstablishmentErrorHandler>()
  /** What ends the dial that a pool began last. */
  #failDial: (error: Error) => void = () => undefined

  constructor(uri: string) {
    this.#options = resolveOptions(uri)
    if (this.#options.warnings.length > 0) throw new Error(`${uri}: ${this.#options.warnings.join('; ')}`)
    for (const kind of Object.keys(topologyEventChannels) as (keyof TopologyEvents)[])
      this.#hub.subscribe(kind, event => {
        this.told.push({ kind, event })
      })
    const { hosts, directConnection, loadBalanced, replicaSet, heartbeatFrequencyMS, localThresholdMS } = this.#options
    this.topology = new Topology({
      settings: { seeds: hosts.map(addressOf), directConnection, loadBalanced, replicaSet, heartbeatFrequencyMS },
      localThresholdMS,
      runtime: this.#runtime,
      hub: this.#hub,
      topologyId: 1,
      makePool: (address, onEstablishmentError) => this.#makePool(address, onEstablishmentError),
      makeMonitor: (address, owner) => {
        this.#monitors.set(address, owner)
        return { start: nothing, stop: nothing, requestCheck: nothing, cancelCheck: nothing }
      }
    })
    this.topology.start()
  }

  get description(): TopologyDescription {
    return this.topology.description
  }

  generationOf(address: string): number {
    return this.topology.servers.get(address)?.pool.generation ?? 0
  }

  checkSucceeded(address: string, reply: unknown): void {
    this.#monitors.get(address)?.checkSucceeded(reply, 1, 0)
  }

  checkFailed(address: string, error: Error): void {
    this.#monitors.get(address)?.checkFailed(error)
  }

  /** An operation's error goes to the topology as an operation would tell it, a dial's through a dial of the pool. */
  failed(address: string, { error, phase, generation }: ApplicationError): void {
    const server = this.topology.servers.get(address)
    if (server === undefined) return
    if (phase === 'operation') {
      const slot: Pick<PooledConnection, 'generation' | 'serviceId'> = { generation, serviceId: undefined }
      this.topology.operationFailed(server, slot, error)
    } else if (server.pool.state === 'ready' && generation === server.pool.generation) {
      new PoolCheckOut(server.pool).promise.catch(nothing)
      this.#failDial(error)
    } else {
      // A pool has no dial of an older generation: the topology would be told of it all the same.
      this.#establishmentErrors.get(address)?.(error, generation, phase, undefined)
    }
  }

  onPoolCleared(listener: (interruptInUse: boolean) => void): void {
    this.#hub.subscribe('connectionPoolCleared', ({ interruptInUseConnections }) => {
      listener(interruptInUseConnections)
    })
  }

  #makePool(address: string, onEstablishmentError: EstablishmentErrorHandler): ConnectionPool {
    this.#establishmentErrors.set(address, onEstablishmentError)
    return new ConnectionPool({
      address,
      limits: this.#options,
      nonDefaultOptions: nonDefaultPoolOptions(this.#options),
      runtime: this.#runtime,
      hub: this.#hub,
      establish: (_request, handler) => {
        this.#failDial = error => handler.failed(error, 'hello')
        return nothing
      },
      onEstablishmentError
    })
  }
}

function nothing(): void {}
