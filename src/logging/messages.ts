/**
 * Each message of the log: its words, its severity and its fields, made from an event. Pure. Sources: the sections on log
 * messages in the specifications of command monitoring, connection pooling, discovery and server selection.
 */
import { MongoServerSelectionError } from '../errors/index.ts'
import type { CommandEvents, CommandFacts } from '../operations/index.ts'
import type { LogComponent, LogSeverity } from '../options/index.ts'
import type { CheckOutFailure, CloseReason, PoolEvents } from '../pool/index.ts'
import {
  type HeartbeatFacts,
  type SelectionFacts,
  type Selector,
  type ServerDescription,
  type ServerSelectionFailedEvent,
  type ServerSelectionStartedEvent,
  type ServerSelectionSucceededEvent,
  type ServerSelectionWaitingEvent,
  type TopologyDescription,
  type TopologyEvents,
  withoutTopology
} from '../topology/index.ts'
import { cut, documentText } from './document_text.ts'
import { errorFields } from './error_fields.ts'
import type { LogFields, LogMessage } from './record.ts'

/** Name of an event → the event. Changes of single servers have no message of their own. */
export interface LoggedEvents extends CommandEvents, PoolEvents, Omit<TopologyEvents, 'serverDescriptionChanged'> {
  readonly serverSelectionStarted: ServerSelectionStartedEvent
  readonly serverSelectionWaiting: ServerSelectionWaitingEvent
  readonly serverSelectionSucceeded: ServerSelectionSucceededEvent
  readonly serverSelectionFailed: ServerSelectionFailedEvent
}

export type LoggedName = keyof LoggedEvents
export type LoggedEvent = LoggedEvents[LoggedName]

interface MessageKind<Event> {
  readonly component: LogComponent
  readonly severity: LogSeverity
  readonly message: string
  /** What is undefined is left out. `documentLengthMax` in code points. */
  readonly fields: (event: Event, documentLengthMax: number) => LogFields
}

/** The message of an event. */
export function logMessageOf(event: LoggedEvent, documentLengthMax: number): LogMessage {
  const { component, severity, message, fields } = messageKinds[event.name] as MessageKind<LoggedEvent>
  return { component, severity, fields: defined({ message, ...fields(event, documentLengthMax) }) }
}

/** Of a server's last error, within the text of a topology. */
const errorCodePointsMax = 300

const checkOutFailures: Readonly<Record<CheckOutFailure, string>> = {
  poolClosed: 'Connection pool was closed',
  timeout: 'Wait queue timeout elapsed without a connection becoming available',
  connectionError: 'An error occurred while trying to establish a new connection'
}

const closeReasons: Readonly<Record<CloseReason, string>> = {
  stale: 'Connection became stale because the pool was cleared',
  idle: 'Connection has been available but unused for longer than the configured max idle time',
  error: 'An error occurred while using the connection',
  poolClosed: 'Connection pool was closed'
}

const ofCommand = { component: 'command', severity: 'debug' } as const
const ofConnection = { component: 'connection', severity: 'debug' } as const
const ofTopology = { component: 'topology', severity: 'debug' } as const
const ofSelection = { component: 'serverSelection', severity: 'debug' } as const

