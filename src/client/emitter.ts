import { EventEmitter } from 'node:events'
import type { Hub, Unsubscribe } from '../events/index.ts'

type Listener = (...values: never[]) => unknown

/**
 * An `EventEmitter` whose events come from a hub: each listener is a subscription of its own, so that order and isolation
 * are the hub's for every way to subscribe. `emit` of other events works as ever. A listener that is prepended still comes
 * in the order of subscription.
 */
export class HubEmitter<Events extends object> extends EventEmitter {
  readonly #hub: Pick<Hub<Events>, 'subscribe'>
  readonly #kinds: ReadonlySet<string | symbol>
  readonly #subscriptions = new Map<string | symbol, { readonly listener: Listener; readonly end: Unsubscribe }[]>()

  constructor(hub: Pick<Hub<Events>, 'subscribe'>, kinds: readonly string[]) {
    super()
    this.#hub = hub
    this.#kinds = new Set(kinds)
  }

  override on<Kind extends keyof Events & string>(kind: Kind, listener: (event: Events[Kind]) => unknown): this
  override on(kind: string | symbol, listener: Listener): this
  override on(kind: string | symbol, listener: Listener): this {
    this.#add(kind, listener, false)
    return super.on(kind, listener as never)
  }

  override addListener(kind: string | symbol, listener: Listener): this {
    return this.on(kind, listener)
  }

  override prependListener(kind: string | symbol, listener: Listener): this {
    this.#add(kind, listener, false)
    return super.prependListener(kind, listener as never)
  }

  override once<Kind extends keyof Events & string>(kind: Kind, listener: (event: Events[Kind]) => unknown): this
  override once(kind: string | symbol, listener: Listener): this
  override once(kind: string | symbol, listener: Listener): this {
    if (!this.#kinds.has(kind)) return super.once(kind, listener as never)
    this.#add(kind, listener, true)
    return super.on(kind, listener as never)
  }

  override prependOnceListener(kind: string | symbol, listener: Listener): this {
    return this.once(kind, listener)
  }

  override off(kind: string | symbol, listener: Listener): this {
    const subscriptions = this.#subscriptions.get(kind)
    const at = subscriptions?.findLastIndex(subscription => subscription.listener === listener) ?? -1
    const [removed] = at < 0 ? [] : (subscriptions?.splice(at, 1) ?? [])
    removed?.end()
    return super.off(kind, listener as never)
  }

  override removeListener(kind: string | symbol, listener: Listener): this {
    return this.off(kind, listener)
  }

  override removeAllListeners(kind?: string | symbol): this {
    for (const [name, subscriptions] of this.#subscriptions) {
      if (kind !== undefined && name !== kind) continue
      for (const { end } of subscriptions.splice(0)) end()
    }
    return kind === undefined ? super.removeAllListeners() : super.removeAllListeners(kind)
  }

  /** Told before a listener for one of the hub's events is added. What it throws is the answer to whoever adds it. */
  protected willListen(_kind: string | symbol): void {}

  #add(kind: string | symbol, listener: Listener, once: boolean): void {
    if (!this.#kinds.has(kind)) return
    this.willListen(kind)
    const tell = (event: unknown): unknown => {
      if (once) this.off(kind, listener)
      return (listener as (event: unknown) => unknown).call(this, event)
    }
    const end = this.#hub.subscribe(kind as keyof Events, tell, { standsFor: listener })
    const subscriptions = this.#subscriptions.get(kind) ?? []
    this.#subscriptions.set(kind, subscriptions)
    subscriptions.push({ listener, end })
  }
}
