import { Double, Int32 } from '../bson/index.ts'
import type { Clock } from '../runtime/index.ts'
import { Arguments } from './arguments.ts'
import { type Caller, ConnectionEnded } from './caller.ts'
import type { Call, Command, Snapshot } from './command.ts'
import { automaticLabels, isStateChange, opensChangeStream } from './error_labels.ts'
import { FailingStatements } from './failing_statements.ts'
import type { FailPointData, FailPoints, FailPointSubject } from './fail_points.ts'
import { ChangeStreamFailure, CommandFailure } from './failure.ts'
import {
  apiParametersOf,
  isGeneric,
  maxTimeMSOf,
  type ReadConcern,
  readConcernOf,
  secondaryOkOf,
  sessionOf,
  type WriteConcern,
  writeConcernOf
} from './generic_fields.ts'
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
import { double, fields, int32, type Reply, type ReplyValue } from './reply.ts'
import type { SessionRegistry } from './sessions.ts'
import { ResumableStatements } from './resumable_statements.ts'
import { type Statements, unnumberedStatements } from './statements.ts'
import { isDatabaseName, type Store } from './store/index.ts'
import { type TransactionFields, transactionFieldsOf, transactionReadConcernOf } from './transaction_fields.ts'
import type { TopologyVersion } from './topology_version.ts'
import { externalDatabase, type UserDirectory } from './users.ts'

/** A command as a message brought it. */
export interface Request {
  readonly body: BSONDocument
  /** Undefined: the body has to say it, in `$db`. */
  readonly database?: string | undefined
}

export interface Answer {
  /** Complete, `ok` included. */
  readonly reply: Reply
  /** What the next reply answers, if the client lets replies stream. */
  readonly following: BSONDocument | undefined
}

/** What is known of a command by the time its reply is made. */
interface Attempt {
  readonly given: Arguments
  readonly caller: Caller
  /** The one that was entered last. */
  failPoint: FailPointData | undefined
  /** Whether it may have changed data. */
  wrote: boolean
  /** Whether a fail point closes the connection once the command has run. */
  connectionEnds: boolean
}

interface Checked {
  readonly call: Omit<Call, 'statements' | 'snapshot'>
  /** Of a retryable write. */
  readonly txnNumber: bigint | undefined
  readonly transaction: TransactionFields | undefined
  readonly secondaryOk: boolean
  readonly readConcern: ReadConcern | undefined
  readonly writeConcern: WriteConcern
}

interface Running {
  readonly running: Reply | Promise<Reply>
  /** Undefined where the member is no primary. */
  readonly leadership: Leadership | undefined
}

export interface DispatcherServices {
  readonly failPoints: FailPoints
  readonly sessions: SessionRegistry
  readonly topologyVersion: TopologyVersion
  /** Undefined: a standalone. */
  readonly replica: Replica | undefined
  readonly users: UserDirectory
  readonly clock: Clock
  /** What can be run in a transaction, besides what ends it. */
  readonly namesInTransactions: ReadonlySet<string>
  /** Those commands, working on that store. */
  commandsInTransaction(store: Store): ReadonlyMap<string, Command>
  /** A defect of ours: the command is answered with it, and the process is warned. */
  warn(message: string): void
}

const closedByFailPoint = 'a fail point closes the connection'

/** Takes commands through the checks that all have in common, in the server's order, and runs them. */
export class Dispatcher {
  readonly #commands: ReadonlyMap<string, Command>
  readonly #services: DispatcherServices

  constructor(commands: ReadonlyMap<string, Command>, services: DispatcherServices) {
    this.#commands = commands
    this.#services = services
  }

  /** Never fails but with `ConnectionEnded`: what goes wrong is in the reply. */
  async answer(request: Request, caller: Caller): Promise<Answer> {
    const [name = ''] = request.body.keys()
    const given = new Arguments(name, request.body)
    const attempt: Attempt = { given, caller, failPoint: undefined, wrote: false, connectionEnds: false }
    const { reply, following } = await this.#attempted(name, request, attempt)
    this.#services.replica?.addTimes(reply)
    return { reply, following }
  }

