import type { Call, Command, Services } from '../command.ts'
import { isDocument } from '../query/index.ts'
import type { Replica } from '../replication/index.ts'
import { empty } from '../reply.ts'
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
  return {
    ...plain,
    name,
    inStableAPI: name !== 'killSessions',
    run: call => {
      for (const id of sessionIdsIn(call)) act(id)
      return empty
    }
  }
}

/** All of them are read before anything is done with the first. */
export function sessionIdsIn({ name, arguments: given }: Pick<Call, 'name' | 'arguments'>): readonly SessionId[] {
  return (given.array(name) ?? []).map((session, index) => {
    if (isDocument(session)) return sessionIdOf(`${name}.${index}`, session)
    throw given.wrongType(`${name}.${index}`, session, 'object')
  })
}
