import { prepareElements } from '../../bson/index.ts'
import type { ReadPreference } from '../../options/index.ts'
import { aboutSessions, type Command } from '../command.ts'
import { PreparedCommand } from '../prepared_command.ts'

/** Any member may be told, the primary first. */
const whoeverIsThere: ReadPreference = Object.freeze({
  mode: 'primaryPreferred',
  tags: Object.freeze([]),
  maxStalenessSeconds: -1
})

/** Tells a server that these sessions, each an encoded `{ id }`, are over. */
export function endSessionsCommand(sessions: readonly Uint8Array[]): Command<undefined> {
  return new PreparedCommand<undefined>(aboutSessions, {
    name: 'endSessions',
    database: 'admin',
    readPreference: whoeverIsThere,
    elements: prepareElements(body => {
      body.beginArray('endSessions')
      for (const [index, session] of sessions.entries()) body.encodedDocument(String(index), session)
      body.endDocument()
    }),
    accept: () => undefined
  })
}
