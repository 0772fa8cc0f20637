import type { ObjectIds } from '../bson/index.ts'
import type { Clock } from '../runtime/index.ts'
import type { Aggregation } from './aggregation.ts'
import type { Arguments, FieldRules } from './arguments.ts'
import type { Caller } from './caller.ts'
import type { CursorRegistry } from './cursors.ts'
import type { FailPoints } from './fail_points.ts'
import { CommandFailure } from './failure.ts'
import type { APIParameters } from './generic_fields.ts'
import { type BSONDocument, type QueryContext, typeNameOf } from './query/index.ts'
import type { Reply } from './reply.ts'
import { type SessionId, sessionDocuments, type SessionRegistry } from './sessions.ts'
import type { Statements } from './statements.ts'
import { checkNamespace, type Collection, isAView, type Namespace, type Readable, type Store } from './store/index.ts'
import type { Timestamps } from './timestamps.ts'
import { readableOf } from './views.ts'

/** One command on its way: what the generic fields said, and its own fields. */
export interface Call {
  /** As the client wrote it: `hello`, or one of its older names. */
  readonly name: string
  readonly database: string
  readonly arguments: Arguments
  readonly session: SessionId | undefined
  readonly api: APIParameters
  /** 0: no limit. */
  readonly maxTimeMS: number
  readonly caller: Caller
  readonly statements: Statements
  /** What to read from in place of the member's own store, and the time that it is of. */
  readonly snapshot: Snapshot | undefined
}

export interface Snapshot {
  readonly store: Store
  /** A cluster time. */
  readonly time: bigint
}

/** Which members take a command: every one, those that may be read from, the primary. */
export type Access = 'anywhere' | 'read' | 'write'

export interface Command {
  readonly name: string
  readonly aliases?: readonly string[]
  /** Its own fields besides the first. `any`: the command takes whatever is there, as a server's does. */
  readonly fields: FieldRules | 'any'
  readonly access: Access
  readonly concerns: 'none' | 'read' | 'write' | 'both'
  /** Whether it can read the data as it was at an earlier time. */
  readonly readsSnapshots?: boolean
  /** Whether it commits or aborts a transaction. */
  readonly endsTransaction?: boolean
  /** Whether it may come with a `txnNumber`, outside of a transaction. */
  readonly retryable?: boolean
  /** Whether only other members may send it; nobody else knows of it. */
  readonly internal?: boolean
  /** Whether version 1 of the stable API has it. */
  readonly inStableAPI: boolean
  readonly deprecatedInStableAPI?: boolean
  readonly adminOnly?: boolean
  /** Whether it may come before anybody has authenticated: the handshake, and what tells nothing of the data. */
  readonly beforeLogin?: boolean
  /** Whether `maxTimeMS` says how long it waits for something, and not how long it may take. */
  readonly waitsForMaxTimeMS?: boolean
  /** Whether it may be run on `$external`, which has users and no data. Default: what may come before a login. */
  readonly onExternal?: boolean
  /** The field with the collection's name: fail points ask for it. */
  readonly collectionField?: string
  /** Runs before anything else, fail points included: a hello says who the client is, and fail points ask for that. */
  introduce?(given: Arguments, caller: Caller): void
  run(call: Call): Reply | Promise<Reply>
  /** For a command whose replies may stream: the request that the next reply answers. Undefined: it does not stream. */
  following?(request: BSONDocument, reply: Reply): BSONDocument | undefined
}

/** What the data of a member is made of. Each family of commands takes what it needs. */
export interface Services {
  readonly store: Store
  readonly cursors: CursorRegistry
  readonly sessions: SessionRegistry
  readonly failPoints: FailPoints
  readonly objectIds: ObjectIds
  readonly timestamps: Timestamps
  readonly clock: Clock
  readonly aggregation: Aggregation
}

/** What reading takes: views are pipelines. */
export type ReadServices = Pick<Services, 'store' | 'aggregation' | 'sessions'>

/** The collection that the field names, whether it is there or not. */
export function collectionOf(call: Call, field: string): Namespace {
  const collection = call.arguments.required(field)
  if (typeof collection !== 'string') {
    throw new CommandFailure('InvalidNamespace', `collection name has invalid type ${typeNameOf(collection)}`)
  }
  const namespace = { database: call.database, collection }
  checkNamespace(namespace)
  return namespace
}

/**
 * What the command reads, or undefined where there is nothing of the name.
 * @throws {CommandFailure} for a snapshot of a capped collection: what has gone is not brought back to its place; and for a view
 *   with a collation, since that is the view's own to have.
 */
export function toRead(
  { snapshot }: Pick<Call, 'snapshot'>,
  { store, aggregation, sessions }: ReadServices,
  namespace: Namespace,
  { strings }: Pick<QueryContext, 'strings'>
): Readable | undefined {
  const reading = { store: snapshot?.store ?? store, aggregation, sessions: () => sessionDocuments(sessions) }
  const collection = reading.store.find(namespace)
  if (strings !== undefined && collection?.view !== undefined)
    throw new CommandFailure(
      'OptionNotSupportedOnView',
      `Cannot override a view's default collation: ${collection.namespace} has the simple one`
    )
  if (snapshot === undefined || collection?.capped === undefined) return readableOf(reading, namespace)
  throw new CommandFailure(
    'SnapshotUnavailable',
    `Reading from a capped collection with readConcern snapshot is not supported: ${collection.namespace}`
  )
}

export function takesWriteConcern({ concerns }: Command): boolean {
  return concerns === 'write' || concerns === 'both'
}

/**
 * The collection that the command changes, or undefined where there is none.
 * @throws {CommandFailure} for a view.
 */
export function toChange(store: Store, namespace: Namespace): Collection | undefined {
  const collection = store.find(namespace)
  if (collection?.view === undefined) return collection
  throw isAView(collection.namespace)
}
