import { Int32, Long } from '../../bson/index.ts'
import { ConnectionEnded } from '../caller.ts'
import type { Command } from '../command.ts'
import { cursorInUse, cursorNamespace, cursorsToKill, killReply, requireUserOf, serverInfo } from '../commands/index.ts'
import type { Request } from '../dispatcher.ts'
import { opensChangeStream } from '../error_labels.ts'
import type { Checked } from '../execution.ts'
import { closedByFailPoint, type FailPoints } from '../fail_points.ts'
import { ChangeStreamFailure, CommandFailure } from '../failure.ts'
import type { Member } from '../member.ts'
import { outputStageOf } from '../output_stages.ts'
import type { BSONValue } from '../query/index.ts'
import { double, int32 } from '../reply.ts'
import type { TransactionFields } from '../transaction_fields.ts'
import { explanationThroughRouter } from './explanation.ts'
import { readFromPrimary, readPreferenceOf } from './read_preference.ts'
import type { RoutedCursor, RoutedCursors } from './routed_cursors.ts'
import { requireRecoveryToken, type RoutedTransactions } from './routed_transactions.ts'
import type { Shard } from './shard.ts'
import { hasSucceeded, requireSuccess, type ShardReply } from './shard_reply.ts'

/** What a router does not do itself. */
const names: ReadonlySet<string> = new Set([
  'find',
  'aggregate',
  'count',
  'distinct',
  'explain',
  'getMore',
  'killCursors',
  'insert',
  'update',
  'delete',
  'findAndModify',
  'bulkWrite',
  'commitTransaction',
  'abortTransaction',
  'create',
  'collMod',
  'drop',
  'dropDatabase',
  'renameCollection',
  'listCollections',
  'listDatabases',
  'createIndexes',
  'dropIndexes',
  'listIndexes'
])

export interface RoutesServices {
  readonly shard: Shard
  readonly cursors: RoutedCursors
  readonly transactions: RoutedTransactions
  readonly failPoints: FailPoints
  /** `host:port` of the router. */
  address(): string
}

/** A command on its way to the shard. */
export interface Handed {
  readonly command: Command
  readonly checked: Checked
  /** Told of each reply of a member. */
  heard(reply: ShardReply): void
}

/** Which member of the shard a command goes to, and what a router keeps in mind of it: whose cursor is where, who has begun what. */
export class Routes {
  readonly #services: RoutesServices

  constructor(services: RoutesServices) {
    this.#services = services
  }

  /** Whether the command is handed on. */
  isFor({ name }: Command): boolean {
    return names.has(name)
  }

  /** The reply of the member, which may be an error. @throws {CommandFailure} for what fails at the router. */
  async handOn(handed: Handed): Promise<ShardReply> {
    const { command, checked } = handed
    const { transaction, call } = checked
    if (transaction === undefined) return this.#sent(handed)
    const { session = '' } = call
    const { transactions, shard } = this.#services
    if (command.endsTransaction === true) return this.#end(handed, session, transaction)
    transactions.enter(session, transaction)
    if (transaction.begins) this.#services.cursors.forgetTransaction(session)
    const reply = await this.#sent(handed)
    if (!hasSucceeded(reply)) return reply
    if (command.access === 'write') transactions.wrote(session)
    return reply.set('recoveryToken', transactions.recoveryToken(session, shard.name))
  }

