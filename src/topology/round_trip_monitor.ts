import { type Cancel, type Connection, HelloExchange } from '../connection/index.ts'
import type { Timer } from '../runtime/index.ts'
import type { MonitorSetup } from './monitor.ts'

/**
 * Measures round-trip times on a socket of its own while the server streams its hellos, since the time of a streamed
 * reply says nothing about the network. It tells nobody of its failures: the monitor finds out by itself. Source: the
 * server monitoring specification.
 */
export class RoundTripMonitor {
  readonly #setup: MonitorSetup
  readonly #measured: (sampleMS: number) => void
  readonly #timer: Timer
  #running = false
  #asking = false
  #cancelDial: Cancel | undefined
  #connection: Connection | undefined

  constructor(setup: MonitorSetup, measured: (sampleMS: number) => void) {
    this.#setup = setup
    this.#measured = measured
    this.#timer = setup.runtime.timers.create(() => this.#woke())
  }

  /** Idempotent. */
  start(): void {
    if (this.#running) return
    this.#running = true
    this.#connect()
  }

  stop(): void {
    if (!this.#running) return
    this.#running = false
    this.#timer.disarm()
    this.#drop()
  }

  #connect(): void {
    this.#cancelDial = this.#setup.establish(
      { id: 0, purpose: 'roundTripTime' },
      {
        established: connection => {
          this.#cancelDial = undefined
          this.#connection = connection
          connection.onBroken = () => this.#drop()
          this.#sampled(connection.helloDurationMS)
        },
        failed: () => {
          this.#cancelDial = undefined
          this.#rest()
        }
      }
    )
  }

  #ask(connection: Connection): void {
    const { connectTimeoutMS, runtime } = this.#setup
    this.#asking = true
    if (connectTimeoutMS > 0) this.#timer.armAt(runtime.clock.nowMS() + connectTimeoutMS)
    connection.start(
      new HelloExchange(
        runtime.clock,
        { legacy: !connection.hello.helloOk },
        {
          helloReplied: (_hello, durationMS) => {
            if (this.#connection === connection) this.#sampled(durationMS)
          },
          helloFailed: () => {
            if (this.#connection === connection) this.#failed()
          }
        }
      )
    )
  }

  #sampled(sampleMS: number): void {
    this.#asking = false
    this.#rest()
    this.#measured(sampleMS)
  }

  #failed(): void {
    this.#drop()
    this.#rest()
  }

  #rest(): void {
    if (this.#running) this.#timer.armAt(this.#setup.runtime.clock.nowMS() + this.#setup.heartbeatFrequencyMS)
  }

  /** Time for the next sample, or the server has been silent for too long. */
  #woke(): void {
    if (this.#asking) this.#failed()
    else if (this.#connection === undefined) this.#connect()
    else this.#ask(this.#connection)
  }

  #drop(): void {
    this.#asking = false
    this.#cancelDial?.()
    this.#cancelDial = undefined
    const connection = this.#connection
    this.#connection = undefined
    connection?.close()
  }
}
