import { type Document, encodeDocument, ObjectId } from '../../src/bson/index.ts'
import type { Listener, Runtime, Target, Transport, TransportHandler } from '../../src/runtime/index.ts'
import { FrameReader, Message, MessageWriter } from '../../src/wire/index.ts'

const routerHello: Document = {
  ok: 1,
  isWritablePrimary: true,
  msg: 'isdbgrid',
  helloOk: true,
  minWireVersion: 0,
  maxWireVersion: 25,
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  logicalSessionTimeoutMinutes: 30
}

/** One backend behind a load balancer. */
const serviceId = new ObjectId('66f000000000000000000001')

/** Answers as a `mongos` does, to hello and ping: what a router of the embedded deployment would be, if it had one. */
export class Router {
  readonly #open = new Set<Transport>()
  readonly #balanced: boolean
  #listener: Listener | undefined

  static async listen(runtime: Pick<Runtime, 'network'>, target: Target, balanced: boolean): Promise<Router> {
    const router = new Router(balanced)
    await new Promise<void>((resolve, reject) => {
      const done = (error: Error | undefined): void => (error === undefined ? resolve() : reject(error))
      router.#listener = runtime.network.listen(target, transport => router.#accept(transport), done)
    })
    return router
  }

  private constructor(balanced: boolean) {
    this.#balanced = balanced
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#open.size
  }

  async close(): Promise<void> {
    for (const transport of this.#open) transport.destroy()
    await new Promise<void>(resolve => this.#listener?.close(resolve))
  }

  #accept(transport: Transport): TransportHandler {
    this.#open.add(transport)
    const reader = new FrameReader('client')
    const sink = {
      message: (bytes: Uint8Array, start: number, end: number) => this.#answer(transport, bytes, start, end)
    }
    return {
      opened: () => undefined,
      received: (buffer, length) => reader.feed(buffer, length, sink),
      flushed: () => undefined,
      closed: () => this.#open.delete(transport)
    }
  }

  #answer(transport: Transport, bytes: Uint8Array, start: number, end: number): void {
    const request = new Message('client')
    request.read(bytes, start, end)
    const [command = ''] = Object.keys(request.document({}))
    const writer = new MessageWriter()
    const encoded = encodeDocument(this.#replyTo(command))
    writer.begin(1, 0, request.requestId).append(encoded.subarray(4, encoded.length - 1))
    writer.endBody()
    transport.write(Uint8Array.from(writer.finish()))
  }

  #replyTo(command: string): Document {
    if (/^(?:hello|ismaster)$/i.test(command)) return this.#balanced ? { ...routerHello, serviceId } : routerHello
    if (command === 'ping' || command === 'endSessions') return { ok: 1 }
    return { ok: 0, code: 59, codeName: 'CommandNotFound', errmsg: `this router has no command "${command}"` }
  }
}
