/** How the operations of a bulk write become commands. Source: the CRUD specification. */
import type { ConnectionLimits } from '../../connection/index.ts'

/** The commands that a bulk write is made of. */
export type BulkKind = 'insert' | 'update' | 'delete'

/** One operation as the server takes it. */
export interface BulkStatement {
  readonly kind: BulkKind
  readonly bytes: Uint8Array
  /** Whether it may change several documents: a command with such a one cannot be sent twice. */
  readonly multi: boolean
  /** Of an insert: the document's `_id`. */
  readonly id?: unknown
}

/** Operations of one kind in the order in which they are sent. */
export interface BulkGroup {
  readonly kind: BulkKind
  readonly documents: readonly Uint8Array[]
  /** Of each operation its place among those of the caller. */
  readonly places: readonly number[]
  /** Where in the group those stand that may change several documents. */
  readonly multi: readonly number[]
  readonly ids: readonly unknown[]
}

type GrowingGroup = {
  readonly [Field in keyof BulkGroup]: BulkGroup[Field] extends readonly (infer Item)[] ? Item[] : BulkGroup[Field]
}

/**
 * Ordered: what stands side by side and is of one kind is one group, and groups keep the order. Unordered: one group of
 * each kind. What cannot be retried is not set apart from what can.
 */
export function groupStatements(statements: readonly BulkStatement[], ordered: boolean): readonly BulkGroup[] {
  const groups: GrowingGroup[] = ordered ? [] : [emptyGroup('insert'), emptyGroup('update'), emptyGroup('delete')]
  for (const [place, { kind, bytes, multi, id }] of statements.entries()) {
    let group = ordered ? groups.at(-1) : groups.find(each => each.kind === kind)
    if (group?.kind !== kind) {
      group = emptyGroup(kind)
      groups.push(group)
    }
    if (multi) group.multi.push(group.documents.length)
    group.documents.push(bytes)
    group.places.push(place)
    group.ids.push(id)
  }
  return groups.filter(({ documents }) => documents.length > 0)
}

function emptyGroup(kind: BulkKind): GrowingGroup {
  return { kind, documents: [], places: [], multi: [], ids: [] }
}

/** What a command needs besides its statements and its own arguments: session, cluster time, database and so on. */
export const envelopeBytesMax = 1000

/**
 * Where a command ends that begins with the statement at `start`: after as many as the connection takes, and at least one,
 * of which the message says itself whether it fits. `argumentBytes`: the command's own arguments.
 */
export function batchEnd(
  documents: readonly Uint8Array[],
  start: number,
  argumentBytes: number,
  { messageBytesMax, batchCountMax }: ConnectionLimits
): number {
  const bytesMax = messageBytesMax - envelopeBytesMax - argumentBytes
  const stop = Math.min(documents.length, start + batchCountMax)
  let end = start
  for (let bytes = 0; end < stop; end++) {
    bytes += documents[end]?.length ?? 0
    if (bytes > bytesMax) break
  }
  return Math.max(end, start + 1)
}
