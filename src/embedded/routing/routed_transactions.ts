import { Arguments } from '../arguments.ts'
import { CommandFailure } from '../failure.ts'
import { type BSONDocument, type BSONValue } from '../query/index.ts'
import { fields } from '../reply.ts'
import type { SessionId } from '../sessions.ts'
import type { TransactionFields } from '../transaction_fields.ts'

/** Of so many sessions a router knows the last transaction; of the oldest it forgets it. */
const sessionsMax = 10_000

interface Known {
  readonly number: bigint
  hasWritten: boolean
}

/** The transactions that clients have begun at a router. Other routers do not know them: to commit there takes a recovery token. */
export class RoutedTransactions {
  readonly #known = new Map<SessionId, Known>()

  /** @throws {CommandFailure} for one that was not begun here, or that is not the session's last. */
  enter(session: SessionId, { number, begins }: Pick<TransactionFields, 'number' | 'begins'>): void {
    const last = this.#known.get(session)?.number
    if (last !== undefined && number < last)
      throw new CommandFailure(
        'TransactionTooOld',
        `txnNumber ${number} is less than last txnNumber ${last} seen in session ${session}`
      )
    if (begins) this.#begin(session, number, last)
    else if (number !== last)
      throw new CommandFailure(
        'NoSuchTransaction',
        `cannot continue txnId ${last ?? -1} for session ${session} with txnNumber ${number}`
      )
  }

  isKnown(session: SessionId, number: bigint): boolean {
    return this.#known.get(session)?.number === number
  }

  wrote(session: SessionId): void {
    const known = this.#known.get(session)
    if (known !== undefined) known.hasWritten = true
  }

  /** What lets another router find out what has become of the transaction. One that has only read needs nobody to. */
  recoveryToken(session: SessionId, shardName: string): BSONDocument {
    const hasWritten = this.#known.get(session)?.hasWritten === true
    return fields<BSONValue>(hasWritten ? { recoveryShardId: shardName } : {})
  }

  forget(session: SessionId): void {
    this.#known.delete(session)
  }

  #begin(session: SessionId, number: bigint, last: bigint | undefined): void {
    if (number === last)
      throw new CommandFailure(
        'ConflictingOperationInProgress',
        `txnNumber ${number} for session ${session} already started`
      )
    this.#known.delete(session)
    this.#known.set(session, { number, hasWritten: false })
    const [oldest] = this.#known.keys()
    if (this.#known.size > sessionsMax && oldest !== undefined) this.#known.delete(oldest)
  }
}

/** @throws {CommandFailure} unless the commit brings a token of that shard, by which its outcome can be found out. */
export function requireRecoveryToken(commit: Arguments, shardName: string): void {
  const token = commit.document('recoveryToken')
  if (token === undefined)
    throw new CommandFailure(50940, 'cannot commit with no participants: this router does not know the transaction')
  const given = new Arguments('recoveryToken', token)
  const shard = given.string('recoveryShardId')
  if (shard === undefined)
    throw new CommandFailure(
      'NoSuchTransaction',
      'Recovery token is empty, meaning the transaction only performed reads and can be safely retried'
    )
  if (shard !== shardName) throw new CommandFailure('ShardNotFound', `Shard ${shard} not found`)
}
