import type { APIParameters } from '../generic_fields.ts'
import { CommandFailure } from '../failure.ts'
import type { Member } from '../member.ts'
import type { SessionId } from '../sessions.ts'

/** A cursor of a member that a router has opened for a client. It has the member's number. */
export interface RoutedCursor {
  readonly id: bigint
  readonly namespace: string
  readonly session: SessionId | undefined
  readonly api: APIParameters
  readonly member: Member
  /** Whether it is over with its session's transaction. */
  readonly inTransaction: boolean
  /** Whether it is a change stream's. */
  readonly watches: boolean
  /** A getMore is on its way. */
  isBusy: boolean
}

/** The cursors of a router. Those that others have opened it does not know. */
export class RoutedCursors {
  readonly #open = new Map<bigint, RoutedCursor>()

  /** Of those that are left: a member may have ended some, for their collection's end. */
  get size(): number {
    for (const cursor of this.#open.values())
      if (!cursor.inTransaction && !cursor.member.hasCursor(cursor.id)) this.#open.delete(cursor.id)
    return this.#open.size
  }

  add(cursor: RoutedCursor): void {
    this.#open.set(cursor.id, cursor)
  }

  get(id: bigint): RoutedCursor | undefined {
    return this.#open.get(id)
  }

  /** @throws {CommandFailure} when there is none. */
  find(id: bigint): RoutedCursor {
    const cursor = this.#open.get(id)
    if (cursor !== undefined) return cursor
    throw new CommandFailure('CursorNotFound', `cursor id ${id} not found`)
  }

  forget(id: bigint): void {
    this.#open.delete(id)
  }

  forgetSession(session: SessionId): void {
    for (const cursor of this.#open.values()) if (cursor.session === session) this.#open.delete(cursor.id)
  }

  /** The session's transaction is over, and its cursors with it. */
  forgetTransaction(session: SessionId): void {
    for (const cursor of this.#open.values())
      if (cursor.inTransaction && cursor.session === session) this.#open.delete(cursor.id)
  }
}
