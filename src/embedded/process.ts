import type { Runtime } from '../runtime/index.ts'

/** The server that a deployment claims to be: what it answers, and how, follows the manual of that version. */
export const claimed = {
  version: '8.0.4',
  versionArray: [8, 0, 4, 0],
  minWireVersion: 0,
  maxWireVersion: 25
} as const

export interface ProcessFacts {
  /** As a server calls itself: with data, or a router. */
  readonly program: 'mongod' | 'mongos'
  /**
   * What the member answers as the number of its process. The real one is the caller's, and the same for all members;
   * tests tell members apart by it, so each draws one of its own.
   */
  readonly number: number
  /** By the monotonic clock. */
  readonly startedMS: number
}

const numberMax = 4_194_304

export function startProcess(
  program: ProcessFacts['program'],
  { chance, clock }: Pick<Runtime, 'chance' | 'clock'>
): ProcessFacts {
  return { program, number: 2 + Math.floor(chance.fraction() * (numberMax - 2)), startedMS: clock.nowMS() }
}
