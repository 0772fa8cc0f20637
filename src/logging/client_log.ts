import type { Hub } from '../events/index.ts'
import type { CommandEvents } from '../operations/index.ts'
import type { PoolEvents } from '../pool/index.ts'
import type { Runtime, StandardStream } from '../runtime/index.ts'
import type { SelectionEvents, TopologyEvents } from '../topology/index.ts'
import {
  clientClosed,
  clientCreated,
  clientWarned,
  type LoggedEvent,
  type LoggedName,
  logMessageOf,
  messageKinds
} from './messages.ts'
import { LogOutlet } from './outlet.ts'
import { type LogMessage, type LogRecord, type LogSink, recordOf } from './record.ts'
import { isLogged, type LogSettings } from './settings.ts'

type Events = CommandEvents & PoolEvents & TopologyEvents & SelectionEvents
type LogRuntime = Pick<Runtime, 'clock' | 'detached' | 'print' | 'warn'>

/**
 * The log of one client: a subscriber of its hub like any other, to those kinds of events alone of which something is logged.
 * Sinks run outside every caller's context.
 */
export class ClientLog {
  readonly #settings: LogSettings
  readonly #runtime: LogRuntime
  readonly #outlet: LogOutlet
  readonly #topologyId: number

  /** Undefined: nothing is logged, and so nothing is subscribed. */
  static of(
    settings: LogSettings,
    runtime: LogRuntime,
    hub: Pick<Hub<Events>, 'subscribe'>,
    topologyId: number
  ): ClientLog | undefined {
    const silent = Object.values(settings.severities).every(severity => severity === 'off')
    return silent ? undefined : new ClientLog(settings, runtime, hub, topologyId)
  }

  private constructor(
    settings: LogSettings,
    runtime: LogRuntime,
    hub: Pick<Hub<Events>, 'subscribe'>,
    topologyId: number
  ) {
    const { destination } = settings
    this.#settings = settings
    this.#runtime = runtime
    this.#topologyId = topologyId
    this.#outlet = new LogOutlet(typeof destination === 'string' ? printer(runtime, destination) : destination, runtime)
    const logged = new Set(Object.keys(messageKinds).filter(name => this.#isLogged(messageKinds[name as LoggedName])))
    for (const kind of kindsOf(logged))
      hub.subscribe(
        kind,
        event => {
          if (logged.has(event.name)) this.#push(logMessageOf(event as LoggedEvent, settings.documentLengthMax))
        },
        { inCallerContext: false, standsFor: this }
      )
  }

  created(warnings: readonly string[]): void {
    this.#tell(clientCreated(this.#topologyId))
    for (const warning of warnings) this.#tell(clientWarned(this.#topologyId, warning))
  }

  closed(): void {
    this.#tell(clientClosed(this.#topologyId))
  }

  #tell(message: LogMessage): void {
    if (this.#isLogged(message)) this.#runtime.detached(() => this.#push(message))
  }

  #isLogged({ component, severity }: Pick<LogMessage, 'component' | 'severity'>): boolean {
    return isLogged(this.#settings, component, severity)
  }

  #push(message: LogMessage): void {
    this.#outlet.push(recordOf(message, this.#runtime.clock.epochMS()))
  }
}

/** Of the search for servers all events are of one kind. */
function kindsOf(names: ReadonlySet<string>): ReadonlySet<keyof Events> {
  return new Set(
    [...names].map(name => (name.startsWith('serverSelection') ? 'serverSelection' : name) as keyof Events)
  )
}

/** One line of JSON for a record. */
function printer(runtime: Pick<Runtime, 'print'>, stream: StandardStream): LogSink {
  return { write: record => runtime.print(stream, `${lineOf(record)}\n`) }
}

/** JSON escapes the older control characters only, and none that turns the direction of a text. */
function lineOf(record: LogRecord): string {
  return JSON.stringify(record).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}
