import { Long } from '../../bson/index.ts'
import type { Call, Command, Services } from '../command.ts'
import { type Cursor, type CursorRegistry } from '../cursors.ts'
import { badValue, CommandFailure } from '../failure.ts'
import { fields, int64, type Reply } from '../reply.ts'
import { ConnectionEnded } from '../caller.ts'
import { cursorReply } from './reads.ts'

type CursorServices = Pick<Services, 'cursors' | 'failPoints'>

export function cursorCommands(services: CursorServices): Command[] {
  return [getMoreCommand(services), killCursorsCommand(services)]
}

function getMoreCommand({ cursors, failPoints }: CursorServices): Command {
  return {
    name: 'getMore',
    access: 'anywhere',
    concerns: 'none',
    inStableAPI: true,
    collectionField: 'collection',
    fields: {
      taken: ['collection', 'batchSize'],
      refused: { term: 'replication by getMore', lastKnownCommittedOpTime: 'replication by getMore' }
    },
    run: call => {
      const given = call.arguments
      const batchSize = given.count('batchSize')
      if (batchSize === 0) throw badValue('the batch size of getMore must be positive, but is 0')
      if (call.maxTimeMS > 0) throw badValue('cannot set maxTimeMS on getMore for a cursor that does not await data')
      const cursor = checkedOut(cursors, call)
      const failure = failPoints.afterCursorCheckout()
      if (failure?.closeConnection === true) throw new ConnectionEnded('a fail point closes the connection')
      if (failure?.errorCode !== undefined) {
        throw new CommandFailure(failure.errorCode, "Failing getMore via 'failGetMoreAfterCursorCheckout' failpoint")
      }
      return cursorReply('nextBatch', cursor.namespace, cursors.next(cursor, batchSize ?? Infinity))
    }
  }
}

/** Not only a collection's name: also what a cursor for no collection has in its place. */
function cursorNamespace(call: Call, field: string): string {
  return `${call.database}.${call.arguments.requiredString(field)}`
}

function checkedOut(cursors: CursorRegistry, call: Call): Cursor {
  const id = call.arguments.requiredInt64('getMore')
  const cursor = cursors.find(id)
  if (cursor === undefined) throw new CommandFailure('CursorNotFound', `cursor id ${id} not found`)
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
  return cursor
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
      const ids = (call.arguments.array('cursors') ?? []).map((id, index) => {
        if (id instanceof Long) return id.toBigInt()
        throw call.arguments.wrongType(`cursors.${index}`, id, 'long')
      })
      const killed: Long[] = []
      const notFound: Long[] = []
      for (const id of ids) {
        const here = cursors.find(id)?.namespace === namespace
        if (here && cursors.kill(id)) killed.push(int64(id))
        else notFound.push(int64(id))
      }
      return killReply(killed, notFound)
    }
  }
}

function killReply(cursorsKilled: Long[], cursorsNotFound: Long[]): Reply {
  return fields({ cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [] })
}
