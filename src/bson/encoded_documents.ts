import type { Document, ObjectId } from 'bson'
import { DocumentWriter } from './document_writer.ts'
import type { ElementWriter } from './element_writer.ts'

/** Documents of a command as bytes, of which each attempt sends as many as a message takes. */
export interface EncodedDocuments {
  readonly count: number
  /** Bytes of the documents in `[start, stop)`. */
  bytesOf(start: number, stop: number): number
  appendTo(out: ElementWriter, start: number, stop: number): void
  /** The bytes of one of them, as a view. */
  at(index: number): Uint8Array
}

/** One document, as most commands have it. Its bytes belong to what is made. */
export class EncodedDocument implements EncodedDocuments {
  readonly count = 1
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  bytesOf(start: number, stop: number): number {
    return start === 0 && stop > 0 ? this.#bytes.length : 0
  }

  appendTo(out: ElementWriter, start: number, stop: number): void {
    if (this.bytesOf(start, stop) > 0) out.append(this.#bytes)
  }

  at(): Uint8Array {
    return this.#bytes
  }
}

/** Documents that were encoded one by one, such as the statements of a bulk write. */
export class EncodedDocumentArray implements EncodedDocuments {
  readonly #documents: readonly Uint8Array[]
  /** Bytes before each document, and behind the last: whoever fills a message asks for each place in turn. */
  readonly #starts: readonly number[]

  constructor(documents: readonly Uint8Array[]) {
    let bytes = 0
    this.#documents = documents
    this.#starts = [0, ...documents.map(({ length }) => (bytes += length))]
  }

  get count(): number {
    return this.#documents.length
  }

  bytesOf(start: number, stop: number): number {
    return (this.#starts[stop] as number) - (this.#starts[start] as number)
  }

  appendTo(out: ElementWriter, start: number, stop: number): void {
    for (let index = start; index < stop; index++) out.append(this.at(index))
  }

  at(index: number): Uint8Array {
    return this.#documents[index] as Uint8Array
  }
}

/** When that much is written a piece is cut: one array for all documents would have to grow, by copies, with each. */
const pieceBytes = 1024 * 1024

/** What the writer keeps for the next documents. */
const keptBytesMax: number = 2 * pieceBytes

let spareWriter: DocumentWriter | undefined

/** Encodes documents one after the other into pieces of many documents. What throws ends it: the rest is given up. */
export class EncodedDocumentList implements EncodedDocuments {
  /** Bytes up to the end of each document. */
  readonly #ends: number[] = []
  readonly #pieces: Uint8Array[] = []
  #piecesBytes = 0
  #writer: DocumentWriter | undefined
  #begunAt = 0
  #finished = false

  constructor() {
    // A user's getter may begin another list meanwhile: that one gets a writer of its own.
    this.#writer = spareWriter ?? new DocumentWriter(undefined, undefined, keptBytesMax)
    spareWriter = undefined
  }

  get count(): number {
    return this.#ends.length
  }

  /**
   * A user's document, with `id` before its other fields if one is given. Returns its length in bytes.
   * @throws {MongoInvalidArgumentError} as `encodeDocument`.
   */
  add(document: Document, ignoreUndefined: boolean, id?: ObjectId): number {
    this.begin().documentFrom(document, ignoreUndefined, id)
    return this.end()
  }

  /** For a document that the caller writes, from its beginning to its end, before `end`: a statement around a user's. */
  begin(): DocumentWriter {
    const writer = this.#writer
    if (writer === undefined || this.#finished) throw new Error('the list is finished')
    this.#begunAt = writer.length
    return writer
  }

  /** Returns its length in bytes. */
  end(): number {
    const writer = this.#writer as DocumentWriter
    const { length } = writer
    this.#ends.push(this.#piecesBytes + length)
    if (length >= pieceBytes) this.#cut(writer)
    return length - this.#begunAt
  }

  /** To be called behind the last document, once. The last piece stays where it was written. */
  finish(): this {
    const writer = this.#writer
    if (writer !== undefined && writer.length > 0) this.#pieces.push(writer.written())
    this.#finished = true
    return this
  }

  /** Nobody needs the documents any more: the next list is written where these stood. */
  release(): void {
    const writer = this.#writer
    this.#writer = undefined
    this.#pieces.length = 0
    this.#ends.length = 0
    if (writer === undefined) return
    writer.reset()
    spareWriter = writer
  }

  bytesOf(start: number, stop: number): number {
    return this.#bytesUpTo(stop) - this.#bytesUpTo(start)
  }

  appendTo(out: ElementWriter, start: number, stop: number): void {
    const end = this.#bytesUpTo(stop)
    let from = this.#bytesUpTo(start)
    let pieceStart = 0
    for (const piece of this.#pieces) {
      const pieceEnd = pieceStart + piece.length
      if (from < pieceEnd && from < end) {
        const to = Math.min(end, pieceEnd)
        out.append(piece.subarray(from - pieceStart, to - pieceStart))
        from = to
      }
      pieceStart = pieceEnd
    }
  }

  at(index: number): Uint8Array {
    const start = this.#bytesUpTo(index)
    const end = this.#bytesUpTo(index + 1)
    let pieceStart = 0
    for (const piece of this.#pieces) {
      // A piece is cut behind a document, so none lies in two.
      if (start < pieceStart + piece.length) return piece.subarray(start - pieceStart, end - pieceStart)
      pieceStart += piece.length
    }
    throw new RangeError(`there are ${this.count} documents, and none at ${index}`)
  }

  #bytesUpTo(index: number): number {
    const documents = Math.min(index, this.#ends.length)
    return documents <= 0 ? 0 : (this.#ends[documents - 1] as number)
  }

  #cut(writer: DocumentWriter): void {
    const piece = writer.take()
    this.#pieces.push(piece)
    this.#piecesBytes += piece.length
  }
}
