import { addressOf, connectionFailure, dialFailure } from '../failures.ts'
import type { Target, Transport, TransportError, TransportHandler } from '../runtime.ts'
import type { Schedule, ScheduledEvent } from './schedule.ts'
import type { Trace } from './trace.ts'

/** What an end needs of the network. */
export interface Medium {
  readonly schedule: Schedule
  readonly trace: Trace
  /** One way, drawn. */
  latencyMS(): number
  /** In [0, 1), drawn. */
  fraction(): number
  /** Drawn: where a write of so many bytes is cut, rising, each within the write. Mostly nowhere. */
  cuts(length: number): readonly number[]
  /** Whether what travels to and from the target is lost at present. */
  swallows(target: Target): boolean
  /** The end is about to be told `closed`. */
  ended(end: VirtualTransport): void
}

/** What the lent bytes are overwritten with: who kept a view sees it at once. */
const stale = 0xdd

/** One end of a connection in memory. Whatever it tells its handler is an event of its own. */
export class VirtualTransport implements Transport {
  /** For the trace and for messages: `client 3 to db1.test:27017`, whose other end is `server 3 of db1.test:27017`. */
  readonly name: string
  readonly target: Target
  readonly #medium: Medium
  readonly #readBufferBytes: number
  #handler: TransportHandler | undefined
  #peer: VirtualTransport | undefined
  #stage: 'dialling' | 'open' | 'ending' | 'ended' = 'dialling'

  #unflushedBytes = 0
  /** When the latest of what was sent arrives: nothing overtakes. */
  #sentArrivesAtMS = 0

  /** Arrived and not read yet. */
  #inbox: Uint8Array[] = []
  #inboxEnded = false
  /** Something on its way here was lost, so nothing sent after it arrives: a stream has no gaps. */
  #deaf = false
  #paused = false
  #readBuffer: Uint8Array | undefined
  readonly #reading: ScheduledEvent = { atMS: 0, sequence: 0, heapIndex: -1, happen: () => this.#read() }

  constructor(medium: Medium, name: string, target: Target, readBufferBytes: number) {
    this.#medium = medium
    this.name = name
    this.target = target
    this.#readBufferBytes = readBufferBytes
  }

  get dialling(): boolean {
    return this.#stage === 'dialling'
  }

  get opened(): boolean {
    return this.#stage === 'open'
  }

  get unflushedBytes(): number {
    return this.#unflushedBytes
  }

  get stage(): Transport['stage'] {
    return this.dialling ? 'connect' : 'open'
  }

  get peerSubject(): undefined {
    return undefined
  }

  attach(handler: TransportHandler): void {
    this.#handler = handler
  }

  /** The accepting end is open from now on; the dialling one, `client`, is told after the way back. */
  answer(client: VirtualTransport): void {
    this.#stage = 'open'
    this.#peer = client
    client.#peer = this
    this.#send(peer => peer.#answered())
  }

