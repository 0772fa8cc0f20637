import type { Socket } from 'node:net'
import type { Transport, TransportError, TransportHandler } from '../runtime.ts'
import type { Progress } from './dial.ts'
import { detached, outside } from './outside.ts'

/** A socket, dialled or accepted. Reading is set up by whoever made the socket. */
export class NodeTransport implements Transport {
  #socket: Socket
  readonly #progress: Progress
  /** Missing only while `accept` makes the handler of an accepted socket. */
  #handler: TransportHandler | undefined
  /** One for all writes, so that a write makes no closure. */
  readonly #written = (error?: Error | null): void => this.#writeEnded(error)
  /** A write has begun since `flushed` was last told. */
  #flushDue = false
  #ref = true
  #error: TransportError | undefined

  constructor(socket: Socket, progress: Progress) {
    this.#socket = socket
    this.#progress = progress
    this.#listen(socket)
  }

  /** A socket that was laid over the first, and ends with it. */
  replace(socket: Socket): void {
    this.#socket = socket
    this.#listen(socket)
  }

  #listen(socket: Socket): void {
    socket.on('error', error => {
      this.#error ??= this.#progress.failure(error)
    })
    // The peer has ended its half. Node would first wait for our own bytes to leave, which may be never.
    socket.on('end', () => socket.destroy())
    socket.on('close', () => {
      if (socket === this.#socket) this.#handler?.closed(this.#error)
    })
  }

  attach(handler: TransportHandler): void {
    this.#handler = handler
  }

  get stage(): Transport['stage'] {
    return this.#progress.stage
  }

  get unflushedBytes(): number {
    return this.#socket.writableLength
  }

  get peerSubject(): string | undefined {
    return this.#progress.peerSubject
  }

  open(): void {
    // A name with several addresses is dialled on several handles: what `unref` did may have gone with the first.
    if (!this.#ref) this.#socket.unref()
    this.#handler?.opened()
  }

  write(bytes: Uint8Array): void {
    if (!this.#flushDue && this.#handler?.wantsFlushed === false) {
      outside.runInAsyncScope(writeTo, undefined, this.#socket, bytes, undefined)
      return
    }
    this.#flushDue = true
    outside.runInAsyncScope(writeTo, undefined, this.#socket, bytes, this.#written)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    detached(() => this.#socket.resume())
  }

  setRef(on: boolean): void {
    this.#ref = on
    if (on) this.#socket.ref()
    else this.#socket.unref()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #writeEnded(error?: Error | null): void {
    // An error is told by `closed`. Several writes of one turn end together; `flushed` is told once.
    if (error || !this.#flushDue || this.#socket.destroyed || this.#socket.writableLength > 0) return
    this.#flushDue = false
    this.#handler?.flushed()
  }
}

/** Named, so that a write makes no closure. */
function writeTo(socket: Socket, bytes: Uint8Array, written: ((error?: Error | null) => void) | undefined): void {
  socket.write(bytes, written)
}
