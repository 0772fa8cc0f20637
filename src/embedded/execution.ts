import type { Arguments } from './arguments.ts'
import type { Caller } from './caller.ts'
import type { Access, Call, Command } from './command.ts'
import type { LabelSubject } from './error_labels.ts'
import type { FailPointData } from './fail_points.ts'
import type { ReadConcern, WriteConcern } from './generic_fields.ts'
import type { BSONDocument } from './query/index.ts'
import type { Reply, ReplyValue } from './reply.ts'
import type { TransactionFields } from './transaction_fields.ts'

/** What is known of a command by the time its reply is made. */
export interface Attempt {
  readonly given: Arguments
  readonly caller: Caller
  /** The one that was entered last. */
  failPoint: FailPointData | undefined
  /** Whether it may have changed data. */
  wrote: boolean
  /** Whether a fail point closes the connection once the command has run. */
  connectionEnds: boolean
  /** The cluster time up to which the reply has seen the data, where another server than this one made it. */
  operationTime: bigint | undefined
}

/** A command that has passed the checks that all have in common. */
export interface Checked {
  readonly call: Omit<Call, 'statements' | 'snapshot'>
  /** Of a retryable write. */
  readonly txnNumber: bigint | undefined
  readonly transaction: TransactionFields | undefined
  readonly secondaryOk: boolean
  readonly readConcern: ReadConcern | undefined
  readonly writeConcern: WriteConcern
}

export interface Executed {
  /** The command's own fields. */
  readonly reply: Reply
  /** What it did stands, and its write concern is not met. */
  readonly concernError: BSONDocument | undefined
}

/** What a server does with commands: a member works on its data, a router asks members. */
export interface Execution {
  /** Whether writes can be retried here, and transactions run. */
  readonly isReplicated: boolean
  /** A command brought this `$clusterTime`. @throws {CommandFailure} for one that cannot be. */
  receive(clusterTime: BSONDocument): void
  /** @throws {CommandFailure} when a command of that kind cannot run here and now. */
  checkState(access: Access, secondaryOk: boolean): void
  /** A fail point holds the command up for so long. */
  block(command: Command, caller: Caller, durationMS: number): Promise<void>
  execute(command: Command, checked: Checked, attempt: Attempt): Promise<Executed>
  /** What an error has where no fail point says it. */
  labelsOf(subject: LabelSubject): readonly string[]
  /** Whether an error with that code says which state of the server it is of. */
  tellsState(code: number | undefined): boolean
  /** What every reply says: the cluster time, and how far the data was that it is made of. */
  addTimes(reply: Map<string, ReplyValue>, attempt: Attempt): void
}
