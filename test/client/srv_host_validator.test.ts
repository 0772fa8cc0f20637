/** `srvHostValidator` of `mongodb+srv` clients, with the prose tests of initial DNS seedlist discovery by number. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { SRVHostValidator } from '../../src/client/index.ts'
import { MongoAPIError, MongoInvalidArgumentError, MongoServerSelectionError } from '../../src/errors/index.ts'
import { failureOf, MongoClient } from './bench.ts'
import { type Bench, uri, withRecord } from './seed_list_bench.ts'

/** Looks up a name that leads to `target`, with a validator; resolves with the client and what its `connect` failed with. */
async function judged(
  { dns, make }: Bench,
  [srvHost, target]: readonly [srvHost: string, target: string],
  srvHostValidator: SRVHostValidator
): Promise<{ readonly client: MongoClient; readonly error: Error }> {
  dns.setSRV(`_mongodb._tcp.${srvHost}`, [{ name: target, port: 27017 }])
  const client = make(`mongodb+srv://${srvHost}/?tls=false&serverSelectionTimeoutMS=50`, { srvHostValidator })
  return { client, error: await failureOf(client.connect()) }
}

suite('a validator of hosts', () => {
  for (const pair of [
    ['blogs.mongodb.com', 'blogs.evil.com'],
    ['mongo.local', 'mongo.local']
  ] as const)
    test(`5. a validator may accept what the domain would not (${pair.join(' leads to ')})`, () =>
      withRecord(async bench => {
        const { client, error } = await judged(bench, pair, () => true)
        // Found, and nobody listens there.
        assert.ok(error instanceof MongoServerSelectionError)
        assert.deepEqual(client.options.hosts, [{ host: pair[1], port: 27017 }])
      }))

  for (const [what, validator] of [
    ['false', () => false],
    ['anything but true', () => Promise.resolve(true)]
  ] as const)
    test(`6. a validator may refuse what the domain would not: with ${what}`, () =>
      withRecord(async bench => {
        const pair = ['blogs.mongodb.com', 'cluster.mongodb.com'] as const
        const { client, error } = await judged(bench, pair, validator as SRVHostValidator)
        assert.ok(error instanceof MongoAPIError)
        assert.match(error.message, /no host with a port that srvHostValidator accepts: "cluster\.mongodb\.com:27017"$/)
        assert.deepEqual(client.options.hosts, [])
      }))

  test('7. a validator is given the host in lower case, without a dot at the end', () =>
    withRecord(async bench => {
      const given = new Set<string>()
      await judged(bench, ['blogs.mongodb.com', 'CLUSTER.MONGODB.COM.'], each => given.add(each).size > 0)
      assert.deepEqual([...given], ['cluster.mongodb.com'])
    }))

  test('8. what a validator throws is the cause of the error', () =>
    withRecord(async bench => {
      const thrown = new Error('no judgement')
      const { error } = await judged(bench, ['blogs.mongodb.com', 'cluster.mongodb.com'], () => {
        throw thrown
      })
      assert.ok(error instanceof MongoAPIError)
      assert.equal(error.cause, thrown)
      assert.match(error.message, /it threw "no judgement"$/)
    }))

  test('11. a validator is a function', () =>
    assert.throws(
      () => new MongoClient(uri, { srvHostValidator: 'notacallable' as never }),
      new MongoInvalidArgumentError(
        'srvHostValidator must be a function that is given a host and returns whether it may be used'
      )
    ))

  test('13. a validator is for mongodb+srv alone', () =>
    assert.throws(() => new MongoClient('mongodb://localhost:27017', { srvHostValidator: () => true }), {
      name: 'MongoInvalidArgumentError',
      message: /leave it out, or use mongodb\+srv/
    }))

  test('a validator is not asked about what is no host name or has no port', () =>
    withRecord(async bench => {
      const { error } = await judged(bench, ['blogs.mongodb.com', '/tmp/mongodb.sock'], () =>
        assert.fail('it is asked')
      )
      assert.ok(error instanceof MongoAPIError)
      assert.match(error.message, /"\/tmp\/mongodb\.sock:27017"$/)
    }))
})
