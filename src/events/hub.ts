/**
 * One hub for each client: subscribe, order, isolate. It knows no event's meaning.
 *
 * Order: all events of a client stand in one queue. A step (`begin` … `end`) changes all of its state first; when the
 * outermost step ends, the queue is delivered, before control returns to the event loop. What a listener causes is
 * appended and delivered after that, so every subscriber sees the same order, with the state already changed.
 *
 * Isolation: a listener that throws or rejects is reported once as a process warning and changes nothing.
 */
export interface Hub<Events extends object> {
  /** True while somebody listens to the kind. A field read: no event object is made without a listener. */
  readonly wanted: Readonly<Record<keyof Events, boolean>>
  /** Opens a step; steps nest. */
  begin(): void
  /** Ends a step. The outermost one delivers what was emitted. */
  end(): void
  /** Appends to the queue; outside any step it delivers at once. Without a listener nothing happens. */
  emit<Kind extends keyof Events>(kind: Kind, event: Events[Kind]): void
  subscribe<Kind extends keyof Events>(
    kind: Kind,
    listener: (event: Events[Kind]) => unknown,
    options?: SubscribeOptions
  ): Unsubscribe
  /**
   * The events of some kinds as an async iterator. A slow reader loses the oldest and is told how many, as an
   * `EventsLost` in their place, so that memory stays bounded.
   */
  stream<Kind extends keyof Events>(
    kinds: readonly Kind[],
    options?: StreamOptions
  ): AsyncIterableIterator<Events[Kind] | EventsLost>
  /** Ends every stream once its buffered events are read. Listeners stay: the last events of a client reach them. */
  endStreams(): void
}

export interface SubscribeOptions {
  /** Runs in the context of whoever emits (command events), rather than outside any caller's. */
  readonly inCallerContext?: boolean
}

export interface StreamOptions {
  /** Ends the stream; a pending `next()` rejects with its reason. */
  readonly signal?: AbortSignal
  /** How many unread events are kept (default 1,000). */
  readonly highWaterMark?: number
}

export interface EventsLost {
  readonly kind: 'eventsLost'
  readonly count: number
}

export type Unsubscribe = () => void
