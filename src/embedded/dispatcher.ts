import { Double, Int32 } from '../bson/index.ts'
import { Arguments } from './arguments.ts'
import { type Caller, ConnectionEnded } from './caller.ts'
import { type Command, takesWriteConcern } from './command.ts'
import { opensChangeStream } from './error_labels.ts'
import type { Attempt, Checked, Execution } from './execution.ts'
import { closedByFailPoint, type FailPointData, type FailPoints, type FailPointSubject } from './fail_points.ts'
import { ChangeStreamFailure, CommandFailure } from './failure.ts'
import {
  apiParametersOf,
  isGeneric,
  maxTimeMSOf,
  readConcernOf,
  secondaryOkOf,
  sessionOf,
  writeConcernOf
} from './generic_fields.ts'
import type { BSONDocument } from './query/index.ts'
import { double, fields, int32, type Reply, type ReplyValue } from './reply.ts'
import type { SessionRegistry } from './sessions.ts'
import { isDatabaseName } from './store/index.ts'
import { transactionFieldsOf, transactionReadConcernOf } from './transaction_fields.ts'
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
  readonly reply: Map<string, ReplyValue>
  /** What the next reply answers, if the client lets replies stream. */
  readonly following: BSONDocument | undefined
}

export interface DispatcherServices {
  readonly failPoints: FailPoints
  readonly sessions: SessionRegistry
  readonly topologyVersion: TopologyVersion
  readonly users: UserDirectory
  /** What can be run in a transaction, besides what ends it. */
  readonly namesInTransactions: ReadonlySet<string>
  readonly execution: Execution
  /** A defect of ours: the command is answered with it, and the process is warned. */
  warn(message: string): void
}

/** Takes commands through the checks that all have in common, in the server's order, has them executed, and makes the replies. */
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
    const attempt: Attempt = {
      given,
      caller,
      failPoint: undefined,
      wrote: false,
      connectionEnds: false,
      operationTime: undefined
    }
    const answer = await this.#attempted(name, request, attempt)
    this.#services.execution.addTimes(answer.reply, attempt)
    return answer
  }

  async #attempted(name: string, request: Request, attempt: Attempt): Promise<Answer> {
    const { given, caller } = attempt
    const { failPoints, execution } = this.#services
    try {
      const database = request.database ?? databaseOf(given)
      const command = this.#known(name, caller)
      if (database === externalDatabase && !(command.onExternal ?? command.beforeLogin ?? false))
        throw invalidDatabase(database)
      command.introduce?.(given, caller)
      const clusterTime = given.document('$clusterTime')
      if (clusterTime !== undefined) execution.receive(clusterTime)
      const subject = subjectOf(command, given, database, caller)
      attempt.failPoint = failPoints.beforeExecution(subject)
      if (attempt.failPoint !== undefined) await this.#fail(attempt.failPoint, command, attempt)
      this.#authorize(command, caller)
      const checked = this.#checked(command, given, database, caller)
      const { reply: result, concernError } = await execution.execute(command, checked, attempt)
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
    const { execution, sessions } = this.#services
    const { isReplicated } = execution
    const api = apiParametersOf(given, command)
    const { session, txnNumber, inTransaction } = sessionOf(given, command, isReplicated)
    const transaction =
      inTransaction && txnNumber !== undefined
        ? transactionFieldsOf(given, command, database, txnNumber, name => this.#services.namesInTransactions.has(name))
        : undefined
    const secondaryOk = secondaryOkOf(given)
    execution.checkState(transaction === undefined ? command.access : 'write', secondaryOk)
    const readConcern =
      transaction === undefined
        ? readConcernOf(given, command, isReplicated)
        : transactionReadConcernOf(given, transaction.begins)
    const writeConcern = writeConcernOf(given, command, isReplicated)
    if (command.fields !== 'any') {
      given.check(command.fields, field => field === given.place || isGeneric(field))
    }
    if (session !== undefined) sessions.see(session)
    const call = { name: given.place, database, arguments: given, session, api, maxTimeMS: maxTimeMSOf(given), caller }
    return { call, txnNumber, transaction, secondaryOk, readConcern, writeConcern }
  }

  /** Blocks, then closes the connection, then fails; what only blocks lets the command run. */
  async #fail(failPoint: FailPointData, command: Command, { given, caller }: Attempt): Promise<void> {
    if (failPoint.blockMS !== undefined) {
      const maxTimeMS = maxTimeMSOf(given)
      const limitMS = maxTimeMS === 0 || command.waitsForMaxTimeMS === true ? Infinity : maxTimeMS
      await this.#services.execution.block(command, caller, Math.min(failPoint.blockMS, limitMS))
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
    const { execution, topologyVersion } = this.#services
    const ofWriteConcern = reply.has('writeConcernError')
    const { internal } = caller
    const wroteNothing = !attempt.wrote
    const subject = { code, retryableWrite, transaction, ofWriteConcern, internal, wroteNothing, watches } as const
    const labels = failPoint?.errorLabels ?? execution.labelsOf(subject)
    if (labels.length > 0) reply.set('errorLabels', [...labels])
    if (execution.tellsState(code)) reply.set('topologyVersion', topologyVersion.reply())
  }

  #asFailure(command: string, error: unknown): CommandFailure {
    if (error instanceof CommandFailure) return error
    const why = error instanceof Error ? error.message : String(error)
    this.#services.warn(`the embedded deployment has a defect: the command ${command} failed with: ${why}`)
    return new CommandFailure('InternalError', why)
  }
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
