import { type OnReadOpts, Socket } from 'node:net'
import { addressOf, hostAndPort } from '../failures.ts'
import { type SOCKS5Proxy, type Target, type Transport, TransportError, type TransportOptions } from '../runtime.ts'
import { asError, type Dial, failureWhenOpen, reasonOf, socketOptions } from './dial.ts'
import { SOCKS5Handshake } from './socks5.ts'
import { TLSDial } from './tls_dial.ts'

/** A socket to a proxy, which leads to the target once the proxy has said so; then TLS goes over it, if it is asked for. */
export class ProxiedDial implements Dial {
  readonly #target: Target
  readonly #options: TransportOptions
  readonly #proxy: SOCKS5Proxy
  readonly #socket: Socket
  readonly #handshake: SOCKS5Handshake
  #tls: TLSDial | undefined
  #stage: Transport['stage'] = 'proxy'
  #opened: () => void = () => undefined
  #replaced: (socket: Socket) => void = () => undefined
  readonly peerSubject = undefined

  constructor(target: Target, options: TransportOptions, proxy: SOCKS5Proxy, onread: OnReadOpts) {
    this.#target = target
    this.#options = options
    this.#proxy = proxy
    // A path would be one of this machine, which no proxy reaches.
    this.#handshake = new SOCKS5Handshake(target.kind === 'tcp' ? target : { host: '', port: 0 }, proxy.credentials)
    // Below TLS Node reads in its own way.
    this.#socket = new Socket(socketOptions(options, options.tls === undefined ? onread : undefined))
    if (options.tls !== undefined) this.#socket.on('data', this.#heard)
    this.#socket.once('connect', () => this.#socket.write(this.#handshake.greeting()))
    // Before the transport takes it for the end of an open connection.
    this.#socket.once('end', () => {
      if (this.stage === 'proxy') this.#fail('it closed the connection')
    })
    this.#connect()
  }

  get socket(): Socket {
    return this.#tls?.socket ?? this.#socket
  }

  get stage(): Transport['stage'] {
    return this.#tls?.stage ?? this.#stage
  }

  whenOpen(opened: () => void): void {
    this.#opened = opened
  }

  whenReplaced(replaced: (socket: Socket) => void): void {
    this.#replaced = replaced
  }

  /** Bytes that came before the connection was open: they are the proxy's. */
  early(bytes: Uint8Array): void {
    const step = this.#handshake.received(bytes)
    switch (step.do) {
      case 'wait':
        return
      case 'send':
        this.#socket.write(step.bytes)
        return
      case 'fail':
        this.#fail(step.reason)
        return
      case 'open':
        this.#reached()
        return
    }
  }

  failure(error: NodeJS.ErrnoException): TransportError {
    if (error instanceof TransportError) return error
    if (this.#tls !== undefined) return this.#tls.failure(error)
    if (this.#stage === 'open') return failureWhenOpen(`to ${addressOf(this.#target)}`, error)
    return this.#failure(reasonOf(error), error)
  }

  readonly #heard = (chunk: Buffer): void => this.early(chunk)

  #connect(): void {
    const { host, port } = this.#proxy
    try {
      if (this.#target.kind === 'unix') throw new Error('a UNIX domain socket is not reached through a proxy')
      this.#socket.connect({ host, port })
    } catch (error) {
      // As any other failure, later.
      setImmediate(() => this.#socket.destroy(asError(error)))
    }
  }

  #reached(): void {
    if (this.#options.tls === undefined) {
      this.#stage = 'open'
      this.#opened()
      return
    }
    this.#socket.off('data', this.#heard)
    this.#socket.pause()
    this.#tls = new TLSDial(this.#target, this.#options, { below: this.#socket })
    this.#tls.whenOpen(this.#opened)
    this.#replaced(this.#tls.socket)
  }

  #fail(reason: string): void {
    this.#socket.destroy(this.#failure(reason))
  }

  #failure(reason: string, cause?: NodeJS.ErrnoException): TransportError {
    const proxy = hostAndPort(this.#proxy.host, this.#proxy.port)
    const message = `Connecting to ${addressOf(this.#target)} through the proxy ${proxy} failed: ${reason}`
    return new TransportError(message, 'proxy', cause?.code, cause)
  }
}
