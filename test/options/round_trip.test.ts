import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MongoError } from '../../src/errors/index.ts'
import { addressOf, type Host, parseOptions, resolveOptions } from '../../src/options/index.ts'

const plain = { noNullPrototype: true } as const
const seed = 20_260_821

const name = fc
  .stringMatching(/^[a-z][a-z0-9-]{0,12}(\.[a-z]{1,5})?$/)
  .filter(text => !['null', 'undefined'].includes(text))
const group = fc.integer({ min: 0, max: 0xffff }).map(value => value.toString(16))
const ipv6 = fc.array(group, { minLength: 8, maxLength: 8 }).map(groups => groups.join(':'))
const port = fc.integer({ min: 1, max: 65_535 })
const networkHost = fc.record({ host: fc.oneof(name, fc.ipV4(), ipv6), port }, plain)
const socketHost = fc.record({ socketPath: fc.string({ unit: 'grapheme' }).map(text => `/${text}.sock`) }, plain)
const hosts = fc.array(fc.oneof(networkHost, socketHost), { minLength: 1, maxLength: 5 })
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 })

const values = fc.record(
  {
    maxPoolSize: fc.nat(),
    retryReads: fc.boolean(),
    replicaSet: text,
    w: fc.oneof(fc.nat(), name),
    readPreferenceTags: fc.array(fc.dictionary(name, name, plain), { minLength: 1, maxLength: 3 }),
    compressors: fc.uniqueArray(fc.constantFrom('snappy', 'zlib', 'zstd'), { minLength: 1 }),
    timeoutMS: fc.maxSafeNat()
  },
  { requiredKeys: [], ...plain }
)

function print(host: Host): string {
  return 'socketPath' in host ? encodeURIComponent(host.socketPath) : addressOf(host)
}

function query(options: object): string {
  return Object.entries(options)
    .flatMap(([key, value]) => {
      if (key !== 'readPreferenceTags') return [[key, String(value)]]
      return (value as Record<string, string>[]).map(set => [
        key,
        Object.entries(set)
          .map(pair => pair.join(':'))
          .join(',')
      ])
    })
    .map(([key, value]) => `${key}=${encodeURIComponent(value ?? '')}`)
    .join('&')
}

test('what is printed as a connection string is parsed to the same hosts, user, database and options', () => {
  fc.assert(
    fc.property(hosts, values, fc.option(fc.record({ username: text, password: text })), (list, options, user) => {
      const userInfo = user === null ? '' : `${encodeURIComponent(user.username)}:${encodeURIComponent(user.password)}@`
      // encodeURIComponent leaves no character that user information must not have.
      const parsed = parseOptions(`mongodb://${userInfo}${list.map(print).join(',')}/?${query(options)}`)
      assert.deepEqual(parsed.hosts, list)
      assert.deepEqual(parsed.values, options)
      assert.deepEqual(parsed.warnings, [])
      assert.equal(parsed.secrets.reveal('username'), user === null ? undefined : user.username)
      assert.equal(parsed.secrets.reveal('password'), user === null ? undefined : user.password)
    }),
    { seed }
  )
})

test('any text at all is either resolved or refused with one of the errors made for it', () => {
  const pieces = fc.constantFrom(
    'mongodb://',
    '@',
    ':',
    '/',
    '?',
    '&',
    '=',
    ',',
    '%',
    '[',
    ']',
    '::1',
    'h',
    '1',
    'w',
    'tls',
    '%2F',
    '.sock',
    '<',
    'é'
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces).map(list => `mongodb://${list.join('')}`)
      ),
      uri => {
        try {
          assert.ok(Object.isFrozen(resolveOptions(uri)))
        } catch (error) {
          assert.ok(error instanceof MongoError, String(error))
        }
      }
    ),
    { numRuns: 1000, seed }
  )
})
