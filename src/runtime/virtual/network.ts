import { addressOf, dialFailure, listenFailure } from '../failures.ts'
import type { Listener, Network, Target, Transport, TransportHandler, TransportOptions } from '../runtime.ts'
import type { ServerTLS } from '../tls.ts'
import type { SeededChance } from './chance.ts'
import type { Schedule } from './schedule.ts'
import type { Trace } from './trace.ts'
import { type Medium, VirtualTransport } from './transport.ts'

/** A connection's dialling end. */
export interface VirtualConnection {
  /** From 1, in the order of the dials. */
  readonly id: number
  readonly target: Target
  readonly opened: boolean
}

/**
 * A network in memory, with faults on call. A target is a key: `localhost`, any name and any IP address are what they are
 * written as, and a dial reaches the listener of the same words.
 */
export interface VirtualNetwork extends Network {
  /** Dials are refused (ECONNREFUSED), as where nobody listens. Connections that are open stay so. */
  refuse(target: Target, on: boolean): void
  /**
   * What travels to and from the target is lost. A dial or a direction that has lost something stays silent for ever, also
   * when the hole is gone; new dials succeed then.
   */
  blackHole(target: Target, on: boolean): void
  /** Dials of the host fail in the stage of the lookup (ENOTFOUND). */
  unresolvable(host: string, on: boolean): void
  /** What a dial to the target takes besides the latency. */
  dialDelayMS(target: Target, delayMS: number): void
  /** Resets the connections that `filter` chooses, both ends at once (ECONNRESET); says how many. */
  reset(filter?: (connection: VirtualConnection) => boolean): number
  /** The dialling ends that exist: from `connect` until `closed` is told. */
  transports(): VirtualConnection[]
}

export interface VirtualNetworkOptions {
  readonly latencyMinMS: number
  readonly latencyMaxMS: number
  /** How likely it is that a write arrives in pieces. */
  readonly fragment: number
}

type Accept = (transport: Transport, peer: string) => TransportHandler

const acceptedReadBufferBytes = 64 * 1024
const firstFreePort = 40_000
const fragmentCutsMax = 3
const noTLS = 'the virtual network has no TLS'
const noProxies = 'the virtual network has no proxies'

export class MemoryNetwork implements VirtualNetwork, Medium {
  readonly schedule: Schedule
  readonly trace: Trace
  readonly #chance: SeededChance
  readonly #options: VirtualNetworkOptions
  readonly #listeners = new Map<string, Accept>()
  readonly #clients = new Map<VirtualTransport, number>()
  readonly #refused = new Set<string>()
  readonly #blackHoles = new Set<string>()
  readonly #unresolvable = new Set<string>()
  readonly #dialDelaysMS = new Map<string, number>()
  #dials = 0
  #nextPort = firstFreePort

  constructor(schedule: Schedule, trace: Trace, chance: SeededChance, options: VirtualNetworkOptions) {
    this.schedule = schedule
    this.trace = trace
    this.#chance = chance
    this.#options = options
  }

