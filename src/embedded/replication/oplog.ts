import { compareOpTimes, noOpTime, type OpTime } from './op_time.ts'

/** What is kept of an oplog, in bytes of its entries. Who has to catch up from before that copies all data. */
const oplogBytesMax: number = 64 * 1024 * 1024

interface Position {
  readonly opTime: OpTime
  readonly wallMS: number
}

export interface StoredEntry extends Position {
  readonly bytes: Uint8Array
}

/** The changes of a member in their order, the newest of them up to `oplogBytesMax`. */
export class Oplog {
  readonly #bytesMax: number
  readonly #entries: StoredEntry[] = []
  #bytes = 0
  /** What stands just before the first entry. */
  #start: Position = { opTime: noOpTime, wallMS: 0 }

  constructor(bytesMax: number = oplogBytesMax) {
    this.#bytesMax = bytesMax
  }

  get last(): Position {
    return this.#entries.at(-1) ?? this.#start
  }

  /** All that came behind that cluster time is in here; 0: all. */
  get begins(): bigint {
    return this.#start.opTime.timestamp
  }

  append(opTime: OpTime, wallMS: number, bytes: Uint8Array): void {
    this.#entries.push({ opTime, wallMS, bytes })
    this.#bytes += bytes.length
    while (this.#bytes > this.#bytesMax) {
      const dropped = this.#entries.shift()
      if (dropped === undefined) return
      this.#start = { opTime: dropped.opTime, wallMS: dropped.wallMS }
      this.#bytes -= dropped.bytes.length
    }
  }

  /** Nothing is known of what led here: the data was copied as it was at that time. */
  restartAt(opTime: OpTime, wallMS: number): void {
    this.#entries.length = 0
    this.#bytes = 0
    this.#start = { opTime, wallMS }
  }

  /** The entries behind that one, with at most `bytesMax` bytes, or one. Undefined when it is not in here. */
  after(opTime: OpTime, bytesMax: number): Uint8Array[] | undefined {
    const from = this.#placeBehind(opTime)
    if (from === undefined) return undefined
    const found: Uint8Array[] = []
    let bytes = 0
    for (let at = from; at < this.#entries.length; at++) {
      const entry = this.#entries[at]
      bytes += entry?.bytes.length ?? 0
      if (entry === undefined || (found.length > 0 && bytes > bytesMax)) break
      found.push(entry.bytes)
    }
    return found
  }

  /** The entries of that cluster time and later ones: of what a majority has, no later entry has an earlier time. */
  *entriesFrom(timestamp: bigint): Generator<StoredEntry> {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#entries[middle]?.opTime.timestamp ?? timestamp) < timestamp) low = middle + 1
      else high = middle
    }
    for (let at = low; at < this.#entries.length; at++) yield this.#entries[at] as StoredEntry
  }

  /** When the entry was written; undefined when it is not in here any more. */
  wallMSOf(opTime: OpTime): number | undefined {
    const place = this.#placeBehind(opTime)
    return place === undefined ? undefined : (this.#entries[place - 1] ?? this.#start).wallMS
  }

  #placeBehind(opTime: OpTime): number | undefined {
    if (compareOpTimes(opTime, this.#start.opTime) === 0) return 0
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const entry = this.#entries[middle]
      if (entry !== undefined && compareOpTimes(entry.opTime, opTime) < 0) low = middle + 1
      else high = middle
    }
    const found = this.#entries[low]
    return found !== undefined && compareOpTimes(found.opTime, opTime) === 0 ? low + 1 : undefined
  }
}
