import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { conformance } from '../../conformance/program.ts'
import type { Result } from '../../conformance/results.ts'
import { type Runner, type SpecificationCase, skips } from '../../conformance/runner.ts'
import { type Suites, suites } from '../../conformance/suites.ts'

const scratch = mkdtempSync(join(tmpdir(), 'cenote-conformance-'))
after(() => rmSync(scratch, { recursive: true }))

let folders = 0

/** A folder laid out like the public repository, with these files below `source/`. */
function specifications(files: Readonly<Record<string, unknown>>): string {
  folders += 1
  const folder = join(scratch, `specifications-${folders}`)
  mkdirSync(join(folder, 'source'), { recursive: true })
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'source', file)), { recursive: true })
    writeFileSync(join(folder, 'source', file), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return folder
}

/** `{ expect: [...] }`: a case for each entry, which says how it ends. */
const fake: Runner = {
  cases: content =>
    (content as { expect: string[] }).expect.map((end, index): SpecificationCase => {
      const name = `${index + 1} ${end}`
      const never = () => assert.fail('a skipped case was run')
      if (end === 'own reason') return { name, skip: skips.skipReason('for a reason'), run: never }
      if (end === 'loop') return { name, skip: skips.feature('loop'), run: never }
      if (end === 'throws')
        return {
          name,
          run: () => {
            throw new Error('expected 1\nbut got 2')
          }
        }
      return { name, run: end === 'rejects' ? () => Promise.reject(new Error('later')) : () => Promise.resolve() }
    })
}

const table: Suites = {
  'pools/tests': { suite: 'pools', runner: fake },
  'pools/tests/logging': { suite: 'pools-logging', notBuilt: 'waits for a logger' },
  gadgets: { suite: 'gadgets', notBuilt: 'waits for gadgets' }
}

interface Run {
  readonly status: number
  readonly printed: string
  readonly complained: string
  readonly results: readonly Result[]
}

async function run(args: readonly string[], rows: Suites = table, environment?: string): Promise<Run> {
  let printed = ''
  let complained = ''
  const file = join(scratch, 'results.json')
  rmSync(file, { force: true })
  const status = await conformance([...args, '--json', file], rows, {
    specifications: environment,
    print: text => {
      printed += `${text}\n`
    },
    complain: text => {
      complained += `${text}\n`
    },
    progress: undefined
  })
  const results = complained === '' ? (JSON.parse(readFileSync(file, 'utf8')) as Result[]) : []
  return { status, printed, complained, results }
}

function runBelow(files: Readonly<Record<string, unknown>>, ...args: readonly string[]): Promise<Run> {
  return run(['--specifications', specifications(files), ...args])
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? ''
}

test('every case of every file has one result, in the order of the files', async () => {
  const { status, results, printed } = await runBelow({
    'pools/tests/b.json': { expect: ['passes', 'throws', 'rejects'] },
    'pools/tests/a.json': { expect: ['own reason', 'loop', 'passes'] },
    'pools/tests/logging/c.json': { tests: [{ description: 'one' }, { description: 'two' }, {}] }
  })
  assert.equal(status, 1)
  const waits = { suite: 'pools-logging', file: 'pools/tests/logging/c.json', reason: 'waits for a logger' }
  const a = { suite: 'pools', file: 'pools/tests/a.json' }
  const b = { suite: 'pools', file: 'pools/tests/b.json' }
  assert.deepEqual(results, [
    { ...a, case: '1 own reason', outcome: 'skipped', reason: 'skip-reason: for a reason' },
    { ...a, case: '2 loop', outcome: 'skipped', reason: 'feature: loop is not built yet' },
    { ...a, case: '3 passes', outcome: 'passed', reason: '' },
    { ...b, case: '1 passes', outcome: 'passed', reason: '' },
    { ...b, case: '2 throws', outcome: 'failed', reason: 'expected 1\nbut got 2' },
    { ...b, case: '3 rejects', outcome: 'failed', reason: 'later' },
    { ...waits, case: 'one', outcome: 'not-built' },
    { ...waits, case: 'two', outcome: 'not-built' },
    { ...waits, case: 'case 3', outcome: 'not-built' }
  ])
  assert.deepEqual(printed.trimEnd().split('\n'), [
    'suite  files  cases  passed  failed  skipped',
    'pools      2      6       2       2        2',
    '',
    'not built            files  cases',
    'pools/tests/logging      1      3  waits for a logger',
    '',
    'failed: pools/tests/b.json: 2 throws',
    '  expected 1',
    '  but got 2',
    'failed: pools/tests/b.json: 3 rejects',
    '  later',
    '',
    'skipped                         cases',
    'skip-reason: for a reason           1',
    'feature: loop is not built yet      1',
    '',
    '2 passed, 2 failed, 2 skipped'
  ])
})

