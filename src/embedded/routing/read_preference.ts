import { Arguments } from '../arguments.ts'
import { badValue, CommandFailure } from '../failure.ts'
import { type BSONDocument, isDocument } from '../query/index.ts'

/** Where a command may read. Sources: the manual, "Read Preference"; the specification of server selection. */
export interface ReadPreference {
  readonly mode: string
  /** The first one that fits any member counts; none: all members fit. */
  readonly tagSets: readonly BSONDocument[]
  readonly maxStalenessMS: number
}

/** What is known of a member that may be asked. */
export interface Candidate {
  readonly state: 'primary' | 'secondary' | 'copying' | 'down'
  /** When its last write was made. */
  readonly lastWriteMS: number
}

/** A smaller one could not be told from the time between two writes of an idle primary. */
const maxStalenessSecondsMin = 90

export const readFromPrimary: ReadPreference = { mode: 'primary', tagSets: [], maxStalenessMS: Infinity }

/** Of a command whose `$readPreference` has a mode that there is. */
export function readPreferenceOf(command: Arguments): ReadPreference {
  const document = command.document('$readPreference')
  if (document === undefined) return readFromPrimary
  const given = new Arguments('$readPreference', document)
  // Hedging changes no result.
  given.check({ taken: ['mode', 'tags', 'maxStalenessSeconds', 'hedge'] })
  const mode = given.requiredString('mode')
  const tagSets = (given.array('tags') ?? []).map((tagSet, index) => {
    if (isDocument(tagSet)) return tagSet
    throw given.wrongType(`tags.${index}`, tagSet, 'object')
  })
  const maxStalenessSeconds = given.count('maxStalenessSeconds') ?? 0
  if (mode === 'primary' && tagSets.some(({ size }) => size > 0))
    throw badValue('Only empty tags are allowed with primary read preference')
  if (maxStalenessSeconds === 0) return { mode, tagSets, maxStalenessMS: Infinity }
  if (mode === 'primary') throw badValue('$maxStalenessSeconds can not be set for the primary mode')
  if (maxStalenessSeconds < maxStalenessSecondsMin)
    throw new CommandFailure(
      'MaxStalenessOutOfRange',
      `$maxStalenessSeconds value can not be less than ${maxStalenessSecondsMin}, and is ${maxStalenessSeconds}`
    )
  return { mode, tagSets, maxStalenessMS: maxStalenessSeconds * 1000 }
}

/** The candidates that may be asked; none: somebody has to become one first. */
export function suitable<Each extends Candidate>(
  { mode, tagSets, maxStalenessMS }: ReadPreference,
  candidates: readonly Each[]
): readonly Each[] {
  const primaries = candidates.filter(({ state }) => state === 'primary')
  if (mode === 'primary') return primaries
  const secondaries = candidates.filter(({ state }) => state === 'secondary')
  // No member has tags, so that only a set without any fits.
  const fits = tagSets.length === 0 || tagSets.some(({ size }) => size === 0)
  const newestMS = Math.max(...(primaries.length > 0 ? primaries : secondaries).map(({ lastWriteMS }) => lastWriteMS))
  const fresh = fits ? secondaries.filter(({ lastWriteMS }) => newestMS - lastWriteMS <= maxStalenessMS) : []
  switch (mode) {
    case 'primaryPreferred':
      return primaries.length > 0 ? primaries : fresh
    case 'secondary':
      return fresh
    case 'secondaryPreferred':
      return fresh.length > 0 ? fresh : primaries
    default:
      return fits ? [...primaries, ...fresh] : []
  }
}
