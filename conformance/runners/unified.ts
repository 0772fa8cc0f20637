import { MongoError } from '../../src/client/index.ts'
import { type Runner, type SpecificationCase, skips } from '../runner.ts'
import { Bench } from '../unified/bench.ts'
import { CaseError } from '../unified/case_error.ts'
import { refusalOf, type Test, type TestFile, testFileOf } from '../unified/format.ts'
import { needOf } from '../unified/needs.ts'
import { deploymentsFor, type OwnDeployment } from '../unified/requirements.ts'
import { runCase } from '../unified/run_case.ts'
import { caseNameOf } from './content.ts'

/**
 * Files of the unified test format: a case passes on each topology that it allows and there is. Source: the specification
 * "Unified Test Format".
 */
export const unified: Runner = {
  cases(content: unknown, _file: string, source: string): readonly SpecificationCase[] {
    return casesOf(testFileOf(content, source))
  }
}

/** Files whose cases must fail, because the runner refuses them or because what they expect does not happen. */
export const unifiedToFail: Runner = {
  cases(content: unknown, file: string, source: string): readonly SpecificationCase[] {
    if (refusalOf(content, source) !== undefined) return [{ name: caseNameOf(file), run: () => undefined }]
    return casesOf(testFileOf(content, source)).map(each => ({ ...each, run: () => mustFail(() => each.run()) }))
  }
}

/** Files that the schema must refuse. */
export const unifiedToRefuse: Runner = {
  cases(content: unknown, file: string, source: string): readonly SpecificationCase[] {
    const run = (): void => {
      if (refusalOf(content, source) === undefined) throw new Error('the file should not fit the schema of its version')
    }
    return [{ name: caseNameOf(file), run }]
  }
}

/** By what the case or the driver says: that the runner itself breaks is no such failure. */
async function mustFail(run: () => void | Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    const { cause } = error as Error
    if (cause instanceof CaseError || cause instanceof MongoError) return
    throw error
  }
  throw new Error('the case passed, and should have failed')
}

function casesOf(file: TestFile): readonly SpecificationCase[] {
  const benches = new Benches()
  return file.tests.map(test => caseOf(file, test, benches))
}

function caseOf(file: TestFile, test: Test, benches: Benches): SpecificationCase {
  const name = test.description
  const never = (): never => {
    throw new Error('a skipped case was run')
  }
  const deployments = deploymentsFor([file.runOnRequirements, test.runOnRequirements])
  if ('kind' in deployments) return { name, skip: deployments, run: never }
  if (test.skipReason !== undefined) return { name, skip: skips.skipReason(test.skipReason), run: never }
  const skip = needOf(file, test)
  if (skip !== undefined) return { name, skip, run: never }
  const run = async (): Promise<void> => {
    for (const deployment of deployments) await benches.use(deployment, bench => runCase(file, test, bench))
  }
  return { name, run }
}

/** The deployments of one file, one of each kind, started when they are needed. One whose case failed is not used again. */
class Benches {
  readonly #started = new Map<OwnDeployment, Bench>()

  async use(deployment: OwnDeployment, work: (bench: Bench) => Promise<void>): Promise<void> {
    const bench = this.#started.get(deployment) ?? (await Bench.start(deployment))
    this.#started.delete(deployment)
    try {
      await work(bench)
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      throw new Error(`on the topology ${deployment.topology}: ${problem}`, { cause: error })
    }
    this.#started.set(deployment, bench)
  }
}
