import { Timestamp } from '../../bson/index.ts'
import type { Pipeline } from '../aggregation.ts'
import type { BatchUnderWay, DocumentSource } from '../cursors.ts'
import { CommandFailure } from '../failure.ts'
import { type BSONDocument, encodeDocument, equalValues } from '../query/index.ts'
import { type Replica, snapshotTime } from '../replication/index.ts'
import type { Signal } from '../signal.ts'
import { displayDocument } from '../store/index.ts'
import { type ChangeEvent, EventMaker } from './events.ts'
import { eventBytesMax, fragmentsOf } from './fragments.ts'
import { operationsFrom } from './operations.ts'
import { comparePositions, type Position, positionBehind, ranks, tokenOf } from './position.ts'
import type { Scope, WatchOptions } from './stage.ts'

export interface ChangeStreamSetup {
  readonly scope: Scope
  readonly options: WatchOptions
  /** What comes behind the stage. It gives one document for an event, or none. */
  readonly pipeline: Pipeline
  /** Whether an event that is too large comes in parts. */
  readonly splits: boolean
}

/** What a client is given for an event: all of it, a part, or nothing where it is filtered out. */
interface Part extends Pick<ChangeEvent, 'position' | 'isLast'> {
  readonly bytes: Uint8Array | undefined
}

/** What the oplog of a member tells of changes, as far as a majority has them. It has an end only where what is watched has. */
export class ChangeStreamSource implements DocumentSource {
  readonly isChangeStream = true
  readonly news: Signal
  readonly #replica: Replica
  readonly #setup: ChangeStreamSetup
  readonly #maker: EventMaker
  #position: Position
  /** A token that is yet to be looked for: this member may not have got so far. */
  #sought: Position | undefined
  #hasEnded = false

  /** @throws {CommandFailure} when it cannot begin where it is to. */
  constructor(replica: Replica, setup: ChangeStreamSetup) {
    const { scope, options } = setup
    this.#replica = replica
    this.#setup = setup
    this.news = replica.data.progress
    this.#maker = new EventMaker(scope, options, () => replica.storeAt(snapshotTime(replica)))
    this.#position = options.from ?? positionBehind(later(snapshotTime(replica), replica.data.oplog.begins))
    this.#sought = options.from
    this.#checkHistory()
  }

  /** Behind the last event that was given, or all that there was to look at. */
  get resumeToken(): BSONDocument {
    return tokenOf(this.#position)
  }

  take(batch: BatchUnderWay): void {
    this.#checkHistory()
    if (this.#sought !== undefined) this.#seek(this.#sought)
    if (this.#hasEnded || batch.isFull) return
    for (const { position, bytes, isLast } of this.#partsBehind(this.#position)) {
      if (bytes !== undefined && !batch.add(bytes)) return
      this.#position = position
      this.#hasEnded = isLast
      // Where it is full, nobody has looked further.
      if (isLast || batch.isFull) return
    }
    const seen = positionBehind(snapshotTime(this.#replica))
    if (comparePositions(seen, this.#position) > 0) this.#position = seen
  }

  isAtEnd(): boolean {
    return this.#hasEnded
  }

  *#partsBehind(position: Position): Generator<Part> {
    const { data, committed } = this.#replica
    for (const operation of operationsFrom(data.oplog, position.timestamp, committed)) {
      if (operation.timestamp === position.timestamp && operation.index < position.operation) continue
      for (const event of this.#maker.eventsOf(operation)) {
        const lastPart = { ...event.position, fragment: Infinity }
        if (comparePositions(lastPart, position) <= 0) continue
        for (const part of this.#partsOf(event)) if (comparePositions(part.position, position) > 0) yield part
      }
    }
  }

  /** What the pipeline makes of an event, in parts if it is to come in parts. */
  #partsOf(event: ChangeEvent): Part[] {
    const [document] = this.#setup.pipeline([event.document])
    if (document === undefined) return [{ ...event, bytes: undefined }]
    checkTokenKept(event, document)
    const shaped = { ...event, document }
    return (this.#setup.splits ? fragmentsOf(shaped) : [shaped]).map(part => ({ ...part, bytes: encodedEvent(part) }))
  }

  /** What has happened since must all be there. */
  #checkHistory(): void {
    const { timestamp, rank } = this.#position
    const { begins } = this.#replica.data.oplog
    if (timestamp > begins || (timestamp === begins && rank === ranks.all)) return
    throw new CommandFailure(
      'ChangeStreamHistoryLost',
      'Resume of change stream was not possible, as the resume point may no longer be in the oplog. It is at ' +
        `${displayTime(timestamp)}, and the oplog begins behind ${displayTime(begins)}`
    )
  }

  /** An event that was given out is in the oplog of every member, sooner or later. */
  #seek(position: Position): void {
    if (position.rank === ranks.event || position.rank === ranks.invalidate) {
      if (snapshotTime(this.#replica) < position.timestamp) return
      const [entry] = this.#replica.data.oplog.entriesFrom(position.timestamp)
      if (entry?.opTime.timestamp !== position.timestamp) {
        const text = `cannot resume stream; the resume token was not found. ${displayDocument(tokenOf(position))}`
        throw new CommandFailure('ChangeStreamFatalError', text)
      }
    }
    this.#sought = undefined
  }
}

function checkTokenKept({ document }: ChangeEvent, shaped: BSONDocument): void {
  const expected = document.get('_id') ?? null
  const found = shaped.get('_id')
  if (found !== undefined && equalValues(found, expected)) return
  const ids = new Map([['expected', expected]])
  if (found !== undefined) ids.set('found', found)
  throw new CommandFailure(
    'ChangeStreamFatalError',
    'Encountered an event whose _id field, which contains the resume token, was modified by the pipeline. Modifying the ' +
      '_id field of an event makes it impossible to resume the stream from that point. Only transformations that retain ' +
      `the unmodified _id field are allowed. ${displayDocument(ids)}`
  )
}

function encodedEvent({ document }: ChangeEvent): Uint8Array {
  const bytes = encodeDocument(document)
  if (bytes.length <= eventBytesMax) return bytes
  throw new CommandFailure(
    'BSONObjectTooLarge',
    `BSONObj size: ${bytes.length} is invalid. Size must be between 0 and ${eventBytesMax}: the event is too large for one ` +
      'document; $changeStreamSplitLargeEvent as the last stage splits it'
  )
}

/** A member that has copied all data has not heard yet that a majority has it. */
function later(one: bigint, other: bigint): bigint {
  return one > other ? one : other
}

function displayTime(timestamp: bigint): string {
  const { t, i } = new Timestamp(timestamp)
  return `Timestamp(${t}, ${i})`
}
