import { type ClientEventName, type LogRecord, MongoClient, type TopologyDescription } from '../../src/client/index.ts'
import type { VirtualRuntime } from '../../src/runtime/virtual/index.ts'
import { CaseError } from './case_error.ts'
import type { ClientDefinition, ExpectedEvents, ExpectedLogMessages, Fields } from './format.ts'
import { RecordingTracer } from './recording_tracer.ts'

/** An event as the format names it, and as the client told it. */
export interface ObservedEvent {
  /** Such as `commandStartedEvent`. */
  readonly name: string
  readonly type: EventType
  readonly fields: Fields
}

export type EventType = 'command' | 'cmap' | 'sdam'

/** The client's name of each event that a case can observe → the format's name. */
const eventNames: Readonly<Record<ClientEventName, string>> = {
  commandStarted: 'commandStartedEvent',
  commandSucceeded: 'commandSucceededEvent',
  commandFailed: 'commandFailedEvent',
  connectionPoolCreated: 'poolCreatedEvent',
  connectionPoolReady: 'poolReadyEvent',
  connectionPoolCleared: 'poolClearedEvent',
  connectionPoolClosed: 'poolClosedEvent',
  connectionCreated: 'connectionCreatedEvent',
  connectionReady: 'connectionReadyEvent',
  connectionClosed: 'connectionClosedEvent',
  connectionCheckOutStarted: 'connectionCheckOutStartedEvent',
  connectionCheckOutFailed: 'connectionCheckOutFailedEvent',
  connectionCheckedOut: 'connectionCheckedOutEvent',
  connectionCheckedIn: 'connectionCheckedInEvent',
  topologyOpening: 'topologyOpeningEvent',
  topologyDescriptionChanged: 'topologyDescriptionChangedEvent',
  topologyClosed: 'topologyClosedEvent',
  serverOpening: 'serverOpeningEvent',
  serverDescriptionChanged: 'serverDescriptionChangedEvent',
  serverClosed: 'serverClosedEvent',
  serverHeartbeatStarted: 'serverHeartbeatStartedEvent',
  serverHeartbeatSucceeded: 'serverHeartbeatSucceededEvent',
  serverHeartbeatFailed: 'serverHeartbeatFailedEvent'
}

export function eventTypeOf(name: string): EventType {
  if (name.startsWith('command')) return 'command'
  return name.startsWith('pool') || name.startsWith('connection') ? 'cmap' : 'sdam'
}

/** Commands that carry secrets, in the words of the specification of command monitoring. */
const sensitiveCommands: ReadonlySet<string> = new Set([
  'authenticate',
  'saslStart',
  'saslContinue',
  'getnonce',
  'createUser',
  'updateUser',
  'copydbgetnonce',
  'copydbsaslstart',
  'copydb'
])
/** They carry secrets when they speak of authentication; a driver that hides this tells them empty. */
const greetings: ReadonlySet<string> = new Set(['hello', 'isMaster', 'ismaster'])

/** So that replies are logged whole. Source: the tests of the specification of command logging. */
const logDocumentLength = 10_000

/** So that commands are shown whole. */
const queryTextLength = 10_000

/** How often a condition of the client is looked at, on virtual time. */
const lookMS = 1
/** Several round trips on the virtual network. */
const arrivalMSMax = 20

/** A client of the case: a real one, with a record of the events that the case observes. */
export class ObservedClient {
  readonly client: MongoClient
  /** What was told so far. */
  readonly events: ObservedEvent[] = []
  /** What was logged so far. */
  readonly records: LogRecord[] = []
  /** Of the spans that the case observes. */
  readonly tracer: RecordingTracer = new RecordingTracer()
  /** Lists of events that are entities too, by name. They grow as events come. */
  readonly stored: ReadonlyMap<string, Fields[]>
  readonly #definition: ClientDefinition
  readonly #runtime: VirtualRuntime
  readonly #hidden: ReadonlySet<string>
  /** Requests whose command was not shown: their ends are not shown either. */
  readonly #hiddenRequests = new Set<unknown>()
  #description: TopologyDescription | undefined
  #recording = true

