import type { Judgement } from './judge.ts'
import { within } from './limits.ts'
import type { CaseResult, Part } from './summary.ts'

/** A server or a driver that is not ours. */
export interface Stranger {
  readonly name: string
  /** Each part as soon as it is over; installs what it needs first. */
  run(progress: (line: string) => void): AsyncIterable<Part>
}

const caseMSMax = 30_000

/** Runs one case: what it throws is its failure. */
export async function ran(name: string, work: () => Promise<Judgement>): Promise<CaseResult> {
  try {
    return { name, ...(await within(work(), caseMSMax, 'the case')) }
  } catch (error) {
    return {
      name,
      outcome: 'failed',
      reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    }
  }
}

/** Runs the cases of a part, one after the other, and says how long they took together. */
export async function part(stranger: string, what: string, work: () => Promise<readonly CaseResult[]>): Promise<Part> {
  const began = performance.now()
  const results = await work()
  return { stranger, what, results, seconds: (performance.now() - began) / 1000 }
}
