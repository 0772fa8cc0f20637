/** A network worked by hand: the test says when bytes come and go, and everything happens in its own call stack. */
import assert from 'node:assert/strict'
import type { Document } from '../../src/bson/index.ts'
import {
  type Connection,
  type ConnectionPurpose,
  establisher,
  type EstablishHandler,
  type EstablishPhase
} from '../../src/connection/index.ts'
import {
  Deadlines,
  type Listener,
  type Network,
  type Target,
  type Transport,
  TransportError,
  type TransportHandler,
  type TransportOptions
} from '../../src/runtime/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { RequestIds, type WireCompressor } from '../../src/wire/index.ts'
import { helloDocument, type ReadRequest, readRequest, replyBytes } from './messages.ts'

export const address = 'db1.test:27017'
export const target: Target = { kind: 'tcp', host: 'db1.test', port: 27017 }
export const noMetadata: Uint8Array = Uint8Array.of(5, 0, 0, 0, 0)

export class HandTransport implements Transport {
  readonly handler: TransportHandler
  readonly options: TransportOptions
  /** As they were lent: views of the connection's buffers. */
  readonly writes: Uint8Array[] = []
  unflushedBytes = 0
  stage: Transport['stage'] = 'connect'
  readonly peerSubject = undefined
  destroyed = 0
  readonly refs: boolean[] = []

  constructor(handler: TransportHandler, options: TransportOptions) {
    this.handler = handler
    this.options = options
  }

  write(bytes: Uint8Array): void {
    this.writes.push(bytes)
  }

  pause(): void {}

  resume(): void {}

  setRef(on: boolean): void {
    this.refs.push(on)
  }

  destroy(): void {
    this.destroyed++
  }

  get lastRequest(): ReadRequest {
    return readRequest(this.writes.at(-1)!)
  }

  /** The bytes arrive; the lent buffer is overwritten afterwards. */
  receive(...chunks: readonly Uint8Array[]): void {
    const bytes = Buffer.concat(chunks)
    try {
      this.handler.received(bytes, bytes.length)
    } finally {
      bytes.fill(0xdd)
    }
  }

  fail(code: string): TransportError {
    const error = new TransportError(`The connection to ${address} failed: read ${code}`, 'open', code)
    this.handler.closed(error)
    return error
  }
}

export class HandNetwork implements Network {
  readonly transports: HandTransport[] = []

  connect(_target: Target, handler: TransportHandler, options: TransportOptions): Transport {
    const transport = new HandTransport(handler, options)
    this.transports.push(transport)
    return transport
  }

  listen(): Listener {
    throw new Error('nobody listens on a network worked by hand')
  }
}

export class Outcome implements EstablishHandler {
  connection: Connection | undefined
  error: Error | undefined
  phase: EstablishPhase | undefined

  established(connection: Connection): void {
    this.connection = connection
  }

  failed(error: Error, phase: EstablishPhase): void {
    this.error = error
    this.phase = phase
  }
}

export interface HandConnection {
  readonly connection: Connection
  readonly transport: HandTransport
  /** What `onBroken` was told. */
  readonly broken: Error[]
}

/** An established connection, its hello answered with `hello` over what a server usually says. */
export function handConnection(hello: Document = {}, purpose: ConnectionPurpose = 'pool'): HandConnection {
  const { transport, outcome } = handDial({ purpose })
  transport.receive(replyBytes({ responseTo: transport.lastRequest.requestId }, { ...helloDocument, ...hello }))
  const { connection } = outcome
  assert(connection, outcome.error)
  const broken: Error[] = []
  connection.onBroken = error => broken.push(error)
  return { connection, transport, broken }
}

export interface HandDial {
  readonly transport: HandTransport
  readonly outcome: Outcome
}

/** A connection whose hello has been sent, and not answered. */
export function handDial(options: {
  readonly purpose?: ConnectionPurpose
  readonly compressors?: readonly WireCompressor[]
}): HandDial {
  const network = new HandNetwork()
  const { clock, timers } = virtualRuntime({ seed: 1 })
  const outcome = new Outcome()
  establisher({
    runtime: { network, clock },
    deadlines: new Deadlines(clock, timers),
    target,
    address,
    connectTimeoutMS: 0,
    metadata: () => noMetadata,
    loadBalanced: false,
    requestIds: new RequestIds(100),
    compressors: options.compressors
  })({ id: 3, purpose: options.purpose ?? 'pool' }, outcome)
  const transport = network.transports[0]!
  transport.handler.opened()
  return { transport, outcome }
}