  tellOpened(): void {
    if (this.#stage !== 'open') return
    this.#medium.trace.record('opened', this.name)
    this.#handler?.opened()
  }

  write(bytes: Uint8Array): void {
    if (this.#stage === 'dialling') throw new Error(`A write by ${this.name} before it was told opened`)
    if (this.#stage !== 'open') return
    const { schedule } = this.#medium
    const writtenAtMS = schedule.nowMS
    const copy = new Uint8Array(bytes)
    let start = 0
    for (const end of [...this.#medium.cuts(copy.length), copy.length]) {
      const slice = copy.subarray(start, end)
      // The parts of a cut write stay apart; two writes may arrive at once and are then read as one.
      this.#send(peer => peer.#arrived(slice), start > 0 ? this.#medium.latencyMS() : 0)
      start = end
    }
    this.#unflushedBytes += copy.length
    const flushedAtMS = writtenAtMS + this.#medium.fraction() * (this.#sentArrivesAtMS - writtenAtMS)
    schedule.at(flushedAtMS, () => this.#flush(bytes, copy, writtenAtMS))
  }

  pause(): void {
    this.#paused = true
    this.#medium.schedule.drop(this.#reading)
  }

  resume(): void {
    this.#paused = false
    this.#wakeReader()
  }

  /** A virtual run lasts as long as its main: no connection keeps it alive. */
  setRef(): void {}

  destroy(): void {
    if (this.#stage === 'ending' || this.#stage === 'ended') return
    this.#send(peer => peer.#peerEnded())
    this.end(undefined)
  }

  /** Ends this end alone: from now on it is silent but for `closed`. */
  end(error: TransportError | undefined): void {
    if (this.#stage === 'ending' || this.#stage === 'ended') return
    this.#stage = 'ending'
    this.#inbox = []
    this.#unflushedBytes = 0
    const { schedule, trace } = this.#medium
    schedule.drop(this.#reading)
    schedule.at(schedule.nowMS, () => {
      this.#stage = 'ended'
      trace.record('closed', error === undefined ? this.name : `${this.name}: ${error.message}`)
      this.#medium.ended(this)
      this.#handler?.closed(error)
    })
  }

  /** Both ends fail at once. */
  reset(): void {
    this.#endReset()
    if (this.#peer !== undefined) this.#peer.#endReset()
  }

  #endReset(): void {
    const error = this.dialling
      ? dialFailure(this.target, 'connect', `connect ECONNRESET ${addressOf(this.target)}`, 'ECONNRESET')
      : connectionFailure(`of ${this.name}`, 'read ECONNRESET', 'ECONNRESET')
    this.end(error)
  }

  /** After a drawn latency, but never before what was sent earlier, and `gapMS` after that. */
  #send(arrive: (peer: VirtualTransport) => void, gapMS = 0): void {
    const peer = this.#peer
    if (peer === undefined) return
    const { schedule } = this.#medium
    const aloneMS = schedule.nowMS + this.#medium.latencyMS()
    this.#sentArrivesAtMS = Math.max(aloneMS, this.#sentArrivesAtMS + gapMS)
    schedule.at(this.#sentArrivesAtMS, () => arrive(peer))
  }

  #flush(bytes: Uint8Array, copy: Uint8Array, writtenAtMS: number): void {
    if (this.#stage !== 'open') return
    if (bytes.length !== copy.length || copy.some((byte, index) => byte !== bytes[index])) {
      throw new Error(
        `The ${copy.length} bytes that ${this.name} wrote at virtual time ${writtenAtMS} ms were changed before they were ` +
          'flushed; a buffer may be reused once unflushedBytes is 0'
      )
    }
    this.#unflushedBytes -= copy.length
    if (this.#unflushedBytes === 0) this.#handler?.flushed()
  }

  #answered(): void {
    if (this.#stage !== 'dialling' || this.#loses()) return
    this.#stage = 'open'
    this.tellOpened()
  }

  #arrived(slice: Uint8Array): void {
    if (this.#stage !== 'open' || this.#loses() || slice.length === 0) return
    this.#inbox.push(slice)
    this.#wakeReader()
  }

  #peerEnded(): void {
    if (this.#stage !== 'open' || this.#loses()) return
    this.#inboxEnded = true
    this.#wakeReader()
  }

  #loses(): boolean {
    this.#deaf ||= this.#medium.swallows(this.target)
    return this.#deaf
  }

  /** Reading is an event of its own, after what else arrives at this time. */
  #wakeReader(): void {
    const waits = this.#inbox.length > 0 || this.#inboxEnded
    if (!waits || this.#paused || this.#stage !== 'open' || this.#reading.heapIndex >= 0) return
    this.#medium.schedule.put(this.#reading, this.#medium.schedule.nowMS)
  }

  #read(): void {
    if (this.#inbox.length === 0) {
      this.end(undefined)
      return
    }
    this.#readBuffer ??= new Uint8Array(this.#readBufferBytes).fill(stale)
    const buffer = this.#readBuffer
    const length = this.#takeInto(buffer)
    this.#medium.trace.recordBytes('received', this.name, buffer, length)
    try {
      this.#handler?.received(buffer, length)
    } finally {
      buffer.fill(stale, 0, length)
    }
    this.#wakeReader()
  }

  #takeInto(buffer: Uint8Array): number {
    let length = 0
    while (length < buffer.length) {
      const slice = this.#inbox.shift()
      if (slice === undefined) break
      const taken = slice.subarray(0, buffer.length - length)
      buffer.set(taken, length)
      length += taken.length
      if (taken.length < slice.length) this.#inbox.unshift(slice.subarray(taken.length))
    }
    return length
  }
}
