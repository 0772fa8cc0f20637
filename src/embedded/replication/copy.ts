import type { MemberData } from './leadership.ts'
import type { OpTime } from './op_time.ts'
import { encodeEntry } from './oplog_entry.ts'

/** All data of a member as it was at one moment, as entries that make an empty member the same. */
export interface DataCopy {
  readonly entries: readonly Uint8Array[]
  readonly position: { readonly opTime: OpTime; readonly wallMS: number }
}

export function copyOf({ store, history, oplog }: MemberData): DataCopy {
  const position = oplog.last
  const changes = Array.from(store.changes(), change =>
    encodeEntry({ ...position, changes: [change], statement: undefined })
  )
  const statements = Array.from(history.records(), statement => encodeEntry({ ...position, changes: [], statement }))
  return { entries: [...changes, ...statements], position }
}