  async #attempted(
    name: string,
    request: Request,
    attempt: Attempt
  ): Promise<{ reply: Map<string, ReplyValue>; following: BSONDocument | undefined }> {
    const { given, caller } = attempt
    const { failPoints, replica } = this.#services
    try {
      const database = request.database ?? databaseOf(given)
      const command = this.#known(name, caller)
      if (database === externalDatabase && !(command.onExternal ?? command.beforeLogin ?? false))
        throw invalidDatabase(database)
      command.introduce?.(given, caller)
      const clusterTime = given.document('$clusterTime')
      if (clusterTime !== undefined) replica?.data.clusterClock.receive(clusterTime)
      const subject = subjectOf(command, given, database, caller)
      attempt.failPoint = failPoints.beforeExecution(subject)
      if (attempt.failPoint !== undefined) await this.#fail(attempt.failPoint, command, attempt)
      this.#authorize(command, caller)
      const checked = this.#checked(command, given, database, caller)
      const { readConcern, writeConcern } = checked
      if (replica !== undefined && readConcern !== undefined) {
        await awaitReadConcern(replica, readConcern, checked.call.maxTimeMS, caller)
      }
      const { running, leadership } = await this.#runWhenFree(command, checked, attempt)
      const result = await running
      if (attempt.connectionEnds) throw new ConnectionEnded(closedByFailPoint)
      const writes = command.access === 'write' || outputStageOf(given) !== undefined
      const waits = replica !== undefined && leadership !== undefined && writes
      const concernError =
        waits && takesWriteConcern(command)
          ? await awaitWriteConcern(replica, leadership, writeConcern, caller)
          : undefined
      const concernPoint = takesWriteConcern(command) ? failPoints.afterExecution(subject) : undefined
      attempt.failPoint = concernPoint ?? attempt.failPoint
      const reply = this.#succeeded(result, concernPoint?.writeConcernError ?? concernError, attempt)
      return { reply, following: command.following?.(request.body, result) }
    } catch (error) {
      if (error instanceof ConnectionEnded) throw error
      if (attempt.connectionEnds) throw new ConnectionEnded(closedByFailPoint)
      const failure = this.#asFailure(name, error)
      const reply = refusal(failure)
      const watches = failure instanceof ChangeStreamFailure || opensChangeStream(given)
      this.#explain(reply, reply.get('code'), attempt, watches)
      return { reply, following: undefined }
    }
  }

  #known(name: string, caller: Caller): Command {
    const command = this.#commands.get(name)
    if (command !== undefined && (command.internal !== true || caller.internal)) return command
    throw new CommandFailure('CommandNotFound', `no such command: '${name}'`)
  }

  /** Whoever has authenticated may do everything, but for what members have to themselves. */
  #authorize(command: Command, { login }: Caller): void {
    if (!this.#services.users.required || command.beforeLogin === true) return
    if (this.#services.users.stillThere(login.user) === undefined) {
      throw new CommandFailure('Unauthorized', `Command ${command.name} requires authentication`)
    }
    if (command.internal === true && !login.isMember) {
      throw new CommandFailure('Unauthorized', `Command ${command.name} is for members of the set`)
    }
  }

  #checked(command: Command, given: Arguments, database: string, caller: Caller): Checked {
    if (command.adminOnly === true && database !== 'admin') {
      throw new CommandFailure('Unauthorized', `${command.name} may only be run against the admin database.`)
    }
    const { replica, sessions } = this.#services
    const replicated = replica !== undefined
    const api = apiParametersOf(given, command)
    const { session, txnNumber, inTransaction } = sessionOf(given, command, replicated)
    const transaction =
      inTransaction && txnNumber !== undefined
        ? transactionFieldsOf(given, command, database, txnNumber, name => this.#services.namesInTransactions.has(name))
        : undefined
    const secondaryOk = secondaryOkOf(given)
    replica?.checkState(transaction === undefined ? command.access : 'write', secondaryOk)
    const readConcern =
      transaction === undefined
        ? readConcernOf(given, command, replicated)
        : transactionReadConcernOf(given, transaction.begins)
    const writeConcern = writeConcernOf(given, command, replicated)
    if (command.fields !== 'any') {
      given.check(command.fields, field => field === given.place || isGeneric(field))
    }
    if (session !== undefined) sessions.see(session)
    const call = { name: given.place, database, arguments: given, session, api, maxTimeMS: maxTimeMSOf(given), caller }
    return { call, txnNumber, transaction, secondaryOk, readConcern, writeConcern }
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

  /** Blocks, then closes the connection, then fails; what only blocks lets the command run. */
  async #fail(failPoint: FailPointData, command: Command, { given, caller }: Attempt): Promise<void> {
    if (failPoint.blockMS !== undefined) {
      const maxTimeMS = maxTimeMSOf(given)
      const limitMS = maxTimeMS === 0 || command.waitsForMaxTimeMS === true ? Infinity : maxTimeMS
      const durationMS = Math.min(failPoint.blockMS, limitMS)
      const { replica } = this.#services
      if (replica !== undefined && command.access === 'write') await replica.pauseAsPrimary(caller, durationMS)
      else await caller.pause(durationMS)
      if (limitMS < failPoint.blockMS) {
        throw new CommandFailure(
          'MaxTimeMSExpired',
          `operation exceeded time limit: ${maxTimeMS} ms (maxTimeMS), blocked by a fail point`
        )
      }
    }
    if (failPoint.closeConnection) throw new ConnectionEnded(closedByFailPoint)
    if (failPoint.errorCode === undefined) return
    const extra = failPoint.errorExtraInfo === undefined ? {} : Object.fromEntries(failPoint.errorExtraInfo)
    throw new CommandFailure(failPoint.errorCode, "Failing command via 'failCommand' failpoint", extra)
  }

  #succeeded(result: Reply, concernError: BSONDocument | undefined, attempt: Attempt): Map<string, ReplyValue> {
    const reply = new Map<string, ReplyValue>(result)
    if (concernError !== undefined) {
      reply.set('writeConcernError', concernError)
      this.#explain(reply, concernError.get('code'), attempt)
    }
    return reply.set('ok', double(1))
  }

  /** Adds to an error what tells a client what to do about it: labels, and the state that it is of. */
  #explain(reply: Map<string, ReplyValue>, errorCode: ReplyValue | undefined, attempt: Attempt, watches = false): void {
    const { given, caller, failPoint } = attempt
    const code = errorCode instanceof Int32 || errorCode instanceof Double ? errorCode.value : undefined
    const isEnd = this.#commands.get(given.place)?.endsTransaction === true
    const transaction = given.has('autocommit') ? (isEnd ? 'end' : 'part') : undefined
    const retryableWrite = given.has('txnNumber') && transaction !== 'part'
    const { replica, topologyVersion } = this.#services
    const wroteNothing = replica !== undefined && !attempt.wrote
    const ofWriteConcern = reply.has('writeConcernError')
    const { internal } = caller
    const subject = { code, retryableWrite, transaction, ofWriteConcern, internal, wroteNothing, watches } as const
    const labels = failPoint?.errorLabels ?? automaticLabels(subject)
    if (labels.length > 0) reply.set('errorLabels', [...labels])
    if (replica !== undefined && isStateChange(code)) reply.set('topologyVersion', topologyVersion.reply())
  }

  #asFailure(command: string, error: unknown): CommandFailure {
    if (error instanceof CommandFailure) return error
    const why = error instanceof Error ? error.message : String(error)
    this.#services.warn(`the embedded deployment has a defect: the command ${command} failed with: ${why}`)
    return new CommandFailure('InternalError', why)
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

