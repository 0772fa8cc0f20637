import type { ObjectId } from '../bson/index.ts'
import type { MessageWriter, Reply } from '../wire/index.ts'
import type { ConnectionLimits, HelloReply } from './hello_reply.ts'

/** What a connection is for. Only those of a pool carry operations, and only those can authenticate. */
export type ConnectionPurpose = 'pool' | 'monitor' | 'roundTripTime'

/**
 * One command on a connection: an operation, a hello, a killCursors each are one, so that sending a command makes no
 * object. Exactly one of `failed`, `sent` and a last `replied` (one without `moreToCome`) ends it; when it is called the
 * connection is free for the next exchange, or broken.
 */
export interface Exchange {
  /**
   * Returns the finished message; `message` is lent until the exchange ends. What it throws is given to `failed`, and the
   * connection goes on as if nothing had been started.
   */
  write(message: MessageWriter, requestId: number, connection: Connection): Uint8Array
  /** False: the message says moreToCome, no reply will come, and `sent` ends the exchange. */
  readonly expectsReply: boolean
  /**
   * `reply` is lent for the call. With `reply.moreToCome` it is called again. A `WireViolationError` that it throws, as
   * reading a malformed reply does, breaks the connection and is given to `failed`: read first, then act. Anything else
   * that it throws is a fault of the driver: the connection breaks and the fault surfaces.
   */
  replied(reply: Reply, connection: Connection): void
  /** `wrote`: whether a byte may have reached the server. May be called before `start` has returned. */
  failed(error: Error, wrote: boolean, connection: Connection): void
  /** Only when `expectsReply` is false: all bytes have been handed to the operating system. */
  sent(connection: Connection): void
}

/** A socket that has shaken hands. It carries one command at a time. */
export interface Connection {
  /** The driver's number for it: from 1 in each pool, in order of creation. */
  readonly id: number
  /** `host:port` of the server. */
  readonly address: string
  readonly purpose: ConnectionPurpose
  /** What the server said of itself in the hello of this very connection. */
  readonly hello: HelloReply
  readonly limits: ConnectionLimits
  /** The fields that declare the Stable API, encoded, for every command; undefined: none is declared. */
  readonly serverApi: Uint8Array | undefined
  /** From sending the hello to its reply: a sample of the round-trip time. */
  readonly helloDurationMS: number
  /** The backend behind a load balancer, from its hello; undefined where no load balancer was declared. */
  readonly serviceId: ObjectId | undefined
  /** Set once the socket closed or failed, a command was abandoned, or bytes came that nobody asked for. */
  readonly broken: Error | undefined
  /**
   * Called once, in a turn of its own, when the connection breaks while it carries no command; not for `abandon` and
   * `close`, whose callers know.
   */
  onBroken: ((error: Error) => void) | undefined
  /**
   * Sends a command: synchronous up to the socket. On a broken connection the exchange fails at once.
   * @throws {MongoRuntimeError} while another exchange runs: a fault of the driver.
   */
  start(exchange: Exchange): void
  /** The caller no longer waits: a running exchange fails with this very error, the socket closes, no late reply is ever delivered. */
  abandon(error: Error): void
  /** Closes the socket. A running exchange fails with a network error that says so. Idempotent. */
  close(): void
  /** Whether the socket keeps the process alive (true at first). */
  setRef(on: boolean): void
}

/** How far an attempt to connect had come; what an error does to the topology hangs on it. */
export type EstablishPhase = 'connect' | 'hello' | 'auth'

export interface EstablishRequest {
  readonly id: number
  readonly purpose: ConnectionPurpose
}

/**
 * Exactly one of `established` and `failed` is called, never before `Establish` has returned and never after its `Cancel` was
 * called.
 */
export interface EstablishHandler {
  /** Behind a load balancer, before the two: the reply to the hello has named the backend. */
  greeted?(serviceId: ObjectId): void
  established(connection: Connection): void
  failed(error: Error, phase: EstablishPhase): void
}

/** TCP, TLS, hello and authentication with one server, within `connectTimeoutMS`. */
export type Establish = (request: EstablishRequest, handler: EstablishHandler) => Cancel

/** Ends the attempt at once, in whatever stage it is. Idempotent. */
export type Cancel = () => void