export const messageKinds: { readonly [Name in LoggedName]: MessageKind<LoggedEvents[Name]> } = {
  commandStarted: {
    ...ofCommand,
    message: 'Command started',
    fields: (event, lengthMax) => ({ ...commandFields(event), command: documentText(event.command, lengthMax) })
  },
  commandSucceeded: {
    ...ofCommand,
    message: 'Command succeeded',
    fields: (event, lengthMax) => ({
      ...commandFields(event),
      durationMS: rounded(event.durationMS),
      reply: documentText(event.reply, lengthMax)
    })
  },
  commandFailed: {
    ...ofCommand,
    message: 'Command failed',
    fields: (event, lengthMax) => ({
      ...commandFields(event),
      durationMS: rounded(event.durationMS),
      failure: errorFields(event.failure, lengthMax)
    })
  },

  connectionPoolCreated: {
    ...ofConnection,
    message: 'Connection pool created',
    fields: ({ address, options }) => ({ ...serverFields(address), ...options })
  },
  connectionPoolReady: {
    ...ofConnection,
    message: 'Connection pool ready',
    fields: ({ address }) => serverFields(address)
  },
  connectionPoolCleared: {
    ...ofConnection,
    message: 'Connection pool cleared',
    fields: ({ address, serviceId, error }, lengthMax) => ({
      ...serverFields(address),
      serviceId: serviceId?.toHexString(),
      error: errorFields(error, lengthMax)
    })
  },
  connectionPoolClosed: {
    ...ofConnection,
    message: 'Connection pool closed',
    fields: ({ address }) => serverFields(address)
  },
  connectionCreated: { ...ofConnection, message: 'Connection created', fields: connectionFields },
  connectionReady: {
    ...ofConnection,
    message: 'Connection ready',
    fields: event => ({ ...connectionFields(event), durationMS: rounded(event.durationMS) })
  },
  connectionClosed: {
    ...ofConnection,
    message: 'Connection closed',
    fields: (event, lengthMax) => ({
      ...connectionFields(event),
      reason: closeReasons[event.reason],
      error: event.error === undefined ? undefined : errorFields(event.error, lengthMax)
    })
  },
  connectionCheckOutStarted: {
    ...ofConnection,
    message: 'Connection checkout started',
    fields: ({ address }) => serverFields(address)
  },
  connectionCheckOutFailed: {
    ...ofConnection,
    message: 'Connection checkout failed',
    fields: ({ address, reason, error, durationMS }, lengthMax) => ({
      ...serverFields(address),
      reason: checkOutFailures[reason],
      error: reason === 'connectionError' ? errorFields(error, lengthMax) : undefined,
      durationMS: rounded(durationMS)
    })
  },
  connectionCheckedOut: {
    ...ofConnection,
    message: 'Connection checked out',
    fields: event => ({ ...connectionFields(event), durationMS: rounded(event.durationMS) })
  },
  connectionCheckedIn: { ...ofConnection, message: 'Connection checked in', fields: connectionFields },

  topologyOpening: {
    ...ofTopology,
    message: 'Starting topology monitoring',
    fields: ({ topologyId }) => ({ topologyId })
  },
  topologyClosed: {
    ...ofTopology,
    message: 'Stopped topology monitoring',
    fields: ({ topologyId }) => ({ topologyId })
  },
  topologyDescriptionChanged: {
    ...ofTopology,
    message: 'Topology description changed',
    fields: ({ topologyId, previousDescription, newDescription }, lengthMax) => ({
      topologyId,
      previousDescription: topologyText(previousDescription, lengthMax),
      newDescription: topologyText(newDescription, lengthMax)
    })
  },
  serverOpening: { ...ofTopology, message: 'Starting server monitoring', fields: monitoredFields },
  serverClosed: { ...ofTopology, message: 'Stopped server monitoring', fields: monitoredFields },
  serverHeartbeatStarted: { ...ofTopology, message: 'Server heartbeat started', fields: heartbeatFields },
  serverHeartbeatSucceeded: {
    ...ofTopology,
    message: 'Server heartbeat succeeded',
    fields: (event, lengthMax) => ({
      ...heartbeatFields(event),
      durationMS: rounded(event.durationMS),
      reply: documentText(event.reply, lengthMax)
    })
  },
  serverHeartbeatFailed: {
    ...ofTopology,
    message: 'Server heartbeat failed',
    fields: (event, lengthMax) => ({
      ...heartbeatFields(event),
      durationMS: rounded(event.durationMS),
      failure: errorFields(event.failure, lengthMax)
    })
  },

  serverSelectionStarted: { ...ofSelection, message: 'Server selection started', fields: selectionFields },
  serverSelectionWaiting: {
    ...ofSelection,
    severity: 'info',
    message: 'Waiting for suitable server to become available',
    fields: (event, lengthMax) => ({
      ...selectionFields(event, lengthMax),
      remainingTimeMS: event.remainingTimeMS
    })
  },
  serverSelectionSucceeded: {
    ...ofSelection,
    message: 'Server selection succeeded',
    fields: (event, lengthMax) => ({ ...selectionFields(event, lengthMax), ...serverFields(event.address) })
  },
  serverSelectionFailed: {
    ...ofSelection,
    message: 'Server selection failed',
    fields: (event, lengthMax) => ({
      ...selectionFields(event, lengthMax),
      failure: selectionFailure(event.failure, lengthMax)
    })
  }
}

