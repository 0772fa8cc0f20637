import { MongoCompatibilityError, MongoNetworkError } from '../errors/index.ts'
import {
  type ClientTLS,
  type Clock,
  type DeadlineEntry,
  type Deadlines,
  type Runtime,
  type SOCKS5Proxy,
  type Target,
  TransportError,
  type TransportStage
} from '../runtime/index.ts'
import type { RequestIds, WireCompressor } from '../wire/index.ts'
import { Authentication, type AuthenticationHandler, type AuthenticationSetup } from './authentication.ts'
import type { Establish, EstablishHandler, EstablishPhase, EstablishRequest } from './connection.ts'
import { establishTimeout } from './failures.ts'
import { type Handshake, HelloExchange, type HelloHandler } from './hello.ts'
import type { HelloReply } from './hello_reply.ts'
import { SocketConnection } from './socket_connection.ts'
import type { SocketLedger } from './socket_ledger.ts'
import { incompatibility } from './wire_versions.ts'

/** What the attempts to connect to one server share. */
export interface EstablisherSetup {
  readonly runtime: Pick<Runtime, 'network' | 'clock'>
  readonly deadlines: Deadlines
  readonly target: Target
  /** `host:port`, as messages show it. */
  readonly address: string
  /** Absent: plain text. */
  readonly tls?: ClientTLS | undefined
  /** Absent: directly. */
  readonly proxy?: SOCKS5Proxy | undefined
  /** For all stages together; 0: no limit. */
  readonly connectTimeoutMS: number
  /** The encoded `client` document, asked for at each attempt. */
  readonly metadata: () => Uint8Array
  readonly loadBalanced: boolean
  readonly requestIds: RequestIds
  /**
   * Offered to the server, in order of preference; absent: none. Monitors offer none, since they send nothing but hellos, which
   * are never compressed.
   */
  readonly compressors?: readonly WireCompressor[] | undefined
  /** The fields that declare the Stable API, as `encodeServerApi` makes them. */
  readonly serverApi?: Uint8Array | undefined
  /** Undefined: nobody authenticates. Connections of monitors never do. */
  readonly authentication?: AuthenticationSetup | undefined
  /** Told of every socket. */
  readonly ledger?: SocketLedger
}

/** In these stages a failure is no sign of overload: nothing that the server does, or a retry, would mend it. */
const unlabelledStages: readonly TransportStage[] = ['lookup', 'certificate', 'proxy']

/** Connections to one server; each call is one attempt. */
export function establisher(setup: EstablisherSetup): Establish {
  return (request, handler) => {
    const attempt = new Attempt(setup, request, handler)
    return () => attempt.cancel()
  }
}

/** One attempt, from the dial until the server has accepted the user, under one deadline. */
class Attempt implements HelloHandler, AuthenticationHandler, DeadlineEntry {
  deadlineMS = 0
  deadlinePrevious: DeadlineEntry | undefined = undefined
  deadlineNext: DeadlineEntry | undefined = undefined
  deadlineList: unknown = undefined

  readonly #setup: EstablisherSetup
  readonly #clock: Clock
  readonly #connection: SocketConnection
  readonly #compressors: readonly WireCompressor[]
  readonly #authentication: Authentication | undefined
  /** Undefined once it was told the outcome, or the attempt was cancelled: nothing is told any more. */
  #handler: EstablishHandler | undefined
  #phase: EstablishPhase = 'connect'

  constructor(setup: EstablisherSetup, request: EstablishRequest, handler: EstablishHandler) {
    this.#setup = setup
    this.#clock = setup.runtime.clock
    this.#handler = handler
    const { target, address, tls, proxy, requestIds, serverApi } = setup
    const { ledger, deadlines, connectTimeoutMS, authentication } = setup
    this.#authentication =
      authentication === undefined || request.purpose !== 'pool' ? undefined : new Authentication(authentication, this)
    this.#compressors = request.purpose === 'pool' ? (setup.compressors ?? []) : []
    this.#connection = new SocketConnection(
      {
        network: setup.runtime.network,
        target,
        address,
        tls,
        proxy,
        requestIds,
        compressors: this.#compressors,
        serverApi,
        ledger
      },
      request
    )
    this.#connection.onOpened = () => this.#opened()
    this.#connection.onBroken = error => this.#failed(error)
    if (connectTimeoutMS > 0) deadlines.add(this, connectTimeoutMS)
  }

  cancel(): void {
    if (this.#settle() !== undefined) this.#connection.close()
  }

  expired(): void {
    const { name, activity } = this.#connection
    this.#failed(establishTimeout(name, activity, this.#setup.connectTimeoutMS))
  }

  helloReplied(hello: HelloReply, durationMS: number): void {
    const refusal = this.#connection.broken ?? this.#refusalOf(hello)
    if (refusal !== undefined) {
      this.#failed(refusal)
      return
    }
    const connection = this.#connection
    const serviceId = this.#setup.loadBalanced ? hello.serviceId : undefined
    connection.shookHands(hello, durationMS, serviceId)
    if (serviceId !== undefined) this.#handler?.greeted?.(serviceId)
    if (this.#authentication === undefined) {
      this.#settle()?.established(connection)
      return
    }
    this.#phase = 'auth'
    connection.authenticating = true
    this.#authentication.start(hello.document, connection)
  }

  helloFailed(error: Error): void {
    this.#failed(error)
  }

  authenticated(): void {
    const connection = this.#connection
    if (connection.broken !== undefined) {
      this.#failed(connection.broken)
      return
    }
    connection.authenticating = false
    this.#settle()?.established(connection)
  }

  authenticationFailed(error: Error): void {
    this.#failed(error)
  }

  #opened(): void {
    this.#phase = 'hello'
    const { loadBalanced, metadata } = this.#setup
    const authentication = this.#authentication
    const handshake: Handshake = {
      metadata,
      loadBalanced,
      compressors: this.#compressors.map(({ name }) => name),
      authentication: authentication === undefined ? undefined : body => authentication.writeInHello(body)
    }
    this.#connection.start(new HelloExchange(this.#clock, { legacy: !loadBalanced, handshake }, this))
  }

  /** Only where operations will run: what a monitor hears is judged by the topology. */
  #refusalOf(hello: HelloReply): Error | undefined {
    const { purpose, address } = this.#connection
    if (this.#setup.loadBalanced && hello.serviceId === undefined) {
      return new MongoCompatibilityError(
        'Driver attempted to initialize in load balancing mode, but the server does not support this mode.'
      )
    }
    const problem = purpose === 'pool' ? incompatibility(address, hello) : undefined
    return problem === undefined ? undefined : new MongoCompatibilityError(problem)
  }

  #failed(error: Error): void {
    const handler = this.#settle()
    if (handler === undefined) return
    this.#connection.close()
    if (this.#connection.purpose === 'pool' && this.#phase !== 'auth' && mayBeOverload(error)) {
      error.addErrorLabel('SystemOverloadedError')
      error.addErrorLabel('RetryableError')
    }
    handler.failed(error, this.#phase)
  }

  /** Returns who is to be told, once. */
  #settle(): EstablishHandler | undefined {
    const handler = this.#handler
    this.#handler = undefined
    this.#setup.deadlines.remove(this)
    this.#connection.onOpened = undefined
    this.#connection.onBroken = undefined
    return handler
  }
}

/** Sources: the connection pooling specification and that of client backpressure. */
function mayBeOverload(error: Error): error is MongoNetworkError {
  if (!(error instanceof MongoNetworkError)) return false
  const { cause } = error
  return !(cause instanceof TransportError && unlabelledStages.includes(cause.stage))
}