function databaseOf(given: Arguments): string {
  const database = given.value('$db')
  if (database === undefined) throw new CommandFailure(40571, 'OP_MSG requests require a $db argument')
  if (typeof database !== 'string') throw given.wrongType('$db', database, 'string')
  if (isDatabaseName(database) || database === externalDatabase) return database
  throw invalidDatabase(database)
}

function invalidDatabase(database: string): CommandFailure {
  return new CommandFailure('InvalidNamespace', `Invalid database name: ${JSON.stringify(database)}`)
}

function subjectOf(command: Command, given: Arguments, database: string, caller: Caller): FailPointSubject {
  const field = command.collectionField === command.name ? given.place : command.collectionField
  const collection = field === undefined ? undefined : given.value(field)
  return {
    names: [command.name, ...(command.aliases ?? [])],
    namespace: typeof collection === 'string' ? `${database}.${collection}` : undefined,
    applicationName: caller.client?.applicationName,
    threadName: `conn${caller.id}`,
    internal: caller.internal
  }
}

function takesWriteConcern(command: Command): boolean {
  return command.concerns === 'write' || command.concerns === 'both'
}

/** The reply to a command that failed, or to a message that brought none. */
export function refusal(failure: CommandFailure): Map<string, ReplyValue> {
  return fields<ReplyValue>({
    ok: double(0),
    errmsg: failure.message,
    code: int32(failure.code),
    codeName: failure.codeName,
    ...failure.fields
  })
}
