import { MongoInvalidArgumentError } from '../errors/index.ts'
import { describe } from './describe.ts'
import { int32Max } from './option_row.ts'

/** What must have happened to a write before it is acknowledged. Source: the read and write concern specification. */
export interface WriteConcern {
  /** How many members must have it, `majority`, or the name of a mode. 0: nobody answers. */
  readonly w?: number | string
  /** Whether it must be in the journal. */
  readonly journal?: boolean
  /** Milliseconds that the server may wait; 0: no limit. Deprecated: use timeoutMS. */
  readonly wtimeoutMS?: number
}

/** As a user writes it: also with the names of the command's fields. */
export interface WriteConcernInput {
  readonly w?: number | string | undefined
  readonly journal?: boolean | undefined
  readonly wtimeoutMS?: number | undefined
  readonly j?: boolean | undefined
  readonly wtimeout?: number | undefined
}

export interface WriteConcernDocument {
  w?: number | string
  wtimeout?: number
  j?: boolean
}

/**
 * A frozen write concern from what a user wrote; `{}` is the server's default.
 * @throws MongoInvalidArgumentError on a wrong type, a negative number, an unknown field, and w 0 with journal true.
 */
export function writeConcernFrom(input: WriteConcernInput): WriteConcern {
  const problem = writeConcernProblem(input)
  if (problem !== undefined) throw new MongoInvalidArgumentError(`The write concern ${problem}`)
  return composedWriteConcern(input)
}

/** The same from parts that have been checked one by one. */
export function composedWriteConcern(input: WriteConcernInput): WriteConcern {
  const journal = input.journal ?? input.j
  const wtimeoutMS = input.wtimeoutMS ?? input.wtimeout
  return Object.freeze({
    ...(input.w === undefined ? {} : { w: input.w }),
    ...(journal === undefined ? {} : { journal }),
    ...(wtimeoutMS === undefined ? {} : { wtimeoutMS })
  })
}

/** What a command carries: only what is set. With `timeoutMS` set, leave `wtimeout` out. */
export function writeConcernDocument({ w, journal, wtimeoutMS }: WriteConcern): WriteConcernDocument {
  const document: WriteConcernDocument = {}
  if (w !== undefined) document.w = w
  if (wtimeoutMS !== undefined) document.wtimeout = wtimeoutMS
  if (journal !== undefined) document.j = journal
  return document
}

/** `{}` is not the same as w 1: it lets the server, or the database's administrator, decide. */
export function isDefaultWriteConcern({ w, journal, wtimeoutMS }: WriteConcern): boolean {
  return w === undefined && journal === undefined && wtimeoutMS === undefined
}

/** Whether the server answers a write. A journaled write is always answered. */
export function isAcknowledged({ w, journal }: WriteConcern): boolean {
  return w !== 0 || journal === true
}

const writeConcernFields = ['w', 'journal', 'wtimeoutMS', 'j', 'wtimeout']

export function writeConcernProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null)
    return `must be an object with w, journal or wtimeoutMS; it is ${describe(value)}`
  const { w, journal, wtimeoutMS, j, wtimeout } = value as Record<string, unknown>
  const other = Object.entries(value).find(([key, part]) => part !== undefined && !writeConcernFields.includes(key))
  if (other !== undefined) return `has w, journal and wtimeoutMS, and no ${describe(other[0])}`
  if (w !== undefined && wProblem(w) !== undefined) return `has a w that ${wProblem(w)}`
  for (const flag of [journal, j])
    if (flag !== undefined && typeof flag !== 'boolean')
      return `has a journal of ${describe(flag)}; it must be true or false`
  for (const limit of [wtimeoutMS, wtimeout])
    if (limit !== undefined && !(Number.isSafeInteger(limit) && Number(limit) >= 0))
      return `has a wtimeoutMS of ${describe(limit)}; it must be an integer from 0 (ms; 0: no limit)`
  if (journal !== undefined && j !== undefined && journal !== j)
    return 'has journal and j with different values; give journal alone'
  if (wtimeoutMS !== undefined && wtimeout !== undefined && wtimeoutMS !== wtimeout)
    return 'has wtimeoutMS and wtimeout with different values; give wtimeoutMS alone'
  return unacknowledgedProblem(w, journal ?? j)
}

/** Nobody can be told that a write is in the journal when nobody is told anything. */
export function unacknowledgedProblem(w: unknown, journal: unknown): string | undefined {
  return w === 0 && journal === true
    ? 'has w 0 (no answer) and journal true (an answer when it is in the journal); choose one'
    : undefined
}

export function wProblem(w: unknown): string | undefined {
  const fits = typeof w === 'string' ? w !== '' : Number.isInteger(w) && Number(w) >= 0 && Number(w) <= int32Max
  return fits
    ? undefined
    : `must be an integer from 0 to ${int32Max}, "majority" or the name of a mode; it is ${describe(w)}`
}
