import type { Call, Command, Services } from '../command.ts'
import { isDocument } from '../query/index.ts'
import type { Replica } from '../replication/index.ts'
import { empty, type Reply } from '../reply.ts'
import { type SessionId, sessionIdOf } from '../sessions.ts'

interface SessionServices extends Pick<Services, 'sessions' | 'cursors'> {
  readonly replica: Replica | undefined
}

export function sessionCommands({ sessions, cursors, replica }: SessionServices): Command[] {
  const end = (id: SessionId): void => {
    cursors.killOfSession(id)
    replica?.leadership?.transactions.abortOf(id)
    sessions.end(id)
  }
  return [
    listed('endSessions', end),
    listed('killSessions', end),
    listed('refreshSessions', id => sessions.see(id)),
    {
      ...plain,
      name: 'killAllSessions',
      inStableAPI: false,
      run: () => {
        for (const id of sessions.ids) end(id)
        return empty
      }
    }
  ]
}

const plain = { fields: { taken: [] }, access: 'anywhere', concerns: 'none', inStableAPI: true } as const

/** A command whose first field is an array of sessions. */
function listed(name: string, act: (id: SessionId) => void): Command {
  return { ...plain, name, inStableAPI: name !== 'killSessions', run: call => forEachSession(call, act) }
}

function forEachSession({ name, arguments: given }: Call, act: (id: SessionId) => void): Reply {
  const ids = (given.array(name) ?? []).map((session, index) => {
    if (isDocument(session)) return sessionIdOf(`${name}.${index}`, session)
    throw given.wrongType(`${name}.${index}`, session, 'object')
  })
  for (const id of ids) act(id)
  return empty
}
