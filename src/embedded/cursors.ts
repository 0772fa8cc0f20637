import type { Chance } from '../runtime/index.ts'
import type { APIParameters } from './generic_fields.ts'
import type { SessionId } from './sessions.ts'

/** A batch has at most so many bytes of documents; one document always fits. */
const batchBytesMax: number = 16 * 1024 * 1024

/** What is left of a result. It was read whole when the command ran, so that later writes do not show in it. */
export interface Cursor {
  readonly id: bigint
  /** `database.collection`, or what stands in its place where the command was for no collection. */
  readonly namespace: string
  readonly session: SessionId | undefined
  readonly api: APIParameters
  /** Whether the source tells its end with the last document, or only when it is asked for more. */
  readonly endKnown: boolean
  readonly documents: readonly Uint8Array[]
  position: number
}

export interface Batch {
  readonly documents: readonly Uint8Array[]
  /** 0 when there is nothing more to ask for. */
  readonly id: bigint
}

export interface CursorSource {
  readonly namespace: string
  readonly session: SessionId | undefined
  readonly api: APIParameters
  readonly documents: readonly Uint8Array[]
  readonly endKnown: boolean
}

/**
 * The open cursors of a member. None times out: what is left open is told by `size`, and is gone with the member. A query
 * that ends exactly with a batch keeps its cursor until it is asked once more, as a server that has not looked further.
 */
export class CursorRegistry {
  readonly #chance: Chance
  readonly #open = new Map<bigint, Cursor>()

  constructor(chance: Chance) {
    this.#chance = chance
  }

  get size(): number {
    return this.#open.size
  }

  /** The first batch. A cursor stays open behind it if there may be more, and `single` does not forbid it. */
  open(source: CursorSource, countMax: number, single = false): Batch {
    const cursor: Cursor = { ...source, id: this.#unusedId(), position: 0 }
    const documents = take(cursor, countMax)
    if (single || isAtEnd(cursor, documents.length, countMax)) return { documents, id: 0n }
    this.#open.set(cursor.id, cursor)
    return { documents, id: cursor.id }
  }

  find(id: bigint): Cursor | undefined {
    return this.#open.get(id)
  }

  next(cursor: Cursor, countMax: number): Batch {
    const documents = take(cursor, countMax)
    if (!isAtEnd(cursor, documents.length, countMax)) return { documents, id: cursor.id }
    this.#open.delete(cursor.id)
    return { documents, id: 0n }
  }

  /** Whether there was such a cursor. */
  kill(id: bigint): boolean {
    return this.#open.delete(id)
  }

  killOfSession(session: SessionId): void {
    for (const cursor of this.#open.values()) if (cursor.session === session) this.#open.delete(cursor.id)
  }

  killOfNamespace(namespace: string): void {
    for (const cursor of this.#open.values()) if (cursor.namespace === namespace) this.#open.delete(cursor.id)
  }

  /** Any of the positive int64: most are beyond what a double holds, which finds clients that use one. */
  #unusedId(): bigint {
    const bytes = new Uint8Array(8)
    for (;;) {
      this.#chance.fill(bytes)
      const id = new DataView(bytes.buffer).getBigUint64(0) >> 1n
      if (id !== 0n && !this.#open.has(id)) return id
    }
  }
}

function take(cursor: Cursor, countMax: number): Uint8Array[] {
  const taken: Uint8Array[] = []
  let bytes = 0
  for (; taken.length < countMax; cursor.position++) {
    const document = cursor.documents[cursor.position]
    if (document === undefined) break
    bytes += document.length
    if (taken.length > 0 && bytes > batchBytesMax) break
    taken.push(document)
  }
  return taken
}

function isAtEnd(cursor: Cursor, taken: number, countMax: number): boolean {
  if (cursor.position < cursor.documents.length) return false
  return cursor.endKnown || taken < countMax
}
