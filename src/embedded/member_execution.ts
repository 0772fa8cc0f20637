import { Int32 } from '../bson/index.ts'
import type { Clock } from '../runtime/index.ts'
import { type Caller, ConnectionEnded } from './caller.ts'
import { type Access, type Command, type Snapshot, takesWriteConcern } from './command.ts'
import { automaticLabels, isStateChange, type LabelSubject } from './error_labels.ts'
import type { Attempt, Checked, Executed, Execution } from './execution.ts'
import { FailingStatements } from './failing_statements.ts'
import { closedByFailPoint, type FailPoints } from './fail_points.ts'
import { CommandFailure } from './failure.ts'
import type { ReadConcern } from './generic_fields.ts'
import { outputStageOf } from './output_stages.ts'
import type { BSONDocument } from './query/index.ts'
import {
  awaitReadConcern,
  awaitWriteConcern,
  HeldByTransaction,
  type Leadership,
  type Replica,
  snapshotTime,
  type Transaction,
  TransactionFailure
} from './replication/index.ts'
import type { Reply, ReplyValue } from './reply.ts'
import { ResumableStatements } from './resumable_statements.ts'
import { type Statements, unnumberedStatements } from './statements.ts'
import type { Store } from './store/index.ts'
import type { TransactionFields } from './transaction_fields.ts'

interface Running {
  readonly running: Reply | Promise<Reply>
  /** Undefined where the member is no primary. */
  readonly leadership: Leadership | undefined
}

export interface MemberExecutionServices {
  /** Undefined: a standalone. */
  readonly replica: Replica | undefined
  readonly failPoints: FailPoints
  readonly clock: Clock
  /** The commands that a transaction can run, working on that store. */
  commandsInTransaction(store: Store): ReadonlyMap<string, Command>
}

/** Runs commands on a member's data: in its state, within its transactions, with the concerns that they ask for. */
export class MemberExecution implements Execution {
  readonly isReplicated: boolean
  readonly #services: MemberExecutionServices

  constructor(services: MemberExecutionServices) {
    this.#services = services
    this.isReplicated = services.replica !== undefined
  }

  receive(clusterTime: BSONDocument): void {
    this.#services.replica?.data.clusterClock.receive(clusterTime)
  }

  checkState(access: Access, secondaryOk: boolean): void {
    this.#services.replica?.checkState(access, secondaryOk)
  }

  async block(command: Command, caller: Caller, durationMS: number): Promise<void> {
    const { replica } = this.#services
    if (replica !== undefined && command.access === 'write') await replica.pauseAsPrimary(caller, durationMS)
    else await caller.pause(durationMS)
  }

  async execute(command: Command, checked: Checked, attempt: Attempt): Promise<Executed> {
    const { replica } = this.#services
    const { readConcern, writeConcern, call } = checked
    if (replica !== undefined && readConcern !== undefined) {
      await awaitReadConcern(replica, readConcern, call.maxTimeMS, call.caller)
    }
    const { running, leadership } = await this.#runWhenFree(command, checked, attempt)
    const reply = await running
    if (attempt.connectionEnds) throw new ConnectionEnded(closedByFailPoint)
    const writes = command.access === 'write' || outputStageOf(attempt.given) !== undefined
    const waits = replica !== undefined && leadership !== undefined && writes
    const concernError =
      waits && takesWriteConcern(command)
        ? await awaitWriteConcern(replica, leadership, writeConcern, call.caller)
        : undefined
    return { reply, concernError }
  }

  /** A standalone has no oplog to tell by whether a command has written. */
  labelsOf(subject: LabelSubject): readonly string[] {
    return automaticLabels({ ...subject, wroteNothing: this.isReplicated && subject.wroteNothing })
  }

  tellsState(code: number | undefined): boolean {
    return this.isReplicated && isStateChange(code)
  }

  addTimes(reply: Map<string, ReplyValue>): void {
    this.#services.replica?.addTimes(reply)
  }

