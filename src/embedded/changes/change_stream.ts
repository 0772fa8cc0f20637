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

/** What the oplog of a member tells of changes, as far as a majority has them. It has an end only where what is watched has. */
export class ChangeStreamSource implements DocumentSource {
  readonly isChangeStream = true
  readonly news: Signal
  readonly #replica: Replica
  readonly #setup: ChangeStreamSetup
  readonly #maker: EventMaker
  #position: Position
  #hasEnded = false

  /** @throws {CommandFailure} when it cannot begin where it is to. */
  constructor(replica: Replica, setup: ChangeStreamSetup) {
    const { scope, options } = setup
    this.#replica = replica
    this.#setup = setup
    this.news = replica.data.progress
    this.#maker = new EventMaker(scope, options, () => replica.storeAt(snapshotTime(replica)))
    this.#position = options.from ?? positionBehind(later(snapshotTime(replica), replica.data.oplog.begins))
    this.#checkHistory()
    if (options.from !== undefined) this.#checkToken(options.from)
  }

  /** Behind the last event that was given, or all that there was to look at. */
  get resumeToken(): BSONDocument {
    return tokenOf(this.#position)
  }

  take(batch: BatchUnderWay): void {
    if (this.#hasEnded || batch.isFull) return
    this.#checkHistory()
    for (const event of this.#eventsBehind(this.#position)) {
      const shaped = this.#shaped(event)
      if (shaped !== undefined && !batch.add(shaped)) return
      this.#position = event.position
      this.#hasEnded = event.isLast
      // Where it is full, nobody has looked further.
      if (event.isLast || batch.isFull) return
    }
    const seen = positionBehind(snapshotTime(this.#replica))
    if (comparePositions(seen, this.#position) > 0) this.#position = seen
  }

  isAtEnd(): boolean {
    return this.#hasEnded
  }

  *#eventsBehind(position: Position): Generator<ChangeEvent> {
    const { data, committed } = this.#replica
    for (const operation of operationsFrom(data.oplog, position.timestamp, committed)) {
      if (operation.timestamp === position.timestamp && operation.index < position.operation) continue
      for (const event of this.#maker.eventsOf(operation)) {
        const parts = this.#setup.splits ? fragmentsOf(event) : [event]
        for (const part of parts) if (comparePositions(part.position, position) > 0) yield part
      }
    }
  }

  /** What the pipeline makes of it, as bytes; undefined: it is filtered out. The last event always comes. */
  #shaped({ document, isLast }: ChangeEvent): Uint8Array | undefined {
    const [shaped] = isLast ? [document] : this.#setup.pipeline([document])
    if (shaped === undefined) return undefined
    const expected = document.get('_id') ?? null
    const found = shaped.get('_id')
    if (found === undefined || !equalValues(found, expected)) {
      const ids = displayDocument(
        new Map([['expected', expected], ...(found === undefined ? [] : ([['found', found]] as const))])
      )
      throw new CommandFailure(
        'ChangeStreamFatalError',
        'Encountered an event whose _id field, which contains the resume token, was modified by the pipeline. Modifying ' +
          'the _id field of an event makes it impossible to resume the stream from that point. Only transformations that ' +
          `retain the unmodified _id field are allowed. ${ids}`
      )
    }
    const bytes = encodeDocument(shaped)
    if (bytes.length <= eventBytesMax) return bytes
    throw new CommandFailure(
      'BSONObjectTooLarge',
      `BSONObj size: ${bytes.length} is invalid. Size must be between 0 and ${eventBytesMax}: the event is too large for ` +
        'one document; $changeStreamSplitLargeEvent as the last stage splits it'
    )
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

  /** An event that was given out is in the oplog of every member. */
  #checkToken(position: Position): void {
    const { oplog } = this.#replica.data
    if (position.rank !== ranks.event && position.rank !== ranks.invalidate) return
    const [entry] = oplog.entriesFrom(position.timestamp)
    if (entry?.opTime.timestamp === position.timestamp) return
    throw new CommandFailure(
      'ChangeStreamFatalError',
      `cannot resume stream; the resume token was not found. ${displayDocument(tokenOf(position))}`
    )
  }
}

/** A member that has copied all data has not heard yet that a majority has it. */
function later(one: bigint, other: bigint): bigint {
  return one > other ? one : other
}

function displayTime(timestamp: bigint): string {
  const { t, i } = new Timestamp(timestamp)
  return `Timestamp(${t}, ${i})`
}