// ───────────────────────── of the client itself, without an event ─────────────────────────

export function clientCreated(topologyId: number): LogMessage {
  return { component: 'client', severity: 'info', fields: { message: 'Client created', topologyId } }
}

export function clientClosed(topologyId: number): LogMessage {
  return { component: 'client', severity: 'info', fields: { message: 'Client closed', topologyId } }
}

/** What the process was warned of when the client was made. */
export function clientWarned(topologyId: number, warning: string): LogMessage {
  return { component: 'client', severity: 'warn', fields: { message: 'Client warned', topologyId, warning } }
}

/** Told in their place, whatever is logged else. */
export function messagesDropped(droppedCount: number, recordsWaitingMax: number): LogMessage {
  const message = 'Log messages were dropped'
  const reason = `the sink had not taken ${recordsWaitingMax} messages before them; the oldest were dropped`
  return { component: 'client', severity: 'warn', fields: { message, droppedCount, reason } }
}

// ───────────────────────── fields that messages share ─────────────────────────

/** Of a Unix socket the path is the host, and there is no port. */
function serverFields(address: string): LogFields {
  const colon = address.lastIndexOf(':')
  if (address.includes('/') || colon === -1) return { serverHost: address }
  return {
    serverHost: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'),
    serverPort: Number(address.slice(colon + 1))
  }
}

function commandFields(event: CommandFacts): LogFields {
  return {
    commandName: event.commandName,
    databaseName: event.databaseName,
    requestId: event.requestId,
    operationId: event.operationId,
    driverConnectionId: event.connectionId,
    ...serverFields(event.address),
    serverConnectionId: event.serverConnectionId,
    serviceId: event.serviceId?.toHexString()
  }
}

function connectionFields({ address, connectionId }: { address: string; connectionId: number }): LogFields {
  return { driverConnectionId: connectionId, ...serverFields(address) }
}

function monitoredFields({ topologyId, address }: { topologyId: number; address: string }): LogFields {
  return { topologyId, ...serverFields(address) }
}

function heartbeatFields(event: Omit<HeartbeatFacts, 'address'> & { readonly connectionId: string }): LogFields {
  return {
    topologyId: event.topologyId,
    ...serverFields(event.connectionId),
    driverConnectionId: event.driverConnectionId,
    serverConnectionId: event.serverConnectionId,
    awaited: event.awaited
  }
}

function selectionFields(event: SelectionFacts, lengthMax: number): LogFields {
  return {
    selector: selectorText(event.selector),
    operation: event.operation,
    operationId: event.operationId,
    topologyDescription: topologyText(event.topologyDescription, lengthMax)
  }
}

/** The topology stands beside it already. */
function selectionFailure(failure: Error, lengthMax: number): LogFields {
  if (!(failure instanceof MongoServerSelectionError)) return errorFields(failure, lengthMax)
  return errorFields(failure, lengthMax, withoutTopology(failure))
}

function selectorText({ readPreference }: Selector): string {
  return readPreference === undefined ? 'a server for writes' : JSON.stringify(readPreference)
}

function topologyText(topology: TopologyDescription, lengthMax: number): string {
  const { type, setName, compatibilityError } = topology
  const servers = [...topology.servers.values()].map(serverSummary)
  return documentText(defined({ type, setName, compatibilityError, servers }), lengthMax)
}

function serverSummary({ address, type, roundTripTimeMS, tags, error }: ServerDescription): LogFields {
  return defined({
    address,
    type,
    roundTripTimeMS: roundTripTimeMS === undefined ? undefined : rounded(roundTripTimeMS),
    tags: Object.keys(tags).length === 0 ? undefined : tags,
    error: error === undefined ? undefined : cut(error.message, errorCodePointsMax)
  })
}

function defined(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** To the microsecond. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000
}
