import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { MongoClient, MongoInvalidArgumentError, type MongoClientOptions } from '../../src/client/index.ts'
import { type LogDestination, type LogSettings, logSettingsOf } from '../../src/logging/index.ts'
import { type LogComponentSeverities, resolveOptions } from '../../src/options/index.ts'

interface Given {
  readonly severities?: LogComponentSeverities
  readonly length?: number
  readonly destination?: LogDestination
}

function settings(environment: Record<string, string>, { severities, length, destination }: Given = {}): LogSettings {
  const options = { mongodbLogComponentSeverities: severities, mongodbLogMaxDocumentLength: length }
  return logSettingsOf(resolveOptions('mongodb://h/', options), destination, environment)
}

const off = { command: 'off', topology: 'off', serverSelection: 'off', connection: 'off', client: 'off' }

suite('what is logged', () => {
  test('is nothing by default, and else what the environment says for each component or for all', () => {
    assert.deepEqual(settings({}), { severities: off, documentLengthMax: 1000, destination: 'stderr', warnings: [] })
    const { severities } = settings({
      MONGODB_LOG_COMMAND: 'debug',
      MONGODB_LOG_TOPOLOGY: 'INFO',
      MONGODB_LOG_SERVER_SELECTION: 'off',
      MONGODB_LOG_CONNECTION: 'Trace',
      MONGODB_LOG_ALL: 'error'
    })
    assert.deepEqual(severities, {
      command: 'debug',
      topology: 'info',
      serverSelection: 'off',
      connection: 'trace',
      client: 'error'
    })
    assert.equal(settings({ MONGODB_LOG_CLIENT: 'warn' }).severities.client, 'warn')
  })

  test('is what the options say before what the environment says, also where they say it for all', () => {
    const environment = { MONGODB_LOG_COMMAND: 'debug', MONGODB_LOG_CONNECTION: 'debug', MONGODB_LOG_ALL: 'trace' }
    const both = { severities: { command: 'error', default: 'off' } } as const
    assert.deepEqual(settings(environment, both).severities, { ...off, command: 'error' })
    assert.equal(settings(environment, { severities: { command: 'error' } }).severities.connection, 'debug')
  })

  test('takes the greatest length and the stream from the environment where the options are silent', () => {
    const environment = { MONGODB_LOG_MAX_DOCUMENT_LENGTH: '77', MONGODB_LOG_PATH: 'STDOUT' }
    const { documentLengthMax, destination } = settings(environment)
    assert.deepEqual([documentLengthMax, destination], [77, 'stdout'])
    assert.equal(settings({ MONGODB_LOG_MAX_DOCUMENT_LENGTH: '0' }).documentLengthMax, 0)
    const given = settings(environment, { length: 5, destination: 'stderr' })
    assert.deepEqual([given.documentLengthMax, given.destination], [5, 'stderr'])
  })
})

suite('a value that cannot be used', () => {
  test('counts in the environment as not set, with a warning that names the variable, the value and what it takes', () => {
    const { warnings, ...rest } = settings({
      MONGODB_LOG_ALL: 'loud',
      MONGODB_LOG_COMMAND: '7',
      MONGODB_LOG_MAX_DOCUMENT_LENGTH: '-1',
      MONGODB_LOG_PATH: '/var/log/driver.log'
    })
    assert.deepEqual(rest, { severities: off, documentLengthMax: 1000, destination: 'stderr' })
    assert.equal(warnings.length, 4)
    assert.match(warnings.join('\n'), /MONGODB_LOG_ALL is "loud", and must be one of off, emergency/)
    assert.match(warnings.join('\n'), /MONGODB_LOG_MAX_DOCUMENT_LENGTH is "-1", and must be a number/)
    assert.match(
      warnings.join('\n'),
      /MONGODB_LOG_PATH is "\/var\/log\/driver.log", and must be stderr or stdout; to write/
    )
    assert.deepEqual(settings({ MONGODB_LOG_ALL: '', MONGODB_LOG_PATH: '' }).warnings, [])
  })

  test('is an error in the options', () => {
    const wrong: readonly (readonly [object, RegExp])[] = [
      [{ mongodbLogComponentSeverities: 'debug' }, /mongodbLogComponentSeverities must be an object with severities/],
      [{ mongodbLogComponentSeverities: { commands: 'debug' } }, /the component "commands", which does not exist; the/],
      [{ mongodbLogComponentSeverities: { command: 'loud' } }, /says "loud" for command, and it must be one of off,/],
      [{ mongodbLogMaxDocumentLength: -1 }, /mongodbLogMaxDocumentLength must be an integer from 0/],
      [
        { mongodbLogPath: '/var/log/driver.log' },
        /mongodbLogPath must be 'stderr', 'stdout', or an object with a method/
      ],
      [{ mongodbLogPath: { log: () => undefined } }, /mongodbLogPath must be 'stderr', 'stdout', or an object/]
    ]
    for (const [options, message] of wrong)
      assert.throws(
        () => new MongoClient('mongodb://h/', options as MongoClientOptions),
        (error: Error) => error instanceof MongoInvalidArgumentError && message.test(error.message)
      )
  })
})
