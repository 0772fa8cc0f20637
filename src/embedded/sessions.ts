import { Binary } from '../bson/index.ts'
import type { BSONDocument } from './query/index.ts'
import { Arguments } from './arguments.ts'

/** A session's identifier as text: 32 hexadecimal digits. */
export type SessionId = string

/**
 * The logical sessions that a member has seen and that were not ended. None expires: a deployment for tests does not live
 * for the 30 minutes after which a server forgets an idle one.
 */
export class SessionRegistry {
  readonly #known = new Set<SessionId>()

  /** In the order in which they were first seen. */
  get ids(): readonly SessionId[] {
    return [...this.#known]
  }

  see(id: SessionId): void {
    this.#known.add(id)
  }

  end(id: SessionId): void {
    this.#known.delete(id)
  }
}

/** As `$listLocalSessions` shows them. Nobody authenticates, so no session is a user's. */
export function sessionDocuments({ ids }: SessionRegistry): BSONDocument[] {
  return ids.map(id => {
    const uuid = new Binary(Buffer.from(id, 'hex'), Binary.SUBTYPE_UUID)
    return new Map([['_id', new Map([['id', uuid]])]])
  })
}

/** Reads a document such as `{ id: UUID }`. */
export function sessionIdOf(place: string, document: BSONDocument): SessionId {
  const given = new Arguments(place, document)
  given.check({
    taken: ['id'],
    refused: { uid: 'users', txnNumber: 'internal transactions', txnUUID: 'internal transactions' }
  })
  return Buffer.from(given.uuid('id')).toString('hex')
}
