import type { DeploymentGap } from './unified/deployment_gaps.ts'
import type { DriverMethod, UnbuiltFeature } from './unified/features.ts'

/** What a runner of one kind of specification file is, and the closed list of reasons to leave a case out. */
export interface Runner {
  /**
   * The cases of one file: its parsed JSON, its path below `source/`, and the path of `source/` itself. Throws when the
   * file is not what the runner expects: that is a failure, and so is a file without any case.
   */
  cases(content: unknown, file: string, source: string): readonly SpecificationCase[]
}

export interface SpecificationCase {
  readonly name: string
  /** Present: the case is not run, and counted with this reason. */
  readonly skip?: Skip
  /** Passes by returning, fails by throwing: the error's message is the reason. */
  run(): void | Promise<void>
}

export type SkipKind =
  | 'wait-queue-size'
  | 'single-threaded'
  | 'superseded'
  | 'skip-reason'
  | 'feature'
  | 'left-out'
  | 'library'
  | 'topology'
  | 'server-version'
  | 'server-parameter'
  | 'deployment'
  | 'deviation'

export interface Skip {
  readonly kind: SkipKind
  readonly reason: string
}

interface Skips {
  readonly waitQueueSize: Skip
  readonly singleThreaded: Skip
  readonly superseded: Skip
  /** For a case that has a `skipReason` of its own. */
  skipReason(reason: string): Skip
  /** A case of the unified test format may need a method of the driver, or what is more than a method. */
  feature(feature: UnbuiltFeature | DriverMethod): Skip
  /** What specifications leave to each driver, and this one does not have: why. */
  leftOut(why: string): Skip
  /** What a case asks of a server and the embedded deployment has not. */
  deploymentGap(gap: DeploymentGap): Skip
  /** The driver does otherwise than the case wants, and means to: why. */
  deviation(why: string): Skip
  /** The case is for deployments of another kind. */
  topology(topologies: string): Skip
  /** The case is for servers of other versions. */
  serverVersion(versions: string): Skip
  /** The case is for servers that are configured otherwise. */
  serverParameter(parameter: string): Skip
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
  leftOut: reason => ({ kind: 'left-out', reason }),
  deploymentGap: gap => ({ kind: 'deployment', reason: `the embedded deployment does not support ${gap}` }),
  deviation: reason => ({ kind: 'deviation', reason }),
  topology: topologies => ({ kind: 'topology', reason: `for deployments of the kind ${topologies}` }),
  serverVersion: versions => ({ kind: 'server-version', reason: `for servers ${versions}` }),
  serverParameter: parameter => ({ kind: 'server-parameter', reason: `for servers with ${parameter}` }),
  library: instead => ({ kind: 'library', reason: `the BSON library differs: ${instead}` })
}
