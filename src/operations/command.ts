import type { DecodeSite, DocumentWriter, EncodedDocuments, Long } from '../bson/index.ts'
import type { ConnectionLimits } from '../connection/index.ts'
import type { ReadConcern, ReadPreference } from '../options/index.ts'
import type { PinnedConnection } from '../pool/index.ts'
import { outputSelector, readSelector, type Selector, type Server, writeSelector } from '../topology/index.ts'
import type { Reply } from '../wire/index.ts'
import type { RetryableOperation } from './retry_rules.ts'
import type { ServerSession } from './server_sessions.ts'
import type { TransactionPart } from './transaction_labels.ts'

/** Decides which of the client's retry options counts, and whether a retry is safe. */
export type CommandKind = 'read' | 'write' | 'command'

/** What is known of a command by its name alone. */
export interface CommandTraits {
  readonly kind: CommandKind
  /** Whether the specifications of retryable reads and writes let it be sent twice. */
  readonly retryable: boolean
  /** False for a command about sessions themselves. */
  readonly takesSession: boolean
  /** Whether the server is told with `maxTimeMS` what is left of `timeoutMS`; not in a getMore. */
  readonly limitsServerTime: boolean
  /**
   * Whether it has a read concern, in which a session says what has to be there before it. `refused`: only a snapshot session says
   * something, so that the server refuses what cannot be read from a snapshot. `none`: it goes on with what another command began.
   */
  readonly readConcern: 'taken' | 'refused' | 'none'
  /** What the log of server selection calls the operation; undefined: as the command. Source: the specification of OpenTelemetry. */
  readonly operation: string | undefined
  /** What spans call the operation; undefined: as `operation`, else as the command. Source: the same. */
  readonly tracedAs: string | undefined
  /** Whether a text that is the value of the command's name is the name of a collection. */
  readonly namesCollection: boolean
  /** What it is to the transaction of its session, if there is one. */
  readonly transaction: TransactionPart
}

const usual = {
  takesSession: true,
  limitsServerTime: true,
  readConcern: 'taken',
  operation: undefined,
  tracedAs: undefined,
  namesCollection: true,
  transaction: 'part'
} as const

export const repeatableRead: CommandTraits = { kind: 'read', retryable: true, ...usual }
export const repeatableWrite: CommandTraits = { kind: 'write', retryable: true, ...usual }
export const unrepeatableWrite: CommandTraits = { kind: 'write', retryable: false, ...usual }
/** Makes or drops databases, collections and indexes. */
export const dataDefinition: CommandTraits = { kind: 'command', retryable: false, ...usual }
/** Lists those, or explains a read. */
export const repeatableListing: CommandTraits = { ...repeatableRead, readConcern: 'refused' }
/** Of which nobody knows whether it reads or writes, or which does neither. */
export const otherCommand: CommandTraits = { ...dataDefinition, readConcern: 'refused' }
/** Written by the user. Nobody knows what it is about, unless it has a cursor: then that is of a collection. */
export const userCommand: CommandTraits = { ...otherCommand, tracedAs: 'runCommand', namesCollection: false }
export const userCursorCommand: CommandTraits = { ...userCommand, namesCollection: true }
export const countOfDocuments: CommandTraits = { ...repeatableRead, tracedAs: 'countDocuments' }
export const openingOfChanges: CommandTraits = { ...repeatableRead, tracedAs: 'watch' }
export const creationOfCollection: CommandTraits = { ...dataDefinition, operation: 'createCollection' }
export const dropOfCollection: CommandTraits = { ...dataDefinition, operation: 'dropCollection' }
export const estimatedCount: CommandTraits = {
  ...repeatableRead,
  operation: 'estimatedDocumentCount',
  tracedAs: 'count'
}
export const nextBatchOfCursor: CommandTraits = { ...otherCommand, limitsServerTime: false, readConcern: 'none' }
export const endOfCursor: CommandTraits = { ...otherCommand, readConcern: 'none' }
export const aboutSessions: CommandTraits = { ...otherCommand, takesSession: false }
const repeatableEnd: CommandTraits = { ...repeatableWrite, readConcern: 'none' }
export const endOfTransaction: Readonly<Record<'commit' | 'abort', CommandTraits>> = {
  commit: { ...repeatableEnd, transaction: 'commit' },
  abort: { ...repeatableEnd, transaction: 'abort' }
}

