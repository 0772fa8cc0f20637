import {
  type DecodeOptions,
  decodeDocument,
  type DecodeSite,
  decodeSequence,
  type Document,
  documentEnd,
  int32At,
  textAt
} from '../bson/index.ts'
import { checksumHolds } from './crc32c.ts'
import { headerBytes, messageFlags, opCode } from './protocol.ts'
import { WireViolationError } from './violation.ts'

/** Bits 0 to 15 have to be understood by whoever reads them; the rest may be ignored. */
const unknownRequiredFlags = 0xffff & ~(messageFlags.checksumPresent | messageFlags.moreToCome)

/** Two in the largest command there is (bulkWrite). The limit keeps the search for an identifier used twice short. */
const sequencesMax = 8

const nothing = new Uint8Array(0)

/**
 * One message of the wire protocol, read in place. One object serves for all messages of a connection: what it tells is
 * of the last one, and holds only as long as the bytes are lent. For replies and, in a server, for requests.
 */
export class Message {
  readonly #peer: string
  readonly #sequences: Int32Array = new Int32Array(4 * sequencesMax)

  bytes: Uint8Array = nothing
  /** The message is in `[start, end)`. */
  start = 0
  end = 0
  requestId = 0
  responseTo = 0
  opCode = 0
  flags = 0
  /** The one document of kind 0 is in `[documentStart, documentEnd)`. */
  documentStart = 0
  documentEnd = 0
  /** Sections of kind 1: documents in a row, each section a field of the command, by its identifier. */
  sequenceCount = 0

  constructor(peer: string) {
    this.#peer = peer
  }

  get moreToCome(): boolean {
    return (this.flags & messageFlags.moreToCome) !== 0
  }

  get exhaustAllowed(): boolean {
    return (this.flags & messageFlags.exhaustAllowed) !== 0
  }

  /** The bytes are no longer lent, and are not kept. */
  release(): void {
    this.bytes = nothing
  }

  /** The header alone, for whoever takes further opcodes than OP_MSG. A frame has at least the header's 16 bytes. */
  readHeader(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes
    this.start = start
    this.end = end
    this.requestId = int32At(bytes, start + 4)
    this.responseTo = int32At(bytes, start + 8)
    this.opCode = int32At(bytes, start + 12)
  }

  /**
   * The whole message, an OP_MSG.
   * @throws {WireViolationError}
   */
  read(bytes: Uint8Array, start: number, end: number): void {
    this.readHeader(bytes, start, end)
    this.readSections()
  }

  /**
   * What follows the header of an OP_MSG. Documents are checked from outside only: that their lengths fit.
   * @throws {WireViolationError}
   */
  readSections(): void {
    if (this.opCode === opCode.compressed)
      this.#refuse('it sent a compressed message, and no compression was agreed on')
    if (this.opCode !== opCode.message) this.#refuse(`it sent opcode ${this.opCode}`, this.opCode, opCode.message)
    const end = this.#readFlags()
    this.sequenceCount = 0
    this.documentStart = 0
    try {
      let at = this.start + headerBytes + 4
      while (at < end) at = this.#readSection(at, end)
    } catch (cause) {
      throw this.#unreadable(cause)
    }
    if (this.documentStart === 0) this.#refuse('it sent a message without a section of kind 0')
  }

  /** The command or the reply as a document; documents of kind 1 stand in it as arrays. Nothing aliases the bytes. */
  document(options?: DecodeOptions, site?: DecodeSite): Document {
    try {
      const { documentStart } = this
      const document = decodeDocument(this.bytes, documentStart, this.documentEnd - documentStart, options, site)
      for (let i = 0; i < this.sequenceCount; i++) this.#addSequence(document, i, options)
      return document
    } catch (cause) {
      throw this.#unreadable(cause)
    }
  }