  /** Not connected yet. */
  constructor(definition: ClientDefinition, uri: string, runtime: VirtualRuntime) {
    this.#definition = definition
    this.#runtime = runtime
    this.stored = new Map((definition.storeEventsAsEntities ?? []).map(({ id }) => [id, []]))
    this.#hidden = new Set([...(definition.ignoreCommandMonitoringEvents ?? []), 'configureFailPoint'])
    const { uriOptions = {}, serverApi, observeTracingMessages } = definition
    const showsCommands = observeTracingMessages?.enableCommandPayload === true
    this.client = new MongoClient(withOptions(uri, uriOptions), {
      runtime,
      serverApi,
      tracing: {
        enabled: observeTracingMessages !== undefined,
        queryTextMaxLength: showsCommands ? queryTextLength : 0,
        tracer: this.tracer
      },
      mongodbLogComponentSeverities: definition.observeLogMessages ?? {},
      mongodbLogMaxDocumentLength: logDocumentLength,
      mongodbLogPath: {
        write: record => {
          if (this.#recording) this.records.push(record)
        }
      }
    })
    const observed = this.#namesToObserve()
    for (const [name, told] of Object.entries(eventNames) as [ClientEventName, string][])
      if (observed.has(told)) this.client.on(name, event => this.#record(told, event))
    this.client.on('topologyDescriptionChanged', event => {
      this.#description = event.newDescription
    })
  }

  /** The newest description that the client told of. */
  get description(): TopologyDescription | undefined {
    return this.#description
  }

  /** Waits until each pool has its minimum, if the case asks for that; what happened until then is forgotten. */
  async becomeReady(): Promise<void> {
    const { awaitMinPoolSizeMS } = this.#definition
    if (awaitMinPoolSizeMS === undefined) return
    const filled = (): boolean => {
      const pools = this.client.pools().filter(({ serverType }) => serverType !== 'RSArbiter')
      return pools.length > 0 && pools.every(({ available, minPoolSize }) => available >= minPoolSize)
    }
    await this.until(
      filled,
      awaitMinPoolSizeMS,
      () => `the pools of ${this.#definition.id} did not reach their minimum`
    )
    this.events.length = 0
    this.records.length = 0
    this.tracer.forget()
  }

  /** What the last operation has set off may be on its way: waits a little for events that are still missing. */
  async arrivalOf({ eventType = 'command', events }: ExpectedEvents): Promise<void> {
    await this.#arrival(() => this.events.filter(({ type }) => type === eventType).length >= events.length)
  }

  /** The same for messages of the log. */
  async arrivalOfLog({ messages }: ExpectedLogMessages): Promise<void> {
    await this.#arrival(() => this.records.length >= messages.length)
  }

  async #arrival(isThere: () => boolean): Promise<void> {
    const endMS = this.#runtime.clock.nowMS() + arrivalMSMax
    while (!isThere() && this.#runtime.clock.nowMS() < endMS) await this.#runtime.sleep(lookMS)
  }

  /** @throws CaseError with `problem` when `condition` does not come true in time. */
  async until(condition: () => boolean, limitMS: number, problem: () => string): Promise<void> {
    const endMS = this.#runtime.clock.nowMS() + limitMS
    while (!condition()) {
      if (this.#runtime.clock.nowMS() >= endMS) throw new CaseError(`${problem()} within ${limitMS} ms`)
      await this.#runtime.sleep(lookMS)
    }
  }

  /** What comes from now on is no part of the case. */
  stopRecording(): void {
    this.#recording = false
    this.tracer.stop()
  }

  #namesToObserve(): ReadonlySet<string> {
    const { observeEvents = [], storeEventsAsEntities = [] } = this.#definition
    const stored = storeEventsAsEntities.flatMap(({ events }) => events)
    return new Set([...observeEvents, ...stored.map(name => name.charAt(0).toLowerCase() + name.slice(1))])
  }

  #record(name: string, event: object): void {
    const fields = event as Fields
    if (!this.#recording || (eventTypeOf(name) === 'command' && this.#isHidden(name, fields))) return
    for (const { id, events } of this.#definition.storeEventsAsEntities ?? [])
      if (events.some(wanted => wanted.toLowerCase() === name.toLowerCase()))
        this.stored.get(id)?.push({ ...event, name, observedAt: this.#runtime.clock.epochMS() / 1000 })
    if (this.#definition.observeEvents?.includes(name) === true)
      this.events.push({ name, type: eventTypeOf(name), fields })
  }

  #isHidden(name: string, { commandName, requestId, command }: Fields): boolean {
    if (name !== 'commandStartedEvent')
      return this.#hiddenRequests.has(requestId) || this.#hidden.has(String(commandName))
    const sensitive =
      sensitiveCommands.has(String(commandName)) ||
      (greetings.has(String(commandName)) && Object.keys(command as object).length === 0)
    const hidden =
      this.#hidden.has(String(commandName)) || (sensitive && this.#definition.observeSensitiveCommands !== true)
    if (hidden) this.#hiddenRequests.add(requestId)
    return hidden
  }
}

/** The connection string with these options behind its own. */
function withOptions(uri: string, options: NonNullable<ClientDefinition['uriOptions']>): string {
  const query = Object.entries(options).flatMap(([name, value]) => queryOf(name, value))
  if (query.length === 0) return uri
  return `${uri}${uri.includes('?') ? '&' : '?'}${query.join('&')}`
}

function queryOf(name: string, value: string | number | boolean | object): string[] {
  if (typeof value !== 'object') return [`${name}=${encodeURIComponent(value)}`]
  if (Array.isArray(value)) return value.flatMap(each => queryOf(name, each as string | object))
  const pairs = Object.entries(value).map(([key, each]) => `${key}:${encodeURIComponent(String(each))}`)
  return [`${name}=${pairs.join(',')}`]
}
