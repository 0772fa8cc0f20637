import type { Document } from '../bson/index.ts'
import {
  type Cancel,
  type Connection,
  type Establish,
  HelloExchange,
  type HelloHandler,
  type HelloReply
} from '../connection/index.ts'
import { MongoNetworkError, MongoNetworkTimeoutError } from '../errors/index.ts'
import type { Hub } from '../events/index.ts'
import type { Runtime, Timer } from '../runtime/index.ts'
import { RoundTripMonitor } from './round_trip_monitor.ts'
import { RoundTripTime } from './round_trip_time.ts'
import type { MonitorOwner, ServerMonitor } from './server.ts'
import {
  type HeartbeatFacts,
  ServerHeartbeatFailedEvent,
  ServerHeartbeatStartedEvent,
  ServerHeartbeatSucceededEvent,
  type TopologyEvents
} from './topology_events.ts'
import { type TopologyVersion, topologyVersionOf } from './topology_version.ts'

export interface MonitorSetup {
  readonly address: string
  /** For events. */
  readonly topologyId: number
  readonly runtime: Pick<Runtime, 'clock' | 'timers'>
  readonly hub: Pick<Hub<TopologyEvents>, 'wanted' | 'begin' | 'end' | 'emit'>
  readonly heartbeatFrequencyMS: number
  /** Least time between the end of a check and the beginning of the next. */
  readonly minHeartbeatFrequencyMS: number
  /** 0: no limit. */
  readonly connectTimeoutMS: number
  /** Whether the server may stream its hellos; needs one that tells its topology version. */
  readonly streaming: boolean
  readonly establish: Establish
}

/** So late, and the process was suspended or blocked rather than the server silent: the reply may lie in the socket. */
const suspiciousLatenessMS = 1_000

type State =
  | { readonly is: 'new' | 'stopped' }
  | { readonly is: 'waiting' }
  | { readonly is: 'connecting'; readonly cancel: Cancel }
  | { readonly is: 'checking' }

/**
 * Checks one server on a socket of its own, and on a second one, while the server streams, measures round-trip times.
 * Sources: the server monitoring specification; "two extra sockets per server" is the manual's.
 */
export class Monitor implements ServerMonitor, HelloHandler {
  readonly #setup: MonitorSetup
  readonly #owner: MonitorOwner
  readonly #roundTrip = new RoundTripTime()
  readonly #roundTripMonitor: RoundTripMonitor
  /** While waiting: the next check. While checking: when the server has been silent for too long. */
  readonly #timer: Timer
  #dueMS = Number.POSITIVE_INFINITY
  #state: State = { is: 'new' }
  #connection: Connection | undefined
  /** For events alone: an error that named it would differ at each dial, and so would the description that holds it. */
  #connectionId = 0
  #serverConnectionId: number | undefined
  #topologyVersion: TopologyVersion | undefined
  #awaited = false
  #checkStartedMS = 0
  #lastCheckEndedMS = Number.NEGATIVE_INFINITY
  #lateOnce = false

  constructor(setup: MonitorSetup, owner: MonitorOwner) {
    this.#setup = setup
    this.#owner = owner
    this.#timer = setup.runtime.timers.create(() => this.#woke())
    this.#roundTripMonitor = new RoundTripMonitor(setup, sampleMS => this.#measured(sampleMS))
  }

