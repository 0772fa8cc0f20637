import { nodeCompression } from '../node/compression.ts'
import { nodeOpenTelemetry } from '../node/open_telemetry.ts'
import { callersContext, detached } from '../node/outside.ts'
import { readable } from '../node/readable.ts'
import type { Chance, Clock, HostFacts, Runtime, StandardStream } from '../runtime.ts'
import { SeededChance } from './chance.ts'
import { virtualCryptography } from './cryptography.ts'
import { MemoryDNS, type VirtualDNS } from './dns.ts'
import { MemoryNetwork, type VirtualNetwork } from './network.ts'
import { Schedule } from './schedule.ts'
import { VirtualTimers } from './timers.ts'
import { Trace } from './trace.ts'

export interface VirtualRuntimeOptions {
  /** A whole number from 0 to 2^53 - 1. The same seed and the same program: the same run. */
  readonly seed: number
  /** The least one-way latency of the network (default 0.1). */
  readonly latencyMinMS?: number
  /** The greatest one-way latency of the network (default 1, or `latencyMinMS` if that is more). */
  readonly latencyMaxMS?: number
  /** How likely it is, from 0 to 1, that a write arrives in pieces (default 0). */
  readonly fragment?: number
  /** How many events may happen in all (default 50 million). */
  readonly eventsMax?: number
  /** How far virtual time may go (default: no limit). */
  readonly virtualMSMax?: number
  /** How many of the last trace records are kept as text (default 0). */
  readonly traceTailMax?: number
}

export interface Printed {
  readonly stream: StandardStream
  readonly text: string
}

export interface VirtualWarning {
  readonly message: string
  readonly code: string
}

/** Driver and deployment in one process, deterministically: virtual time, chance from a seed, a network in memory. */
export interface VirtualRuntime extends Runtime {
  readonly network: VirtualNetwork
  readonly dns: VirtualDNS
  /** What `warn` was told. */
  readonly warnings: readonly VirtualWarning[]
  /** What `print` was given. */
  readonly printed: readonly Printed[]
  /**
   * Runs events until the promise of `main` settles, and settles as it does. Virtual time advances only when nothing else
   * can run. Rejects with what a handler or a timer's `fire` throws, when nothing is left that could wake `main`, and at
   * the limits. May be called again: time, connections and timers go on.
   */
  run<T>(main: () => Promise<T>): Promise<T>
  /** Resolves `delayMS` later. Only within `run`, since time stands still outside. */
  sleep(delayMS: number): Promise<void>
  /** How many of the timers are armed; sleeps do not count. */
  timersArmed(): number
  /** 64 bits of all that has happened so far, as 16 hexadecimal digits. Two runs with one hash did the same. */
  hash(): string
  /** The last `traceTailMax` records as text, oldest first: where two runs differ, the first difference tells why. */
  traceTail(): string[]
}

/** 2030-01-01T00:00:00Z: the epoch's time when virtual time is 0. */
const epochStartMS = 1_893_456_000_000

const host: HostFacts = {
  platform: 'linux',
  arch: 'x64',
  release: '6.1.0',
  runtimeName: 'virtual',
  env: {},
  inContainer: false
}

export function virtualRuntime(options: VirtualRuntimeOptions): VirtualRuntime {
  const { seed, latencyMinMS = 0.1, fragment = 0, eventsMax = 50_000_000, virtualMSMax = Infinity } = options
  const { latencyMaxMS = Math.max(1, latencyMinMS), traceTailMax = 0 } = options
  requireWhole('seed', seed)
  requireWhole('eventsMax', eventsMax)
  requireWhole('traceTailMax', traceTailMax)
  requireBetween('latencyMaxMS', latencyMaxMS, 0, Number.MAX_SAFE_INTEGER)
  requireBetween('latencyMinMS', latencyMinMS, 0, latencyMaxMS)
  requireBetween('fragment', fragment, 0, 1)
  requireBetween('virtualMSMax', virtualMSMax, 0, Infinity)

  const schedule = new Schedule({ eventsMax, virtualMSMax })
  const clock: Clock = {
    nowMS: () => schedule.nowMS,
    epochMS: () => epochStartMS + Math.floor(schedule.nowMS)
  }
  const trace = new Trace(traceTailMax, clock)
  const timers = new VirtualTimers(schedule, trace)
  const chance: Chance = new SeededChance(seed, 0)
  const network = new MemoryNetwork(schedule, trace, new SeededChance(seed, 1), {
    latencyMinMS,
    latencyMaxMS,
    fragment
  })
  const warnings: VirtualWarning[] = []
  const printed: Printed[] = []
  return {
    clock,
    timers,
    chance,
    network,
    dns: new MemoryDNS(schedule, trace),
    cryptography: virtualCryptography(schedule, trace),
    compression: nodeCompression,
    host,
    tls: undefined,
    openTelemetry: nodeOpenTelemetry,
    readable,
    warnings,
    warn: (message, code) => {
      warnings.push({ message, code })
    },
    printed,
    print: (stream, text) => {
      printed.push({ stream, text })
      return undefined
    },
    detached,
    callersContext,
    trace: (kind, detail) => trace.record(kind, detail),
    run: main => schedule.run(main),
    sleep: delayMS =>
      new Promise(resolve => {
        schedule.at(schedule.nowMS + delayMS, () => {
          trace.record('slept', `${delayMS}`)
          resolve()
        })
      }),
    timersArmed: () => timers.armed,
    hash: () => trace.hash(),
    traceTail: () => trace.tail()
  }
}

function requireWhole(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return
  throw new RangeError(`virtualRuntime: ${name} must be a whole number from 0 to 2^53 - 1, not ${value}`)
}

function requireBetween(name: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return
  throw new RangeError(`virtualRuntime: ${name} must be a number from ${min} to ${max}, not ${value}`)
}
