import {
  Binary,
  BSON,
  BSONRegExp,
  BSONSymbol,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp
} from '../../bson/index.ts'
import { badValue, CommandFailure } from '../failure.ts'
import { type BSONDocument, type BSONValue, bsonTypes, isDocument, OpaqueValue, typeOf } from './values.ts'

/** How deep a document may nest when it is read, the levels of a command around a stored document included. */
export const decodingDepthMax = 200

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()
const dateMax = 8_640_000_000_000_000n

/**
 * Reads a document so that every value keeps its BSON type and every field its place. The library's `deserialize` cannot
 * serve: it reads undefined as a missing field, moves keys such as "7" to the front, and turns `{ $ref, $id }` into a
 * class. Nothing that is returned aliases `bytes`.
 */
export function decodeDocument(bytes: Uint8Array): BSONDocument {
  return new Decoder(bytes).document(0, bytes.length, 1)
}

class Decoder {
  readonly #bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array) {
    // A view of the class itself: the `slice` of a Buffer copies nothing.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  document(start: number, end: number, depth: number): BSONDocument {
    const document: BSONDocument = new Map()
    this.#elements(start, end, depth, (name, value) => {
      if (document.has(name)) throw invalid(`the field "${name}" stands twice in one document`, start)
      document.set(name, value)
    })
    return document
  }

  #array(start: number, end: number, depth: number): BSONValue[] {
    const array: BSONValue[] = []
    this.#elements(start, end, depth, (_, value) => array.push(value))
    return array
  }

  #elements(start: number, end: number, depth: number, take: (name: string, value: BSONValue) => void): void {
    if (depth > decodingDepthMax) {
      throw new CommandFailure('Overflow', `a document nests deeper than ${decodingDepthMax} levels (decodingDepthMax)`)
    }
    if (start + 5 > end || this.#view.getInt32(start, true) !== end - start || this.#bytes[end - 1] !== 0) {
      throw invalid('a document does not end where its length says', start)
    }
    let at = start + 4
    while (at < end - 1) {
      const type = this.#view.getInt8(at)
      const nameEnd = this.#stringEnd(at + 1, end)
      const valueEnd = this.#valueEnd(type, nameEnd + 1, end)
      if (valueEnd >= end) throw invalid('a value reaches past the end of its document', at)
      take(this.#text(at + 1, nameEnd), this.#value(type, nameEnd + 1, valueEnd, depth))
      at = valueEnd
    }
  }

  /** Where the value ends, by its type and the length that it begins with. */
  #valueEnd(type: number, at: number, end: number): number {
    const fixed = fixedLengths.get(type)
    if (fixed !== undefined) return at + fixed
    if (type === bsonTypes.regex) return this.#stringEnd(this.#stringEnd(at, end) + 1, end) + 1
    const lengthBeyond = lengthsBeyond.get(type)
    if (lengthBeyond === undefined) throw invalid(`there is no BSON type ${type}`, at)
    const length = at + 4 < end ? this.#view.getInt32(at, true) : -1
    if (length < 0 || at + length + lengthBeyond >= end) throw invalid('a length reaches past its document', at)
    return at + length + lengthBeyond
  }

  #value(type: number, at: number, end: number, depth: number): BSONValue {
    switch (type) {
      case bsonTypes.object:
        return this.document(at, end, depth + 1)
      case bsonTypes.array:
        return this.#array(at, end, depth + 1)
      case bsonTypes.string:
        return this.#string(at, end)
      case bsonTypes.symbol:
        return new BSONSymbol(this.#string(at, end))
      case bsonTypes.double:
        return new Double(this.#view.getFloat64(at, true))
      case bsonTypes.int:
        return new Int32(this.#view.getInt32(at, true))
      case bsonTypes.long:
        return Long.fromBigInt(this.#view.getBigInt64(at, true))
      case bsonTypes.decimal:
        return new Decimal128(this.#bytes.slice(at, end))
      case bsonTypes.objectId:
        return new ObjectId(this.#bytes.slice(at, end))
      case bsonTypes.bool:
        return this.#bytes[at] !== 0
      case bsonTypes.null:
        return null
      case bsonTypes.timestamp:
        return new Timestamp(this.#view.getBigUint64(at, true))
      case bsonTypes.binData:
        return this.#binary(at, end)
      case bsonTypes.regex: {
        const patternEnd = this.#bytes.indexOf(0, at)
        const options = this.#text(patternEnd + 1, end - 1)
        if (!/^[ilmsux]*$/.test(options)) throw invalid(`"${options}" are no options of a regular expression`, at)
        return new BSONRegExp(this.#text(at, patternEnd), options)
      }
      case bsonTypes.minKey:
        return new MinKey()
      case bsonTypes.maxKey:
        return new MaxKey()
      case bsonTypes.date: {
        const milliseconds = this.#view.getBigInt64(at, true)
        if (milliseconds >= -dateMax && milliseconds <= dateMax) return new Date(Number(milliseconds))
        return new OpaqueValue(type, this.#bytes.slice(at, end))
      }
      default:
        return new OpaqueValue(type, this.#bytes.slice(at, end))
    }
  }

  #binary(at: number, end: number): Binary {
    const subtype = this.#bytes[at + 4] ?? 0
    // The old subtype repeats its length before the data.
    const dataAt = subtype === Binary.SUBTYPE_BYTE_ARRAY ? at + 9 : at + 5
    if (dataAt > end || (dataAt === at + 9 && this.#view.getInt32(at + 5, true) !== end - dataAt)) {
      throw invalid('the inner length of a binary of subtype 2 is wrong', at)
    }
    return new Binary(this.#bytes.slice(dataAt, end), subtype)
  }

  #string(at: number, end: number): string {
    if (end - at < 5 || this.#bytes[end - 1] !== 0) throw invalid('a string does not end where its length says', at)
    return this.#text(at + 4, end - 1)
  }

  #stringEnd(at: number, end: number): number {
    const zero = this.#bytes.indexOf(0, at)
    if (zero < 0 || zero >= end - 1) throw invalid('a name does not end within its document', at)
    return zero
  }

  #text(at: number, end: number): string {
    try {
      return utf8.decode(this.#bytes.subarray(at, end))
    } catch {
      throw invalid('a string is not UTF-8', at)
    }
  }
}

/** Bytes of a value, for types whose values are all of one length. */
const fixedLengths: ReadonlyMap<number, number> = new Map([
  [bsonTypes.double, 8],
  [bsonTypes.undefined, 0],
  [bsonTypes.objectId, 12],
  [bsonTypes.bool, 1],
  [bsonTypes.date, 8],
  [bsonTypes.null, 0],
  [bsonTypes.int, 4],
  [bsonTypes.timestamp, 8],
  [bsonTypes.long, 8],
  [bsonTypes.decimal, 16],
  [bsonTypes.minKey, 0],
  [bsonTypes.maxKey, 0]
])

/** For types that begin with a length: how many bytes of the value that length does not count. */
const lengthsBeyond: ReadonlyMap<number, number> = new Map([
  [bsonTypes.string, 4],
  [bsonTypes.object, 0],
  [bsonTypes.array, 0],
  [bsonTypes.binData, 5],
  [bsonTypes.dbPointer, 16],
  [bsonTypes.javascript, 4],
  [bsonTypes.symbol, 4],
  [bsonTypes.javascriptWithScope, 0]
])

function invalid(what: string, at: number): CommandFailure {
  return new CommandFailure('InvalidBSON', `malformed BSON at byte ${at}: ${what}`)
}

/** The document's bytes: what `decodeDocument` read comes back byte for byte. */
export function encodeDocument(document: BSONDocument): Uint8Array {
  const writer = new Encoder()
  writer.document(document)
  return writer.bytes()
}

class Encoder {
  #buffer = new Uint8Array(256)
  #view = new DataView(this.#buffer.buffer)
  #length = 0

  bytes(): Uint8Array {
    return this.#buffer.slice(0, this.#length)
  }

  document(document: BSONDocument | readonly BSONValue[]): void {
    const start = this.#grow(4)
    for (const [key, value] of document.entries()) {
      this.#byte(typeOf(value))
      this.#name(String(key))
      this.#value(value)
    }
    this.#byte(0)
    this.#view.setInt32(start, this.#length - start, true)
  }

  #value(value: BSONValue): void {
    if (isDocument(value) || Array.isArray(value)) this.document(value)
    else if (typeof value === 'string') this.#string(value)
    else if (value instanceof BSONSymbol) this.#string(value.value)
    else if (value instanceof Double) this.#double(value.value)
    else if (value instanceof Int32) this.#int32(value.value)
    else if (value instanceof Date) this.#int64(BigInt(value.getTime()))
    else if (typeof value === 'boolean') this.#byte(value ? 1 : 0)
    else if (value instanceof Long) {
      this.#int32(value.low)
      this.#int32(value.high)
    } else if (value instanceof ObjectId) this.#raw(value.id)
    else if (value instanceof Decimal128 || value instanceof OpaqueValue) this.#raw(value.bytes)
    else if (value instanceof Binary) this.#binary(value)
    else if (value instanceof BSONRegExp) {
      this.#name(value.pattern)
      this.#name(value.options)
    }
    // Null, MinKey and MaxKey are their types alone.
  }

  #binary(value: Binary): void {
    const data = value.value()
    const old = value.sub_type === Binary.SUBTYPE_BYTE_ARRAY
    this.#int32(data.length + (old ? 4 : 0))
    this.#byte(value.sub_type)
    if (old) this.#int32(data.length)
    this.#raw(data)
  }

  #string(text: string): void {
    const bytes = encoder.encode(text)
    this.#int32(bytes.length + 1)
    this.#raw(bytes)
    this.#byte(0)
  }

  /** A string that ends at the first zero byte, and so may hold none. */
  #name(text: string): void {
    if (text.includes('\0')) {
      throw badValue(`a field name or a pattern holds a null byte: ${JSON.stringify(text)}`)
    }
    this.#raw(encoder.encode(text))
    this.#byte(0)
  }

  #byte(value: number): void {
    const at = this.#grow(1)
    this.#view.setUint8(at, value)
  }

  #int32(value: number): void {
    const at = this.#grow(4)
    this.#view.setInt32(at, value, true)
  }

  #int64(value: bigint): void {
    const at = this.#grow(8)
    this.#view.setBigInt64(at, value, true)
  }

  #double(value: number): void {
    const at = this.#grow(8)
    this.#view.setFloat64(at, value, true)
  }

  #raw(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length)
    this.#buffer.set(bytes, at)
  }

  /** Makes room at the end and returns where it begins. The view may be another one afterwards. */
  #grow(length: number): number {
    const at = this.#length
    this.#length += length
    if (this.#length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#buffer.length * 2))
      larger.set(this.#buffer)
      this.#buffer = larger
      this.#view = new DataView(larger.buffer)
    }
    return at
  }
}

/** A document of the library's kind as this folder's. What `BSON.serialize` makes of the object decides the types. */
export function fromObject(object: BSON.Document): BSONDocument {
  return decodeDocument(BSON.serialize(object, { ignoreUndefined: false }))
}

/** The reverse, for code that works on plain objects; `options` are those of the library's `deserialize`. */
export function toObject(document: BSONDocument, options: BSON.DeserializeOptions = {}): BSON.Document {
  return BSON.deserialize(encodeDocument(document), options)
}
