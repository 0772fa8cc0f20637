/** Server sessions and their pool. Source: the driver sessions specification. */
import { encodeDocument, type UUID, uuidFrom } from '../bson/index.ts'
import type { Connection } from '../connection/index.ts'

/** `endSessions` takes no more identifiers at once. */
const endedAtOnceMax = 10_000

const minuteMS = 60_000

/** A session with less left is not used again: it may end before the server sees the next command. */
const leftMSMin = minuteMS

/** What a server knows a session by. One operation, or one session of the user's, has it at a time. */
export class ServerSession {
  readonly id: UUID
  /** The value of `lsid`, the document `{ id }` encoded: commands carry it as it is. */
  readonly lsid: Uint8Array
  /** When a command with it was sent last, on the Runtime's clock. Whoever sends sets it. */
  lastUseMS: number
  #txnNumber = 0n
  #dirty = false

  constructor(id: UUID, nowMS: number) {
    this.id = id
    // A copy: bytes of a short document keep those that were encoded about the same time, and a session lives long.
    this.lsid = Uint8Array.from(encodeDocument({ id }))
    this.lastUseMS = nowMS
  }

  /** The last one that was given out; 0 before the first. */
  get txnNumber(): bigint {
    return this.#txnNumber
  }

  /** One for each retryable command, not for each attempt; a new user of the session goes on counting. */
  nextTxnNumber(): bigint {
    return ++this.#txnNumber
  }

  /** Whether a command's fate is unknown: the server may still be busy with it in this session. */
  get dirty(): boolean {
    return this.#dirty
  }

  /** After a network error, or when a command was given up in flight. Its holder goes on with it; the pool will not. */
  markDirty(): void {
    this.#dirty = true
  }
}

/**
 * The sessions that nobody uses, the one given back last on top. There are never more than were in use at one time.
 *
 * `timeoutMinutes` is the topology's, the least of its data-bearing servers; undefined where there is none, behind a load
 * balancer for example: then no session grows too old.
 */
export class ServerSessionPool {
  readonly #fill: (bytes: Uint8Array) => void
  /** The top is at the end. */
  readonly #idle: ServerSession[] = []

  /** `fill` fills all of the bytes with random ones. */
  constructor(fill: (bytes: Uint8Array) => void) {
    this.#fill = fill
  }

  /** Sessions in the pool. */
  get size(): number {
    return this.#idle.length
  }

  /** Once a connection is checked out, so that operations that wait for one hold no session. */
  take(timeoutMinutes: number | undefined, nowMS: number): ServerSession {
    for (let session = this.#idle.pop(); session !== undefined; session = this.#idle.pop()) {
      if (!isOld(session, timeoutMinutes, nowMS)) return session
    }
    return new ServerSession(uuidFrom(this.#fill), nowMS)
  }

  /** Once for each `take`. */
  giveBack(session: ServerSession, timeoutMinutes: number | undefined, nowMS: number): void {
    this.#prune(timeoutMinutes, nowMS)
    if (!session.dirty && !isOld(session, timeoutMinutes, nowMS)) this.#idle.push(session)
  }

  /** Empties the pool. The `lsid` documents for `endSessions`, one list for each such command. */
  drain(): Uint8Array[][] {
    const commands: Uint8Array[][] = []
    while (this.#idle.length > 0) {
      commands.push(this.#idle.splice(0, endedAtOnceMax).map(session => session.lsid))
    }
    return commands
  }

  /** From the bottom up to the first that can still be used. */
  #prune(timeoutMinutes: number | undefined, nowMS: number): void {
    const idle = this.#idle
    let old = 0
    while (old < idle.length && isOld(idle[old] as ServerSession, timeoutMinutes, nowMS)) old++
    if (old > 0) idle.splice(0, old)
  }
}

function isOld(session: ServerSession, timeoutMinutes: number | undefined, nowMS: number): boolean {
  return timeoutMinutes !== undefined && session.lastUseMS + timeoutMinutes * minuteMS - nowMS < leftMSMin
}

/** Whether commands on the connection can have one. Behind a load balancer every backend has them. */
export function hasSessions({ hello, serviceId }: Pick<Connection, 'hello' | 'serviceId'>): boolean {
  return hello.logicalSessionTimeoutMinutes !== undefined || serviceId !== undefined
}
