import { CommandFailure } from '../failure.ts'
import { type BSONDocument, typeNameOf } from '../query/index.ts'

/** What comes after what of the same operation. `all`: behind everything of that time. */
export const ranks = { event: 1, invalidate: 2, all: 0xff } as const

/** A place between two events. It is the same on every member, since all have the same oplog. */
export interface Position {
  /** A cluster time. */
  readonly timestamp: bigint
  /** Which one of an entry's operations; 0 in one that has a single one. */
  readonly operation: number
  readonly rank: number
  /** Of an event in several parts: which one; else 0. */
  readonly fragment: number
}

/** Behind all that had happened by then. */
export function positionBehind(timestamp: bigint): Position {
  return { timestamp, operation: 0xffffffff, rank: ranks.all, fragment: 0 }
}

/** Before everything that happened then. */
export function positionBefore(timestamp: bigint): Position {
  return { timestamp, operation: 0, rank: 0, fragment: 0 }
}

/** As servers do, tokens begin so, and those of later positions are greater strings. */
const prefix = '82'
const widths = { timestamp: 16, operation: 8, rank: 2, fragment: 4 } as const
const digits: number = Object.values(widths).reduce((sum, width) => sum + width, prefix.length)

export function tokenOf(position: Position): BSONDocument {
  const { timestamp, operation, rank, fragment } = position
  const parts = [
    timestamp.toString(16).padStart(widths.timestamp, '0'),
    operation.toString(16).padStart(widths.operation, '0'),
    rank.toString(16).padStart(widths.rank, '0'),
    fragment.toString(16).padStart(widths.fragment, '0')
  ]
  return new Map([['_data', `${prefix}${parts.join('')}`.toUpperCase()]])
}

/** @throws {CommandFailure} for what no stream has given out. */
export function positionOf(token: BSONDocument): Position {
  const data = token.get('_data')
  if (typeof data !== 'string') {
    const found = data === undefined ? 'missing' : typeNameOf(data)
    throw new CommandFailure(40647, `Bad resume token: _data of missing or of wrong type: ${found}`)
  }
  if (!/^(?:[\da-f]{2})*$/i.test(data))
    throw new CommandFailure('FailedToParse', 'resume token string was not a valid hex string')
  if (data.length !== digits || !data.startsWith(prefix))
    throw new CommandFailure(50811, `Bad resume token: the embedded deployment has given out none like ${data}`)
  let at = prefix.length
  const part = (width: number): string => data.slice(at, (at += width))
  return {
    timestamp: BigInt(`0x${part(widths.timestamp)}`),
    operation: Number.parseInt(part(widths.operation), 16),
    rank: Number.parseInt(part(widths.rank), 16),
    fragment: Number.parseInt(part(widths.fragment), 16)
  }
}

/** Negative, 0 or positive, as the first is earlier, the same or later. */
export function comparePositions(one: Position, other: Position): number {
  if (one.timestamp !== other.timestamp) return one.timestamp < other.timestamp ? -1 : 1
  return one.operation - other.operation || one.rank - other.rank || one.fragment - other.fragment
}