  /** A write that meets what a transaction holds waits for its end, and then goes on where it was. */
  async #runWhenFree(command: Command, checked: Checked, attempt: Attempt): Promise<Running> {
    const { transaction, call } = checked
    if (transaction !== undefined && command.endsTransaction !== true)
      return this.#runInTransaction(command, checked, transaction)
    const { replica, clock } = this.#services
    replica?.checkState(command.access, checked.secondaryOk)
    const leadership = replica?.leadership
    const statements = this.#statementsOf(checked, leadership, attempt)
    const endsMS = call.maxTimeMS === 0 ? Infinity : clock.nowMS() + call.maxTimeMS
    for (;;) {
      try {
        return this.#run(command, checked, statements, attempt)
      } catch (error) {
        if (!(error instanceof HeldByTransaction)) throw error
        await ended(error.transaction, endsMS - clock.nowMS(), call)
        if (replica?.leadership !== leadership) throw interrupted()
      }
    }
  }

  #statementsOf(
    { call, txnNumber, transaction }: Checked,
    leadership: Leadership | undefined,
    attempt: Attempt
  ): Statements {
    const { replica, failPoints } = this.#services
    if (leadership === undefined) return unnumberedStatements
    const endConnection = (): void => {
      attempt.connectionEnds = true
    }
    const numbered = transaction === undefined ? replica?.statements(call.session, txnNumber) : undefined
    const statements =
      numbered === undefined ? unnumberedStatements : new FailingStatements(numbered, failPoints, endConnection)
    // Nobody can begin one before the command has run, unless it waits.
    if (!leadership.transactions.areOpen) return statements
    return new ResumableStatements(statements, () => leadership.record())
  }

  /**
   * In one step: the member is still what the command needs, the command runs, and what the store has changed is in the
   * oplog, also when the command fails.
   */
  #run(command: Command, checked: Checked, statements: Statements, attempt: Attempt): Running {
    const { call, secondaryOk, readConcern } = checked
    const { replica } = this.#services
    replica?.checkState(command.access, secondaryOk)
    const leadership = replica?.leadership
    const snapshot = replica === undefined ? undefined : snapshotOf(replica, readConcern)
    const before = replica?.lastOpTime
    try {
      return { running: command.run({ ...call, statements, snapshot }), leadership }
    } catch (error) {
      if (error instanceof HeldByTransaction) leadership?.rollBack()
      throw error
    } finally {
      leadership?.record()
      attempt.wrote ||= replica?.lastOpTime !== before
    }
  }

  /** Whatever fails, aborts the transaction. Nothing of it is in the oplog before its commit. */
  #runInTransaction(command: Command, { call, readConcern }: Checked, { number, begins }: TransactionFields): Running {
    const { replica } = this.#services
    const commandsOn = (store: Store): ReadonlyMap<string, Command> => this.#services.commandsInTransaction(store)
    replica?.checkState('write', false)
    const { session } = call
    const transactions = replica?.leadership?.transactions
    if (replica === undefined || transactions === undefined || session === undefined)
      throw new CommandFailure('InternalError', 'only the primary of a set has transactions')
    const seenAt = readConcern?.atClusterTime
    const seen = (): Store => (seenAt === undefined ? replica.data.store : replica.storeAt(seenAt))
    const transaction = begins
      ? transactions.begin(session, number, seen(), commandsOn)
      : transactions.find(session, number)
    try {
      const own = transaction.commands.get(command.name) ?? command
      const running = own.run({ ...call, statements: unnumberedStatements, snapshot: undefined })
      if (running instanceof Map && hasFailed(running)) transactions.abort(transaction)
      return { running, leadership: undefined }
    } catch (error) {
      transactions.abort(transaction)
      throw error instanceof TransactionFailure ? error.failure : error
    }
  }
}

/** @throws {CommandFailure} when the time is over before. */
async function ended(transaction: Transaction, limitMS: number, { caller, maxTimeMS }: Checked['call']): Promise<void> {
  if (limitMS > 0) await caller.pause(limitMS, wake => transaction.ended.subscribe(wake))
  if (!transaction.isOpen) return
  throw new CommandFailure(
    'MaxTimeMSExpired',
    `operation exceeded time limit: ${maxTimeMS} ms (maxTimeMS), waiting for a transaction that is changing the same document`
  )
}

/** Whether a statement of a write failed, although the command did not. */
function hasFailed(reply: Reply): boolean {
  const nErrors = reply.get('nErrors')
  return reply.has('writeErrors') || (nErrors instanceof Int32 && nErrors.value > 0)
}

function interrupted(): CommandFailure {
  return new CommandFailure('InterruptedDueToReplStateChange', 'operation was interrupted: the primary stepped down')
}

/** What was asked for has been waited for. */
function snapshotOf(replica: Replica, readConcern: ReadConcern | undefined): Snapshot | undefined {
  if (readConcern?.level !== 'snapshot') return undefined
  const time = readConcern.atClusterTime ?? snapshotTime(replica)
  return { store: replica.storeAt(time), time }
}
