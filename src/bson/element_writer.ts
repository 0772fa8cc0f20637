import type { ObjectId } from 'bson'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import { indexWord, indexWordsMax } from './index_words.ts'
import { headWordsBytes, type KeyHead, KeyHeads, shortHeadBytes } from './key_heads.ts'
import { giveBackBuffer, takeBuffer } from './large_buffers.ts'
import { documentRoomBytes, writerBytesMax } from './limits.ts'

const firstBytes = 1024

/** Views that a writer keeps. */
const viewsMax = 16

/** A buffer that grew beyond this for one large message is given up at the next `reset` or `take`. */
const usuallyKeptBytesMax = 64 * 1024

/** Up to this length `take` hands out the buffer's own bytes and goes on behind them; what is longer is copied. */
const takenInPlaceBytesMax = 4 * 1024

/** Bytes that were taken in place keep the whole buffer: of one that is longer than this they are copied. */
const sharedBytesMax: number = usuallyKeptBytesMax

/** Up to this length a loop writes ASCII faster than a call of Node's does. Measured, as `shortBytesMax` is. */
const loopLengthMax = 30

/** Up to this length a loop copies bytes faster than `set` does. */
const shortBytesMax = 16

const objectIdBytes = 12

/** Type, ten digits and NUL. */
const indexHeadBytesMax = 12

const idHead: Uint8Array = Buffer.from('\x07_id\0')
const idElementBytes: number = idHead.length + objectIdBytes

/**
 * What may be written beyond the capacity, with no look at the room: the words of a head, which are stored whole also
 * where the key is short, or a short value behind a head.
 */
const slackBytes = headWordsBytes + 8

const heads = new KeyHeads()

/** A key that BSON cannot have: its end would be the NUL in it. */
export class KeyWithNul extends MongoInvalidArgumentError {
  readonly key: string

  constructor(key: string) {
    super(`the key ${JSON.stringify(key)} contains a NUL character`)
    this.key = key
  }
}

/** One document takes more than `documentRoomBytes`: how many is not found out. */
export class OutOfRoom extends Error {}

/**
 * What the library's `serialize` calls of an ObjectId, of whichever copy of the library; its types keep silent about it.
 * The public `id` would make an array for each.
 */
interface WritesItself {
  serializeInto(bytes: Uint8Array, at: number): unknown
}

/**
 * Writes the parts of BSON elements into one growing buffer. An element is its key first, by `headOf` or `headAt`, which
 * return where the value goes; then, when it is known what the value is, its type and the value by one of the methods
 * `put…`. A head without a value is as if it had not been written.
 *
 * Not checked: that elements are inside a document, and that a key is written once. What throws leaves half an element:
 * only `reset` helps then.
 *
 * Fields and methods are private by the compiler alone: with `#` arrays of numbers took 1.4 times as long on Node 20.
 */
export class ElementWriter {
  private readonly bytesMax: number
  private readonly firstBytes: number
  private readonly keptBytesMax: number
  private buffer: Buffer
  /** The buffer's own: to ask it for that is a call into V8. */
  private memory: ArrayBufferLike
  private view: DataView
  /** The buffer is longer by `slackBytes`. */
  private capacity: number
  /** What was taken in place stands before it. */
  private start = 0
  private at = 0
  /** How far the user's document that is being written may go, counted from `start`. */
  private roomEnd: number = Number.POSITIVE_INFINITY
  /** Of the buffer, from its beginning. */
  private views: (Uint8Array | undefined)[] = []
  private previous: KeyHead

  /** The buffer begins with `bytesBegun`, and goes back to that when it has grown beyond `bytesKept`. */
  constructor(
    bytesMax: number = writerBytesMax,
    bytesBegun: number = firstBytes,
    bytesKept: number = usuallyKeptBytesMax
  ) {
    this.keptBytesMax = bytesKept
    this.bytesMax = bytesMax
    this.firstBytes = bytesBegun
    this.buffer = Buffer.allocUnsafeSlow(bytesBegun + slackBytes)
    this.memory = this.buffer.buffer
    this.view = new DataView(this.memory)
    this.capacity = bytesBegun
    this.previous = heads.before
  }

  /** Bytes written so far. */
  get length(): number {
    return this.at - this.start
  }

  /**
   * What has been written, as a view: the next `reset` and what is written then overwrites it. Commands that are alike are
   * as long as one another, so some views are kept: to make one takes as long as to write thirty bytes.
   */
  written(): Uint8Array {
    const { length } = this
    if (this.start !== 0) return this.buffer.subarray(this.start, this.at)
    const kept = this.views[length % viewsMax]
    if (kept?.length === length) return kept
    const view = this.buffer.subarray(0, length)
    this.views[length % viewsMax] = view
    return view
  }