test('the status is 0 when all that ran has passed or was skipped', async () => {
  const { status, printed } = await runBelow({ 'pools/tests/a.json': { expect: ['passes', 'loop'] } })
  assert.equal(status, 0)
  assert.equal(lastLine(printed), '1 passed, 0 failed, 1 skipped')
})

test('a folder of which nothing is built is accounted for, and is no failure', async () => {
  const rows: Suites = { gadgets: { suite: 'gadgets', notBuilt: 'waits for gadgets' } }
  const folder = specifications({
    'gadgets/deep/a.json': { description: 'a gadget' },
    'gadgets/b.json': [],
    'gadgets/none.json': { tests: [] }
  })
  const { status, results, printed } = await run(['--specifications', folder], rows)
  assert.equal(status, 0)
  assert.deepEqual(
    results.map(result => [result.file, result.case, result.outcome]),
    [
      ['gadgets/b.json', 'b', 'not-built'],
      ['gadgets/deep/a.json', 'a gadget', 'not-built'],
      ['gadgets/none.json', 'none', 'not-built']
    ]
  )
  assert.equal(lastLine(printed), '0 passed, 0 failed, 0 skipped')
})

test('a file in a folder without a row is a failure that says what to do; other kinds of files are none', async () => {
  const { status, results } = await runBelow({
    'pools/tests/a.json': { expect: ['passes'] },
    'pools/other/b.json': {},
    'pools-more/tests/c.json': {},
    'unknown/prose.md': 'text',
    'unknown/cases.yml': 'a: 1'
  })
  assert.equal(status, 1)
  const failed = results.filter(result => result.outcome === 'failed')
  assert.deepEqual(
    failed.map(result => [result.suite, result.file]),
    [
      ['unknown', 'pools-more/tests/c.json'],
      ['unknown', 'pools/other/b.json']
    ]
  )
  assert.match(failed[1]!.reason, /pools\/other has no row in conformance\/suites\.ts/)
})

test('JSON that cannot be read is a failure, in a suite that is not built too', async () => {
  const { status, results, printed } = await runBelow({
    'pools/tests/a.json': '{ "expect": [',
    'gadgets/b.json': ''
  })
  assert.equal(status, 1)
  assert.deepEqual(
    results.map(result => [result.file, result.outcome, result.reason.replace(/:.*/, '')]),
    [
      ['gadgets/b.json', 'failed', 'cannot be read'],
      ['pools/tests/a.json', 'failed', 'cannot be read']
    ]
  )
  assert.equal(lastLine(printed), '0 passed, 2 failed, 0 skipped')
})

test('a file without a case, and one that the runner cannot take, are failures', async () => {
  const { results } = await runBelow({ 'pools/tests/a.json': { expect: [] }, 'pools/tests/b.json': {} })
  assert.deepEqual(
    results.map(result => [result.outcome, result.reason.replace(/:.*/, '')]),
    [
      ['failed', 'the runner found no case in it'],
      ['failed', 'the runner cannot make cases of it']
    ]
  )
})

test('a suite that has a runner and no file is a failure', async () => {
  const { status, results } = await runBelow({ 'pools/tests/logging/a.json': {} })
  assert.equal(status, 1)
  assert.deepEqual(
    results.map(result => [result.file, result.outcome]),
    [
      ['pools/tests', 'failed'],
      ['pools/tests/logging/a.json', 'not-built']
    ]
  )
})

test('a case that never ends is a failure that says how long it was given', async context => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const rows: Suites = {
    pools: {
      suite: 'pools',
      runner: {
        cases: () => [
          {
            name: 'hangs',
            run: () => {
              queueMicrotask(() => context.mock.timers.tick(10_000))
              return new Promise<void>(() => {})
            }
          }
        ]
      }
    }
  }
  const { results } = await run(['--specifications', specifications({ 'pools/a.json': {} })], rows)
  assert.deepEqual(
    results.map(result => [result.outcome, result.reason]),
    [['failed', 'the case did not end within 10000 ms']]
  )
})

