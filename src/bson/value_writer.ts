import { Binary, BSON, BSONError, type Code, type DBRef, type Document, Long, ObjectId } from 'bson'
import { elementType } from './element_type.ts'
import { ElementWriter, KeyWithNul } from './element_writer.ts'
import { documentByLibrary, elementByLibrary } from './library.ts'
import { documentDepthMax } from './limits.ts'

/** Users' values, whatever they are. Each property may be a getter: it is read when the library would read it. */
type Given = Readonly<Record<PropertyKey, unknown>>

const versionOf: unique symbol = Symbol.for('@@mdb.bson.version')
const typeOf: unique symbol = Symbol.for('@@mdb.bson.type')
const libraryVersion = 7
const oldBinarySubtype = Binary.SUBTYPE_BYTE_ARRAY
const vectorSubtype = Binary.SUBTYPE_VECTOR

/** An object with more keys is a map rather than a record; V8 keeps it as a table, in which `for…in` is slow. */
const fieldsMax = 512

const dateMSMax = 8.64e15
const upperWord = 2 ** 32

/** What tells an array of bytes of another realm. */
const typedArrayTag = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)

/** More than `documentDepthMax` levels. What is wrong with the document is the library's to say: it may be a cycle. */
export class TooDeep extends Error {}

/**
 * Writes users' values: the bytes, the errors and the order in which the user's code runs (getters, `toBSON`) are those of
 * the library's `serialize`. A getter may encode another document meanwhile, by another writer.
 */
export class ValueWriter extends ElementWriter {
  /** The objects that what is being written is in, the outermost first: for cycles. */
  private readonly above: unknown[] = Array.from({ length: documentDepthMax }, () => undefined)
  private depth = 0
  private ignoreUndefined = false
  private asksPrimitives = false

  /** A whole document. */
  protected userDocument(document: Document, ignoreUndefined: boolean): void {
    const kind = kindOf(document)
    if (!isDocument(document, kind)) return this.append(documentByLibrary(document, ignoreUndefined))
    this.beginUser(ignoreUndefined)
    this.nested(document, kind)
    this.unlimitRoom()
  }

  /** One element of a document that is written otherwise, or none if the value is undefined and `ignoreUndefined` true. */
  protected userElement(key: string, value: unknown, ignoreUndefined: boolean): void {
    this.beginUser(ignoreUndefined)
    this.depth = 1
    this.element(this.headOf(key), key, value)
    this.depth = 0
    this.unlimitRoom()
  }

  private beginUser(ignoreUndefined: boolean): void {
    this.limitRoom()
    this.depth = 0
    this.ignoreUndefined = ignoreUndefined
    this.asksPrimitives = primitivesHaveToBSON()
  }

  /** What belongs behind a head. `toBSON` is asked for first, then the key is looked at: in the order of the library. */
  private element(at: number, key: string | number, value: unknown): void {
    if (at < 0 || this.asksPrimitives) return this.unusual(at, key, value)
    if (typeof value === 'string') {
      this.putText(elementType.string, at, value)
    } else if (typeof value === 'number') {
      this.numberValue(at, value)
    } else if (typeof value === 'object' && value !== null) {
      if (typeof (value as Given)['toBSON'] === 'function') this.unusual(at, key, value)
      else this.objectValue(at, key, value as Given)
    } else if (typeof value === 'function') {
      this.unusual(at, key, value)
    } else {
      this.otherPrimitive(at, key, value)
    }
  }

  private unusual(at: number, key: string | number, given: unknown): void {
    const value = inItsPlace(given)
    if (at < 0) throw new KeyWithNul(String(key))
    if (typeof value === 'string') {
      this.putText(elementType.string, at, value)
    } else if (typeof value === 'number') {
      this.numberValue(at, value)
    } else if (typeof value === 'object' && value !== null) {
      this.objectValue(at, key, value as Given)
    } else {
      this.otherPrimitive(at, key, value)
    }
  }

  /** What BSON does not have, functions for example, is left out. */
  private otherPrimitive(at: number, key: string | number, value: unknown): void {
    if (typeof value === 'boolean') {
      this.putByte(elementType.boolean, at, value ? 1 : 0)
    } else if (value === null || (value === undefined && (typeof key === 'number' || !this.ignoreUndefined))) {
      this.put(elementType.null, at)
    } else if (typeof value === 'bigint') {
      this.putInt64(elementType.int64, at, value)
    }
  }

