import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { reportOf } from './report.ts'
import { folderOf, type Result, resultsOf, specificationFiles, suiteOf } from './results.ts'
import type { Suites } from './suites.ts'

const usage = `npm run conformance [-- --specifications DIR] [--suite NAME] [--json FILE] [--help]

Runs the JSON files of the drivers' specifications, below DIR/source.

  --specifications DIR  a clone of the public repository mongodb/specifications, or a folder laid out like it
                        (default: $CENOTE_SPECIFICATIONS, or else ../shared/specifications)
  --suite NAME          only this suite
  --json FILE           also writes one array of { suite, file, case, outcome, reason } to FILE;
                        outcome is passed, failed, skipped or not-built
  --help                this text

The status is 1 when a case failed, a file could not be read, or there was nothing to account for.`

/** What the program says and where it finds things. */
export interface Surroundings {
  readonly specifications: string | undefined
  print(text: string): void
  complain(text: string): void
  /** Called before each file; undefined where nobody watches. */
  readonly progress: ((done: number, all: number) => void) | undefined
}

interface Flags {
  readonly specifications?: string
  readonly suite?: string
  readonly json?: string
  readonly help?: boolean
}

/** The program's whole run; gives its status. */
export async function conformance(args: string[], suites: Suites, surroundings: Surroundings): Promise<0 | 1> {
  try {
    const flags = flagsOf(args)
    if (flags.help === true) {
      surroundings.print(usage)
      return 0
    }
    return await run(flags, suites, surroundings)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    surroundings.complain(error.message)
    return 1
  }
}

/** What the program cannot do, in words for whoever called it. */
class Refusal extends Error {}

function flagsOf(args: string[]): Flags {
  try {
    const text = { type: 'string' } as const
    return parseArgs({ args, options: { specifications: text, suite: text, json: text, help: { type: 'boolean' } } })
      .values
  } catch (error) {
    throw new Refusal(`${(error as Error).message}\n\n${usage}`)
  }
}

async function run(flags: Flags, suites: Suites, surroundings: Surroundings): Promise<0 | 1> {
  checkSuite(flags.suite, suites)
  const folder = flags.specifications ?? (surroundings.specifications || '../shared/specifications')
  const source = join(resolve(folder), 'source')
  const files = filesBelow(source).filter(
    file => flags.suite === undefined || suiteOf(file, suites)?.suite === flags.suite
  )
  const results: Result[] = missingFiles(files, flags.suite, suites)
  for (const [index, file] of files.entries()) {
    surroundings.progress?.(index + 1, files.length)
    for await (const result of resultsOf(source, file, suites)) results.push(result)
  }
  if (results.length === 0) throw new Refusal(`${source} holds no file of the suite ${flags.suite}`)
  surroundings.print(reportOf(results, suites))
  if (flags.json !== undefined) write(flags.json, results)
  return results.some(result => result.outcome === 'failed') ? 1 : 0
}

function checkSuite(name: string | undefined, suites: Suites): void {
  const names = [...new Set(Object.values(suites).map(row => row.suite))].toSorted()
  if (name === undefined || names.includes(name)) return
  throw new Refusal(`there is no suite ${name}; the suites are:\n  ${names.join('\n  ')}`)
}

function filesBelow(source: string): string[] {
  const advice =
    'Clone the public repository (git clone https://github.com/mongodb/specifications) and name its folder with ' +
    '--specifications DIR or in $CENOTE_SPECIFICATIONS.'
  let files: string[]
  try {
    files = specificationFiles(source)
  } catch (error) {
    throw new Refusal(`No specifications: ${source} cannot be read (${(error as Error).message}). ${advice}`)
  }
  if (files.length === 0) throw new Refusal(`No specifications: there is no JSON file below ${source}. ${advice}`)
  return files
}

/** A suite that can be run and has no file has been moved or renamed: its cases must not vanish in silence. */
function missingFiles(files: readonly string[], only: string | undefined, suites: Suites): Result[] {
  return Object.entries(suites)
    .filter(([, row]) => 'runner' in row && (only === undefined || row.suite === only))
    .filter(([folder]) => !files.some(file => folderOf(file, suites) === folder))
    .map(([folder, { suite }]) => ({
      suite,
      file: folder,
      case: '(the folder)',
      outcome: 'failed',
      reason: 'the suite has a runner, and its folder holds no JSON file'
    }))
}

function write(file: string, results: readonly Result[]): void {
  try {
    writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`)
  } catch (error) {
    throw new Refusal(`The results could not be written to ${resolve(file)}: ${(error as Error).message}`)
  }
}
