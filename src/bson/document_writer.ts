import type { Document, Long, ObjectId, Timestamp } from 'bson'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import { elementType } from './element_type.ts'
import { KeyWithNul } from './element_writer.ts'
import { encodingFailure, tooLarge } from './encoding_failure.ts'
import { commandBytesMax, documentDepthMax } from './limits.ts'
import { ValueWriter } from './value_writer.ts'

/**
 * Writes BSON into one growing buffer, which is used again after `reset`: the elements of the driver's own commands one by
 * one, a user's values as the library would, or bytes that were encoded before.
 */
export class DocumentWriter extends ValueWriter {
  readonly #openAt: Int32Array = new Int32Array(documentDepthMax)
  #depth = 0

  override reset(): void {
    super.reset()
    this.#depth = 0
  }

  double(key: string, value: number): void {
    this.#head(elementType.double, key)
    this.bareDouble(value)
  }

  string(key: string, value: string): void {
    this.#head(elementType.string, key)
    this.text(value)
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
    this.bareInt64(value)
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
   * A user's document.
   * @throws {MongoInvalidArgumentError} as `encodeDocument`.
   */
  document(key: string, value: Document, ignoreUndefined = true): void {
    this.#head(elementType.document, key)
    this.documentFrom(value, ignoreUndefined)
  }

  /** A document that was encoded before. */
  encodedDocument(key: string, bytes: Uint8Array): void {
    this.#head(elementType.document, key)
    this.append(bytes)
  }

  /**
   * Any value of a user's, an array for example. Undefined is left out, or null with `ignoreUndefined` false.
   * @throws {MongoInvalidArgumentError} as `encodeDocument`.
   */
  value(key: string, value: unknown, ignoreUndefined = true): void {
    const before = this.length
    try {
      this.userElement(key, value, ignoreUndefined)
    } catch (error) {
      throw encodingFailure(error, { [key]: value }, ignoreUndefined)
    }
    // As a document of its own it would have a length and an end.
    this.#expectSize(this.length - before + 5)
  }

  /** A whole document of a user's, without a key. */
  documentFrom(value: Document, ignoreUndefined = true): void {
    const before = this.length
    try {
      this.userDocument(value, ignoreUndefined)
    } catch (error) {
      throw encodingFailure(error, value, ignoreUndefined)
    }
    this.#expectSize(this.length - before)
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
    this.close(this.#openAt[--this.#depth] as number)
  }

  #head(type: number, key: string): void {
    const at = this.headOf(key)
    if (at < 0) throw new KeyWithNul(key)
    this.beginValue(type, at)
  }

  #begin(): void {
    if (this.#depth === documentDepthMax) {
      throw new MongoInvalidArgumentError(`documents are nested deeper than ${documentDepthMax} levels`)
    }
    this.#openAt[this.#depth++] = this.open()
  }

  #expectSize(bytes: number): void {
    if (bytes > commandBytesMax) throw tooLarge(bytes)
  }
}

const spareWritersMax = 4
const spareWriterBytes = 16 * 1024
const spareWriters: DocumentWriter[] = []

/**
 * An empty writer for the time of one call. A user's getter may begin another command meanwhile: that gets another one.
 * When something throws, the writer is given up.
 */
export function borrowWriter(): DocumentWriter {
  return spareWriters.pop() ?? new DocumentWriter(undefined, spareWriterBytes)
}

/** Gives back a writer from which everything was taken. */
export function returnWriter(writer: DocumentWriter): void {
  if (spareWriters.length < spareWritersMax) spareWriters.push(writer)
}

/**
 * Elements that many commands begin with, as bytes to `append` in each: the command's name and `$db`, for example. The
 * bytes belong to the caller.
 */
export function prepareElements(write: (writer: DocumentWriter) => void): Uint8Array {
  const writer = borrowWriter()
  write(writer)
  const elements = writer.take()
  returnWriter(writer)
  return elements
}