  sequenceIdentifier(index: number): string {
    return textAt(this.bytes, this.#place(index, 0), this.#place(index, 1))
  }

  /** The documents of one sequence are in `[sequenceStart, sequenceEnd)`, one behind the other. */
  sequenceStart(index: number): number {
    return this.#place(index, 2)
  }

  sequenceEnd(index: number): number {
    return this.#place(index, 3)
  }

  /** Where the sections end. */
  #readFlags(): number {
    const { bytes, start } = this
    const length = this.end - start
    const least = headerBytes + 5
    if (length < least)
      this.#refuse(`it sent an OP_MSG of ${length} bytes; at least ${least} are needed`, length, least)
    this.flags = int32At(bytes, start + headerBytes)
    const unknown = this.flags & unknownRequiredFlags
    if (unknown !== 0)
      this.#refuse(`it set the required flag bits 0x${unknown.toString(16)}, which are not known`, unknown)
    if ((this.flags & messageFlags.checksumPresent) === 0) return this.end
    if (!checksumHolds(bytes, start, this.end)) this.#refuse('the checksum of a message does not hold')
    return this.end - 4
  }

  #readSection(at: number, end: number): number {
    const kind = this.bytes[at] as number
    if (kind === 1) return this.#readSequence(at + 1, end)
    if (kind !== 0) this.#refuse(`it sent a section of kind ${kind}`, kind)
    if (this.documentStart !== 0) this.#refuse('it sent a message with two sections of kind 0')
    this.documentStart = at + 1
    this.documentEnd = documentEnd(this.bytes, at + 1, end)
    return this.documentEnd
  }

  #readSequence(at: number, end: number): number {
    if (this.sequenceCount === sequencesMax) {
      this.#refuse(`it sent more than ${sequencesMax} document sequences in a message`, sequencesMax + 1, sequencesMax)
    }
    const { bytes } = this
    const room = end - at
    const size = room < 4 ? 0 : int32At(bytes, at)
    if (size < 5 || size > room) {
      this.#refuse(`a document sequence announces ${size} bytes; it has at least 5 and room for ${room}`, size, room)
    }
    const sequenceEnd = at + size
    let identifierEnd = at + 4
    while (identifierEnd < sequenceEnd && bytes[identifierEnd] !== 0) identifierEnd++
    if (identifierEnd === sequenceEnd) this.#refuse("a document sequence's identifier has no end")
    this.#addPlaces(at + 4, identifierEnd, sequenceEnd)
    for (let document = identifierEnd + 1; document < sequenceEnd; ) {
      document = documentEnd(bytes, document, sequenceEnd)
    }
    return sequenceEnd
  }

  #addPlaces(identifierStart: number, identifierEnd: number, sequenceEnd: number): void {
    const index = this.sequenceCount
    for (let i = 0; i < index; i++) {
      if (this.#identifierIs(i, identifierStart, identifierEnd)) {
        this.#refuse(`it sent two document sequences with the identifier ${JSON.stringify(this.sequenceIdentifier(i))}`)
      }
    }
    const places = this.#sequences
    places[4 * index] = identifierStart
    places[4 * index + 1] = identifierEnd
    places[4 * index + 2] = identifierEnd + 1
    places[4 * index + 3] = sequenceEnd
    this.sequenceCount = index + 1
  }

  #identifierIs(index: number, start: number, end: number): boolean {
    const other = this.#place(index, 0)
    if (this.#place(index, 1) - other !== end - start) return false
    for (let i = 0; i < end - start; i++) if (this.bytes[other + i] !== this.bytes[start + i]) return false
    return true
  }

  #place(index: number, part: number): number {
    if (index >= this.sequenceCount) throw new RangeError(`the message has ${this.sequenceCount} document sequences`)
    return this.#sequences[4 * index + part] as number
  }

  #addSequence(document: Document, index: number, options: DecodeOptions | undefined): void {
    const key = this.sequenceIdentifier(index)
    if (Object.hasOwn(document, key)) {
      this.#refuse(`it sent the field ${JSON.stringify(key)} twice, once as a document sequence`)
    }
    const value: Document[] = []
    decodeSequence(this.bytes, this.sequenceStart(index), this.sequenceEnd(index), value, options)
    // Not an assignment: the key may be `__proto__`.
    Object.defineProperty(document, key, { value, writable: true, enumerable: true, configurable: true })
  }

  #refuse(what: string, observed?: number, expected?: number): never {
    throw new WireViolationError(this.#peer, what, {
      ...(observed === undefined ? {} : { observed }),
      ...(expected === undefined ? {} : { expected })
    })
  }

  #unreadable(cause: unknown): WireViolationError {
    if (cause instanceof WireViolationError) return cause
    const why = cause instanceof Error ? cause.message : String(cause)
    return new WireViolationError(this.#peer, `a document cannot be read: ${why}`, { cause })
  }
}
