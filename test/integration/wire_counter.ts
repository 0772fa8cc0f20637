/** What clients and a deployment send each other, counted at the deployment's end. */
import type { Network, Transport, TransportHandler } from '../../src/runtime/index.ts'
import { FrameReader, isCompressed } from '../../src/wire/index.ts'

interface Direction {
  bytes: number
  messages: number
  compressed: number
}

export class WireCounter {
  readonly received: Direction = { bytes: 0, messages: 0, compressed: 0 }
  readonly sent: Direction = { bytes: 0, messages: 0, compressed: 0 }

  network(network: Network): Network {
    return {
      connect: (target, handler, options) => network.connect(target, handler, options),
      listen: (target, accept, done, tls) =>
        network.listen(
          target,
          (transport, peer) => this.#heard(accept(this.#written(transport), peer), new FrameReader(peer)),
          done,
          tls
        )
    }
  }

  reset(): void {
    for (const direction of [this.received, this.sent])
      Object.assign(direction, { bytes: 0, messages: 0, compressed: 0 })
  }

  #heard(handler: TransportHandler, frames: FrameReader): TransportHandler {
    return {
      opened: () => handler.opened(),
      received: (buffer, length) => {
        frames.feed(buffer, length, {
          message: (bytes, start, end) => count(this.received, bytes.subarray(start, end))
        })
        handler.received(buffer, length)
      },
      flushed: () => handler.flushed(),
      closed: error => handler.closed(error)
    }
  }

  #written(transport: Transport): Transport {
    return {
      write: bytes => {
        count(this.sent, bytes)
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

function count(direction: Direction, message: Uint8Array): void {
  direction.messages++
  direction.bytes += message.length
  if (isCompressed(message, 0)) direction.compressed++
}
