import type { EventCounts } from './journal.ts'
import type { Verification } from './load.ts'
import type { LoadOperation } from './load_plan.ts'
import type { ServerSockets } from './sockets.ts'

/** What a run of the demo found, all of it plain values. */
export interface Report {
  readonly seed: number
  readonly loadMS: number
  readonly operations: ReadonlyMap<LoadOperation, number>
  /** Operations that failed, answers that were wrong, and whatever else did not go as it should. */
  readonly failures: number
  /** Undefined: nothing was compared, since nothing ran or nothing could be read. */
  readonly verified: Verification | undefined
  readonly stepDowns: readonly StepDown[]
  readonly events: EventCounts
  readonly sockets: readonly (ServerSockets & { readonly left: number })[]
  readonly database: string
  /** Undefined: there was none to drop. */
  readonly dropped: boolean | undefined
}

/** Undefined figures: the run ended before. */
export interface StepDown {
  readonly electedAfterMS: number | undefined
  readonly writtenAfterMS: number | undefined
}
