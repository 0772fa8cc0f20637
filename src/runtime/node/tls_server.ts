import type { Server, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ServerTLS } from '../tls.ts'
import { tlsModule } from './late_modules.ts'
import { NodeServerTLS } from './tls.ts'

/** A client that connects and then says nothing is cut off. */
const handshakeTimeoutMS = 10_000

/** A server that tells of a connection when its TLS handshake is done. */
export class TLSServer {
  readonly server: Server
  /** TCP sockets whose handshake is under way, by the client's address: Node tells of them and of the encrypted ones apart. */
  readonly #handshakes = new Map<string, Socket>()

  constructor(tls: ServerTLS, accepted: (socket: TLSSocket) => void) {
    if (!(tls instanceof NodeServerTLS)) throw new TypeError('the TLS settings are not of this Runtime')
    const { contextOptions, clientCertificate } = tls
    this.server = tlsModule().createServer(
      {
        ...contextOptions,
        noDelay: true,
        keepAlive: true,
        handshakeTimeout: handshakeTimeoutMS,
        requestCert: clientCertificate !== 'none',
        rejectUnauthorized: clientCertificate === 'required'
      },
      socket => {
        this.#handshakes.delete(keyOf(socket))
        // Optional is whether there is one; one that is there must be good.
        if (!socket.authorized && socket.getPeerX509Certificate() !== undefined) socket.destroy()
        else accepted(socket)
      }
    )
    this.server.on('connection', socket => this.#began(socket))
  }

  /** Ends the handshakes that are under way. */
  end(): void {
    for (const socket of this.#handshakes.values()) socket.destroy()
  }

  #began(socket: Socket): void {
    const key = keyOf(socket)
    this.#handshakes.set(key, socket)
    socket.once('close', () => {
      if (this.#handshakes.get(key) === socket) this.#handshakes.delete(key)
    })
  }
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
