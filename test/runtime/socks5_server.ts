import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export interface SOCKS5ServerOptions {
  /** Who is let through; absent: everybody, and nobody is asked. */
  readonly user?: { readonly username: string; readonly password: string }
  /** `host:port` as a client asks for it → port of this machine. What is not here is dialled on loopback, whatever its name. */
  readonly map?: Readonly<Record<string, number>>
  /** Answers a greeting with these bytes instead, and does no more. */
  readonly greets?: Uint8Array
  /** Answers a request with this code of a refusal. */
  readonly refuses?: number
  /** Says nothing to a greeting. */
  readonly silent?: boolean
}

/** A SOCKS5 proxy on loopback, that tells whom it led where. */
export class SOCKS5Server {
  /** What clients asked for: `host:port`. */
  readonly asked: string[] = []
  /** User names that were shown. */
  readonly users: string[] = []
  readonly #options: SOCKS5ServerOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  static async listen(options: SOCKS5ServerOptions = {}): Promise<SOCKS5Server> {
    const proxy = new SOCKS5Server(options)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  private constructor(options: SOCKS5ServerOptions) {
    this.#options = options
    this.#server = createServer(socket => void this.#serve(socket).catch(() => socket.destroy()))
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Clients that are connected now. */
  get connections(): number {
    return this.#sockets.size
  }

  /** Idempotent. */
  async close(): Promise<void> {
    if (!this.#server.listening) return
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #serve(socket: Socket): Promise<void> {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => undefined)
    const read = reader(socket)
    const [, count = 0] = await read(2)
    const methods = [...(await read(count))]
    const { greets, silent, user, refuses } = this.#options
    if (silent === true) return
    if (greets !== undefined) {
      socket.end(greets)
      return
    }
    const method = user === undefined ? 0 : 2
    if (!methods.includes(method)) {
      socket.end(Uint8Array.of(5, 0xff))
      return
    }
    socket.write(Uint8Array.of(5, method))
    if (user !== undefined && !(await this.#authenticate(socket, read, user))) return
    await read(3)
    const host = await hostFrom(read)
    const port = (await read(2)).readUInt16BE(0)
    this.asked.push(`${host}:${port}`)
    if (refuses === undefined) this.#lead(socket, this.#options.map?.[`${host}:${port}`] ?? port)
    else socket.end(Uint8Array.of(5, refuses, 0, 1, 0, 0, 0, 0, 0, 0))
  }

  async #authenticate(socket: Socket, read: Read, user: NonNullable<SOCKS5ServerOptions['user']>): Promise<boolean> {
    const [, length = 0] = await read(2)
    const username = (await read(length)).toString()
    this.users.push(username)
    const [passwordLength = 0] = await read(1)
    const password = (await read(passwordLength)).toString()
    const known = username === user.username && password === user.password
    if (known) socket.write(Uint8Array.of(1, 0))
    else socket.end(Uint8Array.of(1, 1))
    return known
  }

  #lead(socket: Socket, port: number): void {
    const server = connect({ host: '127.0.0.1', port })
    this.#sockets.add(server)
    server.on('error', () => socket.end(Uint8Array.of(5, 5, 0, 1, 0, 0, 0, 0, 0, 0)))
    server.on('close', () => {
      this.#sockets.delete(server)
      socket.destroy()
    })
    socket.on('close', () => server.destroy())
    server.once('connect', () => {
      socket.write(Uint8Array.of(5, 0, 0, 3, 1, 0x78, 0, 0))
      server.pipe(socket)
      socket.pipe(server)
    })
  }
}

type Read = (length: number) => Promise<Buffer>

/** Takes bytes one request after the other, and leaves what follows in the socket. */
function reader(socket: Socket): Read {
  return async length => {
    for (;;) {
      const bytes: unknown = length === 0 ? Buffer.alloc(0) : socket.read(length)
      if (bytes instanceof Buffer) return bytes
      await Promise.race([
        once(socket, 'readable'),
        once(socket, 'close').then(() => Promise.reject(new Error('closed')))
      ])
    }
  }
}

async function hostFrom(read: Read): Promise<string> {
  const [type] = await read(1)
  if (type === 1) return [...(await read(4))].join('.')
  if (type === 4) return `[${(await read(16)).toString('hex')}]`
  const [length = 0] = await read(1)
  return (await read(length)).toString()
}
