/** Which command is answered with which reply: made once and given to the server, whichever program it is. */
import { type Document, Double, EJSON, Int32, Long, ObjectId, Timestamp } from '../../src/bson/index.ts'
import { smallDocument, smallDocuments } from '../documents.ts'
import { specificationText } from '../specification_data.ts'
import { batches, collections, database, lateMS, tweetBatches, tweetsInBatch } from './collections.ts'
import {
  clusterSeconds,
  cursorPlaceholder,
  electionId,
  type PreparedReply,
  preparedReply,
  primaryHello
} from './reply.ts'

export interface TableRow extends PreparedReply {
  readonly command: string
  /** Empty: any. For `getMore` that of the cursor. */
  readonly collection: string
  /** Below zero: there is no reply. */
  readonly delayMS: number
  /** How many batches of the cursor follow on this one. */
  readonly furtherBatches: number
}

/** The key of the handshake in its oldest form, `OP_QUERY`. */
export const legacyHello = 'legacy hello'

const ok = { ok: new Double(1) }

export function replyTable(address: string): TableRow[] {
  const hello = primaryHello(address)
  const { small, thousand, hundredThousand, large, never, late } = collections
  const thousandDocuments = smallDocuments(1_000, ObjectId)
  return [
    row('ping', '', ok),
    row('find', small, cursorReply('firstBatch', small, [smallDocument(0, ObjectId)])),
    ...tweetRows(),
    row('find', thousand, cursorReply('firstBatch', thousand, thousandDocuments)),
    row('find', hundredThousand, cursorReply('firstBatch', hundredThousand, thousandDocuments, cursorPlaceholder), {
      furtherBatches: batches - 1
    }),
    row('getMore', hundredThousand, cursorReply('nextBatch', hundredThousand, thousandDocuments, cursorPlaceholder)),
    row('insert', '', writeReply({ n: new Int32(1) })),
    row('insert', thousand, writeReply({ n: new Int32(1_000) })),
    row('insert', large, writeReply({ n: new Int32(10) })),
    row('update', '', writeReply({ n: new Int32(1) }, { nModified: new Int32(1) })),
    row('delete', '', writeReply({ n: new Int32(1) })),
    row('bulkWrite', '', bulkWriteReply()),
    row('aggregate', '', cursorReply('firstBatch', small, [smallDocument(0, ObjectId)])),
    row('find', never, ok, { delayMS: -1 }),
    row('find', late, cursorReply('firstBatch', late, [smallDocument(0, ObjectId)]), { delayMS: lateMS }),
    row('hello', '', hello),
    row('isMaster', '', hello),
    row('ismaster', '', hello),
    { ...row(legacyHello, '', hello), ...preparedReply(hello, true) },
    row('endSessions', '', ok),
    row('killCursors', '', { cursorsKilled: [], cursorsNotFound: [], cursorsAlive: [], cursorsUnknown: [], ...ok }),
    // The last is for commands that have none.
    row('', '', {
      ok: new Double(0),
      errmsg: 'no reply was prepared',
      code: new Int32(59),
      codeName: 'CommandNotFound'
    })
  ]
}

/** None where the specification is not there. */
function tweetRows(): TableRow[] {
  const text = specificationText('tweet')
  if (text === undefined) return []
  const { tweet, tweets } = collections
  const document = EJSON.parse(text) as Document
  const batch = Array.from({ length: tweetsInBatch }, () => document)
  return [
    row('find', tweet, cursorReply('firstBatch', tweet, [document])),
    row('find', tweets, cursorReply('firstBatch', tweets, batch, cursorPlaceholder), {
      furtherBatches: tweetBatches - 1
    }),
    row('getMore', tweets, cursorReply('nextBatch', tweets, batch, cursorPlaceholder))
  ]
}

function row(
  command: string,
  collection: string,
  reply: Document,
  { delayMS = 0, furtherBatches = 0 }: { readonly delayMS?: number; readonly furtherBatches?: number } = {}
): TableRow {
  return { command, collection, delayMS, furtherBatches, ...preparedReply(reply) }
}

function cursorReply(
  batch: 'firstBatch' | 'nextBatch',
  collection: string,
  documents: readonly Document[],
  id = Long.ZERO
): Document {
  return { cursor: { [batch]: documents, id, ns: `${database}.${collection}` }, ...ok }
}

/** As if all had been inserts of a thousand documents: who sends other operations is answered with these sums too. */
function bulkWriteReply(): Document {
  const none = new Int32(0)
  const cursor = { id: Long.ZERO, firstBatch: [], ns: 'admin.$cmd.bulkWrite' }
  const sums = { nInserted: new Int32(1_000), nMatched: none, nModified: none, nUpserted: none, nDeleted: none }
  return { cursor, nErrors: none, ...sums, ...ok }
}

function writeReply(counts: Document, further: Document = {}): Document {
  const opTime = { ts: Timestamp.fromBits(1, clusterSeconds), t: Long.ONE }
  return { ...counts, electionId, opTime, ...further, ...ok }
}

/** As both servers read it: its length first; integers have four bytes, least significant first, texts theirs before them. */
export function encodeTable(rows: readonly TableRow[]): Buffer {
  const parts: Buffer[] = []
  const integer = (value: number): void => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32LE(value)
    parts.push(bytes)
  }
  const lengthAnd = (bytes: Buffer): void => {
    integer(bytes.length)
    parts.push(bytes)
  }
  integer(rows.length)
  for (const { command, collection, delayMS, furtherBatches, cursorIdOffset, timeOffsets, bytes } of rows) {
    lengthAnd(Buffer.from(command))
    lengthAnd(Buffer.from(collection))
    integer(delayMS)
    integer(furtherBatches)
    integer(cursorIdOffset ?? -1)
    integer(timeOffsets.length)
    for (const offset of timeOffsets) integer(offset)
    lengthAnd(bytes)
  }
  const table = Buffer.concat(parts)
  const length = Buffer.alloc(4)
  length.writeInt32LE(table.length)
  return Buffer.concat([length, table])
}

/** The reverse of `encodeTable`, without the length in front. */
export function decodeTable(table: Buffer): TableRow[] {
  let at = 0
  const integer = (): number => {
    at += 4
    return table.readInt32LE(at - 4)
  }
  const part = (): Buffer => {
    const length = integer()
    at += length
    return table.subarray(at - length, at)
  }
  return Array.from({ length: integer() }, () => {
    const command = part().toString()
    const collection = part().toString()
    const delayMS = integer()
    const furtherBatches = integer()
    const cursorIdOffset = integer()
    const timeOffsets = Array.from({ length: integer() }, integer)
    const bytes = part()
    return {
      command,
      collection,
      delayMS,
      furtherBatches,
      cursorIdOffset: cursorIdOffset < 0 ? undefined : cursorIdOffset,
      timeOffsets,
      bytes
    }
  })
}