  private numberValue(at: number, value: number): void {
    if ((value | 0) === value && !Object.is(value, -0)) this.putInt32(elementType.int32, at, value)
    else this.putDouble(elementType.double, at, value)
  }

  private objectValue(at: number, key: string | number, value: Given): void {
    if (value instanceof ObjectId) {
      return this.putObjectId(elementType.objectId, at, value)
    }
    const tag = value['_bsontype']
    if (tag !== undefined && tag !== null) return this.typedValue(at, key, value)
    const kind = kindOf(value)
    if (kind === '[object Object]') {
      this.put(elementType.document, at)
      this.nested(value, kind)
    } else if (kind === '[object Array]') {
      this.put(elementType.array, at)
      this.nested(value, kind)
    } else if (value instanceof Date || kind === '[object Date]') {
      this.dateValue(at, (value as unknown as Date).getTime())
    } else if (value instanceof Uint8Array || typedArrayTag?.get?.call(value) === 'Uint8Array') {
      this.binaryValue(at, value as unknown as Uint8Array, 0)
    } else if (value instanceof RegExp || kind === '[object RegExp]') {
      this.append(elementByLibrary(String(key), value))
    } else {
      this.put(Array.isArray(value) ? elementType.array : elementType.document, at)
      this.nested(value, kind)
    }
  }

  /** A value of the library: of this copy of it, of another one, or one that only looks so. */
  private typedValue(at: number, key: string | number, value: Given): void {
    if (value[versionOf] !== libraryVersion) throw new BSON.BSONVersionError()
    switch (value[typeOf]) {
      case 'ObjectId':
        return this.putObjectId(elementType.objectId, at, value as unknown as ObjectId)
      case 'Long':
        return this.longValue(elementType.int64, at, value as unknown as Long)
      case 'Timestamp':
        return this.longValue(elementType.timestamp, at, value as unknown as Long)
      case 'Double': {
        const number = value['value']
        if (typeof number !== 'number') break
        return this.putDouble(elementType.double, at, number)
      }
      case 'Int32': {
        const number = value.valueOf() as unknown
        if (typeof number !== 'number') break
        return this.putInt32(elementType.int32, at, number)
      }
      case 'Decimal128': {
        const bytes = value['bytes']
        if (!(bytes instanceof Uint8Array) || bytes.length !== 16) break
        this.put(elementType.decimal128, at)
        return this.append(bytes)
      }
      case 'Binary': {
        const { buffer, position, sub_type: subtype } = value as unknown as Binary
        if (!(buffer instanceof Uint8Array) || !(position <= buffer.length) || subtype === vectorSubtype) break
        return this.binaryValue(at, position === buffer.length ? buffer : buffer.subarray(0, position), subtype)
      }
      case 'Code': {
        const { code, scope } = value as unknown as Code
        if (typeof code !== 'string' || typeof scope !== 'object' || scope === null) break
        return this.codeWithScopeValue(at, code, scope)
      }
      case 'DBRef':
        return this.referenceValue(at, value as unknown as DBRef)
    }
    this.append(elementByLibrary(String(key), value))
  }

  private longValue(type: number, at: number, value: Long): void {
    this.putWords(type, at, value.getLowBits(), value.getHighBits())
  }

  /** Milliseconds since 1970: an integer, or NaN, unless somebody has a `getTime` of his own. */
  private dateValue(at: number, epochMS: number): void {
    if (Number.isInteger(epochMS) && Math.abs(epochMS) <= dateMSMax) {
      const high = Math.floor(epochMS / upperWord)
      this.putWords(elementType.date, at, epochMS - high * upperWord, high)
    } else {
      this.longValue(elementType.date, at, Long.fromNumber(epochMS))
    }
  }

  private binaryValue(at: number, bytes: Uint8Array, subtype: number): void {
    const { length } = bytes
    const repeatsLength = subtype === oldBinarySubtype
    this.putInt32(elementType.binary, at, repeatsLength ? length + 4 : length)
    this.byte(subtype)
    if (repeatsLength) this.bareInt32(length)
    this.append(bytes)
  }

  private codeWithScopeValue(at: number, code: string, scope: Document): void {
    this.put(elementType.codeWithScope, at)
    const start = this.length
    this.bareInt32(0)
    this.longText(code)
    this.nested(scope, kindOf(scope))
    this.patchInt32(start, this.length - start)
  }

