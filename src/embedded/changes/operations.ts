import { type BSONDocument, type BSONValue, decodeDocument, isDocument } from '../query/index.ts'
import { compareOpTimes, type Oplog, type OpTime } from '../replication/index.ts'

/** One thing that an entry of the oplog did. */
export interface Operation {
  readonly timestamp: bigint
  readonly wall: BSONValue
  /** Which one of its entry's. */
  readonly index: number
  /** `op`, `ns`, `o` and so on, as in the entry. */
  readonly body: BSONDocument
  /** `lsid` and `txnNumber` of the transaction that it was part of. */
  readonly transaction: BSONDocument | undefined
}

/** What happened at that time and later, up to `committed`, in order. */
export function* operationsFrom(oplog: Oplog, timestamp: bigint, committed: OpTime): Generator<Operation> {
  for (const { opTime, bytes } of oplog.entriesFrom(timestamp)) {
    if (compareOpTimes(opTime, committed) > 0) return
    yield* operationsOf(opTime.timestamp, decodeDocument(bytes))
  }
}

/** An entry stands for one operation, or lists those of a transaction. */
export function operationsOf(timestamp: bigint, entry: BSONDocument): Operation[] {
  const wall = entry.get('wall') ?? null
  const all = transactionOf(entry)
  if (all === undefined) return [{ timestamp, wall, index: 0, body: entry, transaction: undefined }]
  const transaction = new Map([...entry].filter(([field]) => field === 'lsid' || field === 'txnNumber'))
  return all.map((body, index) => ({ timestamp, wall, index, body, transaction }))
}

function transactionOf(entry: BSONDocument): BSONDocument[] | undefined {
  const command = entry.get('o')
  const list = entry.get('op') === 'c' && isDocument(command) ? command.get('applyOps') : undefined
  return Array.isArray(list) ? list.filter(isDocument) : undefined
}
