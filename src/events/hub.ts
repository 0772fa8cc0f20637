import type { CallersContext } from '../runtime/index.ts'

/**
 * One hub for each client: subscribe, order, isolate. It knows no event's meaning, and never touches an event: whoever
 * makes one freezes it.
 *
 * Order: all events of a client stand in one queue. A step (`begin` … `end`) changes all of its state first; when the
 * outermost step ends, the queue is delivered, before control returns to the event loop. What a listener causes is
 * appended and delivered after that, so every subscriber sees the same order, with the state already changed. Listeners
 * of one kind are called in the order of their subscriptions, the diagnostics channel after them. Who is subscribed
 * when an event's turn comes is told of it; subscribing and unsubscribing take effect from the next event on.
 *
 * Isolation: a listener that throws or rejects is reported as a process warning (code `CENOTE_LISTENER_FAILED`), once
 * for each listener and hub however often it fails, and changes nothing. Subscribers of a diagnostics channel are
 * Node's: one that throws disturbs nothing here, but Node raises its error as an uncaught exception.
 *
 * Context: a listener runs outside every caller's `AsyncLocalStorage` context, so that a caller's context does not leak
 * into what a listener starts. With `inCallerContext` it runs in the context that the event was emitted with, else in that
 * in which the outermost step ended, which is the emitter's, since steps are synchronous. What a listener outside any
 * context emits without one is told outside any context.
 */
export interface Hub<Events extends object> {
  /**
   * True while somebody listens to the kind, by any of the ways to subscribe: ask before making an event object. Each
   * read also asks the diagnostics channel. Measured: about 1 ns while the process has one client, as a plain field,
   * and 10 to 15 ns with ten clients.
   */
  readonly wanted: Readonly<Record<keyof Events, boolean>>
  /** Opens a step; steps nest. A step that is left by a throw must end too: `begin()`, `try`, `finally { end() }`. */
  begin(): void
  /** Ends a step. The outermost one delivers what was emitted, unless a delivery is under way: then that goes on. */
  end(): void
  /**
   * Appends to the queue; outside any step and any delivery it delivers at once. Without a listener nothing happens:
   * the event is not told, and so it is not traced either. `context`: of whoever caused the event, where that is not the
   * one who emits.
   */
  emit<Kind extends keyof Events>(kind: Kind, event: Events[Kind], context?: CallersContext): void
  /** One listener can subscribe several times; each subscription has an end of its own, which may be called again. */
  subscribe<Kind extends keyof Events>(
    kind: Kind,
    listener: (event: Events[Kind]) => unknown,
    options?: SubscribeOptions
  ): Unsubscribe
  /**
   * The events of some kinds as an async iterator. A slow reader loses the oldest and is told how many, as an
   * `EventsLost` in their place, so that memory stays bounded. Subscribed from this call until the stream ends, or
   * until its `return()`, which the end of a `for await` calls.
   */
  stream<Kind extends keyof Events>(
    kinds: readonly Kind[],
    options?: StreamOptions
  ): AsyncIterableIterator<Events[Kind] | EventsLost>
  /**
   * Ends every stream once what waits to be delivered is told and its buffered events are read; later streams have
   * ended from the start. Listeners stay: the last events of a client reach them.
   */
  endStreams(): void
}

export interface SubscribeOptions {
  /**
   * Runs in the context of whoever emits, rather than outside any caller's. Default: as the kind's diagnostics channel, which
   * is outside but for the kinds of which the hub was told otherwise (command events).
   */
  readonly inCallerContext?: boolean
  /** Whom the listener stands in for: his failures are reported once, whatever stands in for him. */
  readonly standsFor?: object
}

export interface StreamOptions {
  /**
   * Ends the stream and drops what is buffered: every pending `next()` rejects with the signal's reason, or the next
   * one does.
   */
  readonly signal?: AbortSignal
  /** How many unread events are kept (default 1,000). */
  readonly highWaterMark?: number
}

export interface EventsLost {
  readonly kind: 'eventsLost'
  readonly count: number
}

export type Unsubscribe = () => void
