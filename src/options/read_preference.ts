import { MongoInvalidArgumentError } from '../errors/index.ts'
import { describe } from './describe.ts'

export const readPreferenceModes = [
  'primary',
  'primaryPreferred',
  'secondary',
  'secondaryPreferred',
  'nearest'
] as const

export type ReadPreferenceMode = (typeof readPreferenceModes)[number]

/** One set of tags a server must have; the empty set fits every server. */
export type TagSet = Readonly<Record<string, string>>

/** Which members of a replica set may serve a read. Source: the server selection specification. */
export interface ReadPreference {
  readonly mode: ReadPreferenceMode
  /** Tried in order; the first that fits a server decides. Empty: no filter. */
  readonly tags: readonly TagSet[]
  /** Seconds; -1: no limit. Checked when a server is selected. */
  readonly maxStalenessSeconds: number
}

/** As a user writes it. */
export interface ReadPreferenceInput {
  readonly mode: ReadPreferenceMode
  readonly tags?: readonly TagSet[] | undefined
  readonly maxStalenessSeconds?: number | undefined
}

/** Reads from the primary alone: the default. */
export const primaryReadPreference: ReadPreference = Object.freeze({
  mode: 'primary',
  tags: Object.freeze([]),
  maxStalenessSeconds: -1
})

/**
 * A whole, frozen read preference from a mode or from what a user wrote.
 * @throws MongoInvalidArgumentError on an unknown mode, tags that are no sets of strings, and filters with mode primary.
 */
export function readPreferenceFrom(input: ReadPreferenceMode | ReadPreferenceInput): ReadPreference {
  const problem = readPreferenceProblem(input)
  if (problem !== undefined) throw new MongoInvalidArgumentError(`The read preference ${problem}`)
  const { mode, tags = [], maxStalenessSeconds = -1 } = typeof input === 'string' ? { mode: input } : input
  if (mode === 'primary') return primaryReadPreference
  return Object.freeze({ mode, tags: Object.freeze(tags.map(set => Object.freeze({ ...set }))), maxStalenessSeconds })
}

/** What is wrong with a mode or an object, as the end of a sentence. */
export function readPreferenceProblem(value: unknown): string | undefined {
  if (typeof value === 'string') return isMode(value) ? undefined : modeProblem(value)
  if (typeof value !== 'object' || value === null)
    return `must be a mode or an object with a mode; it is ${describe(value)}`
  const { mode, tags, maxStalenessSeconds, ...others } = value as Record<string, unknown>
  const other = Object.entries(others).find(([, part]) => part !== undefined)
  if (other !== undefined) return `has mode, tags and maxStalenessSeconds, and no ${describe(other[0])}`
  if (typeof mode !== 'string' || !isMode(mode)) return modeProblem(mode)
  if (tags !== undefined && tagSetsProblem(tags) !== undefined)
    return `has tags that are wrong: they ${tagSetsProblem(tags)}`
  if (
    maxStalenessSeconds !== undefined &&
    !(Number.isInteger(maxStalenessSeconds) && Number(maxStalenessSeconds) >= -1)
  )
    return `has a maxStalenessSeconds of ${describe(maxStalenessSeconds)}; it must be an integer from -1 (-1: no limit)`
  return primaryProblem({
    mode,
    tags: tags as readonly TagSet[] | undefined,
    maxStalenessSeconds: Number(maxStalenessSeconds ?? -1)
  })
}

/** Mode primary takes no filter: there is only one primary. An empty set is no filter. */
export function primaryProblem({ mode, tags = [], maxStalenessSeconds = -1 }: ReadPreferenceInput): string | undefined {
  if (mode !== 'primary') return undefined
  if (tags.some(set => Object.keys(set).length > 0))
    return 'with mode primary takes no tags; choose another mode or leave them out'
  if (maxStalenessSeconds > 0)
    return `with mode primary takes no maxStalenessSeconds (${maxStalenessSeconds}); choose another mode or leave it out`
  return undefined
}

export function tagSetsProblem(value: unknown): string | undefined {
  if (Array.isArray(value) && value.every(isTagSet)) return undefined
  return `must be a list of sets of tags with strings as values, such as [{ dc: "ny" }]; it is ${describe(value)}`
}

function isTagSet(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every(part => typeof part === 'string')
}

function isMode(text: string): text is ReadPreferenceMode {
  return (readPreferenceModes as readonly string[]).includes(text)
}

function modeProblem(value: unknown): string {
  return `must have one of the modes ${readPreferenceModes.join(', ')}; it is ${describe(value)}`
}
