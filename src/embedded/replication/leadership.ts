import { ObjectId } from '../../bson/index.ts'
import type { Clock, Timer, Timers } from '../../runtime/index.ts'
import type { Signal } from '../signal.ts'
import type { Change, ChangeListener, Store } from '../store/index.ts'
import type { ClusterClock } from './cluster_clock.ts'
import type { DataCopy } from './copy.ts'
import { majorityOpTime } from './election.ts'
import { compareOpTimes, type OpTime } from './op_time.ts'
import type { Oplog } from './oplog.ts'
import { encodeEntry, type StatementRecord } from './oplog_entry.ts'
import type { SnapshotHistory } from './snapshot_history.ts'
import type { StatementHistory } from './statement_history.ts'
import { Transactions } from './transactions.ts'

/** How often a primary writes an entry without a change, so that the time goes on where nobody writes. */
const noopIntervalMS = 10_000

/** What a member has, whether it leads or not. */
export interface MemberData {
  readonly store: Store
  readonly oplog: Oplog
  readonly history: StatementHistory
  readonly clusterClock: ClusterClock
  readonly snapshots: SnapshotHistory
  /** The oplog grew, a position or the state changed. */
  readonly progress: Signal
}

export interface LeadershipOptions {
  readonly term: bigint
  /** How many of the members are a majority. */
  readonly majority: number
  readonly runtime: { readonly clock: Clock; readonly timers: Timers }
  /** A majority has everything up to there. */
  committed(opTime: OpTime): void
}

/** A term of a primary: it writes the oplog, and counts who has how much of it. */
export class Leadership {
  readonly term: bigint
  readonly electionId: ObjectId
  /** By member: what is still to be sent of a copy of all data that the member began. */
  readonly copies: Map<number, DataCopy> = new Map()
  readonly transactions: Transactions
  readonly #data: MemberData
  readonly #options: LeadershipOptions
  readonly #followers = new Map<number, OpTime>()
  readonly #noopTimer: Timer
  #unrecorded: { readonly change: Change; readonly undo: readonly Change[] }[] = []
  readonly #recorder: ChangeListener = (change, undo) => {
    this.#unrecorded.push({ change, undo })
    this.transactions.requireFree(change)
  }

  /** Begins with an entry of its own term, without which nothing of an earlier one counts as committed. */
  constructor(data: MemberData, options: LeadershipOptions) {
    this.#data = data
    this.#options = options
    this.term = options.term
    this.electionId = electionIdOf(options.term)
    this.#noopTimer = options.runtime.timers.create(() => this.#noopIsDue())
    this.transactions = new Transactions({
      runtime: options.runtime,
      store: data.store,
      history: data.history,
      commit: (changes, statement) => this.#recordTogether(changes, statement)
    })
    data.store.recorder = this.#recorder
    this.#noopIsDue()
  }

  /** Nothing more is written in this term, and what is not committed will not be. */
  end(): void {
    this.transactions.abortAll()
    this.#data.store.recorder = undefined
    this.#noopTimer.disarm()
  }

  /** Writes what the store has told of since the last time; the statement, if there is one, did it. Says whether it was anything. */
  record(statement?: StatementRecord): boolean {
    const changes = this.#unrecorded
    if (changes.length === 0) return false
    this.#unrecorded = []
    for (const [index, { change, undo }] of changes.entries()) {
      const { timestamp, wallMS } = this.#append([change], index === changes.length - 1 ? statement : undefined)
      this.#data.snapshots.record(timestamp, wallMS, undo)
    }
    if (statement !== undefined) this.#data.history.record(statement)
    this.#progressed()
    return true
  }

  /** Takes back what the store has told of since the last time. */
  rollBack(): void {
    const changes = this.#unrecorded
    const { store } = this.#data
    this.#unrecorded = []
    store.recorder = undefined
    for (const { undo } of changes.reverse()) for (const change of undo) store.apply(change)
    store.recorder = this.#recorder
  }

  /** All of it is one entry, and one moment for whoever reads the past. */
  #recordTogether(changes: readonly Change[], statement: StatementRecord): void {
    const { store, snapshots, history } = this.#data
    this.record()
    for (const change of changes) store.apply(change)
    const undo = this.#unrecorded.reverse().flatMap(each => each.undo)
    this.#unrecorded = []
    const { timestamp, wallMS } = this.#append(changes, statement)
    snapshots.record(timestamp, wallMS, undo)
    history.record(statement)
    this.#progressed()
  }

  /** An entry without a change. */
  recordNoop(): void {
    this.#append([], undefined)
    this.#progressed()
  }

  /** The follower has everything up to there. */
  acknowledge(follower: number, opTime: OpTime): void {
    const known = this.#followers.get(follower)
    if (known !== undefined && compareOpTimes(known, opTime) === 0) return
    this.#followers.set(follower, opTime)
    this.#progressed()
  }

  /** How many members have everything up to there, this one included. */
  countAt(opTime: OpTime): number {
    return this.#positions().filter(position => compareOpTimes(position, opTime) >= 0).length
  }

  #positions(): OpTime[] {
    return [this.#data.oplog.last.opTime, ...this.#followers.values()]
  }

  #noopIsDue(): void {
    const { clock } = this.#options.runtime
    this.#noopTimer.armAt(clock.nowMS() + noopIntervalMS)
    this.recordNoop()
  }

  #append(
    changes: readonly Change[],
    statement: StatementRecord | undefined
  ): { readonly timestamp: bigint; readonly wallMS: number } {
    const { oplog, clusterClock } = this.#data
    const opTime = { timestamp: clusterClock.tick(), term: this.term }
    const wallMS = this.#options.runtime.clock.epochMS()
    oplog.append(opTime, wallMS, encodeEntry({ opTime, wallMS, changes, statement }))
    return { timestamp: opTime.timestamp, wallMS }
  }

  #progressed(): void {
    const reached = majorityOpTime(this.#positions(), this.#options.majority)
    // An older entry that many have could still lose an election against one of a later term that few have.
    if (reached?.term === this.term) this.#options.committed(reached)
    this.#data.progress.notify()
  }
}

/** Grows with the term: clients tell an old primary from a new one by it. */
function electionIdOf(term: bigint): ObjectId {
  return new ObjectId(`7fffffff${term.toString(16).padStart(16, '0')}`)
}