test('--suite runs one suite alone; a name that is none is refused with all names', async () => {
  const files = {
    'pools/tests/a.json': { expect: ['passes'] },
    'gadgets/b.json': {},
    'unknown/c.json': {}
  }
  const { status, results } = await runBelow(files, '--suite', 'pools')
  assert.equal(status, 0)
  assert.deepEqual(
    results.map(result => result.file),
    ['pools/tests/a.json']
  )
  const unknown = await runBelow(files, '--suite', 'pool')
  assert.equal(unknown.status, 1)
  assert.match(unknown.complained, /no suite pool;[^]*gadgets\n {2}pools\n {2}pools-logging/)
  const empty = await runBelow(files, '--suite', 'pools-logging')
  assert.equal(empty.status, 1)
  assert.match(empty.complained, /no file of the suite pools-logging/)
})

test('the folder comes from --specifications, else from the environment', async () => {
  const first = specifications({ 'pools/tests/first.json': { expect: ['passes'] } })
  const second = specifications({ 'pools/tests/second.json': { expect: ['passes'] } })
  const both = await run(['--specifications', first], table, second)
  assert.equal(both.results[0]?.file, 'pools/tests/first.json')
  const environment = await run([], table, second)
  assert.equal(environment.results[0]?.file, 'pools/tests/second.json')
})

/** Its `source` is a file, which nobody can read as a folder, not even root. */
function unreadable(): string {
  const folder = mkdtempSync(join(scratch, 'unreadable-'))
  writeFileSync(join(folder, 'source'), '')
  return folder
}

const bareFolders: readonly (readonly [what: string, make: () => string, why: RegExp])[] = [
  ['missing', () => join(scratch, 'nowhere'), /cannot be read \(ENOENT: /],
  ['empty', () => specifications({}), /there is no JSON file below/],
  ['without a JSON file', () => specifications({ 'pools/tests/a.yml': 'a: 1' }), /there is no JSON file below/],
  ['unreadable', unreadable, /cannot be read \(ENOTDIR: /]
]

for (const [what, make, why] of bareFolders)
  test(`an empty or unreadable specification folder, one that is ${what}: status 1, where it looked, why, and what to do`, async () => {
    const folder = make()
    const { status, complained, printed } = await run(['--specifications', folder])
    assert.equal(status, 1)
    assert.equal(printed, '')
    assert.ok(complained.startsWith('No specifications: ') && complained.includes(join(folder, 'source')), complained)
    assert.match(complained, why)
    assert.match(complained, /git clone .* --specifications DIR or in \$CENOTE_SPECIFICATIONS/)
    const program = spawnSync(process.execPath, ['dist/conformance/main.js', '--specifications', folder])
    assert.deepEqual([program.status, String(program.stdout), String(program.stderr)], [1, '', complained])
  })

test('results that cannot be written are an error that names the file', async () => {
  const folder = specifications({ 'pools/tests/a.json': { expect: ['passes'] } })
  let complained = ''
  const file = join(scratch, 'no', 'such', 'folder.json')
  const status = await conformance(['--specifications', folder, '--json', file], table, {
    specifications: undefined,
    print: () => {},
    complain: text => {
      complained += text
    },
    progress: undefined
  })
  assert.equal(status, 1)
  assert.ok(complained.includes(file), complained)
})

test('the program of npm run conformance knows its flags and its table', () => {
  const program = (...args: string[]) =>
    spawnSync(process.execPath, ['dist/conformance/main.js', ...args], { encoding: 'utf8' })
  const help = program('--help')
  assert.deepEqual([help.status, help.stderr], [0, ''])
  assert.match(help.stdout, /--specifications DIR/)

  const unknown = program('--sweet', 'transactions')
  assert.equal(unknown.status, 1)
  assert.match(unknown.stderr, /--sweet[^]*--suite NAME/)

  const folder = specifications({ 'atlas-data-lake-testing/a.json': { tests: [{ description: 'one' }] } })
  const one = program('--specifications', folder, '--suite', 'atlas-data-lake-testing')
  assert.deepEqual([one.status, one.stderr], [0, ''])
  assert.match(one.stdout, /^atlas-data-lake-testing +1 +1 /m)
  assert.equal(lastLine(one.stdout), '0 passed, 0 failed, 0 skipped')
})

test('each suite has a name of its own', () => {
  const names = Object.values(suites).map(row => row.suite)
  assert.deepEqual(names, [...new Set(names)])
})
