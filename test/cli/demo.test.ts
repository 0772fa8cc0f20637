import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { MongoClient as OfficialClient } from 'mongodb'
import { demo } from '../../src/cli/demo/command.ts'
import { UsageError } from '../../src/cli/usage.ts'
import { type Ended, Program } from './programs.ts'

function assertClean({ status, stdout, stderr }: Ended): void {
  assert.equal(status, 0, stdout + stderr)
  for (const expected of [
    /^ {2}operations {2}[1-9]\d* /m,
    /^ {2}failures {4}0$/m,
    /^ {2}verified {4}all that was acknowledged: [1-9]\d* orders and [1-9]\d* counters$/m,
    /^ {2}database {4}cenote_demo_[0-9a-f]{12}, dropped$/m,
    /^ {2}connectionCreated +[1-9]\d* /m
  ])
    assert.match(stdout, expected)
  const [, balance = ''] = /^Balance of the pairs\n([^]*?)\nSockets/m.exec(stdout) ?? []
  assert.equal(balance.split('\n').length, 7)
  assert.doesNotMatch(balance, /≠/)
}

describe('on a deployment of its own', () => {
  let ended: Ended

  before(async () => {
    ended = await Program.cenote(['demo', '--once', '--seconds', '2', '--seed', '3']).ended
  })

  test('it ends by itself with status 0 and a summary without failures', () => {
    assertClean(ended)
    assert.match(ended.stdout, /seed 3$/m)
    assert.equal(ended.stderr, '')
  })

  test('it shows events as they come, the pools, the step-down and the recovery', () => {
    for (const expected of [
      /^ +\d+\.\d\d 127\.0\.0\.1:\d+ connectionCreated +#1$/m,
      /^ +\d+\.\d\d \d+ checkOutStarted, \d+ checkedOut, \d+ checkedIn$/m,
      /^server +type +pool +in use +idle +pending +waiting +served$/m,
      /^127\.0\.0\.1:\d+ +Primary +ready( +\d+){5}$/m,
      /^ +1\.\d\d the primary 127\.0\.0\.1:\d+ is told to step down$/m,
      /^ +\d+\.\d\d recovered: a write was acknowledged after \d+ ms; 0 failures so far$/m
    ])
      assert.match(ended.stdout, expected)
  })

  test('its servers count as many sockets as the client, and none afterwards', () => {
    const rows = [...ended.stdout.matchAll(/^ {2}127\.0\.0\.1:\d+ +(\d+) +(\d+) +(\d+) +2 +0$/gm)]
    assert.equal(rows.length, 3)
    for (const [row, opened, open, inPool] of rows) {
      assert.equal(Number(open), Number(inPool) + 2, row)
      assert.ok(Number(opened) >= Number(open), row)
    }
  })

  test('without a terminal it writes plain lines', () => {
    assert.doesNotMatch(ended.stdout.replaceAll('\n', ''), /\p{Cc}/u)
  })
})

describe('on the deployment of MONGODB_URI', { concurrency: true }, () => {
  let serve: Program
  let uri: string

  before(async () => {
    serve = Program.cenote(['serve'])
    uri = (await serve.says(/^mongodb:.*$/m))[0]
  })
  after(async () => {
    serve.child.kill('SIGTERM')
    assert.equal((await serve.ended).status, 0)
  })

  async function databases(): Promise<string[]> {
    const client = await OfficialClient.connect(uri)
    const { databases: found } = await client.db().admin().listDatabases()
    await client.close()
    return found.map(({ name }) => name)
  }

  /** A run that has its database by now. */
  async function running(args: readonly string[]): Promise<{ readonly program: Program; readonly database: string }> {
    const program = Program.cenote(['demo', ...args], { MONGODB_URI: uri })
    const [, database = ''] = await program.says(/database {2}(cenote_demo_\w+), dropped at the end[^]*checkedIn/)
    return { program, database }
  }

  test('a bounded run leaves no database, and steps nothing down', async () => {
    const { program, database } = await running(['--seconds', '1'])
    const ended = await program.ended
    assertClean(ended)
    assert.match(ended.stdout, new RegExp(`^ {2}database {4}${database}, dropped$`, 'm'))
    assert.doesNotMatch(ended.stdout, /step/)
    assert.ok(!(await databases()).includes(database))
  })

  test('Ctrl-C in the middle ends it as gracefully: status 0, a summary, no database left', async () => {
    const { program, database } = await running([])
    assert.ok((await databases()).includes(database))
    program.child.kill('SIGINT')
    assertClean(await program.ended)
    assert.ok(!(await databases()).includes(database))
  })

  test('an output that nobody reads any more ends it, and no database is left', async () => {
    const { program, database } = await running([])
    program.child.stdout?.destroy()
    const { status, stderr } = await program.ended
    assert.equal(status, 0, stderr)
    assert.ok(!(await databases()).includes(database))
  })
})

test('a deployment that cannot be reached is an error that says why and what to do, with status 1', async () => {
  const startedMS = performance.now()
  const MONGODB_URI = 'mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300'
  const { status, stdout, stderr } = await Program.cenote(['demo', '--once'], { MONGODB_URI }).ended
  assert.equal(status, 1)
  assert.equal(stdout, '')
  assert.match(stderr, /^cenote: MONGODB_URI: Server selection timed out .*refused the connection.* 127\.0\.0\.1:1\b/m)
  assert.match(stderr, /^Start that deployment or mend MONGODB_URI; without MONGODB_URI /m)
  assert.ok(performance.now() - startedMS < 10_000)
})

test('a connection string that cannot be used is an error that shows no password, with status 1', async () => {
  const MONGODB_URI = 'mongodb://user:sesame@127.0.0.1:1/?authMechanism=GSSAPI'
  const { status, stdout, stderr } = await Program.cenote(['demo', '--once'], { MONGODB_URI }).ended
  assert.equal(status, 1)
  assert.equal(stdout, '')
  assert.match(stderr, /^cenote: MONGODB_URI: .*is not built yet/m)
  assert.doesNotMatch(stderr, /sesame/)
})

test('a second Ctrl-C ends it at once, however long the graceful end would take, and says what it leaves', async () => {
  const serve = Program.cenote(['serve'])
  const MONGODB_URI = (await serve.says(/^mongodb:.*$/m))[0]
  const running = Program.cenote(['demo'], { MONGODB_URI })
  const [, name] = await running.says(/database {2}(cenote_demo_\w+),/)
  await running.says(/checkedIn/)
  // The deployment answers no more: operations in progress will not finish.
  serve.child.kill('SIGSTOP')
  running.child.kill('SIGINT')
  await running.says(/the load ends as it was told to[^]*operations[^]* operations/)
  running.child.kill('SIGINT')
  const { status, stderr } = await running.ended
  assert.equal(status, 130)
  assert.match(
    stderr,
    new RegExp(`ended at once by a second SIGINT. If the database ${name} is there, it was not dropped`)
  )
  serve.child.kill('SIGCONT')
  serve.child.kill('SIGTERM')
  await serve.ended
})

test('a command line that makes no sense is refused with what would, before anything starts', async () => {
  for (const [args, message] of [
    [['--ones'], /--ones/],
    [['now'], /now/],
    [['--seconds', '0'], /^--seconds is a whole number from 1 to 86400, not "0"$/],
    [['--seed', 'x'], /^--seed is a whole number from 0 to 4294967295, not "x"$/]
  ] as const)
    await assert.rejects(demo(args), error => {
      assert.ok(error instanceof UsageError)
      assert.match(error.message, message)
      assert.match(error.usage, /^cenote demo \[options\]$/m)
      return true
    })
})
