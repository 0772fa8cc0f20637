import { MongoClientClosedError } from '../errors/index.ts'
import { endSessionsCommand, Operation } from '../operations/index.ts'
import type { Server } from '../topology/index.ts'
import type { ClientCore } from './core.ts'

/** What is left to say must not hold up a shutdown. */
const farewellMSMax = 1_000

/**
 * The end of a client, in order: new operations are refused; what is left to say is carried by idle connections; operations
 * in progress finish with all that they need, while connections that nobody needs close; the pools close, then the topology.
 * Source: the manual's page on connection pools.
 */
export class Shutdown {
  readonly #core: ClientCore
  /** Takes part in what is in progress, so that what it says is not refused. */
  readonly #farewell = { farewell: true }
  #ended: Promise<void> | undefined
  #interrupted = false
  #topologyClosed: () => void = () => undefined

  constructor(core: ClientCore) {
    this.#core = core
  }

  get begun(): boolean {
    return this.#ended !== undefined
  }

  /** Resolves when the sockets have closed. `timeoutMS`: then what remains is interrupted. */
  graceful(timeoutMS: number | undefined, signal: AbortSignal | undefined): Promise<void> {
    if (this.#ended !== undefined) return this.#ended
    const closed = new Promise<void>(resolve => {
      this.#topologyClosed = resolve
    })
    this.#ended = closed.then(() => this.#socketsClosed())
    void this.#finish()
    if (timeoutMS !== undefined) this.#interruptAfter(timeoutMS)
    if (signal?.aborted === true) this.#interrupt()
    else signal?.addEventListener('abort', () => this.#interrupt(), { once: true })
    return this.#ended
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
    const inProgress = activities.size > 0
    activities.enter(this.#farewell)
    await this.#giveUpCursors()
    if (!inProgress) await this.#endSessions()
    topology.drain({ keepsLast: true })
    activities.leave(this.#farewell)
    await quiet
    activities.enter(this.#farewell)
    await this.#giveUpCursors()
    await this.#endSessions()
    activities.leave(this.#farewell)
    this.#close(false)
  }

  /** Servers are told by connections that are idle; nothing is dialled for it. */
  async #giveUpCursors(): Promise<void> {
    for (const cursor of this.#core.cursors)
      if (cursor.isIdle && cursor.server?.pool.hasIdle === true && !this.#interrupted)
        await cursor.close(this.#farewell)
  }

  async #endSessions(): Promise<void> {
    const { context } = this.#core
    const server = this.#serverForSessions()
    if (server === undefined || this.#interrupted) return
    for (const sessions of context.sessions.drain()) {
      const options = { server, partOf: this.#farewell, timeoutMS: farewellMSMax }
      await new Operation(context, endSessionsCommand(sessions), options).run().catch(() => undefined)
    }
  }

  /** The primary, else any that can be told, of those with a connection at hand. */
  #serverForSessions(): Server | undefined {
    const withIdle = [...this.#core.topology.servers.values()].filter(({ pool }) => pool.hasIdle)
    return withIdle.find(({ description }) => description.type === 'RSPrimary') ?? withIdle[0]
  }

  #interruptAfter(timeoutMS: number): void {
    const { timers, clock } = this.#core.runtime
    const timer = timers.create(() => this.#interrupt())
    timer.armAt(clock.nowMS() + timeoutMS)
    void this.#ended?.then(() => timer.disarm())
  }

  #interrupt(): void {
    this.#interrupted = true
    this.#close(true)
    for (const activity of this.#core.context.activities)
      if (activity instanceof Operation) activity.interrupt(new MongoClientClosedError('The client was closed'))
  }

  #close(interruptInUse: boolean): void {
    this.#core.topology.close({ interruptInUse })
    this.#core.hub.endStreams()
    this.#topologyClosed()
  }

  #socketsClosed(): Promise<void> {
    return new Promise(resolve => {
      this.#core.sockets.whenEmpty(resolve)
    })
  }
}
