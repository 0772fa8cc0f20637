import type { ObjectId } from '../bson/index.ts'

/** What a connection is for. Only those of a pool carry operations, and only those can authenticate. */
export type ConnectionPurpose = 'pool' | 'monitor' | 'roundTripTime'

/** Limits that the server gave in the hello of this very connection. */
export interface ConnectionLimits {
  readonly documentBytesMax: number
  readonly messageBytesMax: number
  readonly batchCountMax: number
  readonly wireVersionMax: number
}

/** A socket that has shaken hands. It carries one command at a time. */
export interface Connection {
  /** The driver's number for it: from 1 in each pool, in order of creation. */
  readonly id: number
  /** `host:port` of the server. */
  readonly address: string
  readonly purpose: ConnectionPurpose
  /** The backend behind a load balancer, from its hello. */
  readonly serviceId: ObjectId | undefined
  readonly limits: ConnectionLimits
  /** Set once the socket closed or failed, a command was abandoned, or bytes came that nobody asked for. */
  readonly broken: Error | undefined
  /** Called once, in a turn of its own, when the connection breaks while it carries no command. */
  onBroken: ((error: Error) => void) | undefined
  /** The caller no longer waits for the reply: the socket closes, and no late reply is ever delivered. */
  abandon(error: Error): void
  close(): void
}

/** How far an attempt to connect had come; what an error does to the topology hangs on it. */
export type EstablishPhase = 'connect' | 'hello' | 'auth'

export interface EstablishRequest {
  readonly id: number
  readonly purpose: ConnectionPurpose
}

/** Exactly one of the two is called, never before `Establish` has returned and never after its `Cancel` was called. */
export interface EstablishHandler {
  established(connection: Connection): void
  failed(error: Error, phase: EstablishPhase): void
}

/** TCP, TLS, hello and authentication with one server, within `connectTimeoutMS`. */
export type Establish = (request: EstablishRequest, handler: EstablishHandler) => Cancel

/** Ends the attempt at once, in whatever stage it is. Idempotent. */
export type Cancel = () => void
