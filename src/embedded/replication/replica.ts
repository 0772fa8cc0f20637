import type { ScramKeys } from '../../auth/index.ts'
import { Timestamp } from '../../bson/index.ts'
import type { Runtime } from '../../runtime/index.ts'
import { type Caller, ConnectionEnded } from '../caller.ts'
import type { Access } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import type { BSONDocument } from '../query/index.ts'
import type { ReplyValue } from '../reply.ts'
import type { SessionId } from '../sessions.ts'
import { Signal } from '../signal.ts'
import type { Statements } from '../statements.ts'
import { Store } from '../store/index.ts'
import { ClusterClock } from './cluster_clock.ts'
import { Follower, type Following, type Source } from './follower.ts'
import { Leadership, type MemberData } from './leadership.ts'
import { askMember } from './member_request.ts'
import { NumberedStatements } from './numbered_statements.ts'
import { compareOpTimes, noOpTime, type OpTime } from './op_time.ts'
import { Oplog } from './oplog.ts'
import type { OplogEntry } from './oplog_entry.ts'
import { SnapshotHistory } from './snapshot_history.ts'
import { StatementHistory } from './statement_history.ts'

/** What a member knows of its set. */
export interface SetView {
  readonly name: string
  /** Of the configuration. */
  readonly version: number
  readonly term: bigint
  /** `host:port` of each member. */
  readonly hosts: readonly string[]
  readonly majority: number
  readonly primaryAddress: string | undefined
  readonly replicas: readonly Replica[]
  /** What members prove themselves with to each other; undefined: they need not. */
  readonly memberKeys: ScramKeys | undefined
  stepDown(primary: Replica, options: StepDownOptions): Promise<void>
  freeze(replica: Replica, periodMS: number): void
}

export interface StepDownOptions {
  /** How long the member does not stand for election. */
  readonly periodMS: number
  /** How long a secondary may take to catch up. */
  readonly catchUpMS: number
  /** Steps down even if none has caught up. */
  readonly force: boolean
}

type Role =
  | { readonly kind: 'primary'; readonly leadership: Leadership }
  | { readonly kind: 'secondary'; readonly follower: Follower | undefined }
  /** What is here is about to be replaced by the primary's data, and is not to be read. */
  | { readonly kind: 'copying'; readonly follower: Follower | undefined }
  | { readonly kind: 'down' }

/** A member's part in a replica set: its data, which outlives the process, and what it is at the moment. */
export class Replica implements Following {
  readonly index: number
  readonly set: SetView
  readonly source: Source
  readonly data: MemberData
  /** What the member's hello says is different now. */
  readonly stateChanges: Signal = new Signal()
  readonly #runtime: Runtime
  #role: Role = { kind: 'secondary', follower: undefined }
  #committed: OpTime = noOpTime
  #replicationDelayMS = 0
  #followersEnded: Promise<unknown> = Promise.resolve()

  constructor(index: number, set: SetView, source: Source, runtime: Runtime) {
    this.index = index
    this.set = set
    this.source = source
    this.#runtime = runtime
    this.data = {
      store: new Store(runtime.chance),
      oplog: new Oplog(),
      history: new StatementHistory(),
      clusterClock: new ClusterClock(runtime.clock),
      snapshots: new SnapshotHistory(),
      progress: new Signal()
    }
  }

  get state(): Role['kind'] {
    return this.#role.kind
  }

  get leadership(): Leadership | undefined {
    return this.#role.kind === 'primary' ? this.#role.leadership : undefined
  }

  get memberKeys(): ScramKeys | undefined {
    return this.set.memberKeys
  }

  get lastOpTime(): OpTime {
    return this.data.oplog.last.opTime
  }

  /** What a majority has, as far as this member has heard. */
  get committed(): OpTime {
    return this.#committed
  }

  get replicationDelayMS(): number {
    return this.#replicationDelayMS
  }

