import type { BatchUnderWay, DocumentSource } from './cursors.ts'
import { CommandFailure } from './failure.ts'
import type { Signal } from './signal.ts'
import type { Collection, RecordId } from './store/index.ts'

export interface TailOptions {
  /** What the cursor gives for a document; undefined: nothing. */
  readonly select: (record: RecordId, bytes: Uint8Array) => Uint8Array | undefined
  readonly skip: number
  /** `Infinity`: none. */
  readonly limit: number
  /** Whether who asks for more waits for it. */
  readonly awaitsData: boolean
}

/** The documents of a capped collection in their order, and then those that come. */
export class Tail implements DocumentSource {
  readonly news: Signal | undefined
  readonly #collection: Collection
  readonly #namespace: string
  readonly #select: TailOptions['select']
  #skip: number
  #limit: number
  /** The last document that was looked at; 0: none. */
  #position: RecordId = 0

  constructor(collection: Collection, { select, skip, limit, awaitsData }: TailOptions) {
    this.news = awaitsData ? collection.news : undefined
    this.#collection = collection
    this.#namespace = collection.namespace
    this.#select = select
    this.#skip = skip
    this.#limit = limit
  }

  take(batch: BatchUnderWay): void {
    this.#check()
    for (const [record, bytes] of this.#collection.recordsAfter(this.#position)) {
      if (batch.isFull || this.#limit === 0) return
      const document = this.#select(record, bytes)
      if (document !== undefined && this.#skip > 0) this.#skip--
      else if (document !== undefined) {
        if (!batch.add(document)) return
        this.#limit--
      }
      this.#position = record
    }
  }

  /** In an empty collection there is no place to stay at. Beyond that it has no end. */
  isAtEnd(): boolean {
    return this.#position === 0 && this.#collection.size === 0
  }

  #check(): void {
    const collection = this.#collection
    if (collection.isDropped) throw wasDropped(collection)
    if (collection.namespace !== this.#namespace) throw wasRenamed(collection, this.#namespace)
    if (this.#position === 0 || collection.bytesOf(this.#position) !== undefined) return
    throw new CommandFailure(
      'CappedPositionLost',
      'Executor error during getMore :: caused by :: CollectionScan died due to failure to restore tailable cursor ' +
        `position. Last seen record id: RecordId(${this.#position})`
    )
  }
}

export function wasDropped({ uuid }: Collection): CommandFailure {
  return new CommandFailure('QueryPlanKilled', `collection dropped. UUID ${uuid.toUUID().toString()}`)
}

export function wasRenamed({ uuid, namespace }: Collection, from: string, to: string = namespace): CommandFailure {
  const text = `collection renamed from '${from}' to '${to}'. UUID ${uuid.toUUID().toString()}`
  return new CommandFailure('QueryPlanKilled', text)
}
