import { type Channel, channel } from 'node:diagnostics_channel'
import { MongoInvalidArgumentError, MongoRuntimeError } from '../errors/index.ts'
import type { CallersContext, Runtime } from '../runtime/index.ts'
import { EventStream } from './event_stream.ts'
import { Fifo } from './fifo.ts'
import type { EventsLost, Hub, StreamOptions, SubscribeOptions, Unsubscribe } from './hub.ts'
import { isThenable, messageOf } from './users_code.ts'

export interface HubOptions<Events extends object> {
  readonly runtime: Pick<Runtime, 'detached' | 'warn' | 'trace'>
  /** Each kind of event with the name of its diagnostics channel, such as `cenote:connection-created`; undefined: it has none. */
  readonly channels: Readonly<Record<keyof Events, string | undefined>>
  /** Kinds that are told in the context of whoever caused them. */
  readonly inCallerContext?: readonly (keyof Events)[]
}

type Listener = (event: unknown) => unknown

interface Subscription {
  readonly listener: Listener
  readonly inCallerContext: boolean
  /** Of whom a failure is reported. */
  readonly standsFor: object
}

/** An event that waits for its turn. */
interface Told {
  readonly kind: Kind
  readonly event: unknown
  /** Emitted by a listener that itself ran outside any caller's context. */
  readonly detached: boolean
  readonly context: CallersContext | undefined
}

/** One kind of event and who wants it. */
class Kind {
  readonly name: string
  readonly channel: Channel | undefined
  readonly inCallerContext: boolean
  /** In order of subscription. Replaced, never changed: a delivery goes on with the list that it began with. */
  subscriptions: readonly Subscription[] = []

  constructor(name: string, channelName: string | undefined, inCallerContext: boolean) {
    this.name = name
    this.channel = channelName === undefined ? undefined : channel(channelName)
    this.inCallerContext = inCallerContext
  }

  get wanted(): boolean {
    return this.subscriptions.length > 0 || this.channel?.hasSubscribers === true
  }
}

export class EventHub<Events extends object> implements Hub<Events> {
  readonly wanted: Readonly<Record<keyof Events, boolean>>
  readonly #runtime: Pick<Runtime, 'detached' | 'warn' | 'trace'>
  readonly #kinds: ReadonlyMap<PropertyKey, Kind>
  readonly #queue = new Fifo<Told>()
  readonly #streams = new Set<{ end(): void }>()
  readonly #reported = new WeakSet<object>()
  #depth = 0
  #delivering = false
  /** While a listener runs outside any caller's context. */
  #detached = false
  #streamsEnded = false

  constructor(options: HubOptions<Events>) {
    this.#runtime = options.runtime
    const inCallerContext = new Set<PropertyKey>(options.inCallerContext)
    this.#kinds = new Map(
      Object.entries<string | undefined>(options.channels).map(([name, channelName]) => [
        name,
        new Kind(name, channelName, inCallerContext.has(name))
      ])
    )
    this.wanted = wantedOf(this.#kinds) as Record<keyof Events, boolean>
  }

  begin(): void {
    this.#depth += 1
  }

  end(): void {
    if (this.#depth === 0) throw new MongoRuntimeError('The event hub was told to end a step that never began')
    this.#depth -= 1
    this.#settle()
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name], context?: CallersContext): void {
    const kind = this.#kindOf(name)
    if (!kind.wanted) return
    this.#queue.push({ kind, event, detached: this.#detached, context })
    this.#settle()
  }

  subscribe<Name extends keyof Events>(
    name: Name,
    listener: (event: Events[Name]) => unknown,
    options: SubscribeOptions = {}
  ): Unsubscribe {
    const kind = this.#kindOf(name)
    const { inCallerContext = kind.inCallerContext, standsFor = listener } = options
    const subscription = { listener: listener as Listener, inCallerContext, standsFor }
    kind.subscriptions = [...kind.subscriptions, subscription]
    return () => {
      kind.subscriptions = kind.subscriptions.filter(other => other !== subscription)
    }
  }

