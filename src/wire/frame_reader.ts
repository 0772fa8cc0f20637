import { giveBackBuffer, int32At, takeBuffer } from '../bson/index.ts'
import { defaultMessageBytesMax, headerBytes, replySlackBytes } from './protocol.ts'
import { WireViolationError } from './violation.ts'

export interface MessageSink {
  /** One whole message in `[start, end)`; the bytes are lent for the call only. */
  message(bytes: Uint8Array, start: number, end: number): void
}

const firstHeldBytes = 4096

/** Memory for a message in pieces that stays with the reader once the message is complete. */
const keptHeldBytesMax = 16 * 1024

const nothing: Buffer = Buffer.alloc(0)

/**
 * Cuts the bytes of a connection into messages, wherever the network has cut them. A message that lies whole in the lent
 * buffer is passed on in place; one in pieces is put together in memory of the reader's own, which grows with what has
 * arrived: a length that is announced reserves nothing.
 */
export class FrameReader {
  readonly #peer: string
  /** The longest message accepted, in bytes; a connection sets it when the hello has told. */
  messageBytesMax: number
  #held: Buffer = nothing
  #heldBytes = 0
  /** Length of the message in pieces; 0 while its first four bytes are not complete. */
  #announced = 0
  #delivered = false
  #stopped = false

  constructor(peer: string, messageBytesMax: number = defaultMessageBytesMax + replySlackBytes) {
    this.#peer = peer
    this.messageBytesMax = messageBytesMax
  }

  /** Bytes of a message that has not arrived completely. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** Nothing is passed on any more, and the memory is given back. */
  stop(): void {
    this.#stopped = true
    this.#held = nothing
    this.#heldBytes = 0
  }

  /**
   * Takes `buffer[0, length)`, lent for the call, and calls the sink for each message that is now complete. Whatever
   * throws, the bytes or the sink, stops the reader for good: what follows could only be passed on too late or cut wrong.
   * @throws {WireViolationError} at a length out of bounds.
   */
  feed(buffer: Uint8Array, length: number, sink: MessageSink): void {
    try {
      let at = this.#heldBytes === 0 ? 0 : this.#complete(buffer, length, sink)
      while (length - at >= 4 && !this.#stopped) {
        const announced = this.#lengthAt(buffer, at, length)
        if (announced > length - at) break
        this.#delivered = true
        sink.message(buffer, at, at + announced)
        at += announced
      }
      if (at < length && !this.#stopped) this.#hold(buffer, at, length)
    } catch (error) {
      this.stop()
      throw error
    }
  }

  /** Adds to the message in pieces, passes it on if it is complete, and tells how many bytes of `buffer` it took. */
  #complete(buffer: Uint8Array, length: number, sink: MessageSink): number {
    let taken = 0
    if (this.#announced === 0) {
      taken = Math.min(4 - this.#heldBytes, length)
      this.#hold(buffer, 0, taken)
      if (this.#announced === 0) return taken
    }
    const missing = Math.min(this.#announced - this.#heldBytes, length - taken)
    this.#hold(buffer, taken, taken + missing)
    if (this.#heldBytes === this.#announced) this.#deliverHeld(sink)
    return taken + missing
  }

  #deliverHeld(sink: MessageSink): void {
    const message = this.#held
    const end = this.#announced
    this.#heldBytes = 0
    this.#announced = 0
    this.#delivered = true
    if (message.length <= keptHeldBytesMax) {
      sink.message(message, 0, end)
      return
    }
    this.#held = nothing
    sink.message(message, 0, end)
    giveBackBuffer(message)
  }

  #hold(buffer: Uint8Array, start: number, end: number): void {
    const needed = this.#heldBytes + end - start
    if (needed > this.#held.length) {
      const grown = takeBuffer(Math.max(firstHeldBytes, needed, Math.min(2 * needed, this.messageBytesMax)))
      grown.set(this.#held.subarray(0, this.#heldBytes))
      giveBackBuffer(this.#held)
      this.#held = grown
    }
    this.#held.set(buffer.subarray(start, end), this.#heldBytes)
    this.#heldBytes = needed
    if (this.#announced === 0 && needed >= 4) this.#announced = this.#lengthAt(this.#held, 0, needed)
  }

  /** The length that is announced at `at`; the bytes up to `end` serve to tell what the peer is if it makes no sense. */
  #lengthAt(bytes: Uint8Array, at: number, end: number): number {
    const announced = int32At(bytes, at)
    if (!this.#delivered && looksLikeTLS(bytes, at)) {
      throw new WireViolationError(this.#peer, 'its first bytes are those of TLS', {
        advice: 'Is the option tls missing on one side?'
      })
    }
    if (announced >= headerBytes && announced <= this.messageBytesMax) return announced
    throw new WireViolationError(
      this.#peer,
      `it announced a message of ${announced} bytes; ${headerBytes} to ${this.messageBytesMax} are possible` +
        textHint(bytes, at, Math.min(end, at + headerBytes)),
      { observed: announced, expected: this.messageBytesMax }
    )
  }
}

/** A web server, for example, answers with text. */
function textHint(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.from(bytes.subarray(start, end)).toString('latin1')
  if (!/^[\t\r\n -~]+$/.test(text)) return ''
  return `. Its bytes are ${JSON.stringify(text)}`
}

/**
 * An alert or a handshake record of TLS 1.0 or later, read as a length, makes 64 KiB and more that never come. The first
 * message of a connection is a handshake, far shorter, so there is nothing to mistake it for.
 */
function looksLikeTLS(bytes: Uint8Array, at: number): boolean {
  const kind = bytes[at]
  const minor = bytes[at + 2] as number
  return (kind === 0x15 || kind === 0x16) && bytes[at + 1] === 3 && minor >= 1 && minor <= 4
}