  connect(target: Target, handler: TransportHandler, options: TransportOptions): Transport {
    const id = ++this.#dials
    const client = new VirtualTransport(this, `client ${id} to ${addressOf(target)}`, target, options.readBufferBytes)
    client.attach(handler)
    this.#clients.set(client, id)
    if (options.tls !== undefined || options.proxy !== undefined) {
      // Never in plain text, or directly, instead.
      client.end(dialFailure(target, 'connect', options.tls === undefined ? noProxies : noTLS))
      return client
    }
    const delayMS = this.latencyMS() + (this.#dialDelaysMS.get(addressOf(target)) ?? 0)
    this.schedule.at(this.schedule.nowMS + delayMS, () => this.#dialArrives(client, id))
    return client
  }

  listen(
    target: Target,
    accept: Accept,
    done: (error: Error | undefined, bound: Target) => void,
    tls?: ServerTLS
  ): Listener {
    const bound = target.kind === 'tcp' && target.port === 0 ? { ...target, port: this.#freePort(target.host) } : target
    const key = addressOf(bound)
    const refusal = this.#refusalToListen(key, tls)
    if (refusal === undefined) this.#listeners.set(key, accept)
    let open = refusal === undefined
    const reason = refusal ?? ['the listener was closed first']
    this.#soon(() => {
      if (open) done(undefined, bound)
      else done(listenFailure(target, ...reason), target)
    })
    return {
      close: closed => {
        if (open) this.#listeners.delete(key)
        open = false
        this.#soon(closed)
      }
    }
  }

  refuse(target: Target, on: boolean): void {
    toggle(this.#refused, addressOf(target), on)
  }

  blackHole(target: Target, on: boolean): void {
    toggle(this.#blackHoles, addressOf(target), on)
  }

  unresolvable(host: string, on: boolean): void {
    toggle(this.#unresolvable, host, on)
  }

  dialDelayMS(target: Target, delayMS: number): void {
    this.#dialDelaysMS.set(addressOf(target), delayMS)
  }

  reset(filter: (connection: VirtualConnection) => boolean = () => true): number {
    const chosen = [...this.#clients].filter(([client, id]) => filter(connectionOf(client, id)))
    for (const [client] of chosen) client.reset()
    return chosen.length
  }

  transports(): VirtualConnection[] {
    return [...this.#clients].map(([client, id]) => connectionOf(client, id))
  }

  latencyMS(): number {
    const { latencyMinMS, latencyMaxMS } = this.#options
    return latencyMinMS + this.#chance.fraction() * (latencyMaxMS - latencyMinMS)
  }

  fraction(): number {
    return this.#chance.fraction()
  }

  cuts(length: number): readonly number[] {
    const { fragment } = this.#options
    if (fragment === 0 || length < 2 || this.#chance.fraction() >= fragment) return []
    const drawn = new Set<number>()
    const count = 1 + Math.floor(this.#chance.fraction() * fragmentCutsMax)
    for (let cut = 0; cut < count; cut++) drawn.add(1 + Math.floor(this.#chance.fraction() * (length - 1)))
    return [...drawn].sort((one, other) => one - other)
  }

  swallows(target: Target): boolean {
    return this.#blackHoles.has(addressOf(target))
  }

  ended(end: VirtualTransport): void {
    this.#clients.delete(end)
  }

  #dialArrives(client: VirtualTransport, id: number): void {
    const { target } = client
    if (!client.dialling || this.swallows(target)) return
    const address = addressOf(target)
    if (target.kind === 'tcp' && this.#unresolvable.has(target.host)) {
      client.end(dialFailure(target, 'lookup', `getaddrinfo ENOTFOUND ${target.host}`, 'ENOTFOUND'))
      return
    }
    const accept = this.#refused.has(address) ? undefined : this.#listeners.get(address)
    if (accept === undefined) {
      const error = dialFailure(target, 'connect', `connect ECONNREFUSED ${address}`, 'ECONNREFUSED')
      this.schedule.at(this.schedule.nowMS + this.latencyMS(), () => client.end(error))
      return
    }
    const server = new VirtualTransport(this, `server ${id} of ${address}`, target, acceptedReadBufferBytes)
    server.answer(client)
    server.attach(accept(server, `client.test:${id}`))
    server.tellOpened()
  }

  #refusalToListen(key: string, tls: ServerTLS | undefined): readonly [reason: string, code?: string] | undefined {
    if (tls !== undefined) return [noTLS]
    return this.#listeners.has(key) ? [`listen EADDRINUSE: address already in use ${key}`, 'EADDRINUSE'] : undefined
  }

  #freePort(host: string): number {
    while (this.#listeners.has(addressOf({ kind: 'tcp', host, port: this.#nextPort }))) this.#nextPort++
    return this.#nextPort++
  }

  #soon(happen: () => void): void {
    this.schedule.at(this.schedule.nowMS, happen)
  }
}

function connectionOf(client: VirtualTransport, id: number): VirtualConnection {
  return { id, target: client.target, opened: client.opened }
}

function toggle(set: Set<string>, key: string, on: boolean): void {
  if (on) set.add(key)
  else set.delete(key)
}
