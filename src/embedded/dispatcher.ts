import { Double, Int32 } from '../bson/index.ts'
import { Arguments } from './arguments.ts'
import { type Caller, ConnectionEnded } from './caller.ts'
import type { Call, Command } from './command.ts'
import { automaticLabels } from './error_labels.ts'
import type { FailPointData, FailPoints, FailPointSubject } from './fail_points.ts'
import { CommandFailure } from './failure.ts'
import {
  checkAPIVersion,
  checkReadConcern,
  checkReadPreference,
  checkWriteConcern,
  isGeneric,
  maxTimeMSOf,
  sessionOf
} from './generic_fields.ts'
import type { BSONDocument } from './query/index.ts'
import { double, fields, int32, type Reply, type ReplyValue } from './reply.ts'
import type { SessionRegistry } from './sessions.ts'

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

export interface DispatcherServices {
  readonly failPoints: FailPoints
  readonly sessions: SessionRegistry
  /** A defect of ours: the command is answered with it, and the process is warned. */
  warn(message: string): void
}

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
    let labels: FailPointData | undefined
    const [name = ''] = request.body.keys()
    const given = new Arguments(name, request.body)
    try {
      const database = request.database ?? databaseOf(given)
      const command = this.#commands.get(name)
      if (command === undefined) throw new CommandFailure('CommandNotFound', `no such command: '${name}'`)
      command.introduce?.(given, caller)
      const subject = subjectOf(command, given, database, caller)
      const failPoint = this.#services.failPoints.beforeExecution(subject)
      labels = failPoint
      if (failPoint !== undefined) await fail(failPoint, maxTimeMSOf(given), caller)
      const call = this.#checked(command, given, database, caller)
      const result = await command.run(call)
      const following = command.following?.(request.body, result)
      const concernPoint = takesWriteConcern(command) ? this.#services.failPoints.afterExecution(subject) : undefined
      labels = concernPoint ?? labels
      return { reply: succeeded(result, concernPoint, labels, given, caller), following }
    } catch (error) {
      if (error instanceof ConnectionEnded) throw error
      const reply = refusal(this.#asFailure(name, error))
      addLabels(reply, labels, reply.get('code'), given, caller)
      return { reply, following: undefined }
    }
  }

  #checked(command: Command, given: Arguments, database: string, caller: Caller): Call {
    if (command.adminOnly === true && database !== 'admin') {
      throw new CommandFailure('Unauthorized', `${command.name} may only be run against the admin database.`)
    }
    checkAPIVersion(given, command)
    const session = sessionOf(given)
    checkReadConcern(given, command)
    checkWriteConcern(given, command)
    checkReadPreference(given)
    if (command.fields !== 'any') {
      given.check(command.fields, field => field === given.place || isGeneric(field))
    }
    if (session !== undefined) this.#services.sessions.see(session)
    return { name: given.place, database, arguments: given, session, maxTimeMS: maxTimeMSOf(given), caller }
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
  if (/^[^/\\. "$*<>:|?\0]{1,63}$/.test(database)) return database
  throw new CommandFailure('InvalidNamespace', `Invalid database name: ${JSON.stringify(database)}`)
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

/** Blocks, then closes the connection, then fails; what only blocks lets the command run. */
async function fail(failPoint: FailPointData, maxTimeMS: number, caller: Caller): Promise<void> {
  if (failPoint.blockMS !== undefined) {
    const limitMS = maxTimeMS === 0 ? Infinity : maxTimeMS
    await caller.pause(Math.min(failPoint.blockMS, limitMS))
    if (limitMS < failPoint.blockMS) {
      throw new CommandFailure(
        'MaxTimeMSExpired',
        `operation exceeded time limit: ${maxTimeMS} ms (maxTimeMS), blocked by a fail point`
      )
    }
  }
  if (failPoint.closeConnection) throw new ConnectionEnded('a fail point closes the connection')
  if (failPoint.errorCode === undefined) return
  const extra = failPoint.errorExtraInfo === undefined ? {} : Object.fromEntries(failPoint.errorExtraInfo)
  throw new CommandFailure(failPoint.errorCode, "Failing command via 'failCommand' failpoint", extra)
}

function succeeded(
  result: Reply,
  concernPoint: FailPointData | undefined,
  labels: FailPointData | undefined,
  given: Arguments,
  caller: Caller
): Reply {
  const reply = new Map<string, ReplyValue>(result)
  const concernError = concernPoint?.writeConcernError
  if (concernError !== undefined) {
    reply.set('writeConcernError', concernError)
    addLabels(reply, labels, concernError.get('code'), given, caller)
  }
  return reply.set('ok', double(1))
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

function addLabels(
  reply: Map<string, ReplyValue>,
  failPoint: FailPointData | undefined,
  errorCode: ReplyValue | undefined,
  given: Arguments,
  caller: Caller
): void {
  const code = errorCode instanceof Int32 || errorCode instanceof Double ? errorCode.value : undefined
  const retryableWrite = given.has('txnNumber') && !given.has('autocommit')
  const labels = failPoint?.errorLabels ?? automaticLabels({ code, retryableWrite, internal: caller.internal })
  if (labels.length > 0) reply.set('errorLabels', [...labels])
}
