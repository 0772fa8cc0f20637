import { decodeDocument, type Document } from '../../src/bson/index.ts'
import { MongoClient, type MongoClientOptions } from '../../src/client/index.ts'
import type { Listener, Target, Transport, TransportHandler } from '../../src/runtime/index.ts'
import type { VirtualRuntime } from '../../src/runtime/virtual/index.ts'
import { targetOf } from './bench.ts'

const usualAddress = 'middleman.test:27017'
const transportOptions = { readBufferBytes: 65_536, keepAliveInitialDelayMS: 0 }
const headerBytes = 16
const bodyAt = headerBytes + 5

type Change = (reply: Uint8Array) => Uint8Array | undefined

/** Stands between clients and a server: sees each request, and may change or swallow its reply. */
export class Middleman {
  /** How long each reply is held back. */
  delayMS = 0
  /** What hellos say through this, in place of the server's own limits. */
  limits: Readonly<Partial<Record<'maxWriteBatchSize' | 'maxMessageSizeBytes' | 'maxWireVersion', number>>> | undefined
  /** Whether hellos say nothing of sessions. */
  hidesSessions = false
  readonly #runtime: VirtualRuntime
  readonly #server: Target
  readonly #address: string
  readonly #requests: Uint8Array[] = []
  readonly #changes = new Map<string, Change>()
  #rewrite: (reply: Uint8Array) => Uint8Array = reply => reply
  readonly #clients: MongoClient[] = []
  readonly #ends = new Set<Transport>()
  /** The connection on which such a command came last. */
  readonly #lastOf = new Map<string, Transport>()
  #listener: Listener | undefined

  constructor(runtime: VirtualRuntime, server: Target, address: string) {
    this.#runtime = runtime
    this.#server = server
    this.#address = address
  }

  /** A client of the server by way of this. */
  client(options: MongoClientOptions = {}): MongoClient {
    const client = new MongoClient(`mongodb://${this.#address}/`, { runtime: this.#runtime, ...options })
    this.#clients.push(client)
    return client
  }

  /** The next reply to the command is what `change` makes of it, header included; undefined: there is none. */
  changeReplyTo(command: string, change: Change): void {
    this.#changes.set(command, change)
  }

  /** Every reply is what `rewrite` makes of it, header included. */
  rewriteReplies(rewrite: (reply: Uint8Array) => Uint8Array): void {
    this.#rewrite = rewrite
  }

  swallowReplyTo(command: string): void {
    this.changeReplyTo(command, () => undefined)
  }

  /** Sends bytes on the connection on which such a command came last. */
  sendUnasked(command: string, bytes: Uint8Array): void {
    this.#lastOf.get(command)?.write(bytes)
  }

  /** The bodies of such commands so far. */
  sent(command: string): Document[] {
    return this.#bodies(command).map(body => decodeDocument(body, 0, body.length))
  }

  /** The keys of the bodies, each as often as it stands there. */
  sentKeys(command: string): string[][] {
    return this.#bodies(command).map(keysOf)
  }

  async listen(): Promise<void> {
    await new Promise<void>(resolve => {
      this.#listener = this.#runtime.network.listen(
        targetOf(this.#address),
        transport => this.#accept(transport),
        () => resolve()
      )
    })
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.close()
    for (const end of this.#ends) end.destroy()
    await new Promise<void>(resolve => this.#listener?.close(resolve))
    while (this.#ends.size > 0) await this.#runtime.sleep(1)
  }

  #bodies(command: string): Uint8Array[] {
    return this.#requests.filter(request => commandOf(request) === command).map(bodyOf)
  }

  #accept(client: Transport): TransportHandler {
    let command = ''
    let waiting: Uint8Array[] | undefined = []
    const server = this.#runtime.network.connect(
      this.#server,
      {
        opened: () => {
          for (const bytes of waiting ?? []) server.write(bytes)
          waiting = undefined
        },
        received: (buffer, length) => this.#answered(client, command, Uint8Array.from(buffer.subarray(0, length))),
        flushed: () => undefined,
        closed: () => {
          this.#ends.delete(server)
          client.destroy()
        }
      },
      transportOptions
    )
    this.#ends.add(server)
    this.#ends.add(client)
    return {
      opened: () => undefined,
      received: (buffer, length) => {
        const bytes = Uint8Array.from(buffer.subarray(0, length))
        command = commandOf(bytes)
        this.#requests.push(bytes)
        this.#lastOf.set(command, client)
        if (waiting === undefined) server.write(bytes)
        else waiting.push(bytes)
      },
      flushed: () => undefined,
      closed: () => {
        this.#ends.delete(client)
        server.destroy()
      }
    }
  }

  #answered(client: Transport, command: string, reply: Uint8Array): void {
    const change = this.#changes.get(command)
    this.#changes.delete(command)
    const bytes = change === undefined ? this.#rewrite(reply) : change(reply)
    if (bytes === undefined) return
    for (const [field, limit] of Object.entries(this.limits ?? {})) overwriteInt32(bytes, field, limit)
    if (this.hidesSessions) renameField(bytes, 'logicalSessionTimeoutMinutes')
    if (this.delayMS === 0) client.write(bytes)
    else void this.#runtime.sleep(this.delayMS).then(() => client.write(bytes))
  }
}

export async function withMiddleman(
  runtime: VirtualRuntime,
  server: string,
  test: (middleman: Middleman) => Promise<void>,
  address: string = usualAddress
): Promise<void> {
  const middleman = new Middleman(runtime, targetOf(server), address)
  await middleman.listen()
  await test(middleman)
  await middleman.close()
}

/** Where the bytes have such a field. */
function overwriteInt32(bytes: Uint8Array, field: string, value: number): void {
  const key = Buffer.from(`\x10${field}\0`)
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(key)
  if (at >= 0) new DataView(bytes.buffer, bytes.byteOffset).setInt32(at + key.length, value, true)
}

/** To one that nobody knows. */
function renameField(bytes: Uint8Array, field: string): void {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(`${field}\0`)
  if (at >= 0) bytes.fill('x'.charCodeAt(0), at, at + field.length)
}

function bodyOf(message: Uint8Array): Uint8Array {
  const length = new DataView(message.buffer, message.byteOffset).getInt32(bodyAt, true)
  return message.subarray(bodyAt, bodyAt + length)
}

/** The first key of the body: what lies behind the document's length and the element's type. */
function commandOf(message: Uint8Array): string {
  return keysOf(bodyOf(message))[0] ?? ''
}

const sizes: Readonly<Record<number, number>> = { 1: 8, 7: 12, 8: 1, 9: 8, 16: 4, 17: 8, 18: 8, 19: 16, 10: 0 }

function keysOf(body: Uint8Array): string[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const keys: string[] = []
  for (let at = 4; body[at] !== 0 && at < body.length; ) {
    const type = body[at] ?? 0
    const end = body.indexOf(0, at + 1)
    keys.push(Buffer.from(body.subarray(at + 1, end)).toString())
    at = end + 1
    if (type === 2) at += 4 + view.getInt32(at, true)
    else if (type === 3 || type === 4) at += view.getInt32(at, true)
    else if (type === 5) at += 5 + view.getInt32(at, true)
    else at += sizes[type] ?? 0
  }
  return keys
}