  stream<Name extends keyof Events>(
    names: readonly Name[],
    options: StreamOptions = {}
  ): AsyncIterableIterator<Events[Name] | EventsLost> {
    const kinds = new Set(names)
    for (const name of kinds) this.#kindOf(name)
    if (kinds.size === 0)
      throw new MongoInvalidArgumentError(`a stream of no kind of event never yields; ${this.#all()}`)
    const unsubscribes: Unsubscribe[] = []
    const stream = new EventStream<Events[Name]>(options, () => {
      for (const unsubscribe of unsubscribes) unsubscribe()
      this.#streams.delete(stream)
    })
    // Pushing runs none of the user's code, so the detour out of the caller's context is saved.
    for (const name of kinds)
      unsubscribes.push(this.subscribe(name, event => stream.push(event), { inCallerContext: true }))
    this.#streams.add(stream)
    if (options.signal?.aborted === true) stream.abort()
    else if (this.#streamsEnded) stream.end()
    return stream
  }

  endStreams(): void {
    this.#streamsEnded = true
    this.#settle()
  }

  /** Delivers all that waits, unless a step is open or a delivery under way: then whoever ends that does it. */
  #settle(): void {
    if (this.#depth > 0 || this.#delivering) return
    this.#delivering = true
    try {
      for (let told = this.#queue.shift(); told !== undefined; told = this.#queue.shift()) this.#deliver(told)
    } finally {
      this.#delivering = false
    }
    if (this.#streamsEnded) for (const stream of this.#streams) stream.end()
  }

  #deliver({ kind, event, detached, context }: Told): void {
    this.#runtime.trace('event', kind.name)
    const run = (inCallerContext: boolean, work: () => void): void => {
      if (!inCallerContext) this.#detach(work)
      else if (context !== undefined) context.run(work)
      else if (detached) this.#detach(work)
      else work()
    }
    for (const subscription of kind.subscriptions)
      run(subscription.inCallerContext, () => this.#call(subscription, kind, event))
    if (kind.channel?.hasSubscribers === true) run(kind.inCallerContext, () => kind.channel?.publish(event))
  }

  #detach(work: () => void): void {
    this.#detached = true
    try {
      this.#runtime.detached(work)
    } finally {
      this.#detached = false
    }
  }

  #call({ listener, standsFor }: Subscription, kind: Kind, event: unknown): void {
    try {
      const result = listener(event)
      if (isThenable(result)) result.then(undefined, thrown => this.#report(standsFor, kind, thrown))
    } catch (thrown) {
      this.#report(standsFor, kind, thrown)
    }
  }

  #report(standsFor: object, kind: Kind, thrown: unknown): void {
    if (this.#reported.has(standsFor)) return
    this.#reported.add(standsFor)
    this.#runtime.warn(
      `A listener of "${kind.name}" failed: ${messageOf(thrown)}. Everything else went on; further failures of this listener are not reported.`,
      'CENOTE_LISTENER_FAILED'
    )
  }

  #kindOf(name: PropertyKey): Kind {
    const kind = this.#kinds.get(name)
    if (kind === undefined) throw new MongoInvalidArgumentError(`there is no event "${String(name)}"; ${this.#all()}`)
    return kind
  }

  #all(): string {
    return `the kinds are ${[...this.#kinds.keys()].join(', ')}`
  }
}

/**
 * Anyone can subscribe to a diagnostics channel at any time, and the channel tells nobody: so `wanted` asks it at each
 * read.
 */
function wantedOf(kinds: ReadonlyMap<PropertyKey, Kind>): object {
  const wanted = {}
  for (const [name, kind] of kinds) Object.defineProperty(wanted, name, { enumerable: true, get: () => kind.wanted })
  return Object.freeze(wanted)
}
