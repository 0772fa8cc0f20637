/** The same assertions on both Runtimes: real loopback sockets, and the network in memory. */
import dns from 'node:dns'
import { mock, test } from 'node:test'
import type {
  Listener,
  Runtime,
  Target,
  Transport,
  TransportError,
  TransportHandler,
  TransportOptions
} from '../../src/runtime/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'

export const options: TransportOptions = { readBufferBytes: 16 * 1024, keepAliveInitialDelayMS: 120_000 }
export const anyPort: Target = { kind: 'tcp', host: '127.0.0.1', port: 0 }

export function onBoth(name: string, body: (runtime: Runtime) => Promise<void>): void {
  test(`Node: ${name}`, () => body(nodeRuntime()))
  test(`virtual: ${name}`, () => {
    const runtime = virtualRuntime({ seed: 1, fragment: 0.3 })
    return runtime.run(() => body(runtime))
  })
}

/** Writes down what it is told, and lets a test wait for it. */
export class Recorder implements TransportHandler {
  readonly calls: string[] = []
  text = ''
  error: TransportError | undefined
  wantsFlushed = true
  /** Called first, with each call's name. */
  hook: ((call: string) => void) | undefined
  #waiting: { holds: () => boolean; resolve: () => void }[] = []

  opened(): void {
    this.#told('opened')
  }

  received(buffer: Uint8Array, length: number): void {
    this.text += Buffer.from(buffer.buffer, buffer.byteOffset, length).toString('latin1')
    this.#told('received')
  }

  flushed(): void {
    this.#told('flushed')
  }

  closed(error: TransportError | undefined): void {
    this.error = error
    this.#told('closed')
  }

  count(call: string): number {
    return this.calls.filter(each => each === call).length
  }

  async until(holds: () => boolean): Promise<void> {
    if (holds()) return
    await new Promise<void>(resolve => this.#waiting.push({ holds, resolve }))
  }

  told(call: string): Promise<void> {
    return this.until(() => this.calls.includes(call))
  }

  #told(call: string): void {
    this.calls.push(call)
    this.hook?.(call)
    const met = this.#waiting.filter(each => each.holds())
    this.#waiting = this.#waiting.filter(each => !met.includes(each))
    for (const each of met) each.resolve()
  }
}

export interface Accepted {
  readonly transport: Transport
  readonly recorder: Recorder
  readonly peer: string
}

export class Server {
  readonly listener: Listener
  readonly bound: Target
  readonly accepted: Accepted[]

  constructor(listener: Listener, bound: Target, accepted: Accepted[]) {
    this.listener = listener
    this.bound = bound
    this.accepted = accepted
  }

  close(): Promise<void> {
    return new Promise(resolve => this.listener.close(resolve))
  }
}

/** Listens, and records every accepted connection. */
export function serve(
  runtime: Runtime,
  target: Target = anyPort,
  prepare: (connection: Accepted) => void = () => undefined
): Promise<Server> {
  const accepted: Accepted[] = []
  return new Promise((resolve, reject) => {
    const listener = runtime.network.listen(
      target,
      (transport, peer) => {
        const connection = { transport, recorder: new Recorder(), peer }
        prepare(connection)
        accepted.push(connection)
        return connection.recorder
      },
      (error, bound) => {
        if (error === undefined) resolve(new Server(listener, bound, accepted))
        else reject(error)
      }
    )
  })
}

/** One open connection, both ends. */
export async function connected(
  runtime: Runtime,
  server: Server
): Promise<{ client: Transport; recorder: Recorder; far: Accepted }> {
  const recorder = new Recorder()
  const before = server.accepted.length
  const client = runtime.network.connect(server.bound, recorder, options)
  await recorder.told('opened')
  // Node may tell the dialling end first.
  if (server.accepted.length === before) await nextAccept(runtime, server, before)
  return { client, recorder, far: server.accepted[before]! }
}

async function nextAccept(runtime: Runtime, server: Server, before: number): Promise<void> {
  while (server.accepted.length === before) await turn(runtime)
}

/** A turn of the Runtime's own, by a timer whose time has passed. */
export function turn(runtime: Runtime): Promise<void> {
  return new Promise(resolve => runtime.timers.create(resolve).armAt(runtime.clock.nowMS()))
}

/** From now on every name has these addresses; gives back the way to Node's own look-up. */
export function everyNameHas(addresses: readonly string[]): () => void {
  const mocked = mock.method(dns, 'lookup', (...call: unknown[]) => {
    const told = call.at(-1) as (error: null, found: readonly { address: string; family: number }[]) => void
    setImmediate(
      told,
      null,
      addresses.map(address => ({ address, family: 4 }))
    )
  })
  return () => mocked.mock.restore()
}

export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}
