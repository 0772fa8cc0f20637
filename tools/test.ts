/** Runs the compiled tests of `test/`: Node 20's runner takes no globs, and leftovers in `dist/` must not count. */
import { spawn } from 'node:child_process'
import { relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { filesBelow } from './layers.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { coverage: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } }
})

/** A test that hangs is reported by name rather than ending the run in silence. */
const testMSMax = 120_000

if (values.help) {
  console.log(
    "node dist/tools/test.js [--coverage] [PART …]\n\nPART: a piece of a test file's path; only files with one of them run."
  )
} else {
  const sources = filesBelow(resolve('test')).filter(file => file.endsWith('.test.ts'))
  const chosen = sources.filter(
    file => positionals.length === 0 || positionals.some(part => relative('.', file).includes(part))
  )
  if (chosen.length === 0) throw new Error(`no test file has ${positionals.join(' or ')} in its path`)
  const compiled = chosen.map(file => resolve('dist', relative('.', file)).replace(/\.ts$/, '.js'))
  const coverage = values.coverage ? ['--experimental-test-coverage'] : []
  const flags = ['--enable-source-maps', '--test', `--test-timeout=${testMSMax}`, ...coverage]
  const child = spawn(process.execPath, [...flags, ...compiled], {
    stdio: 'inherit'
  })
  child.on('exit', code => {
    process.exitCode = code ?? 1
  })
}