  #sent(handed: Handed): Promise<ShardReply> {
    const { name } = handed.command
    if (name === 'getMore') return this.#getMore(handed)
    return name === 'killCursors' ? this.#killCursors(handed) : this.#toShard(handed)
  }

  // ───────────────────────── by the state of the shard ─────────────────────────

  async #toShard(handed: Handed, request: Request = requestOf(handed)): Promise<ShardReply> {
    const { command, checked } = handed
    const { call, transaction, txnNumber } = checked
    const { shard } = this.#services
    // A pipeline that writes what it gives, goes to who can write.
    const writes = command.access !== 'read' || outputStageOf(call.arguments) !== undefined
    const reads = !writes && transaction === undefined
    const { reply, member } = await shard.send({
      request,
      caller: call.caller,
      preference: reads ? readPreferenceOf(call.arguments) : readFromPrimary,
      // The end of a transaction is the same however often it is asked for.
      isRepeatable:
        command.endsTransaction === true || (transaction === undefined && (reads || txnNumber !== undefined)),
      maxTimeMS: call.maxTimeMS
    })
    handed.heard(reply)
    this.#keepCursor(handed, reply, member)
    return command.name === 'explain' && hasSucceeded(reply)
      ? explanationThroughRouter({ reply, member }, shard, serverInfo(this.#services.address()))
      : reply
  }

  #keepCursor({ checked }: Handed, reply: ShardReply, member: Member): void {
    const cursor = reply.get('cursor')
    if (!(cursor instanceof Map)) return
    const [id, namespace] = [cursor.get('id'), cursor.get('ns')]
    if (!(id instanceof Long) || id.isZero() || typeof namespace !== 'string') return
    const { session, api, arguments: given } = checked.call
    this.#services.cursors.add({
      id: id.toBigInt(),
      namespace,
      session,
      api,
      member,
      inTransaction: checked.transaction !== undefined,
      watches: opensChangeStream(given),
      isBusy: false
    })
  }

  // ───────────────────────── where the cursor is ─────────────────────────

  /** One that fails takes its cursor with it, but where the client asks for what is not its own. */
  async #getMore(handed: Handed): Promise<ShardReply> {
    const { call } = handed.checked
    const { cursors } = this.#services
    const cursor = cursors.find(call.arguments.requiredInt64('getMore'))
    requireUserOf(cursor, call)
    if (cursor.isBusy) throw cursorInUse(cursor.id)
    cursor.isBusy = true
    try {
      const reply = await this.#nextBatch(handed, cursor)
      if (isExhausted(reply)) cursors.forget(cursor.id)
      return reply
    } catch (error) {
      cursors.forget(cursor.id)
      throw error instanceof CommandFailure && cursor.watches ? new ChangeStreamFailure(error) : error
    } finally {
      cursor.isBusy = false
    }
  }

  async #nextBatch(handed: Handed, cursor: RoutedCursor): Promise<ShardReply> {
    const failPoint = this.#services.failPoints.afterCursorCheckout()
    if (failPoint?.failsBeforeExecution === true) {
      await this.#killAt(cursor, handed)
      if (failPoint.errorCode === undefined || failPoint.closeConnection) throw new ConnectionEnded(closedByFailPoint)
      throw new CommandFailure(failPoint.errorCode, "Failing getMore via 'failGetMoreAfterCursorCheckout' failpoint")
    }
    const reply = await this.#services.shard.ask(cursor.member, requestOf(handed), handed.checked.call.caller)
    handed.heard(reply)
    if (!hasSucceeded(reply)) await this.#killAt(cursor, handed)
    requireSuccess(reply)
    return reply
  }

  async #killCursors(handed: Handed): Promise<ShardReply> {
    const { call } = handed.checked
    const { cursors } = this.#services
    const namespace = cursorNamespace(call, 'killCursors')
    const ids = cursorsToKill(call)
    const found = ids.flatMap(id => {
      const cursor = cursors.get(id)
      return cursor?.namespace === namespace ? [cursor] : []
    })
    for (const cursor of found) await this.#killAt(cursor, handed)
    const killed = new Set(found.map(cursor => cursor.id))
    return new Map(killReply(ids, id => killed.has(id))).set('ok', double(1))
  }

  /** Whether the member still has it does not matter. */
  async #killAt({ id, namespace, member }: RoutedCursor, handed: Handed): Promise<void> {
    const { call } = handed.checked
    this.#services.cursors.forget(id)
    const dot = namespace.indexOf('.')
    const kept = [...call.arguments.body].filter(([name]) => inEveryCommand.has(name))
    const body = new Map<string, BSONValue>([
      ['killCursors', namespace.slice(dot + 1)],
      ['cursors', [Long.fromBigInt(id)]],
      ...kept
    ])
    const request = { body, database: namespace.slice(0, dot) }
    handed.heard(await this.#services.shard.ask(member, request, call.caller))
  }

  // ───────────────────────── ends of transactions ─────────────────────────

  async #end(handed: Handed, session: string, { number }: TransactionFields): Promise<ShardReply> {
    const { transactions, cursors, shard } = this.#services
    const { command, checked } = handed
    const isCommit = command.name === 'commitTransaction'
    if (isCommit && !transactions.isKnown(session, number)) {
      requireRecoveryToken(checked.call.arguments, shard.name)
      return this.#recover(handed)
    }
    transactions.enter(session, { number, begins: false })
    const reply = await this.#toShard(handed)
    cursors.forgetTransaction(session)
    return hasSucceeded(reply) ? reply.set('recoveryToken', transactions.recoveryToken(session, shard.name)) : reply
  }

  /**
   * Whether another router has committed it is found out by aborting it: what has not been committed by now never will be. Where it
   * has been, the commit is repeated, so that it meets this one's write concern.
   */
  async #recover(handed: Handed): Promise<ShardReply> {
    const { arguments: given, database } = handed.checked.call
    const session = [...given.body].filter(([name]) => inEveryCommand.has(name))
    const abort = new Map<string, BSONValue>([['abortTransaction', int32(1)], ...session])
    const aborted = await this.#toShard(handed, { body: abort, database })
    if (hasSucceeded(aborted))
      throw new CommandFailure(
        'NoSuchTransaction',
        "Recovering the transaction's outcome found the transaction aborted: no router had committed it"
      )
    return isCommitted(aborted) ? this.#toShard(handed) : aborted
  }
}

/** What says whose command it is. */
const inEveryCommand: ReadonlySet<string> = new Set([
  'lsid',
  'txnNumber',
  'autocommit',
  '$clusterTime',
  'apiVersion',
  'apiStrict',
  'apiDeprecationErrors'
])

const transactionCommitted = new CommandFailure('TransactionCommitted', '').code

function isCommitted(reply: ShardReply): boolean {
  const code = reply.get('code')
  return code instanceof Int32 && code.value === transactionCommitted
}

function requestOf({ checked: { call } }: Handed): Request {
  return { body: call.arguments.body, database: call.database }
}

function isExhausted(reply: ShardReply): boolean {
  const cursor = reply.get('cursor')
  const id = cursor instanceof Map ? cursor.get('id') : undefined
  return id instanceof Long && id.isZero()
}
