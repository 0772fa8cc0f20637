import { CommandFailure } from '../failure.ts'
import type { Change, Store } from '../store/index.ts'

/** How far back reads go, as on a server: what is older may be gone. */
export const snapshotHistoryMSMax: number = 300_000
/** And how many bytes are kept for them. */
export const undoBytesMax: number = 64 * 1024 * 1024
/** What a step takes, and what each of its changes does besides a document: about. Most steps take back an insert and have none. */
export const undoStepBytes = 256
/** Earlier states that were read are kept, since whoever reads one reads it again. */
const statesMax = 4

interface Step {
  /** Of the change that it takes back. */
  readonly timestamp: bigint
  readonly wallMS: number
  readonly undo: readonly Change[]
  readonly bytes: number
}

/** What takes back the newest changes of a member, so that its data can be read as it was. */
export class SnapshotHistory {
  /** By number, from `#first` up to `#next`. */
  readonly #steps = new Map<number, Step>()
  #first = 0
  #next = 0
  #bytes = 0
  /** The earliest time that can be read. */
  #floor = 0n
  /** By time, the one made last at the end. */
  readonly #states = new Map<bigint, Store>()

  /** A change was made at that time: the latest so far. */
  record(timestamp: bigint, wallMS: number, undo: readonly Change[]): void {
    const bytes = undo.reduce((sum, change) => sum + bytesOf(change), undoStepBytes)
    this.#steps.set(this.#next++, { timestamp, wallMS, undo, bytes })
    this.#bytes += bytes
    // By its number: to look for the first of a Map from which many were deleted takes long.
    for (let oldest = this.#steps.get(this.#first); oldest !== undefined; oldest = this.#steps.get(this.#first)) {
      if (this.#bytes <= undoBytesMax && oldest.wallMS >= wallMS - snapshotHistoryMSMax) return
      this.#steps.delete(this.#first++)
      this.#bytes -= oldest.bytes
      this.#floor = oldest.timestamp
    }
  }

  /** Nothing is known of what led here. */
  restartAt(timestamp: bigint): void {
    this.#steps.clear()
    this.#first = this.#next
    this.#bytes = 0
    this.#floor = timestamp
    this.#states.clear()
  }

  /**
   * The data as it was at that time: to be read, not to be changed. `store` is as it is now.
   * @throws {CommandFailure} when that is not known any more.
   */
  storeAt(timestamp: bigint, store: Store): Store {
    if (timestamp < this.#floor) {
      const text = `the time ${timestamp >> 32n} s is before ${this.#floor >> 32n} s, the earliest that this member can read at`
      throw new CommandFailure('SnapshotTooOld', text)
    }
    const last = this.#steps.get(this.#next - 1)
    if (last === undefined || last.timestamp <= timestamp) return store
    const known = this.#states.get(timestamp)
    if (known !== undefined) return known
    const state = store.copy()
    let at = this.#next - 1
    for (let step = this.#steps.get(at); step !== undefined && step.timestamp > timestamp; step = this.#steps.get(--at))
      for (const change of step.undo) state.apply(change)
    this.#states.set(timestamp, state)
    for (const oldest of this.#states.keys()) if (this.#states.size > statesMax) this.#states.delete(oldest)
    return state
  }
}

function bytesOf(change: Change): number {
  return undoStepBytes + (change.kind === 'insert' || change.kind === 'replace' ? change.document.length : 0)
}
