import type { Command } from '../command.ts'
import { PreparedCommand } from '../prepared_command.ts'

/** Tells a server that these sessions, each an encoded `{ id }`, are over. */
export function endSessionsCommand(sessions: readonly Uint8Array[]): Command<undefined> {
  return new PreparedCommand<undefined>({
    name: 'endSessions',
    database: 'admin',
    kind: 'command',
    takesSession: false,
    readPreference: { mode: 'primaryPreferred', tags: [], maxStalenessSeconds: -1 },
    write: body => {
      body.beginArray('endSessions')
      for (const [index, session] of sessions.entries()) body.encodedDocument(String(index), session)
      body.endDocument()
    },
    accept: () => undefined
  })
}
