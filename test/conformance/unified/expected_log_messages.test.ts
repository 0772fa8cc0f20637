import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Bench } from '../../../conformance/unified/bench.ts'
import { Entities } from '../../../conformance/unified/entities.ts'
import { requireLogMessages } from '../../../conformance/unified/expected_log_messages.ts'
import type { ExpectedLogMessage, ExpectedLogMessages, TestFile } from '../../../conformance/unified/format.ts'
import { needOf } from '../../../conformance/unified/needs.ts'
import { runCase } from '../../../conformance/unified/run_case.ts'
import type { LogRecord } from '../../../src/client/index.ts'

const t = new Date(0)
const redacted = {
  name: 'MongoServerError',
  message: 'not shown',
  errorResponse: '{"code":13,"codeName":"Unauthorized"}'
}
const whole = { ...redacted, errorResponse: '{"ok":0,"errmsg":"no user eve","code":13}' }
const records: readonly LogRecord[] = [
  { t, c: 'command', s: 'debug', message: 'Command started', commandName: 'ping', command: '{"ping":1,"$db":"a"}' },
  { t, c: 'serverSelection', s: 'info', message: 'Waiting for suitable server to become available' },
  { t, c: 'command', s: 'debug', message: 'Command failed', commandName: 'ping', failure: redacted }
]

const started = { level: 'debug', component: 'command', data: { message: 'Command started' } } as const
const waiting = {
  level: 'info',
  component: 'serverSelection',
  data: { message: 'Waiting for suitable server to become available' }
} as const
const failed = { level: 'debug', component: 'command', data: { message: 'Command failed' } } as const

function problem(
  messages: readonly ExpectedLogMessage[],
  more: Partial<ExpectedLogMessages> = {},
  logged: readonly LogRecord[] = records
): string | undefined {
  try {
    requireLogMessages({ client: 'client', messages, ...more }, logged, new Entities())
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

suite('the log messages of a client', () => {
  test('are compared one by one, with component, level and the fields that are expected', () => {
    assert.equal(problem([started, waiting, failed]), undefined)
    const command = { $$matchAsDocument: { $$matchAsRoot: { ping: 1 } } }
    assert.equal(problem([{ ...started, data: { command } }, waiting, failed]), undefined)
    assert.match(problem([{ ...started, level: 'info' }]) ?? '', /message 1: its level is debug, not info/)
    assert.match(problem([{ ...started, component: 'topology' }]) ?? '', /its component is command, not topology/)
    assert.match(problem([{ ...started, data: { commandName: 'find' } }]) ?? '', /data\.commandName is "ping"/)
  })

  test('that lack, come in another order, or come beyond those expected, fail the case', () => {
    assert.match(problem([started, failed]) ?? '', /message 2: its component is serverSelection/)
    assert.match(problem([started]) ?? '', /3 messages came, not 1/)
    assert.match(problem([started, waiting, failed, started]) ?? '', /message 4, .*, did not come/)
    assert.equal(problem([started], { ignoreExtraMessages: true }), undefined)
  })

  test('that are to be ignored are, wherever they stand', () => {
    assert.equal(problem([started, failed], { ignoreMessages: [waiting] }), undefined)
    assert.equal(problem([waiting], { ignoreMessages: [failed, started] }), undefined)
  })

  test('show a failure redacted, or whole, as is expected', () => {
    const expect = (failureIsRedacted: boolean): readonly ExpectedLogMessage[] => [{ ...failed, failureIsRedacted }]
    const only = (failure: unknown): readonly LogRecord[] => [
      { t, c: 'command', s: 'debug', message: 'Command failed', failure }
    ]
    assert.equal(problem(expect(true), {}, only(redacted)), undefined)
    assert.match(problem(expect(true), {}, only(whole)) ?? '', /failure should be redacted/)
    assert.equal(problem(expect(false), {}, only(whole)), undefined)
    assert.match(problem(expect(false), {}, only(redacted)) ?? '', /failure should not be redacted/)
    assert.equal(problem(expect(false), {}, only({ name: 'MongoNetworkError', message: 'reset' })), undefined)
    assert.match(problem(expect(true), {}, only(undefined)) ?? '', /there is no failure/)
  })
})

suite('a case with log messages', () => {
  const ping = { name: 'runCommand', object: 'shop', arguments: { command: { ping: 1 }, commandName: 'ping' } }
  const succeeded = { ...started, data: { message: 'Command succeeded' } }

  async function run(messages: readonly ExpectedLogMessage[]): Promise<void> {
    const file: TestFile = {
      description: 'own',
      schemaVersion: '1.13',
      createEntities: [
        { client: { id: 'logger', observeLogMessages: { command: 'debug' } } },
        { database: { id: 'shop', client: 'logger', databaseName: 'shop' } }
      ],
      tests: [{ description: 'one', operations: [ping], expectLogMessages: [{ client: 'logger', messages }] }]
    }
    const [only] = file.tests
    assert.ok(only !== undefined && needOf(file, only) === undefined)
    await runCase(file, only, await Bench.start({ topology: 'single', auth: false }))
  }

  test('passes if the client logs them, and only them', async () => {
    await run([started, succeeded])
    await assert.rejects(run([started]), /2 messages came, not 1; logger logged: Command started, Command succeeded/)
  })

  test('fails if the client does not log them', async () => {
    await assert.rejects(
      run([started, failed]),
      /message 2: data\.message is "Command succeeded", not "Command failed"/
    )
    await assert.rejects(run([started, succeeded, failed]), /message 3, .* did not come/)
  })

  test('needs the commands that a fail point is to let fail', () => {
    const failPoint = { configureFailPoint: 'failCommand', mode: { times: 1 }, data: { failCommands: ['updateUser'] } }
    const operations = [{ name: 'failPoint', object: 'testRunner', arguments: { client: 'logger', failPoint } }]
    const only = { description: 'one', operations }
    const file: TestFile = {
      description: 'own',
      schemaVersion: '1.13',
      createEntities: [{ client: { id: 'logger' } }],
      tests: [only]
    }
    assert.equal(needOf(file, only)?.reason, 'the embedded deployment does not support updateUser')
  })
})