  start(): void {
    if (this.#state.is === 'new') this.#check()
  }

  stop(): void {
    const wasChecking = this.#isChecking
    this.#abandon()
    this.#state = { is: 'stopped' }
    this.#timer.disarm()
    this.#roundTripMonitor.stop()
    if (wasChecking)
      this.#tellFailed(new MongoNetworkError(`The check of ${this.#setup.address} ended with its monitor`))
  }

  requestCheck(): void {
    if (this.#state.is !== 'waiting') return
    const soonestMS = Math.max(this.#nowMS(), this.#lastCheckEndedMS + this.#setup.minHeartbeatFrequencyMS)
    if (soonestMS < this.#dueMS) this.#arm(soonestMS)
  }

  cancelCheck(): void {
    if (!this.#isChecking) return
    this.#abandon()
    this.#disarm()
    this.#roundTrip.reset()
    this.#lastCheckEndedMS = this.#nowMS()
    this.#tellFailed(
      new MongoNetworkError(`The check of ${this.#setup.address} was cancelled: an operation found its server broken`)
    )
    this.#wait()
  }

  get #isChecking(): boolean {
    return this.#state.is === 'connecting' || this.#state.is === 'checking'
  }

  // ───────────────────────── a check ─────────────────────────

  #check(): void {
    this.#checkStartedMS = this.#nowMS()
    const connection = this.#connection
    if (connection === undefined) this.#connect()
    else this.#ask(connection)
  }

  /** The first check is the handshake itself. Its time limit is the establishment's own. */
  #connect(): void {
    this.#disarm()
    this.#connectionId++
    this.#serverConnectionId = undefined
    this.#tellStarted(false)
    const cancel = this.#setup.establish(
      { id: 0, purpose: 'monitor' },
      {
        established: connection => {
          this.#connection = connection
          this.#serverConnectionId = connection.hello.serverConnectionId
          connection.onBroken = () => this.#brokeAtRest(connection)
          this.#roundTrip.add(connection.helloDurationMS)
          this.#succeeded(connection.hello, connection.helloDurationMS, false)
        },
        failed: error => this.#failed(error)
      }
    )
    this.#state = { is: 'connecting', cancel }
  }

