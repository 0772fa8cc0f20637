import { type Connection, encodeClientMetadata, type Establish, establisher } from '../../src/connection/index.ts'
import { startDeployment } from '../../src/embedded/index.ts'
import { EventHub } from '../../src/events/index.ts'
import { nonDefaultPoolOptions, type OptionValues, resolveOptions } from '../../src/options/index.ts'
import { ConnectionPool, poolEventChannels, type PoolEvents } from '../../src/pool/index.ts'
import { Deadlines, type Target } from '../../src/runtime/index.ts'
import type { VirtualRuntime } from '../../src/runtime/virtual/index.ts'
import {
  selectionEventChannels,
  type SelectionEvents,
  Topology,
  topologyEventChannels,
  type TopologyEvents
} from '../../src/topology/index.ts'
import { RequestIds } from '../../src/wire/index.ts'
import { asToldEvent, type PoolCase, type ToldEvent } from './cmap_case.ts'
import type { PoolUnderTest } from './cmap_waiter.ts'

const address = 'pool.test:27017'
/** How long the scripted dial takes: long enough that something can happen meanwhile. */
const dialMS = 1

/** The real pool, with a scripted dialer in place of sockets. */
export function poolOfUnitCase(poolCase: PoolCase, runtime: VirtualRuntime): PoolUnderTest {
  const hub = new EventHub<PoolEvents>({ runtime, channels: poolEventChannels })
  const events = recordEvents(hub)
  const options = resolveOptions(`mongodb://${address}/`, poolOptionsOf(poolCase))
  const pool = new ConnectionPool({
    address,
    limits: options,
    nonDefaultOptions: nonDefaultPoolOptions(options),
    runtime,
    hub,
    establish: scriptedDialer(runtime),
    onEstablishmentError: () => undefined
  })
  return { runtime, pool, events, stop: () => Promise.resolve() }
}

/**
 * The pool of a client's topology, against the embedded server on the virtual network. Nothing is monitored: the case's
 * own `ready`, `clear` and `close` are the only ones, and what a failed dial means is decided by the topology.
 */
export async function poolOfIntegrationCase(poolCase: PoolCase, runtime: VirtualRuntime): Promise<PoolUnderTest> {
  const deployment = await startDeployment({ kind: 'standalone', runtime })
  const [member] = deployment.members
  if (member === undefined) throw new Error('the deployment has no member')
  if (poolCase.failPoint !== undefined) member.configureFailPoint(poolCase.failPoint)
  const hub = new EventHub<PoolEvents & TopologyEvents & SelectionEvents>({
    runtime,
    channels: { ...poolEventChannels, ...topologyEventChannels, ...selectionEventChannels }
  })
  const events = recordEvents(hub)
  const options = resolveOptions(deployment.uri, { ...poolOptionsOf(poolCase), directConnection: true })
  const metadata = encodeClientMetadata({ appName: options.appName, host: runtime.host })
  const deadlines = new Deadlines(runtime.clock, runtime.timers)
  const topology = new Topology({
    settings: { ...options, seeds: [member.address] },
    localThresholdMS: options.localThresholdMS,
    runtime,
    hub,
    topologyId: 1,
    makePool: (address, onEstablishmentError) =>
      new ConnectionPool({
        address,
        limits: options,
        nonDefaultOptions: nonDefaultPoolOptions(options),
        runtime,
        hub,
        establish: establisher({
          runtime,
          deadlines,
          target: targetOf(address),
          address,
          connectTimeoutMS: options.connectTimeoutMS,
          metadata: () => metadata,
          loadBalanced: false,
          requestIds: new RequestIds()
        }),
        onEstablishmentError
      }),
    makeMonitor: () => ({ start: nothing, stop: nothing, requestCheck: nothing, cancelCheck: nothing })
  })
  topology.start()
  const server = topology.servers.get(member.address)
  if (server === undefined) throw new Error('the topology has no server')
  const stop = async (): Promise<void> => {
    topology.close({ interruptInUse: true })
    await deployment.stop()
  }
  return { runtime, pool: server.pool, events, stop }
}

function targetOf(address: string): Target {
  const colon = address.lastIndexOf(':')
  return { kind: 'tcp', host: address.slice(0, colon), port: Number(address.slice(colon + 1)) }
}

function nothing(): void {}

/** `backgroundThreadIntervalMS` has no effect: nothing here runs at intervals. */
export function poolOptionsOf({ poolOptions = {} }: PoolCase): OptionValues {
  const { backgroundThreadIntervalMS: _intervalMS, ...options } = poolOptions
  return options as OptionValues
}

export function recordEvents(hub: Pick<EventHub<PoolEvents>, 'subscribe'>): readonly ToldEvent[] {
  const events: ToldEvent[] = []
  for (const kind of Object.keys(poolEventChannels) as (keyof PoolEvents)[])
    hub.subscribe(kind, event => {
      events.push(asToldEvent(kind, event))
    })
  return events
}

function scriptedDialer(runtime: VirtualRuntime): Establish {
  return ({ id }, handler) => {
    const timer = runtime.timers.create(() => handler.established(scriptedConnection(id)))
    timer.armAt(runtime.clock.nowMS() + dialMS)
    return () => timer.disarm()
  }
}

/** What the pool sees of a connection; no case of this style looks further. */
function scriptedConnection(id: number): Connection {
  const connection: Partial<Connection> = {
    id,
    serviceId: undefined,
    broken: undefined,
    onBroken: undefined,
    close: () => undefined
  }
  return connection as Connection
}
