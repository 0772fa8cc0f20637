import { Long } from '../../bson/index.ts'
import type { Call, Command, Services } from '../command.ts'
import type { Batch, Cursor, CursorRegistry } from '../cursors.ts'
import { closedByFailPoint } from '../fail_points.ts'
import { badValue, ChangeStreamFailure, CommandFailure } from '../failure.ts'
import { fields, int64, type Reply } from '../reply.ts'
import { ConnectionEnded } from '../caller.ts'
import { Signal } from '../signal.ts'
import { cursorReply } from './reads.ts'

type CursorServices = Pick<Services, 'cursors' | 'failPoints' | 'clock'>

/** How long a getMore waits for documents that says nothing of it. */
const awaitMSDefault = 1_000

export function cursorCommands(services: CursorServices): Command[] {
  return [getMoreCommand(services), killCursorsCommand(services)]
}

function getMoreCommand(services: CursorServices): Command {
  const { cursors } = services
  return {
    name: 'getMore',
    access: 'anywhere',
    concerns: 'none',
    inStableAPI: true,
    collectionField: 'collection',
    waitsForMaxTimeMS: true,
    fields: {
      taken: ['collection', 'batchSize'],
      refused: { term: 'replication by getMore', lastKnownCommittedOpTime: 'replication by getMore' }
    },
    run: call => {
      const batchSize = call.arguments.count('batchSize')
      if (batchSize === 0) throw badValue('the batch size of getMore must be positive, but is 0')
      const cursor = checkedOut(cursors, call)
      if (cursor.documents.isChangeStream === true) return watching(() => nextBatch(services, call, cursor, batchSize))
      return nextBatch(services, call, cursor, batchSize)
    }
  }
}

/** What fails is told as the failure of a change stream. */
async function watching(read: () => Reply | Promise<Reply>): Promise<Reply> {
  try {
    return await read()
  } catch (error) {
    throw error instanceof CommandFailure ? new ChangeStreamFailure(error) : error
  }
}

function nextBatch(
  services: CursorServices,
  call: Call,
  cursor: Cursor,
  countMax: number = Infinity
): Reply | Promise<Reply> {
  const { cursors, failPoints } = services
  const { namespace, documents } = cursor
  if (call.maxTimeMS > 0 && documents.news === undefined)
    throw badValue('cannot set maxTimeMS on getMore for a cursor that does not await data')
  const failure = failPoints.afterCursorCheckout()
  if (failure?.closeConnection === true) throw new ConnectionEnded(closedByFailPoint)
  if (failure?.errorCode !== undefined) {
    throw new CommandFailure(failure.errorCode, "Failing getMore via 'failGetMoreAfterCursorCheckout' failpoint")
  }
  const batch = cursors.next(cursor, countMax)
  if (batch.documents.length > 0 || documents.news === undefined) return cursorReply('nextBatch', namespace, batch)
  return awaited(services, call, cursor, documents.news, countMax).then(later =>
    cursorReply('nextBatch', namespace, later)
  )
}

/** The documents that come until the time is over, perhaps none. A client that goes away meanwhile takes the cursor with it. */
async function awaited(
  { cursors, clock }: CursorServices,
  { caller, maxTimeMS }: Call,
  cursor: Cursor,
  news: Signal,
  countMax: number
): Promise<Batch> {
  const deadlineMS = clock.nowMS() + (maxTimeMS > 0 ? maxTimeMS : awaitMSDefault)
  const gone = new Signal()
  cursor.waiting = gone
  try {
    for (;;) {
      await caller.pause(deadlineMS - clock.nowMS(), wake => unsubscriber(news.subscribe(wake), gone.subscribe(wake)))
      const failure = cursors.failureOf(cursor)
      if (failure !== undefined) throw failure
      const batch = cursors.next(cursor, countMax)
      if (batch.documents.length > 0 || clock.nowMS() >= deadlineMS) return batch
    }
  } catch (error) {
    if (error instanceof ConnectionEnded) cursors.kill(cursor.id, cursor.namespace)
    throw error
  } finally {
    cursor.waiting = undefined
  }
}

function unsubscriber(...all: readonly (() => void)[]): () => void {
  return () => {
    for (const unsubscribe of all) unsubscribe()
  }
}

type AnyCall = Omit<Call, 'statements' | 'snapshot'>

/** Not only a collection's name: also what a cursor for no collection has in its place. */
export function cursorNamespace(call: AnyCall, field: string): string {
  return `${call.database}.${call.arguments.requiredString(field)}`
}

function checkedOut(cursors: CursorRegistry, call: Call): Cursor {
  const cursor = cursors.find(call.arguments.requiredInt64('getMore'))
  requireUserOf(cursor, call)
  if (cursor.waiting !== undefined) throw cursorInUse(cursor.id)
  return cursor
}

export function cursorInUse(id: bigint): CommandFailure {
  return new CommandFailure('CursorInUse', `cursor id ${id} is already in use`)
}

/** @throws {CommandFailure} when the getMore is not of the namespace, the session and the API version that the cursor is of. */
export function requireUserOf(cursor: Pick<Cursor, 'id' | 'namespace' | 'session' | 'api'>, call: AnyCall): void {
  const { id } = cursor
  const namespace = cursorNamespace(call, 'collection')
  if (cursor.namespace !== namespace) {
    throw new CommandFailure(
      'Unauthorized',
      `Requested getMore on namespace '${namespace}', but cursor ${id} belongs to the namespace ${cursor.namespace}`
    )
  }
  if (cursor.session !== call.session) {
    const created =
      cursor.session === undefined ? 'was not created in a session' : `was created in session ${cursor.session}`
    const now = call.session === undefined ? 'without a session' : `in session ${call.session}`
    const code = cursor.session === undefined ? 50736 : call.session === undefined ? 50737 : 50738
    throw new CommandFailure(code, `Cannot run getMore on cursor ${id}, which ${created}, ${now}`)
  }
  for (const name of ['apiVersion', 'apiStrict', 'apiDeprecationErrors'] as const) {
    if (cursor.api[name] === call.api[name]) continue
    throw new CommandFailure(
      'APIMismatchError',
      `API parameter mismatch: getMore has ${name} ${call.api[name]}, the command that made cursor ${id} had ${cursor.api[name]}`
    )
  }
}

function killCursorsCommand({ cursors }: CursorServices): Command {
  return {
    name: 'killCursors',
    access: 'anywhere',
    concerns: 'none',
    inStableAPI: true,
    collectionField: 'killCursors',
    fields: { taken: ['cursors'] },
    run: call => {
      const namespace = cursorNamespace(call, 'killCursors')
      return killReply(cursorsToKill(call), id => cursors.kill(id, namespace))
    }
  }
}

export function cursorsToKill({ arguments: given }: AnyCall): readonly bigint[] {
  return (given.array('cursors') ?? []).map((id, index) => {
    if (id instanceof Long) return id.toBigInt()
    throw given.wrongType(`cursors.${index}`, id, 'long')
  })
}

/** `kill` says whether there was such a cursor. */
export function killReply(ids: readonly bigint[], kill: (id: bigint) => boolean): Reply {
  const killed: Long[] = []
  const notFound: Long[] = []
  for (const id of ids) (kill(id) ? killed : notFound).push(int64(id))
  return fields({ cursorsKilled: killed, cursorsNotFound: notFound, cursorsAlive: [], cursorsUnknown: [] })
}
