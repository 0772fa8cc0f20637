import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, describe, test } from 'node:test'
import { passedTests } from '../../tools/passed_reporter.ts'
import { notShown, type Statement, statementsPage } from '../../tools/statements.ts'

const statements: readonly Statement[] = [
  { id: 'limit', page: 'connection pools', says: 'There is a limit.', tests: ['pools › one', 'two'] },
  { id: 'told', page: 'connection pool monitoring', says: 'It is told.', reading: 'once', tests: ['two'] }
]

async function passedOf(events: Parameters<typeof passedTests>[0]): Promise<unknown> {
  let text = ''
  for await (const piece of passedTests(events)) text += piece
  return JSON.parse(text)
}

describe('the statements of the manual', () => {
  test('are shown when every test that they name has passed', () => {
    assert.deepEqual(notShown(statements, new Set(['pools › one', 'two', 'three'])), [])
  })

  test('are not shown without one of the tests: the message names statement and test, and says what to do', () => {
    const lines = notShown(statements, new Set(['pools › one']))
    assert.equal(lines.length, 2)
    assert.match(lines[0] ?? '', /^limit is not shown: no test "two" ran and passed\. .*test\/manual\/statements\.ts/)
    assert.match(lines[1] ?? '', /^told is not shown: no test "two"/)
    assert.equal(
      notShown(statements, new Set(['one', 'two'])).length,
      1,
      'the name of a suite belongs to the full name'
    )
  })

  test('without any test are not shown', () => {
    const [line] = notShown([{ id: 'empty', page: 'connection pools', says: 'So.', tests: [] }], new Set())
    assert.match(line ?? '', /^empty names no test/)
  })

  test('stand on their page with their reading and their tests', () => {
    const page = statementsPage(statements)
    assert.ok(page.includes('| limit | There is a limit. | pools › one<br>two |'))
    assert.ok(page.indexOf('monitoring.md') < page.indexOf('| told | It is told.<br>*Read as:* once | two |'))
  })
})

describe('the reporter of what passed', () => {
  test('a full name is the names of the suites and tests around it, and its own', async () => {
    const events = [
      { type: 'test:start', data: { name: 'outer', nesting: 0 } },
      { type: 'test:start', data: { name: 'inner', nesting: 1 } },
      { type: 'test:start', data: { name: 'a', nesting: 2 } },
      { type: 'test:pass', data: { name: 'a', nesting: 2 } },
      { type: 'test:pass', data: { name: 'inner', nesting: 1, details: { type: 'suite' } } },
      { type: 'test:start', data: { name: 'b', nesting: 1 } },
      { type: 'test:pass', data: { name: 'b', nesting: 1 } },
      { type: 'test:pass', data: { name: 'outer', nesting: 0, details: { type: 'suite' } } },
      { type: 'test:start', data: { name: 'c', nesting: 0 } },
      { type: 'test:pass', data: { name: 'c', nesting: 0 } }
    ]
    assert.deepEqual(await passedOf(events), ['outer › inner › a', 'outer › b', 'c'])
  })

  test('what failed, was skipped or is to do has not passed; neither has a suite by itself', async () => {
    const events = [
      { type: 'test:fail', data: { name: 'failed', nesting: 0 } },
      { type: 'test:pass', data: { name: 'skipped', nesting: 0, skip: true } },
      { type: 'test:pass', data: { name: 'skipped for a reason', nesting: 0, skip: 'no network' } },
      { type: 'test:pass', data: { name: 'to do', nesting: 0, todo: true } },
      { type: 'test:pass', data: { name: 'suite', nesting: 0, details: { type: 'suite' } } },
      { type: 'test:pass', data: { name: 'passed', nesting: 0 } }
    ]
    assert.deepEqual(await passedOf(events), ['passed'])
  })
})

describe('the program of npm test', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'cenote-statements-'))
  after(() => rmSync(scratch, { recursive: true }))
  cpSync('dist/tools', join(scratch, 'dist/tools'), { recursive: true })
  mkdirSync(join(scratch, 'test'))
  mkdirSync(join(scratch, 'dist/test/manual'), { recursive: true })
  writeFileSync(join(scratch, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(scratch, 'test/pools.test.ts'), '')
  writeFileSync(
    join(scratch, 'dist/test/pools.test.js'),
    "import { describe, test } from 'node:test'\ndescribe('pools', () => {\n  test('one', () => undefined)\n})\n"
  )

  /** Runs the one test, which passes, with a statement that names these. */
  function run(tests: readonly string[], ...parts: readonly string[]): { status: number | null; stderr: string } {
    const table = JSON.stringify([{ ...statements[0], tests }])
    writeFileSync(join(scratch, 'dist/test/manual/statements.js'), `export const statements = ${table}\n`)
    // Without this the runner takes itself for a part of the run that it is started by, and runs nothing.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const program = resolve(scratch, 'dist/tools/test.js')
    return spawnSync(process.execPath, [program, ...parts], { cwd: scratch, env, encoding: 'utf8' })
  }

  test('ends with status 0 when the tests of all statements passed', () => {
    const { status, stderr } = run(['pools › one'])
    assert.equal(status, 0, stderr)
  })

  test('ends with status 1 and the message when a statement names a test that did not run', () => {
    const { status, stderr } = run(['pools › one', 'pools › two'])
    assert.equal(status, 1)
    assert.match(stderr, /limit is not shown: no test "pools › two" ran and passed/)
  })

  test('does not ask for it when only a part of the files runs', () => {
    assert.equal(run(['pools › two'], 'pools').status, 0)
  })
})
