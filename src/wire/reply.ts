import {
  copyOf,
  type DecodeOptions,
  decodeBatch,
  decodeDocument,
  type DecodeSite,
  type Document,
  ElementReader,
  elementType,
  int32At,
  keyBytes,
  Long,
  textAt,
  Timestamp
} from '../bson/index.ts'
import type { Message } from './message.ts'
import { WireViolationError } from './violation.ts'

const keys = {
  ok: keyBytes('ok'),
  code: keyBytes('code'),
  n: keyBytes('n'),
  nModified: keyBytes('nModified'),
  writeErrors: keyBytes('writeErrors'),
  writeConcernError: keyBytes('writeConcernError'),
  upserted: keyBytes('upserted'),
  errorLabels: keyBytes('errorLabels'),
  cursor: keyBytes('cursor'),
  id: keyBytes('id'),
  ns: keyBytes('ns'),
  firstBatch: keyBytes('firstBatch'),
  nextBatch: keyBytes('nextBatch'),
  postBatchResumeToken: keyBytes('postBatchResumeToken'),
  $clusterTime: keyBytes('$clusterTime'),
  clusterTime: keyBytes('clusterTime'),
  operationTime: keyBytes('operationTime'),
  recoveryToken: keyBytes('recoveryToken')
}

const noLabels: readonly string[] = Object.freeze([])

/**
 * What a reply says, without decoding it: the top level is scanned once, and only what is asked for becomes a value. One
 * object serves for all replies of a connection. It holds only while the bytes are lent, that is until the call that it
 * is passed to returns; what its methods have returned is the caller's for good.
 */
export class Reply {
  readonly #peer: string
  readonly #message: Message
  readonly #top: ElementReader = new ElementReader()
  readonly #inner: ElementReader = new ElementReader()

  /** Whether the command succeeded; it may still have write errors. */
  ok = false
  /** The server's number of the error at the top level, if there is one. */
  code: number | undefined
  /** Whether there is a cursor, with an id (an int64) and a batch. */
  hasCursor = false
  /** How many documents a write matched, inserted or deleted, and how many it changed; undefined where the reply has no number. */
  n: number | undefined
  nModified: number | undefined
  /** Whether a write's reply has more than its counts: errors, or the identifiers of documents that it upserted. */
  hasWriteDetails = false
  /** `$clusterTime.clusterTime`, unsigned: a later one has more seconds or, in the same second, a higher increment. */
  hasClusterTime = false
  clusterTimeSeconds = 0
  clusterTimeIncrement = 0
  /** How its documents are decoded where no other options are given. Set by whoever takes the reply; undefined in the next. */
  decodeOptions: DecodeOptions | undefined

  #hasCursorId = false
  #cursorIdLow = 0
  #cursorIdHigh = 0
  // Places in the message's bytes; -1: not there.
  #namespaceStart = -1
  #namespaceEnd = -1
  #batchStart = -1
  #batchEnd = -1
  #resumeTokenStart = -1
  #resumeTokenEnd = -1
  #clusterTimeStart = -1
  #clusterTimeEnd = -1
  #operationTimeStart = -1
  #labelsStart = -1
  #labelsEnd = -1

  /** `message` is the connection's: the reply is of what it has read last. */
  constructor(peer: string, message: Message) {
    this.#peer = peer
    this.#message = message
  }

  get requestId(): number {
    return this.#message.requestId
  }

  get responseTo(): number {
    return this.#message.responseTo
  }

  /** Whether another reply follows without a request. */
  get moreToCome(): boolean {
    return this.#message.moreToCome
  }

  /** The whole message, lent like the reply. */
  messageView(): Uint8Array {
    const { bytes, start, end } = this.#message
    return bytes.subarray(start, end)
  }

  /** Bytes of the whole message. */
  get messageBytes(): number {
    return this.#message.end - this.#message.start
  }

