import { EventHub, type EventsLost } from '../events/index.ts'
import { commandEventChannels, type CommandEvents } from '../operations/index.ts'
import { poolEventChannels, type PoolEvents } from '../pool/index.ts'
import type { Runtime } from '../runtime/index.ts'
import {
  selectionEventChannels,
  type SelectionEvents,
  topologyEventChannels,
  type TopologyEvents
} from '../topology/index.ts'

/** Every event of a client, by the name under which `client.on` knows it. */
export type ClientEvents = PoolEvents & TopologyEvents & CommandEvents

export type ClientEventName = keyof ClientEvents

/** With those that only the log is told of. */
export type HubEvents = ClientEvents & SelectionEvents

export type { EventsLost }

const channels: Readonly<Record<ClientEventName, string>> = {
  ...poolEventChannels,
  ...topologyEventChannels,
  ...commandEventChannels
}

const commandEventNames = Object.keys(commandEventChannels) as (keyof CommandEvents)[]

export const clientEventNames: readonly ClientEventName[] = Object.keys(channels) as ClientEventName[]

/**
 * One function for all events of a family, or an object with a method for each kind that is wanted:
 * `handleConnectionCreatedEvent(event)` and so on, named after the event's class.
 */
export type EventHandler<Events> =
  | ((event: Events[keyof Events]) => unknown)
  | { readonly [Kind in keyof Events as HandlerName<Kind & string>]?: (event: Events[Kind]) => unknown }

/** `connectionPoolReady` is handled by `handlePoolReadyEvent`, as the manual names the class. */
type HandlerName<Kind extends string> = Kind extends `connectionPool${infer Rest}`
  ? `handlePool${Rest}Event`
  : `handle${Capitalize<Kind>}Event`

export type PoolEventHandler = EventHandler<PoolEvents>
export type TopologyEventHandler = EventHandler<TopologyEvents>
export type CommandEventHandler = EventHandler<CommandEvents>

export function makeHub(runtime: Runtime): EventHub<HubEvents> {
  return new EventHub<HubEvents>({
    runtime,
    channels: { ...channels, ...selectionEventChannels },
    inCallerContext: commandEventNames
  })
}

/** Subscribes a handler before anything can happen, so that it misses nothing. */
export function subscribeHandlers(
  hub: EventHub<HubEvents>,
  pool: PoolEventHandler | undefined,
  topology: TopologyEventHandler | undefined,
  command: CommandEventHandler | undefined
): void {
  for (const kind of Object.keys(poolEventChannels)) subscribeHandler(hub, kind as ClientEventName, pool)
  for (const kind of Object.keys(topologyEventChannels)) subscribeHandler(hub, kind as ClientEventName, topology)
  for (const kind of commandEventNames) subscribeHandler(hub, kind, command)
}

function subscribeHandler(hub: EventHub<HubEvents>, kind: ClientEventName, handler: unknown): void {
  if (handler === undefined) return
  if (typeof handler === 'function') {
    hub.subscribe(kind, event => (handler as (event: unknown) => unknown)(event), { standsFor: handler })
    return
  }
  const name = handlerNameOf(kind)
  if (typeof (handler as Record<string, unknown>)[name] !== 'function') return
  // Looked up at each event: the handler is an object, and its method may use `this`.
  hub.subscribe(kind, event => (handler as Record<string, (event: unknown) => unknown>)[name]?.(event))
}

export function handlerNameOf(kind: ClientEventName): string {
  if (kind.startsWith('connectionPool')) return `handlePool${kind.slice('connectionPool'.length)}Event`
  return `handle${kind.charAt(0).toUpperCase()}${kind.slice(1)}Event`
}
