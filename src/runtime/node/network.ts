import { createServer, type OnReadOpts, type Server, type Socket } from 'node:net'
import { addressOf, hostAndPort, listenFailure } from '../failures.ts'
import type { Listener, Network, Target, Transport, TransportHandler, TransportOptions } from '../runtime.ts'
import type { ServerTLS } from '../tls.ts'
import { asError, type Dial, failureWhenOpen } from './dial.ts'
import { detached, outside } from './outside.ts'
import { PlainDial } from './plain_dial.ts'
import { ProxiedDial } from './proxied_dial.ts'
import { dialTLS } from './tls_dial.ts'
import { subjectOf } from './tls_subject.ts'
import { TLSServer } from './tls_server.ts'
import { NodeTransport } from './transport.ts'

export const nodeNetwork: Network = {
  connect: (target, handler, options) => outside.runInAsyncScope(dial, undefined, target, handler, options),
  listen: (target, accept, done, tls) => new NodeListener(target, accept, done, tls)
}

/**
 * What a connection reads first goes here, and its own buffer is made only then: a dial that fails, or that nobody
 * answers, costs none. All connections may share it, since Node reads and calls back in one go and the bytes are lent for
 * that call only. Large enough for a server's first reply.
 */
const firstRead = Buffer.allocUnsafeSlow(4096)

function dial(target: Target, handler: TransportHandler, options: TransportOptions): Transport {
  const { readBufferBytes } = options
  let ownBuffer: Buffer | undefined
  let opened = false
  const onread: OnReadOpts = {
    // Node asks when it makes a handle (several if a name has several addresses), and again after each read.
    buffer: () => {
      if (!opened) return firstRead.subarray(0, readBufferBytes)
      ownBuffer ??= Buffer.allocUnsafeSlow(readBufferBytes)
      return ownBuffer
    },
    callback: (length, buffer) => {
      if (opened) handler.received(buffer, length)
      else begun.early?.(buffer.subarray(0, length))
      return true
    }
  }
  const begun = dialFor(target, options, onread)
  const transport = new NodeTransport(begun.socket, begun)
  transport.attach(handler)
  begun.whenOpen(() => {
    opened = true
    transport.open()
  })
  begun.whenReplaced?.(socket => {
    transport.replace(socket)
    socket.on('data', (chunk: Buffer) => handler.received(chunk, chunk.length))
  })
  return transport
}

function dialFor(target: Target, options: TransportOptions, onread: OnReadOpts): Dial {
  if (options.proxy !== undefined) return new ProxiedDial(target, options, options.proxy, onread)
  return options.tls === undefined ? new PlainDial(target, options, onread) : dialTLS(target, options, onread)
}

class NodeListener implements Listener {
  readonly #server: Server
  readonly #handshakes: TLSServer | undefined
  readonly #target: Target
  readonly #done: (error: Error | undefined, bound: Target) => void
  #stage: 'binding' | 'bound' | 'closed' = 'binding'

  constructor(
    target: Target,
    accept: (transport: Transport, peer: string) => TransportHandler,
    done: (error: Error | undefined, bound: Target) => void,
    tls: ServerTLS | undefined
  ) {
    this.#target = target
    this.#done = done
    const told = (socket: Socket, subject?: string): void => accepted(socket, subject, target, accept)
    this.#handshakes = tls === undefined ? undefined : new TLSServer(tls, socket => told(socket, subjectOf(socket)))
    this.#server = this.#handshakes?.server ?? createServer({ noDelay: true, keepAlive: true }, socket => told(socket))
    this.#server.on('error', error => this.#failed(error))
    this.#server.on('listening', () => this.#bound())
    detached(() => this.#listen())
  }

  close(done: () => void): void {
    const first = this.#stage === 'binding'
    this.#stage = 'closed'
    // Node's own callback would wait for the accepted connections too, but the port is free when this returns.
    if (this.#server.listening) this.#server.close()
    this.#handshakes?.end()
    setImmediate(() => {
      if (first) this.#done(listenFailure(this.#target, 'the listener was closed first'), this.#target)
      done()
    })
  }

  #listen(): void {
    const target = this.#target
    try {
      this.#server.listen(target.kind === 'unix' ? { path: target.path } : { host: target.host, port: target.port })
    } catch (error) {
      setImmediate(() => this.#failed(asError(error)))
    }
  }

  #bound(): void {
    // A name is looked up first; meanwhile the listener may have been closed.
    if (this.#stage === 'closed') {
      this.#server.close()
      return
    }
    this.#stage = 'bound'
    const address = this.#server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    this.#done(undefined, this.#target.kind === 'tcp' ? { ...this.#target, port } : this.#target)
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (this.#stage === 'closed') return
    if (this.#stage === 'binding') {
      this.#stage = 'closed'
      this.#done(listenFailure(this.#target, error.message, error.code, error), this.#target)
      return
    }
    // One connection could not be accepted, such as for too many open files. The listener goes on.
    const message = `Accepting a connection on ${addressOf(this.#target)} failed: ${error.message}`
    process.emitWarning(message, 'CenoteWarning', 'CENOTE_ACCEPT_FAILED')
  }
}

/** An accepted socket takes no `onread`: Node ignores it there. So each `data` chunk, fresh memory, is handed out. */
function accepted(
  socket: Socket,
  peerSubject: string | undefined,
  target: Target,
  accept: (transport: Transport, peer: string) => TransportHandler
): void {
  const { remoteAddress: address, remotePort: port } = socket
  const peer = address === undefined || port === undefined ? addressOf(target) : hostAndPort(address, port)
  const transport = new NodeTransport(socket, {
    stage: 'open',
    peerSubject,
    failure: error => failureWhenOpen(`from ${peer}`, error)
  })
  let handler: TransportHandler
  try {
    handler = accept(transport, peer)
  } catch (error) {
    socket.destroy()
    throw error
  }
  transport.attach(handler)
  socket.on('data', (chunk: Buffer) => handler.received(chunk, chunk.length))
  if (!socket.destroyed) transport.open()
}
