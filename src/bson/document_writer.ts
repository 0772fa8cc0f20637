import type { Document, Long, ObjectId, Timestamp } from 'bson'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import { elementType } from './element_type.ts'
import { type ByteSink, encodeDocument, encodeInto } from './encode.ts'
import { documentDepthMax, writerBytesMax } from './limits.ts'

const firstBytes = 1024

/** A buffer that grew beyond this for one large message is given up at the next `reset`. */
const keptBytesMax = 64 * 1024

/** Up to this length a text is given the room for its worst encoding; a longer one is measured first. */
const unmeasuredLengthMax = 256

/**
 * Writes BSON into one growing buffer, which is used again after `reset`. The elements of the driver's own commands are
 * written one by one; a user's values come from the library, or as bytes that were encoded before.
 *
 * Not checked: that elements are inside a document, and that a key is written once. What throws leaves half an element:
 * only `reset` helps then.
 */
export class DocumentWriter implements ByteSink {
  readonly #bytesMax: number
  readonly #starts: Int32Array = new Int32Array(documentDepthMax)
  #depth = 0
  #buffer: Buffer = Buffer.allocUnsafeSlow(firstBytes)
  #view: DataView = viewOf(this.#buffer)
  #length = 0

  constructor(bytesMax: number = writerBytesMax) {
    this.#bytesMax = bytesMax
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length
  }