/** A section of documents beside the command, such as the documents of an insert. They belong to the operation. */
export interface DocumentSequence {
  readonly identifier: string
  readonly documents: EncodedDocuments
}

/** What a command may know of the operation that runs it. */
export interface RunningOperation extends Pick<RetryableOperation, 'retryable' | 'retries' | 'retryOptions'> {
  /** The command itself. */
  readonly command: { readonly site?: DecodeSite | undefined }
  /** Where the attempt ran: a cursor stays there. */
  readonly server: Server | undefined
  /**
   * The session that the command carried: from now on it is the command's, to be given back by whoever has its result. Undefined
   * where it was the caller's, which stays the caller's.
   */
  keepSession(): ServerSession | undefined
  /**
   * Behind a load balancer the connection that the command ran on: it stays checked out until whoever has the result releases it,
   * or is a transaction's anyway. To be called last of all that may fail. Undefined elsewhere.
   */
  keepConnection(): PinnedConnection | undefined
}

/**
 * What an operation sends and what it makes of the reply. User's values are encoded when it is made: an attempt writes an
 * envelope around bytes.
 */
export interface Command<Result> {
  /** The command's name, for people: errors, snapshots, lists of connections. */
  readonly name: string
  readonly database: string
  readonly traits: CommandTraits
  /** As the trait, for an operation that is more than its command. */
  readonly tracedAs?: string | undefined
  /** Where it reads or writes; undefined: no collection, or several. Asked for by spans alone. */
  readonly collection?: string | undefined
  /** The cursor that it goes on with, or ends. Asked for by spans alone. */
  readonly cursorId?: Long | undefined
  /** Undefined: to a server that can be written to. */
  readonly readPreference: ReadPreference | undefined
  /** False: the server sends no reply (write concern w 0). */
  readonly acknowledged: boolean
  /** Where the documents that it asks for come from, and what was learned of those before. */
  readonly site?: DecodeSite | undefined
  /** The command's name first, then its arguments; the envelope follows. `ofSession`: goes before its own read concern. */
  writeTo(body: DocumentWriter, ofSession?: ReadConcern): void
  readonly sequence: DocumentSequence | undefined
  /** Stands before that one, and goes whole into each attempt's message. */
  readonly firstSequence?: DocumentSequence | undefined
  /** Where alone the next attempt can run. Undefined: on a server that is selected. */
  readonly server?: Server | undefined
  /** And on which of its connections. Undefined: on any. */
  readonly pin?: PinnedConnection | undefined
  /** Told before an attempt is written, with the limits of its connection: what depends on them is settled here. */
  prepare?(limits: ConnectionLimits): void
  /** How many documents of the sequence the attempt takes; told after it was written. */
  taken?(count: number, first: number): void
  /** Where the next attempt's documents begin. */
  readonly sequenceStart?: number
  /** Where the next attempt's documents end, if not by the connection's limits. */
  readonly sequenceEnd?: number
  /**
   * Reads a reply that is `ok: 1`. Throws what the operation is to fail with. Returns `moreToSend` when another command
   * follows (the next batch).
   */
  readonly accept: (reply: Reply, operation: RunningOperation) => Result | typeof moreToSend
  /** What an unacknowledged command results in. */
  readonly unacknowledged?: (() => Result | typeof moreToSend) | undefined
  /** What the operation is to fail with, for a command that has more to tell than the error that ended it. */
  failure?(reason: Error): Error
}

/** The command goes on with its next batch, as a command of its own. */
export const moreToSend: unique symbol = Symbol('more to send')

/** Which servers the command can run on. */
export function selectorOf({ readPreference, traits }: Command<unknown>): Selector {
  if (readPreference === undefined) return writeSelector
  return traits.kind === 'write' ? outputSelector(readPreference) : readSelector(readPreference)
}