  /** Of one document that has been written, the elements, without its length and end; as `take`. */
  takeElements(): Uint8Array {
    this.start += 4
    this.at -= 1
    return this.take()
  }

  /** What has been written, as bytes that belong to the caller. The writer is empty then. */
  take(): Uint8Array {
    const { length } = this
    if (length > takenInPlaceBytesMax || this.capacity > sharedBytesMax) {
      const copy = Buffer.allocUnsafeSlow(length)
      this.buffer.copy(copy, 0, this.start, this.at)
      this.reset()
      return copy
    }
    // Not a Buffer: making one takes twice the time.
    const taken = new Uint8Array(this.memory, this.start, length)
    this.start = this.at
    this.reset()
    return taken
  }

  /** Empties the writer. What `written` gave before may only be overwritten when nobody reads it any more. */
  reset(): void {
    this.roomEnd = Number.POSITIVE_INFINITY
    this.at = this.start
    if (this.capacity > this.keptBytesMax) this.use(this.firstBytes, 0)
  }

  /**
   * Makes room for `bytes` more.
   * @throws {MongoInvalidArgumentError} beyond the writer's limit.
   */
  reserve(bytes: number): void {
    if (this.at + bytes > this.capacity) this.grow(bytes)
  }

  byte(value: number): void {
    this.reserve(1)
    this.buffer[this.at++] = value
  }

  /** An int32 without a key: part of a header. */
  bareInt32(value: number): void {
    this.reserve(4)
    this.view.setInt32(this.at, value, true)
    this.at += 4
  }

  /** Writes over an int32 that is there already; `at` counts from the first byte written. */
  patchInt32(at: number, value: number): void {
    this.view.setInt32(this.start + at, value, true)
  }

  /** Bytes that were prepared: elements, or a whole document. */
  append(bytes: Uint8Array): void {
    const { length } = bytes
    this.reserve(length)
    const at = this.at
    if (length <= shortBytesMax) {
      const buffer = this.buffer
      for (let i = 0; i < length; i++) buffer[at + i] = bytes[i] as number
    } else {
      this.buffer.set(bytes, at)
    }
    this.at = at + length
  }

  /** A text and the 0 behind it, without a length: a key. */
  cstring(text: string): void {
    if (text.includes('\0')) throw new KeyWithNul(text)
    this.reserve(3 * text.length + 1)
    this.at += this.buffer.write(text, this.at)
    this.buffer[this.at++] = 0
  }

  /**
   * Writes a key behind a place for the type. Returns where the value goes, or -1 if the key has a NUL.
   */
  headOf(key: string): number {
    let head = this.previous.follower
    if (head === undefined || head.key !== key) {
      head = heads.find(key)
      if (head === undefined) return this.newHead(key)
      this.previous.follower = head
    }
    this.previous = head
    const { length } = head
    this.reserve(length)
    const at = this.at
    const view = this.view
    view.setInt32(at, head.first, true)
    view.setInt32(at + 4, head.second, true)
    view.setInt32(at + 8, head.third, true)
    if (length > shortHeadBytes) {
      view.setInt32(at + 12, head.fourth, true)
      view.setInt32(at + 16, head.fifth, true)
      if (head.rest !== undefined) this.writeRest(head.rest, at + headWordsBytes)
    }
    return at + length
  }

  /** As `headOf`, for a key that will hardly come again. */
  newHead(key: string): number {
    this.previous = heads.before
    const { length } = key
    if (length > loopLengthMax) return this.longHead(key)
    this.reserve(length + 2)
    const { buffer } = this
    let to = this.at + 1
    for (let i = 0; i < length; i++) {
      const unit = key.charCodeAt(i)
      if (unit === 0 || unit > 0x7f) return this.longHead(key)
      buffer[to++] = unit
    }
    buffer[to++] = 0
    return to
  }

  /** As `headOf`, for the element of an array. */
  headAt(index: number): number {
    this.reserve(indexHeadBytesMax)
    const at = this.at
    if (index >= indexWordsMax) return this.longIndexHead(index)
    // A place for the type, up to three digits, NUL.
    this.view.setInt32(at, indexWord(index) << 8, true)
    if (index < 10) return at + 3
    if (index < 100) return at + 4
    this.buffer[at + 4] = 0
    return at + 5
  }

  /** A value that is its type alone, or is appended next. */
  put(type: number, at: number): void {
    this.buffer[this.at] = type
    this.at = at
  }

  putByte(type: number, at: number, value: number): void {
    this.buffer[this.at] = type
    this.buffer[at] = value
    this.at = at + 1
  }

  putInt32(type: number, at: number, value: number): void {
    this.buffer[this.at] = type
    this.view.setInt32(at, value, true)
    this.at = at + 4
  }