  #ask(connection: Connection): void {
    const { heartbeatFrequencyMS, streaming } = this.#setup
    const topologyVersion = streaming ? this.#topologyVersion : undefined
    const awaited = topologyVersion !== undefined
    this.#state = { is: 'checking' }
    this.#tellStarted(awaited)
    this.#armForSilence()
    const awaits = awaited ? { topologyVersion, maxAwaitTimeMS: heartbeatFrequencyMS, exhaustAllowed: true } : undefined
    const request = { legacy: !connection.hello.helloOk, ...(awaits === undefined ? {} : { awaits }) }
    connection.start(new HelloExchange(this.#setup.runtime.clock, request, this))
  }

  helloReplied(hello: HelloReply, durationMS: number, moreToCome: boolean, connection: Connection): void {
    if (this.#connection !== connection || this.#state.is !== 'checking') return
    if (!this.#awaited) this.#roundTrip.add(durationMS)
    this.#succeeded(hello, durationMS, moreToCome)
  }

  helloFailed(error: Error, connection: Connection): void {
    if (this.#connection === connection && this.#state.is === 'checking') this.#failed(error)
  }

  #succeeded({ document }: HelloReply, durationMS: number, moreToCome: boolean): void {
    this.#lastCheckEndedMS = this.#nowMS()
    this.#state = { is: 'waiting' }
    this.#disarm()
    this.#topologyVersion = topologyVersionOf(document)
    this.#step(() => {
      this.#tellSucceeded(durationMS, document)
      this.#owner.checkSucceeded(document, this.#roundTrip.averageMS, this.#roundTrip.minMS)
    })
    if (this.#hasStopped) return
    const streams = this.#setup.streaming && this.#topologyVersion !== undefined
    if (streams) this.#roundTripMonitor.start()
    else this.#roundTripMonitor.stop()
    if (moreToCome) this.#listen()
    else if (streams) this.#check()
    else this.#wait()
  }

  /** The server goes on by itself: the next check is its next reply. */
  #listen(): void {
    this.#checkStartedMS = this.#nowMS()
    this.#state = { is: 'checking' }
    this.#tellStarted(true)
    this.#armForSilence()
  }

  #failed(error: Error): void {
    this.#abandon()
    this.#roundTrip.reset()
    this.#lastCheckEndedMS = this.#nowMS()
    this.#state = { is: 'waiting' }
    this.#disarm()
    let retryAtOnce = false
    this.#step(() => {
      this.#tellFailed(error)
      retryAtOnce = this.#owner.checkFailed(error).retryAtOnce
    })
    if (this.#hasStopped) return
    if (retryAtOnce) this.#check()
    else this.#wait()
  }

  /** A listener of an event may have closed the client. */
  get #hasStopped(): boolean {
    return this.#state.is === 'stopped'
  }

  #brokeAtRest(connection: Connection): void {
    if (this.#connection === connection && this.#state.is === 'waiting') this.#abandon()
  }

  /** Gives up the socket, or the dial. What would still come from it is not heard. */
  #abandon(): void {
    if (this.#state.is === 'connecting') this.#state.cancel()
    const connection = this.#connection
    this.#connection = undefined
    this.#topologyVersion = undefined
    connection?.close()
  }

  // ───────────────────────── time ─────────────────────────

  /** What the last check led to may have requested the next one already. */
  #wait(): void {
    this.#state = { is: 'waiting' }
    const dueMS = this.#lastCheckEndedMS + this.#setup.heartbeatFrequencyMS
    if (dueMS < this.#dueMS) this.#arm(dueMS)
  }

  #woke(): void {
    const lateMS = this.#nowMS() - this.#dueMS
    this.#dueMS = Number.POSITIVE_INFINITY
    if (this.#state.is === 'waiting') this.#check()
    else if (this.#state.is === 'checking') this.#silent(lateMS)
  }

  #silent(lateMS: number): void {
    if (lateMS >= suspiciousLatenessMS && !this.#lateOnce) {
      this.#lateOnce = true
      this.#arm(this.#nowMS() + this.#setup.connectTimeoutMS)
      return
    }
    const silentMS = Math.round(this.#nowMS() - this.#checkStartedMS)
    this.#failed(new MongoNetworkTimeoutError(`${this.#setup.address} did not answer a check for ${silentMS} ms`))
  }

  /** A server that answers when something changes may rightly be silent for as long as it was asked to wait. */
  #armForSilence(): void {
    const { connectTimeoutMS, heartbeatFrequencyMS } = this.#setup
    this.#lateOnce = false
    if (connectTimeoutMS === 0) this.#disarm()
    else this.#arm(this.#nowMS() + connectTimeoutMS + (this.#awaited ? heartbeatFrequencyMS : 0))
  }

  #arm(atMS: number): void {
    this.#dueMS = atMS
    this.#timer.armAt(atMS)
  }

  #disarm(): void {
    this.#dueMS = Number.POSITIVE_INFINITY
    this.#timer.disarm()
  }

  #measured(sampleMS: number): void {
    this.#roundTrip.add(sampleMS)
    const { averageMS, minMS } = this.#roundTrip
    if (averageMS !== undefined) this.#owner.roundTripMeasured(averageMS, minMS)
  }

  #nowMS(): number {
    return this.#setup.runtime.clock.nowMS()
  }

  // ───────────────────────── telling ─────────────────────────

  #tellStarted(awaited: boolean): void {
    const { hub } = this.#setup
    this.#awaited = awaited
    if (hub.wanted.serverHeartbeatStarted)
      hub.emit('serverHeartbeatStarted', new ServerHeartbeatStartedEvent(this.#facts()))
  }

  #tellSucceeded(durationMS: number, reply: Document): void {
    const { hub } = this.#setup
    if (hub.wanted.serverHeartbeatSucceeded)
      hub.emit('serverHeartbeatSucceeded', new ServerHeartbeatSucceededEvent(this.#facts(), durationMS, reply))
  }

  #tellFailed(failure: Error): void {
    const { hub } = this.#setup
    const durationMS = this.#nowMS() - this.#checkStartedMS
    if (hub.wanted.serverHeartbeatFailed)
      hub.emit('serverHeartbeatFailed', new ServerHeartbeatFailedEvent(this.#facts(), durationMS, failure))
  }

  #facts(): HeartbeatFacts {
    const { address, topologyId } = this.#setup
    return {
      address,
      topologyId,
      driverConnectionId: this.#connectionId,
      serverConnectionId: this.#serverConnectionId,
      awaited: this.#awaited
    }
  }

  #step(work: () => void): void {
    this.#setup.hub.begin()
    try {
      work()
    } finally {
      this.#setup.hub.end()
    }
  }
}
