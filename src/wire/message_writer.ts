import { DocumentWriter, type EncodedDocuments } from '../bson/index.ts'
import { headerBytes, opCode } from './protocol.ts'

/**
 * Writes messages into one buffer, one at a time: requests and, in a server, replies.
 *
 *     const body = writer.begin(requestId, flags)
 *     body.int32('ping', 1)
 *     body.string('$db', 'admin')
 *     writer.endBody()
 *     transport.write(writer.finish())
 */
export class MessageWriter {
  readonly #out: DocumentWriter

  constructor(bytesMax?: number) {
    this.#out = new DocumentWriter(bytesMax)
  }

  /** Begins an OP_MSG with its document of kind 0, whose elements are written to what is returned. */
  begin(requestId: number, flags = 0, responseTo = 0): DocumentWriter {
    const out = this.beginHeader(requestId, responseTo, opCode.message)
    out.bareInt32(flags)
    out.byte(0)
    out.beginDocument()
    return out
  }

  /** The header alone, for a message of any opcode. */
  beginHeader(requestId: number, responseTo: number, code: number): DocumentWriter {
    const out = this.#out
    out.reset()
    out.reserve(headerBytes)
    out.bareInt32(0)
    out.bareInt32(requestId)
    out.bareInt32(responseTo)
    out.bareInt32(code)
    return out
  }

  /** Ends the document of kind 0. */
  endBody(): void {
    this.#out.endDocument()
  }

  /**
   * Adds a section of kind 1 with the encoded documents from `start` on: as many as fit, so that there are at most
   * `countMax` and the message has at most `messageBytesMax` bytes. Returns how many went in; with 0 there is no section.
   */
  sequence(
    identifier: string,
    documents: EncodedDocuments,
    start: number,
    messageBytesMax: number,
    countMax: number
  ): number {
    const out = this.#out
    const documentBytesMax = messageBytesMax - out.length - sectionBytes(identifier)
    const stop = Math.min(documents.count, start + countMax)
    let next = start
    while (next < stop && documents.bytesOf(start, next + 1) <= documentBytesMax) next++
    if (next === start) return 0
    out.reserve(sectionBytes(identifier) + documents.bytesOf(start, next))
    out.byte(1)
    const sizeAt = out.length
    out.bareInt32(0)
    out.cstring(identifier)
    documents.appendTo(out, start, next)
    out.patchInt32(sizeAt, out.length - sizeAt)
    return next - start
  }

  /** The whole message, as a view: it holds until the next one is begun. */
  finish(): Uint8Array {
    const out = this.#out
    out.patchInt32(0, out.length)
    return out.written()
  }
}

/** Kind, size, identifier and its end. */
function sectionBytes(identifier: string): number {
  return 1 + 4 + Buffer.byteLength(identifier) + 1
}