  /** Eight bytes as two words, the lower one first. */
  putWords(type: number, at: number, low: number, high: number): void {
    this.buffer[this.at] = type
    this.view.setInt32(at, low, true)
    this.view.setInt32(at + 4, high, true)
    this.at = at + 8
  }

  putInt64(type: number, at: number, value: bigint): void {
    this.buffer[this.at] = type
    this.view.setBigInt64(at, value, true)
    this.at = at + 8
  }

  putDouble(type: number, at: number, value: number): void {
    this.buffer[this.at] = type
    this.view.setFloat64(at, value, true)
    this.at = at + 8
  }

  putObjectId(type: number, at: number, value: ObjectId): void {
    this.buffer[this.at] = type
    this.at = at
    this.reserve(objectIdBytes)
    writesItself(value).serializeInto(this.buffer, this.at)
    this.at += objectIdBytes
  }

  /** A text's length in bytes, itself and NUL. */
  putText(type: number, at: number, value: string): void {
    this.buffer[this.at] = type
    this.at = at
    const { length } = value
    if (length > loopLengthMax) return this.longText(value)
    if (at + length + 5 > this.capacity) this.grow(length + 5)
    const { buffer } = this
    const begin = this.at + 4
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i)
      if (unit > 0x7f) return this.longText(value)
      buffer[begin + i] = unit
    }
    buffer[begin + length] = 0
    this.view.setInt32(begin - 4, length + 1, true)
    this.at = begin + length + 1
  }

  /** Begins a document or an array. Returns where, for `close`. */
  open(): number {
    this.reserve(4)
    const { length } = this
    this.at += 4
    return length
  }

  /** Ends what was begun there, and fills in its length. */
  close(openAt: number): void {
    this.byte(0)
    this.view.setInt32(this.start + openAt, this.length - openAt, true)
  }

  /** Puts an `_id` before the other elements of the document that was begun there and has just ended. */
  insertId(openAt: number, id: ObjectId): void {
    this.reserve(idElementBytes)
    const from = this.start + openAt + 4
    this.buffer.copyWithin(from + idElementBytes, from, this.at)
    this.at += idElementBytes
    this.buffer.set(idHead, from)
    writesItself(id).serializeInto(this.buffer, from + idHead.length)
    this.patchInt32(openAt, this.length - openAt)
  }

  /** From here on `documentRoomBytes` more are allowed, until `unlimitRoom` or `reset`. */
  limitRoom(): void {
    this.roomEnd = this.length + documentRoomBytes
  }

  unlimitRoom(): void {
    this.roomEnd = Number.POSITIVE_INFINITY
  }

  /** A text behind its type. */
  longText(value: string): void {
    const most = 3 * value.length + 5
    if (this.at + most > this.capacity) this.reserve(Buffer.byteLength(value) + 5)
    const at = this.at
    const bytes = this.buffer.write(value, at + 4)
    this.view.setInt32(at, bytes + 1, true)
    this.buffer[at + 4 + bytes] = 0
    this.at = at + bytes + 5
  }

  private writeRest(rest: Uint8Array, at: number): void {
    const { buffer } = this
    for (let i = 0; i < rest.length; i++) buffer[at + i] = rest[i] as number
  }

  private longIndexHead(index: number): number {
    const digits = String(index)
    let at = this.at + 1
    for (let i = 0; i < digits.length; i++) this.buffer[at++] = digits.charCodeAt(i)
    this.buffer[at++] = 0
    return at
  }

  private longHead(key: string): number {
    if (key.includes('\0')) return -1
    const { length } = this
    this.byte(0)
    this.cstring(key)
    const to = this.at
    this.at = this.start + length
    return to
  }

  private grow(bytes: number): void {
    const { length } = this
    const needed = length + bytes
    if (needed > this.roomEnd) throw new OutOfRoom()
    if (needed > this.bytesMax) {
      throw new MongoInvalidArgumentError(`a message would take ${needed} bytes or more; the limit is ${this.bytesMax}`)
    }
    const capacity = needed <= this.firstBytes ? this.firstBytes : Math.max(needed, 2 * this.capacity)
    this.use(Math.min(capacity, this.bytesMax, this.roomEnd), length)
  }

  /** Another buffer, with the first `length` bytes of what has been written. */
  private use(capacity: number, length: number): void {
    const buffer = takeBuffer(capacity + slackBytes)
    this.buffer.copy(buffer, 0, this.start, this.start + length)
    giveBackBuffer(this.buffer)
    this.buffer = buffer
    this.memory = buffer.buffer
    this.view = new DataView(this.memory)
    this.capacity = capacity
    this.start = 0
    this.at = length
    this.views = []
  }
}

function writesItself(id: ObjectId): WritesItself {
  return id as unknown as WritesItself
}
