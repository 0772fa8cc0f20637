import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, sep } from 'node:path'
import type { Runner, SpecificationCase } from './runner.ts'
import type { Suite, Suites } from './suites.ts'

export type Outcome = 'passed' | 'failed' | 'skipped' | 'not-built'

/** One case of one file. Every case of every file has exactly one. */
export interface Result {
  readonly suite: string
  /** Below `source/`, with `/`. */
  readonly file: string
  readonly case: string
  readonly outcome: Outcome
  /** Empty when it passed. */
  readonly reason: string
}

type Verdict = Pick<Result, 'case' | 'outcome' | 'reason'>

/** A case runs on virtual time or on none: one that takes this long will never end. */
const caseMSMax = 10_000
const wholeFile = '(the file)'

/** Every JSON file below `source`, sorted, as paths from there. */
export function specificationFiles(source: string): string[] {
  const paths = readdirSync(source, { recursive: true, encoding: 'utf8' })
  return paths
    .filter(path => path.endsWith('.json'))
    .map(path => path.replaceAll(sep, '/'))
    .toSorted()
}

export function suiteOf(file: string, suites: Suites): Suite | undefined {
  const folder = folderOf(file, suites)
  return folder === undefined ? undefined : suites[folder]
}

/** The longest folder with a row that leads to the file. */
export function folderOf(file: string, suites: Suites): string | undefined {
  for (let folder = posix.dirname(file); folder !== '.'; folder = posix.dirname(folder))
    if (Object.hasOwn(suites, folder)) return folder
  return undefined
}

/** The results of one file, in its order. Read when it is asked for, one case after the other. */
export async function* resultsOf(source: string, file: string, suites: Suites): AsyncGenerator<Result, void> {
  const row = suiteOf(file, suites)
  const suite = row?.suite ?? 'unknown'
  for await (const verdict of verdictsOf(source, file, row)) yield { suite, file, ...verdict }
}

async function* verdictsOf(source: string, file: string, row: Suite | undefined): AsyncGenerator<Verdict, void> {
  if (row === undefined) {
    yield failed(
      wholeFile,
      `the folder ${posix.dirname(file)} has no row in conformance/suites.ts; it needs one, with a runner or with what it waits for`
    )
    return
  }
  const read = attempt((): unknown => JSON.parse(readFileSync(join(source, file), 'utf8')))
  if ('error' in read) yield failed(wholeFile, `cannot be read: ${read.error}`)
  else if ('notBuilt' in row)
    for (const name of plainNames(read.value, file)) yield { case: name, outcome: 'not-built', reason: row.notBuilt }
  else yield* built(row.runner, read.value, file, source)
}

async function* built(runner: Runner, content: unknown, file: string, source: string): AsyncGenerator<Verdict, void> {
  const cases = attempt(() => runner.cases(content, file, source))
  if ('error' in cases) yield failed(wholeFile, `the runner cannot make cases of it: ${cases.error}`)
  else if (cases.value.length === 0) yield failed(wholeFile, 'the runner found no case in it')
  else for (const specificationCase of cases.value) yield await verdictOf(specificationCase)
}

async function verdictOf(specificationCase: SpecificationCase): Promise<Verdict> {
  const { name, skip } = specificationCase
  if (skip !== undefined) return { case: name, outcome: 'skipped', reason: `${skip.kind}: ${skip.reason}` }
  try {
    const running = specificationCase.run()
    if (running !== undefined) await endOf(running)
    return { case: name, outcome: 'passed', reason: '' }
  } catch (thrown) {
    return failed(name, messageOf(thrown))
  }
}

/** The timer also keeps the process alive, which would otherwise end in silence when nothing else is left to wait for. */
async function endOf(running: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the case did not end within ${caseMSMax} ms`)), caseMSMax)
  })
  try {
    await Promise.race([running, tooLong])
  } finally {
    clearTimeout(timer)
  }
}

/** How a file that nobody can run yet is counted: most formats list their cases as `tests`, others are one case. */
function plainNames(content: unknown, file: string): string[] {
  const tests = field(content, 'tests')
  if (!Array.isArray(tests) || tests.length === 0) return [nameOf(content) ?? posix.basename(file, '.json')]
  return tests.map((test: unknown, index) => nameOf(test) ?? `case ${index + 1}`)
}

function nameOf(content: unknown): string | undefined {
  const description = field(content, 'description')
  return typeof description === 'string' ? description : undefined
}

function field(content: unknown, name: string): unknown {
  return typeof content === 'object' && content !== null ? (content as Record<string, unknown>)[name] : undefined
}

function failed(name: string, reason: string): Verdict {
  return { case: name, outcome: 'failed', reason }
}

function attempt<Value>(work: () => Value): { readonly value: Value } | { readonly error: string } {
  try {
    return { value: work() }
  } catch (thrown) {
    return { error: messageOf(thrown) }
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