  /** What has been written, as a view: the next `reset` and what is written then overwrites it. */
  written(): Uint8Array {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Empties the writer. What `written` gave before may only be overwritten when nobody reads it any more. */
  reset(): void {
    this.#length = 0
    this.#depth = 0
    if (this.#buffer.length > keptBytesMax) this.#use(Buffer.allocUnsafeSlow(firstBytes))
  }

  /**
   * Makes room for `bytes` more.
   * @throws {MongoInvalidArgumentError} beyond the writer's limit.
   */
  reserve(bytes: number): void {
    const needed = this.#length + bytes
    if (needed > this.#buffer.length) this.#grow(needed)
  }

  byte(value: number): void {
    this.reserve(1)
    this.#buffer[this.#length++] = value
  }

  /** An int32 without a key: part of a header. */
  bareInt32(value: number): void {
    this.reserve(4)
    this.#view.setInt32(this.#length, value, true)
    this.#length += 4
  }

  /** Writes over an int32 that is there already. */
  patchInt32(at: number, value: number): void {
    this.#view.setInt32(at, value, true)
  }

  /** Bytes that were prepared: elements, or a whole document. */
  append(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** A text and the 0 behind it, without a length: a key. */
  cstring(text: string): void {
    const length = text.length
    this.reserve(3 * length + 1)
    const buffer = this.#buffer
    let at = this.#length
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i)
      if (unit === 0 || unit >= 0x80) return this.#unusualText(text)
      buffer[at++] = unit
    }
    buffer[at++] = 0
    this.#length = at
  }

  double(key: string, value: number): void {
    this.#head(elementType.double, key)
    this.reserve(8)
    this.#view.setFloat64(this.#length, value, true)
    this.#length += 8
  }

  string(key: string, value: string): void {
    this.#head(elementType.string, key)
    const bytesMost = value.length <= unmeasuredLengthMax ? 3 * value.length : Buffer.byteLength(value)
    this.reserve(bytesMost + 5)
    const at = this.#length
    const after = at + 4 + this.#buffer.write(value, at + 4, 'utf8')
    this.#view.setInt32(at, after - at - 3, true)
    this.#buffer[after] = 0
    this.#length = after + 1
  }

  binary(key: string, value: Uint8Array, subtype = 0): void {
    this.#head(elementType.binary, key)
    this.bareInt32(value.length)
    this.byte(subtype)
    this.append(value)
  }

  objectId(key: string, value: ObjectId): void {
    this.#head(elementType.objectId, key)
    this.append(value.id)
  }

  boolean(key: string, value: boolean): void {
    this.#head(elementType.boolean, key)
    this.byte(value ? 1 : 0)
  }

  null(key: string): void {
    this.#head(elementType.null, key)
  }

  int32(key: string, value: number): void {
    this.#head(elementType.int32, key)
    this.bareInt32(value)
  }

  int64(key: string, value: bigint): void {
    this.#head(elementType.int64, key)
    this.reserve(8)
    this.#view.setBigInt64(this.#length, value, true)
    this.#length += 8
  }

  long(key: string, value: Long): void {
    this.#head(elementType.int64, key)
    this.bareInt32(value.low)
    this.bareInt32(value.high)
  }

  timestamp(key: string, value: Timestamp): void {
    this.#head(elementType.timestamp, key)
    this.bareInt32(value.low)
    this.bareInt32(value.high)
  }

  /** A number as the library writes one: an int32 where it is one, else a double. */
  number(key: string, value: number): void {
    if ((value | 0) === value && !Object.is(value, -0)) this.int32(key, value)
    else this.double(key, value)
  }

  /**
   * A user's document by the library.
   * @throws {MongoInvalidArgumentError} as `encodeInto`.
   */
  document(key: string, value: Document, ignoreUndefined = true): void {
    this.#head(elementType.document, key)
    encodeInto(value, this, ignoreUndefined)
  }

  /** A document that was encoded before. */
  encodedDocument(key: string, bytes: Uint8Array): void {
    this.#head(elementType.document, key)
    this.append(bytes)
  }

  /**
   * Any value of a user's, an array for example. Undefined is left out, or null with `ignoreUndefined` false.
   * @throws {MongoInvalidArgumentError} as `encodeInto`.
   */
  value(key: string, value: unknown, ignoreUndefined = true): void {
    if (typeof value === 'string') return this.string(key, value)
    if (typeof value === 'number') return this.number(key, value)
    if (typeof value === 'boolean') return this.boolean(key, value)
    const bytes = encodeDocument({ [key]: value }, ignoreUndefined)
    this.append(bytes.subarray(4, bytes.length - 1))
  }

  /** A whole document of a user's, without a key. */
  documentFrom(value: Document, ignoreUndefined = true): void {
    encodeInto(value, this, ignoreUndefined)
  }

  /** Without a key: the outermost one, or one of several that follow one another. */
  beginDocument(key?: string): void {
    if (key !== undefined) this.#head(elementType.document, key)
    this.#begin()
  }

  /** Its elements have the keys `'0'`, `'1'`, … */
  beginArray(key: string): void {
    this.#head(elementType.array, key)
    this.#begin()
  }

  /** Ends the document or array that was begun last, and fills in its length. */
  endDocument(): void {
    this.byte(0)
    const start = this.#starts[--this.#depth] as number
    this.#view.setInt32(start, this.#length - start, true)
  }

  #begin(): void {
    if (this.#depth === documentDepthMax) {
      throw new MongoInvalidArgumentError(`documents are nested deeper than ${documentDepthMax} levels`)
    }
    this.#starts[this.#depth++] = this.#length
    this.bareInt32(0)
  }

  #unusualText(text: string): void {
    if (text.includes('\0')) {
      throw new MongoInvalidArgumentError(`the key ${JSON.stringify(text)} contains a NUL character`)
    }
    this.#length += this.#buffer.write(text, this.#length, 'utf8')
    this.byte(0)
  }

  #head(type: number, key: string): void {
    this.byte(type)
    this.cstring(key)
  }

  #grow(needed: number): void {
    if (needed > this.#bytesMax) {
      throw new MongoInvalidArgumentError(
        `a message would take ${needed} bytes or more; the limit is ${this.#bytesMax}`
      )
    }
    const grown = Buffer.allocUnsafeSlow(Math.min(Math.max(needed, 2 * this.#buffer.length), this.#bytesMax))
    grown.set(this.#buffer.subarray(0, this.#length))
    this.#use(grown)
  }

  #use(buffer: Buffer): void {
    this.#buffer = buffer
    this.#view = viewOf(buffer)
  }
}

/**
 * Elements that many commands begin with, as bytes to `append` in each: the command's name and `$db`, for example. The
 * bytes belong to the caller.
 */
export function prepareElements(write: (writer: DocumentWriter) => void): Uint8Array {
  // A user's getter may begin another command meanwhile: that one gets a writer of its own.
  const writer = spareWriter ?? new DocumentWriter()
  spareWriter = undefined
  writer.reset()
  write(writer)
  const elements = Buffer.from(writer.written())
  spareWriter = writer
  return elements
}

let spareWriter: DocumentWriter | undefined

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
}
