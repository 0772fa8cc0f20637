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
    this.putDouble(elementType.double, this.#head(key), value)
  }

  string(key: string, value: string): void {
    this.putText(elementType.string, this.#head(key), value)
  }

  binary(key: string, value: Uint8Array, subtype = 0): void {
    this.putInt32(elementType.binary, this.#head(key), value.length)
    this.byte(subtype)
    this.append(value)
  }

  objectId(key: string, value: ObjectId): void {
    this.putObjectId(elementType.objectId, this.#head(key), value)
  }

  boolean(key: string, value: boolean): void {
    this.putByte(elementType.boolean, this.#head(key), value ? 1 : 0)
  }

  null(key: string): void {
    this.put(elementType.null, this.#head(key))
  }

  int32(key: string, value: number): void {
    this.putInt32(elementType.int32, this.#head(key), value)
  }

  int64(key: string, value: bigint): void {
    this.putInt64(elementType.int64, this.#head(key), value)
  }

  long(key: string, value: Long): void {
    this.putWords(elementType.int64, this.#head(key), value.low, value.high)
  }

  timestamp(key: string, value: Timestamp): void {
    this.putWords(elementType.timestamp, this.#head(key), value.low, value.high)
  }

  /** A number as the library writes one: an int32 where it is one, else a double. */
  number(key: string, value: number): void {
    if ((value | 0) === value && !Object.is(value, -0)) this.int32(key, value)
    else this.double(key, value)
  }

  /**
   * A user's document; with an `_id` before its own fields if one is given.
   * @throws {MongoInvalidArgumentError} as `encodeDocument`.
   */
  document(key: string, value: Document, ignoreUndefined = true, id?: ObjectId): void {
    this.put(elementType.document, this.#head(key))
    this.documentFrom(value, ignoreUndefined, id)
  }

  /** A document that was encoded before. */
  encodedDocument(key: string, bytes: Uint8Array): void {
    this.put(elementType.document, this.#head(key))
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

  /** A whole document of a user's, without a key; with an `_id` before its own fields if one is given. */
  documentFrom(value: Document, ignoreUndefined = true, id?: ObjectId): void {
    const before = this.length
    try {
      this.userDocument(value, ignoreUndefined)
    } catch (error) {
      throw encodingFailure(error, value, ignoreUndefined)
    }
    this.#expectSize(this.length - before)
    if (id !== undefined) this.insertId(before, id)
  }

  /** Without a key: the outermost one, or one of several that follow one another. */
  beginDocument(key?: string): void {
    if (key !== undefined) this.put(elementType.document, this.#head(key))
    this.#begin()
  }

  /** Its elements have the keys `'0'`, `'1'`, … */
  beginArray(key: string): void {
    this.put(elementType.array, this.#head(key))
    this.#begin()
  }

  /** Ends the document or array that was begun last, and fills in its length. */
  endDocument(): void {
    this.close(this.#openAt[--this.#depth] as number)
  }

  #head(key: string): number {
    const at = this.headOf(key)
    if (at < 0) throw new KeyWithNul(key)
    return at
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
const spareWriterBytes = 32 * 1024
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
