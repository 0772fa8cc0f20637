import type { Network, Transport } from '../../src/runtime/index.ts'

/** Counts, on the servers' side, the connections that are accepted and whose first message is not answered yet. */
export class Handshakes {
  readonly #open = new Set<Transport>()
  /** The most at once since it was last set to 0. */
  most = 0

  /** A network that servers listen on. */
  network(network: Network): Network {
    return {
      connect: (...args) => network.connect(...args),
      listen: (target, accept, done) =>
        network.listen(
          target,
          (transport, peer) => {
            this.#open.add(transport)
            this.most = Math.max(this.most, this.#open.size)
            const handler = accept(this.#untilWritten(transport), peer)
            return {
              opened: () => handler.opened(),
              received: (buffer, length) => handler.received(buffer, length),
              flushed: () => handler.flushed(),
              closed: error => {
                this.#open.delete(transport)
                handler.closed(error)
              }
            }
          },
          done
        )
    }
  }

  #untilWritten(transport: Transport): Transport {
    return {
      write: bytes => {
        this.#open.delete(transport)
        transport.write(bytes)
      },
      get unflushedBytes() {
        return transport.unflushedBytes
      },
      get stage() {
        return transport.stage
      },
      get peerSubject() {
        return transport.peerSubject
      },
      pause: () => transport.pause(),
      resume: () => transport.resume(),
      setRef: on => transport.setRef(on),
      destroy: () => transport.destroy()
    }
  }
}