  /** In a reference undefined values are left out, whatever holds around it. */
  private referenceValue(at: number, { collection, oid, db, fields }: DBRef): void {
    const database = db === undefined || db === null ? undefined : { $db: db }
    const document: Document = Object.assign({ $ref: collection, $id: oid }, database, fields)
    const ignoreUndefined = this.ignoreUndefined
    this.ignoreUndefined = true
    this.put(elementType.document, at)
    this.nested(document, kindOf(document))
    this.ignoreUndefined = ignoreUndefined
  }

  /** `kind` is what `Object.prototype.toString` says of it. */
  private nested(value: object, kind: string): void {
    const above = this.above
    const depth = this.depth
    this.expectNotAbove(value)
    if (depth === documentDepthMax) throw new TooDeep()
    above[depth] = value
    this.depth = depth + 1
    const openAt = this.open()
    if (kind === '[object Object]') this.properties(documentOf(value))
    else if (Array.isArray(value)) this.elements(value)
    else if (value instanceof Map || kind === '[object Map]') this.entries(value as Map<unknown, unknown>)
    else this.properties(documentOf(value))
    this.close(openAt)
    above[depth] = undefined
    this.depth = depth
  }

  /**
   * The properties that `Object.keys` gives. V8 reads them several times as fast in a `for…in`, which goes on giving the
   * same ones in the same order, unless a getter takes some away.
   */
  private properties(document: Given): void {
    const keys = Object.keys(document)
    if (keys.length > fieldsMax) return this.mapped(document, keys)
    let next = 0
    for (const key in document) {
      if (key !== keys[next]) break
      next++
      this.element(this.headOf(key), key, document[key])
    }
    for (; next < keys.length; next++) {
      const key = keys[next] as string
      this.element(this.headOf(key), key, document[key])
    }
  }

  /** So many keys are hardly names of fields that other documents have too: none is remembered. */
  private mapped(document: Given, keys: readonly string[]): void {
    for (const key of keys) this.element(this.newHead(key), key, document[key])
  }

  private elements(array: readonly unknown[]): void {
    for (let index = 0; index < array.length; index++) {
      const value = array[index]
      // Long arrays are of numbers mostly: a short way, whatever V8 makes of the general one.
      if (typeof value === 'number' && !this.asksPrimitives) this.numberValue(this.headAt(index), value)
      else this.element(this.headAt(index), index, value)
    }
  }

  private entries(map: Map<unknown, unknown>): void {
    for (const [key, value] of map.entries()) {
      if (typeof key === 'string') this.element(this.headOf(key), key, value)
      else this.append(elementByLibrary(key, inItsPlace(value), this.ignoreUndefined))
    }
  }

  private expectNotAbove(value: unknown): void {
    const { above, depth } = this
    for (let level = 0; level < depth; level++) {
      if (above[level] === value) throw new BSONError('Cannot convert circular structure to BSON')
    }
  }
}

/** Somebody made a `toBSON` for all texts or all numbers, say. */
function primitivesHaveToBSON(): boolean {
  return (
    asked(String.prototype) ||
    asked(Number.prototype) ||
    asked(Boolean.prototype) ||
    asked(BigInt.prototype) ||
    asked(Symbol.prototype)
  )
}

function asked(prototype: object): boolean {
  return (prototype as Given)['toBSON'] !== undefined
}

function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value)
}

/** What can be a document at all. The library says of the rest why not. */
function isDocument(value: unknown, kind: string): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (kind !== '[object Object]' && (Array.isArray(value) || noDocuments.has(kind))) return false
  if (value instanceof Date || value instanceof RegExp || value instanceof Uint8Array) return false
  return typeof (value as Given)['_bsontype'] !== 'string'
}

const noDocuments: ReadonlySet<string> = new Set(
  ['Date', 'RegExp', 'Uint8Array', 'ArrayBuffer', 'SharedArrayBuffer'].map(name => `[object ${name}]`)
)

/** What the user wants to have written instead of it. */
function inItsPlace(value: unknown): unknown {
  const given = value as Given | null | undefined
  return typeof given?.['toBSON'] === 'function' ? given['toBSON']() : value
}

/** As before, for a value that has to be a document. */
function documentOf(value: object): Given {
  const given = inItsPlace(value)
  if (given !== undefined && given !== null && typeof given !== 'object') {
    throw new BSONError('toBSON function did not return an object')
  }
  return given as Given
}
