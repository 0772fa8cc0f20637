import type { ObjectId } from '../bson/index.ts'
import type { CheckOutFailure, CloseReason } from './port.ts'

/** The pool options that differ from their defaults. Times in milliseconds. */
export interface NonDefaultPoolOptions {
  readonly maxPoolSize?: number
  readonly minPoolSize?: number
  readonly maxConnecting?: number
  readonly maxIdleTimeMS?: number
  readonly waitQueueTimeoutMS?: number
}

/** What all eleven have. Class names are the manual's, fields the connection pooling specification's. */
abstract class PoolEvent {
  /** The name under which `client.on` knows it. */
  abstract readonly name: string
  /** `host:port` of the pool's server. */
  readonly address: string

  constructor(address: string) {
    this.address = address
  }
}

abstract class ConnectionEvent extends PoolEvent {
  /** From 1 in each pool, in order of creation. */
  readonly connectionId: number

  constructor(address: string, connectionId: number) {
    super(address)
    this.connectionId = connectionId
  }
}

/** A pool was made; nothing is connected yet. */
export class PoolCreatedEvent extends PoolEvent {
  readonly name = 'connectionPoolCreated'
  readonly options: NonDefaultPoolOptions

  constructor(address: string, options: NonDefaultPoolOptions) {
    super(address)
    this.options = Object.freeze({ ...options })
    Object.freeze(this)
  }
}

/** The server was found in order: the pool hands out connections from now on. */
export class PoolReadyEvent extends PoolEvent {
  readonly name = 'connectionPoolReady'

  constructor(address: string) {
    super(address)
    Object.freeze(this)
  }
}

/** All connections became stale, or behind a load balancer those of one backend. */
export class PoolClearedEvent extends PoolEvent {
  readonly name = 'connectionPoolCleared'
  readonly interruptInUseConnections: boolean
  /** The backend behind a load balancer. */
  readonly serviceId: ObjectId | undefined
  /** What the pool was cleared for. */
  readonly error: Error

  constructor(address: string, interruptInUseConnections: boolean, serviceId: ObjectId | undefined, error: Error) {
    super(address)
    this.interruptInUseConnections = interruptInUseConnections
    this.serviceId = serviceId
    this.error = error
    Object.freeze(this)
  }
}

/** The pool was closed, before its server was given up. */
export class PoolClosedEvent extends PoolEvent {
  readonly name = 'connectionPoolClosed'

  constructor(address: string) {
    super(address)
    Object.freeze(this)
  }
}

/** A connection was made, not necessarily for an operation; its socket is not open yet. */
export class ConnectionCreatedEvent extends ConnectionEvent {
  readonly name = 'connectionCreated'

  constructor(address: string, connectionId: number) {
    super(address, connectionId)
    Object.freeze(this)
  }
}

/** The handshake, with authentication, is done: the connection can be used. */
export class ConnectionReadyEvent extends ConnectionEvent {
  readonly name = 'connectionReady'
  /** Since the connection was created. */
  readonly durationMS: number

  constructor(address: string, connectionId: number, durationMS: number) {
    super(address, connectionId)
    this.durationMS = durationMS
    Object.freeze(this)
  }
}

/** A connection was closed; its socket ends now. */
export class ConnectionClosedEvent extends ConnectionEvent {
  readonly name = 'connectionClosed'
  readonly reason: CloseReason
  /** With reason `error`. */
  readonly error: Error | undefined

  constructor(address: string, connectionId: number, reason: CloseReason, error: Error | undefined) {
    super(address, connectionId)
    this.reason = reason
    this.error = error
    Object.freeze(this)
  }
}

/** An operation asks for a connection. */
export class ConnectionCheckOutStartedEvent extends PoolEvent {
  readonly name = 'connectionCheckOutStarted'

  constructor(address: string) {
    super(address)
    Object.freeze(this)
  }
}

/** An operation got no connection. */
export class ConnectionCheckOutFailedEvent extends PoolEvent {
  readonly name = 'connectionCheckOutFailed'
  readonly reason: CheckOutFailure
  /** What the operation was told. */
  readonly error: Error
  /** Since the check-out started. */
  readonly durationMS: number

  constructor(address: string, reason: CheckOutFailure, error: Error, durationMS: number) {
    super(address)
    this.reason = reason
    this.error = error
    this.durationMS = durationMS
    Object.freeze(this)
  }
}

/** An operation got a connection. */
export class ConnectionCheckedOutEvent extends ConnectionEvent {
  readonly name = 'connectionCheckedOut'
  /** Since the check-out started. */
  readonly durationMS: number

  constructor(address: string, connectionId: number, durationMS: number) {
    super(address, connectionId)
    this.durationMS = durationMS
    Object.freeze(this)
  }
}

/** An operation gave its connection back. */
export class ConnectionCheckedInEvent extends ConnectionEvent {
  readonly name = 'connectionCheckedIn'

  constructor(address: string, connectionId: number) {
    super(address, connectionId)
    Object.freeze(this)
  }
}

/** The eleven events of a pool, by the names under which `client.on` knows them. */
export interface PoolEvents {
  connectionPoolCreated: PoolCreatedEvent
  connectionPoolReady: PoolReadyEvent
  connectionPoolCleared: PoolClearedEvent
  connectionPoolClosed: PoolClosedEvent
  connectionCreated: ConnectionCreatedEvent
  connectionReady: ConnectionReadyEvent
  connectionClosed: ConnectionClosedEvent
  connectionCheckOutStarted: ConnectionCheckOutStartedEvent
  connectionCheckOutFailed: ConnectionCheckOutFailedEvent
  connectionCheckedOut: ConnectionCheckedOutEvent
  connectionCheckedIn: ConnectionCheckedInEvent
}

/** Each kind's channel of `node:diagnostics_channel`. */
export const poolEventChannels: Readonly<Record<keyof PoolEvents, string>> = Object.freeze({
  connectionPoolCreated: 'cenote:connection-pool-created',
  connectionPoolReady: 'cenote:connection-pool-ready',
  connectionPoolCleared: 'cenote:connection-pool-cleared',
  connectionPoolClosed: 'cenote:connection-pool-closed',
  connectionCreated: 'cenote:connection-created',
  connectionReady: 'cenote:connection-ready',
  connectionClosed: 'cenote:connection-closed',
  connectionCheckOutStarted: 'cenote:connection-check-out-started',
  connectionCheckOutFailed: 'cenote:connection-check-out-failed',
  connectionCheckedOut: 'cenote:connection-checked-out',
  connectionCheckedIn: 'cenote:connection-checked-in'
})
