/** A server that answers what the test says. It accepts on any Runtime's network and reads messages with `wire/`. */
import type { Document } from '../../src/bson/index.ts'
import type { Listener, Runtime, Target, Transport, TransportHandler } from '../../src/runtime/index.ts'
import { FrameReader, type MessageSink } from '../../src/wire/index.ts'
import { helloDocument, messageBytes, type ReadRequest, readRequest, replyBytes } from './messages.ts'

export interface Script {
  accepted?(peer: ScriptedPeer): void
  /** Any bytes, before they are read as messages; with this hook they are not. */
  bytes?(peer: ScriptedPeer): void
  request?(request: ReadRequest, peer: ScriptedPeer): void
}

/** Answers everything as a healthy standalone does. */
export const healthy: Script = {
  request: (request, peer) => peer.reply(request, helloDocument)
}

/** Of the server's side of one connection. */
export class ScriptedPeer implements TransportHandler, MessageSink {
  readonly transport: Transport
  readonly requests: ReadRequest[] = []
  ended = false
  readonly #script: Script
  readonly #reader = new FrameReader('client.test')

  constructor(transport: Transport, script: Script) {
    this.transport = transport
    this.#script = script
  }

  reply(request: ReadRequest, document: Document = {}): void {
    this.transport.write(replyBytes({ responseTo: request.requestId }, document))
  }

  refuse(request: ReadRequest, error: Document): void {
    this.transport.write(messageBytes({ responseTo: request.requestId }, { ok: 0, ...error }))
  }

  opened(): void {
    this.#script.accepted?.(this)
  }

  received(buffer: Uint8Array, length: number): void {
    if (this.#script.bytes !== undefined) this.#script.bytes(this)
    else this.#reader.feed(buffer, length, this)
  }

  message(bytes: Uint8Array, start: number, end: number): void {
    const request = readRequest(Uint8Array.prototype.slice.call(bytes, start, end))
    this.requests.push(request)
    this.#script.request?.(request, this)
  }

  flushed(): void {}

  closed(): void {
    this.ended = true
  }
}

export class ScriptedServer {
  readonly peers: ScriptedPeer[] = []
  readonly #listener: Listener

  private constructor(listener: Listener) {
    this.#listener = listener
  }

  static listen(runtime: Runtime, target: Target, script: Script): Promise<{ server: ScriptedServer; bound: Target }> {
    return new Promise((resolve, reject) => {
      const listener = runtime.network.listen(
        target,
        transport => {
          const peer = new ScriptedPeer(transport, script)
          server.peers.push(peer)
          return peer
        },
        (error, bound) => (error === undefined ? resolve({ server, bound }) : reject(error))
      )
      const server = new ScriptedServer(listener)
    })
  }

  close(): Promise<void> {
    for (const peer of this.peers) peer.transport.destroy()
    return new Promise(resolve => this.#listener.close(resolve))
  }
}
