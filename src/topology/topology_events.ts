/**
 * The nine events of discovery and monitoring. Immutable; named as in the specification of their logging and monitoring;
 * `name` is the one under which `client.on` knows them.
 * `topologyId` is one number for the life of a client.
 */
import type { Document } from '../bson/index.ts'
import type { ServerDescription } from './server_description.ts'
import type { TopologyDescription } from './topology_description.ts'

/** Kind of event → its class: what a hub of these events carries. */
export interface TopologyEvents {
  readonly topologyOpening: TopologyOpeningEvent
  readonly topologyDescriptionChanged: TopologyDescriptionChangedEvent
  readonly topologyClosed: TopologyClosedEvent
  readonly serverOpening: ServerOpeningEvent
  readonly serverDescriptionChanged: ServerDescriptionChangedEvent
  readonly serverClosed: ServerClosedEvent
  readonly serverHeartbeatStarted: ServerHeartbeatStartedEvent
  readonly serverHeartbeatSucceeded: ServerHeartbeatSucceededEvent
  readonly serverHeartbeatFailed: ServerHeartbeatFailedEvent
}

/** Each kind's channel of `node:diagnostics_channel`. */
export const topologyEventChannels: Readonly<Record<keyof TopologyEvents, string>> = Object.freeze({
  topologyOpening: 'cenote:topology-opening',
  topologyDescriptionChanged: 'cenote:topology-description-changed',
  topologyClosed: 'cenote:topology-closed',
  serverOpening: 'cenote:server-opening',
  serverDescriptionChanged: 'cenote:server-description-changed',
  serverClosed: 'cenote:server-closed',
  serverHeartbeatStarted: 'cenote:server-heartbeat-started',
  serverHeartbeatSucceeded: 'cenote:server-heartbeat-succeeded',
  serverHeartbeatFailed: 'cenote:server-heartbeat-failed'
})

/** The first event of a client. */
export class TopologyOpeningEvent {
  readonly name = 'topologyOpening'
  readonly topologyId: number

  constructor(topologyId: number) {
    this.topologyId = topologyId
    Object.freeze(this)
  }
}

export class TopologyDescriptionChangedEvent {
  readonly name = 'topologyDescriptionChanged'
  readonly topologyId: number
  readonly previousDescription: TopologyDescription
  readonly newDescription: TopologyDescription

  constructor(topologyId: number, previousDescription: TopologyDescription, newDescription: TopologyDescription) {
    this.topologyId = topologyId
    this.previousDescription = previousDescription
    this.newDescription = newDescription
    Object.freeze(this)
  }
}

/** The last event of a client's discovery. */
export class TopologyClosedEvent {
  readonly name = 'topologyClosed'
  readonly topologyId: number

  constructor(topologyId: number) {
    this.topologyId = topologyId
    Object.freeze(this)
  }
}

export class ServerOpeningEvent {
  readonly name = 'serverOpening'
  readonly topologyId: number
  readonly address: string

  constructor(topologyId: number, address: string) {
    this.topologyId = topologyId
    this.address = address
    Object.freeze(this)
  }
}

/** A new round-trip time alone is no change. */
export class ServerDescriptionChangedEvent {
  readonly name = 'serverDescriptionChanged'
  readonly topologyId: number
  readonly address: string
  readonly previousDescription: ServerDescription
  readonly newDescription: ServerDescription

  constructor(topologyId: number, previousDescription: ServerDescription, newDescription: ServerDescription) {
    this.topologyId = topologyId
    this.address = newDescription.address
    this.previousDescription = previousDescription
    this.newDescription = newDescription
    Object.freeze(this)
  }
}

export class ServerClosedEvent {
  readonly name = 'serverClosed'
  readonly topologyId: number
  readonly address: string

  constructor(topologyId: number, address: string) {
    this.topologyId = topologyId
    this.address = address
    Object.freeze(this)
  }
}

/** What all three say of their check. */
export interface HeartbeatFacts {
  /** `host:port` of the server. */
  readonly address: string
  readonly topologyId: number
  /** The monitor's number for its connection, from 1 for each server; no pool's connection has to do with it. */
  readonly driverConnectionId: number
  /** The server's number for it; undefined until its first reply, and where the server does not tell. */
  readonly serverConnectionId: number | undefined
  /** Whether the server answers only when something changes: its durations are no round-trip times. */
  readonly awaited: boolean
}

abstract class HeartbeatEvent {
  abstract readonly name: string
  /** `host:port` */
  readonly connectionId: string
  readonly topologyId: number
  readonly driverConnectionId: number
  readonly serverConnectionId: number | undefined
  readonly awaited: boolean

  constructor(facts: HeartbeatFacts) {
    this.connectionId = facts.address
    this.topologyId = facts.topologyId
    this.driverConnectionId = facts.driverConnectionId
    this.serverConnectionId = facts.serverConnectionId
    this.awaited = facts.awaited
  }
}

/** Exactly one Succeeded or Failed follows. */
export class ServerHeartbeatStartedEvent extends HeartbeatEvent {
  readonly name = 'serverHeartbeatStarted'

  constructor(facts: HeartbeatFacts) {
    super(facts)
    Object.freeze(this)
  }
}

export class ServerHeartbeatSucceededEvent extends HeartbeatEvent {
  readonly name = 'serverHeartbeatSucceeded'
  /** Monotonic. */
  readonly durationMS: number
  /** The hello's reply. */
  readonly reply: Document

  constructor(facts: HeartbeatFacts, durationMS: number, reply: Document) {
    super(facts)
    this.durationMS = durationMS
    this.reply = reply
    Object.freeze(this)
  }
}

export class ServerHeartbeatFailedEvent extends HeartbeatEvent {
  readonly name = 'serverHeartbeatFailed'
  /** Monotonic. */
  readonly durationMS: number
  readonly failure: Error

  constructor(facts: HeartbeatFacts, durationMS: number, failure: Error) {
    super(facts)
    this.durationMS = durationMS
    this.failure = failure
    Object.freeze(this)
  }
}
