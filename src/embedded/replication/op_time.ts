import { Long, Timestamp } from '../../bson/index.ts'
import { Arguments } from '../arguments.ts'
import type { BSONDocument } from '../query/index.ts'
import { fields } from '../reply.ts'

/** The place of an entry in the oplog: the later term is the later one, and within a term the later timestamp. */
export interface OpTime {
  /** As on the wire: seconds since 1970 in the upper 32 bits, a count within the second in the lower ones. */
  readonly timestamp: bigint
  readonly term: bigint
}

/** Before everything. */
export const noOpTime: OpTime = { timestamp: 0n, term: -1n }

/** Negative, 0 or positive, as the first is earlier, the same or later. */
export function compareOpTimes(one: OpTime, other: OpTime): number {
  const difference = one.term === other.term ? one.timestamp - other.timestamp : one.term - other.term
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

export function opTimeDocument({ timestamp, term }: OpTime): BSONDocument {
  return fields({ ts: new Timestamp(timestamp), t: Long.fromBigInt(term) })
}

export function opTimeOf(place: string, document: BSONDocument): OpTime {
  const given = new Arguments(place, document)
  return { timestamp: timestampOf(given, 'ts'), term: given.requiredInt64('t') }
}

export function timestampOf(given: Arguments, field: string): bigint {
  const value = given.required(field)
  if (value instanceof Timestamp) return value.toBigInt()
  throw given.wrongType(field, value, 'timestamp')
}
