/** Runs the compiled tests of `test/`: Node 20's runner takes no globs, and leftovers in `dist/` must not count. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { filesBelow } from './layers.ts'
import { notShown, readStatements } from './statements.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { coverage: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } }
})

/** A test that hangs is reported by name rather than ending the run in silence. */
const testMSMax = 120_000

const passedFile = resolve('dist/passed_tests.json')

/** What the runner would choose by itself, and for the statements of the manual the names of what passed. */
const reporters = [
  `--test-reporter=${process.stdout.isTTY ? 'spec' : 'tap'}`,
  '--test-reporter-destination=stdout',
  `--test-reporter=${resolve('dist/tools/passed_reporter.js')}`,
  `--test-reporter-destination=${passedFile}`
]

/** Says which statements of the manual no test has shown in this run, and whether there are any. */
async function allStatementsShown(): Promise<boolean> {
  const passed = new Set<string>(JSON.parse(readFileSync(passedFile, 'utf8')))
  const missing = notShown(await readStatements(), passed)
  for (const line of missing) console.error(line)
  if (missing.length > 0) console.error('The run fails: each statement of the manual needs tests that ran and passed.')
  return missing.length === 0
}

if (values.help) {
  console.log(
    "node dist/tools/test.js [--coverage] [PART …]\n\nPART: a piece of a test file's path; only files with one of them run.\n" +
      'Without PART, each statement of the manual must have been shown by tests that passed (test/manual/statements.ts).'
  )
} else {
  const sources = filesBelow(resolve('test')).filter(file => file.endsWith('.test.ts'))
  const chosen = sources.filter(
    file => positionals.length === 0 || positionals.some(part => relative('.', file).includes(part))
  )
  if (chosen.length === 0) throw new Error(`no test file has ${positionals.join(' or ')} in its path`)
  const compiled = chosen.map(file => resolve('dist', relative('.', file)).replace(/\.ts$/, '.js'))
  const coverage = values.coverage ? ['--experimental-test-coverage'] : []
  const flags = ['--enable-source-maps', '--test', `--test-timeout=${testMSMax}`, ...reporters, ...coverage]
  const child = spawn(process.execPath, [...flags, ...compiled], { stdio: 'inherit' })
  const status = await new Promise<number | null>(ended => {
    child.on('exit', ended)
  })
  process.exitCode = status ?? 1
  // A runner that was killed has told nothing; a part of the files cannot show everything.
  if (status !== null && positionals.length === 0 && !(await allStatementsShown())) process.exitCode = 1
}
