import { MongoInvalidArgumentError } from '../errors/index.ts'
import { describe } from './describe.ts'

/**
 * How settled the data must be that a read returns. Levels and further fields are the server's to judge.
 * Source: the read and write concern specification.
 */
export interface ReadConcern {
  readonly level?: string
  readonly [field: string]: unknown
}

/**
 * A frozen read concern from a level or from what a user wrote; `{}` is the server's default.
 * @throws MongoInvalidArgumentError when the level is no string.
 */
export function readConcernFrom(input: ReadConcern | string): ReadConcern {
  const problem = readConcernProblem(input)
  if (problem !== undefined) throw new MongoInvalidArgumentError(`The read concern ${problem}`)
  return Object.freeze(readConcernDocument(typeof input === 'string' ? { level: input } : input))
}

/** What a command carries: only what is set. */
export function readConcernDocument(readConcern: ReadConcern): Record<string, unknown> {
  return Object.fromEntries(Object.entries(readConcern).filter(([, value]) => value !== undefined))
}

/** `{}` is not the same as level local: it lets the server, or the database's administrator, decide. */
export function isDefaultReadConcern(readConcern: ReadConcern): boolean {
  for (const field in readConcern) if (readConcern[field] !== undefined) return false
  return true
}

export function readConcernProblem(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return undefined
  if (typeof value !== 'object' || value === null)
    return `must be a level or an object with a level; it is ${describe(value)}`
  const { level } = value as ReadConcern
  if (level === undefined || (typeof level === 'string' && level !== '')) return undefined
  return `must have a level that is a string with something in it; it is ${describe(level)}`
}
