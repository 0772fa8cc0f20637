/**
 * Read preference and concerns as classes. cenote takes plain objects with the same fields, so that instances of these are
 * as good wherever an option is.
 */
import {
  MongoInvalidArgumentError,
  type ReadConcern as ReadConcernFields,
  type ReadPreference as ReadPreferenceFields,
  type TagSet
} from 'cenote'
import { type ReadConcernLevel, ReadPreferenceMode } from './constants.ts'

/** Which members of a replica set may serve a read. */
export class ReadPreference {
  static readonly PRIMARY = 'primary'
  static readonly PRIMARY_PREFERRED = 'primaryPreferred'
  static readonly SECONDARY = 'secondary'
  static readonly SECONDARY_PREFERRED = 'secondaryPreferred'
  static readonly NEAREST = 'nearest'
  static readonly primary: ReadPreference = new ReadPreference('primary')
  static readonly primaryPreferred: ReadPreference = new ReadPreference('primaryPreferred')
  static readonly secondary: ReadPreference = new ReadPreference('secondary')
  static readonly secondaryPreferred: ReadPreference = new ReadPreference('secondaryPreferred')
  static readonly nearest: ReadPreference = new ReadPreference('nearest')

  static isValid(mode: string): boolean {
    return Object.hasOwn(ReadPreferenceMode, mode)
  }

  readonly mode: ReadPreferenceMode
  readonly tags: readonly TagSet[] | undefined
  /** Seconds; undefined: no limit. */
  readonly maxStalenessSeconds: number | undefined

  /** What cenote cannot use of it is refused where it is used. */
  constructor(
    mode: ReadPreferenceMode,
    tags?: readonly TagSet[],
    options: { readonly maxStalenessSeconds?: number | undefined } = {}
  ) {
    if (!ReadPreference.isValid(mode))
      throw new MongoInvalidArgumentError(
        `a read preference has one of the modes ${Object.keys(ReadPreferenceMode).join(', ')}, not ${JSON.stringify(mode)}`
      )
    this.mode = mode
    this.tags = tags
    this.maxStalenessSeconds = options.maxStalenessSeconds
  }
}

export type ReadPreferenceLike =
  | ReadPreference
  | ReadPreferenceMode
  | (Pick<ReadPreferenceFields, 'mode'> & Partial<ReadPreferenceFields>)

/** What a read may see. */
export class ReadConcern {
  static readonly MAJORITY = 'majority'
  static readonly AVAILABLE = 'available'
  static readonly LINEARIZABLE = 'linearizable'
  static readonly SNAPSHOT = 'snapshot'

  readonly level: ReadConcernLevel
  /** As cenote's has it: the server may know further fields. */
  readonly [field: string]: unknown

  constructor(level: ReadConcernLevel) {
    this.level = level
  }
}

export type ReadConcernLike = ReadConcern | ReadConcernFields | ReadConcernLevel

/** What a write waits for. */
export class WriteConcern {
  readonly w?: number | string
  readonly wtimeoutMS?: number
  readonly journal?: boolean
  /** For object literals: what the command calls the two above. */
  declare readonly j?: boolean
  declare readonly wtimeout?: number

  constructor(w?: number | string, wtimeoutMS?: number, journal?: boolean) {
    if (w !== undefined) this.w = w
    if (wtimeoutMS !== undefined) this.wtimeoutMS = wtimeoutMS
    if (journal !== undefined) this.journal = journal
  }
}