  /**
   * Scans what the message has read.
   * @throws {WireViolationError} when its document is malformed.
   */
  scan(): void {
    this.#forget()
    const { bytes, documentStart, documentEnd } = this.#message
    const top = this.#top
    try {
      top.enter(bytes, documentStart, documentEnd)
      while (top.next()) this.#take(bytes, top)
    } catch (cause) {
      throw this.#unreadable(cause)
    }
    this.hasCursor = this.#hasCursorId && this.#batchStart >= 0
  }

  /** Neither the reply nor its message is lent any longer: a connection that is idle keeps nothing of a long one. */
  release(): void {
    this.#top.leave()
    this.#inner.leave()
    this.#message.release()
  }

  /** The whole reply. `site`: where replies like it come from. */
  document(options: DecodeOptions | undefined = this.decodeOptions, site?: DecodeSite): Document {
    return this.#message.document(options, site)
  }

  /** The cursor's id; 0 when the server has closed the cursor, or when there is none. */
  cursorId(): Long {
    if (this.#cursorIdLow === 0 && this.#cursorIdHigh === 0) return Long.ZERO
    return Long.fromBits(this.#cursorIdLow, this.#cursorIdHigh)
  }

  /** The cursor's `database.collection`. */
  namespace(): string | undefined {
    if (this.#namespaceStart < 0) return undefined
    return textAt(this.#message.bytes, this.#namespaceStart, this.#namespaceEnd)
  }

  /**
   * Appends the cursor's batch, first or next, to `into`, and returns how many documents there were. `site`: where
   * documents like them come from.
   * @throws {WireViolationError} when a document is malformed; `into` is then as it was.
   */
  batch(into: Document[], options: DecodeOptions | undefined = this.decodeOptions, site?: DecodeSite): number {
    if (!this.hasCursor) return 0
    try {
      return decodeBatch(this.#message.bytes, this.#batchStart, this.#batchEnd, into, options, site)
    } catch (cause) {
      throw this.#unreadable(cause)
    }
  }

  /** Of a change stream: where the server has got to with this batch. Undefined where the reply does not say it. */
  postBatchResumeToken(): Document | undefined {
    const start = this.#resumeTokenStart
    return start < 0 ? undefined : decodeDocument(this.#message.bytes, start, this.#resumeTokenEnd - start)
  }

  /**
   * `$clusterTime` as the bytes of its document, signature included: what later commands carry. Written over `bytes` where
   * these are as many, else a copy; undefined where the reply has none.
   */
  clusterTimeInto(bytes: Uint8Array | undefined): Uint8Array | undefined {
    if (!this.hasClusterTime) return undefined
    const from = this.#message.bytes
    const start = this.#clusterTimeStart
    const length = this.#clusterTimeEnd - start
    if (bytes?.length !== length) return copyOf(from, start, start + length)
    for (let i = 0; i < length; i++) bytes[i] = from[start + i] as number
    return bytes
  }

  operationTime(): Timestamp | undefined {
    const at = this.#operationTimeStart
    if (at < 0) return undefined
    const { bytes } = this.#message
    return new Timestamp({ t: int32At(bytes, at + 4) >>> 0, i: int32At(bytes, at) >>> 0 })
  }

  /** What a router tells of a transaction, encoded: a copy. Looked for only when it is asked for. */
  recoveryToken(): Uint8Array | undefined {
    const { bytes, documentStart, documentEnd } = this.#message
    const top = this.#top
    try {
      top.enter(bytes, documentStart, documentEnd)
      while (top.next()) {
        if (top.type === elementType.document && top.keyIs(keys.recoveryToken))
          return copyOf(bytes, top.valueStart, top.valueEnd)
      }
    } catch (cause) {
      throw this.#unreadable(cause)
    }
    return undefined
  }

  /** The texts of `errorLabels` at the top level. */
  errorLabels(): readonly string[] {
    if (this.#labelsStart < 0) return noLabels
    const { bytes } = this.#message
    const labels: string[] = []
    try {
      const inner = this.#inner
      inner.enter(bytes, this.#labelsStart, this.#labelsEnd)
      while (inner.next()) {
        if (inner.type === elementType.string) labels.push(textAt(bytes, inner.valueStart + 4, inner.valueEnd - 1))
      }
    } catch (cause) {
      throw this.#unreadable(cause)
    }
    return labels
  }

  #forget(): void {
    this.decodeOptions = undefined
    this.ok = false
    this.code = undefined
    this.n = undefined
    this.nModified = undefined
    this.hasWriteDetails = false
    this.hasCursor = false
    this.hasClusterTime = false
    this.#hasCursorId = false
    this.#cursorIdLow = 0
    this.#cursorIdHigh = 0
    this.#namespaceStart = -1
    this.#batchStart = -1
    this.#resumeTokenStart = -1
    this.#operationTimeStart = -1
    this.#labelsStart = -1
  }

  #take(bytes: Uint8Array, top: ElementReader): void {
    if (top.keyIs(keys.ok)) {
      this.ok = top.number() === 1
    } else if (top.keyIs(keys.cursor)) {
      if (top.type === elementType.document) this.#takeCursor(bytes, top.valueStart, top.valueEnd)
    } else if (top.keyIs(keys.$clusterTime)) {
      if (top.type === elementType.document) this.#takeClusterTime(bytes, top.valueStart, top.valueEnd)
    } else if (top.keyIs(keys.operationTime)) {
      if (top.type === elementType.timestamp) this.#operationTimeStart = top.valueStart
    } else if (top.keyIs(keys.n)) {
      this.n = top.number()
    } else if (top.keyIs(keys.nModified)) {
      this.nModified = top.number()
    } else if (top.keyIs(keys.code)) {
      this.code = top.number()
    } else if (top.keyIs(keys.writeErrors) || top.keyIs(keys.writeConcernError) || top.keyIs(keys.upserted)) {
      this.hasWriteDetails = true
    } else if (top.keyIs(keys.errorLabels) && top.type === elementType.array) {
      this.#labelsStart = top.valueStart
      this.#labelsEnd = top.valueEnd
    }
  }

  #takeCursor(bytes: Uint8Array, start: number, end: number): void {
    const inner = this.#inner
    inner.enter(bytes, start, end)
    while (inner.next()) {
      if (inner.keyIs(keys.id)) {
        this.#hasCursorId = inner.type === elementType.int64
        if (!this.#hasCursorId) continue
        this.#cursorIdLow = int32At(bytes, inner.valueStart)
        this.#cursorIdHigh = int32At(bytes, inner.valueStart + 4)
      } else if (inner.keyIs(keys.firstBatch) || inner.keyIs(keys.nextBatch)) {
        if (inner.type !== elementType.array) continue
        this.#batchStart = inner.valueStart
        this.#batchEnd = inner.valueEnd
      } else if (inner.keyIs(keys.ns) && inner.type === elementType.string) {
        this.#namespaceStart = inner.valueStart + 4
        this.#namespaceEnd = inner.valueEnd - 1
      } else if (inner.keyIs(keys.postBatchResumeToken) && inner.type === elementType.document) {
        this.#resumeTokenStart = inner.valueStart
        this.#resumeTokenEnd = inner.valueEnd
      }
    }
  }

  #takeClusterTime(bytes: Uint8Array, start: number, end: number): void {
    const inner = this.#inner
    inner.enter(bytes, start, end)
    while (inner.next()) {
      if (!inner.keyIs(keys.clusterTime) || inner.type !== elementType.timestamp) continue
      this.hasClusterTime = true
      this.clusterTimeIncrement = int32At(bytes, inner.valueStart) >>> 0
      this.clusterTimeSeconds = int32At(bytes, inner.valueStart + 4) >>> 0
      this.#clusterTimeStart = start
      this.#clusterTimeEnd = end
    }
  }

  #unreadable(cause: unknown): WireViolationError {
    const why = cause instanceof Error ? cause.message : String(cause)
    return new WireViolationError(this.#peer, `a reply cannot be read: ${why}`, { cause })
  }
}
