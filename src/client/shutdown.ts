import { MongoInvalidArgumentError } from '../errors/index.ts'
import { type Activity, endSessionsCommand, Operation } from '../operations/index.ts'
import type { Server } from '../topology/index.ts'
import type { ClientCore } from './core.ts'
import { TransactionActivity } from './transaction_activity.ts'

/** What is left to say must not hold up a shutdown. */
const farewellMSMax = 1_000

/**
 * The end of a client, in order: new operations are refused; what is left to say is carried by idle connections; operations
 * in progress finish with all that they need, while connections that nobody needs close; the pools close, then the topology.
 * Source: the manual's page on connection pools.
 */
export class Shutdown {
  readonly #core: ClientCore
  readonly #hasEnded: () => void
  /** Takes part in what is in progress, so that what it says is not refused. */
  readonly #farewell: Activity = { activityPrevious: undefined, activityNext: undefined, activityList: undefined }
  #ended: Promise<void> | undefined
  #interrupted = false
  #topologyClosed: () => void = () => undefined
  #untilEnded: AbortSignal | undefined
  readonly #endNow = (): void => void this.immediate()

  /** `hasEnded` is told once, when the last socket has closed. */
  constructor(core: ClientCore, hasEnded: () => void) {
    this.#core = core
    this.#hasEnded = hasEnded
  }

  get begun(): boolean {
    return this.#ended !== undefined
  }

  /** Resolves when the sockets have closed. `timeoutMS`: then what remains is interrupted. */
  graceful(timeoutMS: number | undefined, signal: AbortSignal | undefined): Promise<void> {
    if (timeoutMS !== undefined && !(typeof timeoutMS === 'number' && timeoutMS >= 0))
      throw new MongoInvalidArgumentError(
        `the timeoutMS of a shutdown is a number of milliseconds from 0 on, not ${String(timeoutMS)}`
      )
    const ended = this.#ended ?? this.#begin()
    // A later call may set a limit to a shutdown that has begun without one.
    if (timeoutMS !== undefined) this.#interruptAfter(ended, timeoutMS)
    if (signal !== undefined) this.#interruptOn(ended, signal)
    return ended
  }

  #begin(): Promise<void> {
    const closed = new Promise<void>(resolve => {
      this.#topologyClosed = resolve
    })
    this.#ended = closed.then(() => this.#socketsClosed())
    void this.#finish()
    return this.#ended
  }

  /** The client ends, at once, when the signal is aborted; however it ends, the signal keeps nothing of it. */
  endWith(signal: AbortSignal): void {
    this.#untilEnded = signal
    if (signal.aborted) void this.immediate()
    else signal.addEventListener('abort', this.#endNow)
  }

  /** Ends everything now. */
  immediate(): Promise<void> {
    if (this.#ended === undefined) {
      this.#core.neverStart()
      this.#core.context.activities.close(() => undefined)
      this.#ended = Promise.resolve().then(() => this.#socketsClosed())
    }
    this.#interrupt()
    return this.#ended
  }

  async #finish(): Promise<void> {
    const { context, topology } = this.#core
    const { activities } = context
    this.#core.neverStart()
    const quiet = new Promise<void>(resolve => {
      activities.close(resolve)
    })
    // What is not there yet may never come: to wait for it is nothing that could finish.
    this.#stopWaiting()
    const inProgress = !activities.isEmpty
    activities.enter(this.#farewell)
    await this.#sayFarewell(!inProgress)
    topology.drain({ keepsLast: true })
    activities.leave(this.#farewell)
    await quiet
    activities.enter(this.#farewell)
    await this.#sayFarewell(true)
    activities.leave(this.#farewell)
    this.#close(false)
  }

  /** Servers are told by connections that are idle; nothing is dialled for it. */
  async #sayFarewell(toSessions: boolean): Promise<void> {
    const endsMS = this.#core.runtime.clock.nowMS() + farewellMSMax
    await this.#giveUpCursors(endsMS)
    if (toSessions) await this.#endSessions(endsMS)
  }

  /** What is left until then; 0 also when the end has to come at once. */
  #leftMS(endsMS: number): number {
    return this.#interrupted ? 0 : Math.max(0, endsMS - this.#core.runtime.clock.nowMS())
  }

  async #giveUpCursors(endsMS: number): Promise<void> {
    for (const cursor of this.#core.cursors) {
      const leftMS = this.#leftMS(endsMS)
      if (leftMS === 0) return
      if (cursor.isIdle && cursor.canBeTold) await cursor.giveUpWithin(leftMS, this.#farewell)
    }
  }

  async #endSessions(endsMS: number): Promise<void> {
    const { context } = this.#core
    this.#endExplicitSessions()
    const server = this.#serverForSessions()
    if (server === undefined || this.#leftMS(endsMS) === 0) return
    for (const sessions of context.sessions.drain()) {
      const timeoutMS = this.#leftMS(endsMS)
      if (timeoutMS === 0) return
      const options = { server, partOf: this.#farewell, timeoutMS }
      await new Operation(context, endSessionsCommand(sessions), options).run().catch(() => undefined)
    }
  }

  /** Those that callers have not ended end with their client. */
  #endExplicitSessions(): void {
    for (const session of this.#core.sessions) session.end(this.#core.runtime.clock.nowMS())
  }

  /** The primary, else any that can be told, of those with a connection at hand. */
  #serverForSessions(): Server | undefined {
    const withIdle = [...this.#core.topology.servers.values()].filter(({ pool }) => pool.hasIdle)
    return withIdle.find(({ description }) => description.type === 'RSPrimary') ?? withIdle[0]
  }

  #interruptOn(ended: Promise<void>, signal: AbortSignal): void {
    if (signal.aborted) {
      this.#interrupt()
      return
    }
    const aborted = (): void => this.#interrupt()
    signal.addEventListener('abort', aborted, { once: true })
    void ended.then(() => signal.removeEventListener('abort', aborted))
  }

  #interruptAfter(ended: Promise<void>, timeoutMS: number): void {
    const { timers, clock } = this.#core.runtime
    const timer = timers.create(() => this.#interrupt())
    timer.armAt(clock.nowMS() + timeoutMS)
    void ended.then(() => timer.disarm())
  }

  #stopWaiting(): void {
    for (const cursor of this.#core.cursors) cursor.stopWaiting()
  }

  #interrupt(): void {
    this.#interrupted = true
    this.#stopWaiting()
    for (const activity of this.#core.context.activities.all())
      if (activity instanceof Operation || activity instanceof TransactionActivity) activity.interrupt()
    this.#close(true)
  }

  #close(interruptInUse: boolean): void {
    this.#untilEnded?.removeEventListener('abort', this.#endNow)
    this.#endExplicitSessions()
    // A connection that somebody has to himself keeps the client from its end.
    for (const cursor of this.#core.cursors) cursor.letGo()
    this.#core.close({ interruptInUse })
    this.#core.hub.endStreams()
    this.#topologyClosed()
  }

  #socketsClosed(): Promise<void> {
    return new Promise(resolve => {
      this.#core.sockets.whenEmpty(() => {
        this.#hasEnded()
        resolve()
      })
    })
  }
}
