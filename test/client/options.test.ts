import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { MongoInvalidArgumentError, MongoParseError } from '../../src/client/index.ts'
import { ClientOptions, MongoClient } from './bench.ts'

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
  ['without a scheme', 'db1.example:27017', /mongodb:\/\//],
  ['of another scheme', 'http://db1.example/', /mongodb:\/\//],
  ['without a host', 'mongodb:///', /host/i],
  ['with a port that is none', 'mongodb://db1.example:99999/', /port/i],
  ['with an escape that is none', 'mongodb://us%er:x@db1.example/', /percent|escape|%/i]
]

for (const [kind, source, says] of malformed)
  test(`a connection string ${kind} is refused when the client is made`, () => {
    const error = refusal(source)
    assert.ok(error instanceof MongoParseError, error.name)
    assert.match(error.message, says)
  })

const wrong: readonly (readonly [kind: string, overrides: Record<string, unknown>, says: RegExp])[] = [
  ['that is unknown, with the nearest known name', { maxPoolsize: 3 }, /maxPoolsize.*maxPoolSize/],
  ['of a wrong type', { maxPoolSize: '3' }, /maxPoolSize.*"3"/],
  ['out of range', { maxPoolSize: -1 }, /maxPoolSize.*-1/],
  ['in contradiction with another', { minPoolSize: 5, maxPoolSize: 2 }, /minPoolSize 5.*maxPoolSize 2/],
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
  test(`an option ${kind} is refused when the client is made`, () => {
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
  test(`${what} contradict each other, and the client is refused`, () => {
    assert.match(refusal(`${uri}${query}`).message, says)
  })

const unbuilt: readonly (readonly [what: string, source: string, overrides: Record<string, unknown>, says: RegExp])[] =
  [
    ['a user name', 'mongodb://ada:hunter2@db1.example/', {}, /user name.*authentication is not built yet/],
    ['an auth option', uri, { auth: { username: 'ada', password: 'hunter2' } }, /authentication is not built yet/],
    ['compressors', `${uri}?compressors=zlib`, {}, /compressors: compression is not built yet/],
    ['mongodb+srv', 'mongodb+srv://cluster.example.org/', {}, /mongodb\+srv.* is not built yet/],
    ['a proxy', `${uri}?proxyHost=socks.example`, {}, /proxyHost: proxies are not built yet/],
    ['the stable API', uri, { serverApi: { version: '1' } }, /serverApi: the stable API is not built yet/]
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
  const error = refusal(options)
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
