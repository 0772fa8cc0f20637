/** What a runner of one kind of specification file is, and the closed list of reasons to leave a case out. */
export interface Runner {
  /**
   * The cases of one file: its parsed JSON and its path below `source/`. Throws when the file is not what the runner
   * expects: that is a failure, and so is a file without any case.
   */
  cases(content: unknown, file: string): readonly SpecificationCase[]
}

export interface SpecificationCase {
  readonly name: string
  /** Present: the case is not run, and counted with this reason. */
  readonly skip?: Skip
  /** Passes by returning, fails by throwing: the error's message is the reason. */
  run(): void | Promise<void>
}

export type SkipKind = 'wait-queue-size' | 'single-threaded' | 'superseded' | 'skip-reason' | 'feature' | 'library'

export interface Skip {
  readonly kind: SkipKind
  readonly reason: string
}

/** Features that an option in a file may ask for before they are built. */
export type Feature = 'srv' | 'proxy'

interface Skips {
  readonly waitQueueSize: Skip
  readonly singleThreaded: Skip
  readonly superseded: Skip
  /** For a case that has a `skipReason` of its own. */
  skipReason(reason: string): Skip
  feature(feature: Feature): Skip
  /** The BSON library does not as specified: what it does instead. */
  library(instead: string): Skip
}

/** Every reason there is for not running a case. */
export const skips: Skips = {
  waitQueueSize: {
    kind: 'wait-queue-size',
    reason: 'waitQueueSize and waitQueueMultiple are deprecated and not implemented'
  },
  singleThreaded: { kind: 'single-threaded', reason: 'the option is of single-threaded drivers' },
  superseded: { kind: 'superseded', reason: 'a later case of the same file says the opposite of the same options' },
  skipReason: reason => ({ kind: 'skip-reason', reason }),
  feature: feature => ({ kind: 'feature', reason: `${feature} is not built yet` }),
  library: instead => ({ kind: 'library', reason: `the BSON library differs: ${instead}` })
}
