import type { Connection, Establish } from '../../src/connection/index.ts'
import { EventHub } from '../../src/events/index.ts'
import { nonDefaultPoolOptions, type OptionValues, resolveOptions } from '../../src/options/index.ts'
import { ConnectionPool, poolEventChannels, type PoolEvents } from '../../src/pool/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { asToldEvent, type PoolCase, type ToldEvent } from './cmap.ts'
import type { PoolUnderTest } from './cmap_waiter.ts'

const address = 'pool.test:27017'
/** How long the scripted dial takes: long enough that something can happen meanwhile. */
const dialMS = 1

/** The real pool, with a scripted dialer in place of sockets. */
export function poolOfUnitCase(poolCase: PoolCase): PoolUnderTest {
  const runtime = virtualRuntime({ seed: 1 })
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
  return { runtime, pool, events }
}

/** `backgroundThreadIntervalMS` has no effect: nothing here runs at intervals. */
export function poolOptionsOf({ poolOptions = {} }: PoolCase): OptionValues {
  const { backgroundThreadIntervalMS: _intervalMS, ...options } = poolOptions
  return options as OptionValues
}

export function recordEvents(hub: EventHub<PoolEvents>): readonly ToldEvent[] {
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
