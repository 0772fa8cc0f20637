import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { MongoInvalidArgumentError, MongoParseError } from '../../src/client/index.ts'
import { acknowledge, assertWhole, ClientOptions, MongoClient, withServer } from './bench.ts'

/** The error that making a client throws. */
function refusal(source: string | ClientOptions, overrides: Record<string, unknown> = {}): Error {
  try {
    const client = new MongoClient(source, overrides)
    void client.close()
  } catch (error) {
    assert.ok(error instanceof Error)
    return error
  }
  throw new assert.AssertionError({ message: 'the client was made' })
}

const uri = 'mongodb://db1.example/'

const malformed: readonly (readonly [kind: string, uri: string, says: RegExp])[] = [
  ['nothing in it', '', /it is empty; is an environment variable unset\?/],
  ['no scheme', 'db1.example:27017', /it must begin with mongodb:\/\/ or mongodb\+srv:\/\//],
  ['another scheme', 'http://db1.example/', /it must begin with mongodb:\/\/ or mongodb\+srv:\/\//],
  ['no host', 'mongodb:///', /it names no host; a socket path must be percent-encoded/],
  [
    'a host that is none',
    'mongodb://db1.example,a b/',
    /host 2 has the character " ", .* names have letters, digits, - and \./
  ],
  ['a port that is none', 'mongodb://db1.example:99999/', /the port "99999" of host 1 must be 1 to 65535/],
  ['an escape that is none', 'mongodb://us%er:x@db1.example/', /the user name or the password .* percent-encode % as/],
  ['an option without a value', 'mongodb://db1.example/?tls', /option 1, "tls", has no value; write name=value/]
]

for (const [kind, source, says] of malformed)
  test(`malformed URIs, one with ${kind}: refused when the client is made, with what is wrong, where, and what to do`, () => {
    const error = refusal(source)
    assert.ok(error instanceof MongoParseError, error.name)
    assert.match(error.message, /^The connection string cannot be read: /)
    assert.match(error.message, says)
  })

const wrong: readonly (readonly [kind: string, overrides: Record<string, unknown>, says: RegExp])[] = [
  ['that is unknown', { maxPoolsize: 3 }, /^There is no option "maxPoolsize"; did you mean maxPoolSize\?$/],
  ['of a wrong type', { maxPoolSize: '3' }, /option maxPoolSize must be an integer from 0 to \d+ .*it is "3"$/],
  ['out of range', { maxPoolSize: -1 }, /option maxPoolSize must be an integer from 0 to \d+ .*it is -1$/],
  [
    'in contradiction with another',
    { minPoolSize: 5, maxPoolSize: 2 },
    /contradict each other: minPoolSize 5 is above maxPoolSize 2\. Raise maxPoolSize or lower minPoolSize$/
  ],
  [
    "in contradiction with a default, which is said to differ from the official driver's",
    { minPoolSize: 20 },
    /minPoolSize 20.*maxPoolSize 10.*default.*100/
  ],
  ['that is not one of the choices', { serverMonitoringMode: 'push' }, /serverMonitoringMode/],
  ['runtime that is none', { runtime: {} }, /runtime must be a Runtime/],
  ['signal that is none', { signal: {} }, /signal must be an AbortSignal/],
  ['cmapEventHandler that is none', { cmapEventHandler: 1 }, /cmapEventHandler must be a function/],
  [
    'cmapEventHandler with a misspelt method',
    { cmapEventHandler: { handleConnectionMadeEvent: () => undefined } },
    /handleConnectionMadeEvent/
  ],
  ['sdamEventHandler without a method', { sdamEventHandler: {} }, /sdamEventHandler must be a function/]
]

for (const [kind, overrides, says] of wrong)
  test(`unknown or contradictory options, one ${kind}: refused when the client is made, with name and value`, () => {
    const error = refusal(uri, overrides)
    assert.ok(error instanceof MongoInvalidArgumentError, error.name)
    assert.match(error.message, says)
  })

const contradictions: readonly (readonly [what: string, query: string, says: RegExp])[] = [
  ['loadBalanced and replicaSet', '?loadBalanced=true&replicaSet=rs0', /loadBalanced.*replicaSet/],
  [
    'loadBalanced and directConnection',
    '?loadBalanced=true&directConnection=true',
    /loadBalanced.*directConnection|directConnection.*loadBalanced/
  ]
]

for (const [what, query, says] of contradictions)
  test(`unknown or contradictory options, ${what}: refused when the client is made, with what to do`, () => {
    const error = refusal(`${uri}${query}`)
    assert.ok(error instanceof MongoInvalidArgumentError, error.name)
    assert.match(error.message, says)
    assert.match(error.message, /(?:leave one of them out|choose one)$/)
  })

test('a client that is refused costs nothing: no socket, no timer, no warning, and another client goes on', () =>
  withServer(async ({ connect, runtime }) => {
    const client = connect({ minPoolSize: 1 })
    await client.warmUp()
    await acknowledge(client)
    const [timers, sockets] = [runtime.timersArmed(), runtime.network.transports().length]
    for (const [, source] of malformed) refusal(source, { runtime })
    for (const [, overrides] of wrong) refusal(uri, { runtime, ...overrides })
    for (const [, query] of contradictions) refusal(`${uri}${query}`, { runtime })
    assert.deepEqual([runtime.timersArmed(), runtime.network.transports().length], [timers, sockets])
    await assertWhole(client, 1)
  }))

const unbuilt: readonly (readonly [what: string, source: string, overrides: Record<string, unknown>, says: RegExp])[] =
  [
    [
      'Kerberos',
      'mongodb://ada:hunter2@db1.example/?authMechanism=GSSAPI',
      {},
      /GSSAPI \(Kerberos\) is not built yet; use/
    ],
    ['AWS', uri, { authMechanism: 'MONGODB-AWS' }, /MONGODB-AWS is not built yet; use/],
    [
      'OIDC',
      uri,
      { authMechanism: 'MONGODB-OIDC', authMechanismProperties: { ENVIRONMENT: 'test' } },
      /MONGODB-OIDC is not built yet; use/
    ]
  ]

for (const [what, source, overrides, says] of unbuilt)
  test(`${what} is not built yet, and is refused by name when the client is made`, () => {
    const error = refusal(source, overrides)
    assert.ok(error instanceof MongoInvalidArgumentError, error.name)
    assert.match(error.message, says)
    assert.doesNotMatch(`${inspect(error, { depth: 9, showHidden: true })}${JSON.stringify(error)}`, /hunter2/)
  })

test('credentials of a ClientOptions show in no inspection, no JSON and no refusal', () => {
  const options = ClientOptions.parse('mongodb://ada:hunter2@db1.example/')
  assert.doesNotMatch(inspect(options, { depth: 9, showHidden: true }), /hunter2/)
  assert.doesNotMatch(JSON.stringify(options), /hunter2/)
  const error = refusal(options, { pkFactory: {} })
  assert.doesNotMatch(`${inspect(error, { depth: 9, showHidden: true })}${error.stack}`, /hunter2/)
})

test('ClientOptions are read from a string, changed by field, and given to a client', async () => {
  const options = ClientOptions.parse(`${uri}?maxPoolSize=7`)
  options.maxConnecting = 3
  const client = new MongoClient(options)
  assert.equal(client.options.maxPoolSize, 7)
  assert.equal(client.options.maxConnecting, 3)
  await client.close()
})

test("the manual's defaults hold", async () => {
  const client = new MongoClient(uri)
  const { maxPoolSize, minPoolSize, maxConnecting, maxIdleTimeMS } = client.options
  assert.deepEqual([maxPoolSize, minPoolSize, maxConnecting, maxIdleTimeMS], [10, 0, 2, 0])
  await client.close()
})