  set replicationDelayMS(delayMS: number) {
    this.#replicationDelayMS = delayMS
    if (this.#role.kind === 'secondary') this.#role.follower?.reconsider()
  }

  lead(term: bigint): void {
    this.#leaveRole()
    const { majority } = this.set
    const committed = (opTime: OpTime): void => this.commit(opTime)
    const leadership = new Leadership(this.data, { term, majority, runtime: this.#runtime, committed })
    this.#become({ kind: 'primary', leadership })
  }

  /** Undefined: there is no primary. */
  follow(source: Source | undefined): void {
    this.#leaveRole()
    const follower = source === undefined ? undefined : new Follower(this.#runtime, this, source)
    this.#become({ kind: 'secondary', follower })
  }

  /** As a process that ends. The data stays. Resolves when the connections to other members are closed. */
  async leave(): Promise<void> {
    this.#leaveRole()
    this.#become({ kind: 'down' })
    await this.#followersEnded
  }

  /**
   * Whether a command of that kind may run here and now.
   * @throws {CommandFailure} with the code by which clients see that they have to go to another member.
   */
  checkState(access: Access, secondaryOk: boolean): void {
    const { state } = this
    if (state === 'down') throw new ConnectionEnded('the member has gone down')
    if (state === 'primary' || access === 'anywhere') return
    if (access === 'write') throw notPrimary()
    if (state === 'copying') {
      throw new CommandFailure('NotPrimaryOrSecondary', 'node is recovering: it copies all data from the primary')
    }
    if (!secondaryOk) throw new CommandFailure('NotPrimaryNoSecondaryOk', 'not primary and secondaryOk=false')
  }

  /**
   * The data as it was at that time, which is not later than what the member has.
   * @throws {CommandFailure} when that is not known any more.
   */
  storeAt(timestamp: bigint): Store {
    const { snapshots, store } = this.data
    return snapshots.storeAt(timestamp, store)
  }

  /** Undefined for a command that is no retryable write. The state has been checked. */
  statements(session: SessionId | undefined, txnNumber: bigint | undefined): Statements | undefined {
    const { leadership } = this
    if (session === undefined || txnNumber === undefined || leadership === undefined) return undefined
    leadership.transactions.passTo(session, txnNumber)
    return new NumberedStatements(this.data.history, leadership, session, txnNumber)
  }

  /**
   * Holds up a write of the primary.
   * @throws {CommandFailure} as soon as the member steps down.
   */
  async pauseAsPrimary(caller: Caller, durationMS: number): Promise<void> {
    const { leadership } = this
    if (leadership === undefined) return caller.pause(durationMS)
    await caller.pause(durationMS, wake =>
      this.stateChanges.subscribe(() => {
        if (this.leadership !== leadership) wake()
      })
    )
    if (this.leadership === leadership) return
    throw new CommandFailure('InterruptedDueToReplStateChange', 'operation was interrupted: the primary stepped down')
  }

  /**
   * Has the primary run a command for a client of this member.
   * @throws {CommandFailure} as the primary answers, and where there is none or it cannot be reached.
   */
  askPrimary(caller: Caller, command: BSONDocument, database: string): Promise<BSONDocument> {
    const primary = this.set.replicas.find(({ state }) => state === 'primary')
    if (primary === undefined)
      throw new CommandFailure('PrimarySteppedDown', 'No primary exists currently: a secondary cannot write by itself')
    const request = { peer: primary.source, keys: this.memberKeys, database, command }
    return askMember(this.#runtime, caller, request)
  }

  /** What every reply says: the cluster time, and how far this member was when it answered. */
  addTimes(reply: Map<string, ReplyValue>): void {
    reply.set('$clusterTime', this.data.clusterClock.document())
    reply.set('operationTime', new Timestamp(this.lastOpTime.timestamp))
  }

  apply({ opTime, wallMS, changes, statement }: OplogEntry, bytes: Uint8Array): void {
    const { store, oplog, history, clusterClock, snapshots, progress } = this.data
    store.recorder = (_change, undo) => snapshots.record(opTime.timestamp, wallMS, undo)
    for (const change of changes) store.apply(change)
    store.recorder = undefined
    if (statement !== undefined) history.record(statement)
    clusterClock.advanceTo(opTime.timestamp)
    oplog.append(opTime, wallMS, bytes)
    progress.notify()
  }

  commit(opTime: OpTime): void {
    if (compareOpTimes(opTime, this.#committed) <= 0) return
    this.#committed = opTime
    this.data.progress.notify()
  }

  copyBegins(): void {
    if (this.#role.kind === 'secondary') this.#become({ kind: 'copying', follower: this.#role.follower })
  }

  /** All in one turn: nobody sees half of it, and who is killed before has what it had. */
  copyEnds(entries: readonly OplogEntry[], position: OpTime, wallMS: number): void {
    const { store, oplog, history, clusterClock, snapshots } = this.data
    store.clear()
    history.clear()
    snapshots.restartAt(position.timestamp)
    for (const { changes, statement } of entries) {
      for (const change of changes) store.apply(change)
      if (statement !== undefined) history.record(statement)
    }
    clusterClock.advanceTo(position.timestamp)
    oplog.restartAt(position, wallMS)
    if (this.#role.kind === 'copying') this.#become({ kind: 'secondary', follower: this.#role.follower })
  }

  #leaveRole(): void {
    const role = this.#role
    if (role.kind === 'primary') role.leadership.end()
    else if (role.kind !== 'down' && role.follower !== undefined) {
      this.#followersEnded = Promise.all([this.#followersEnded, role.follower.stop()])
    }
  }

  #become(role: Role): void {
    this.#role = role
    this.stateChanges.notify()
    this.data.progress.notify()
  }
}

export function notPrimary(): CommandFailure {
  return new CommandFailure('NotWritablePrimary', 'not primary')
}
