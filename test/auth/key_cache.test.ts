import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { KeyCache, type ScramKeys, type ScramUser } from '../../src/auth/index.ts'
import type { Cryptography, KeyDerivation } from '../../src/runtime/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { bytes, cryptography, keysOf } from './keys.ts'

const user: ScramUser = { mechanism: 'SCRAM-SHA-256', username: 'ada', password: 'CANARY7' }
const parameters = { salt: bytes('salt'), iterations: 4_096 }

interface Told {
  readonly error: Error | undefined
  readonly keys: ScramKeys | undefined
}

/** Derivations end when the test says so. */
function held(): { cache: KeyCache; derivations: KeyDerivation[]; finish: (error?: Error) => void } {
  const derivations: KeyDerivation[] = []
  let waiting: ((error?: Error) => void)[] = []
  const holding: Cryptography = {
    ...cryptography,
    deriveKey: (derivation, done) => {
      derivations.push(derivation)
      waiting.push(error => done(error, new Uint8Array(32)))
    }
  }
  const finish = (error?: Error): void => {
    const now = waiting
    waiting = []
    for (const end of now) end(error)
  }
  return { cache: new KeyCache(holding, { fill: array => array.fill(5) }), derivations, finish }
}

function ask(cache: KeyCache, of: ScramUser = user, salt = 'salt', iterations = 4_096): Told[] {
  const told: Told[] = []
  cache.keys(of, { salt: bytes(salt), iterations }, (error, keys) => told.push({ error, keys }))
  return told
}

test('the keys are those of the user', async () => {
  const runtime = virtualRuntime({ seed: 1 })
  const cache = new KeyCache(runtime.cryptography, runtime.chance)
  const keys = await runtime.run(
    () => new Promise<unknown>(resolve => cache.keys(user, parameters, (_error, derived) => resolve(derived)))
  )
  assert.deepEqual(keys, keysOf(user, parameters))
})

test('a hundred connections at once share one derivation, and a later one has the keys at once', () => {
  const { cache, derivations, finish } = held()
  const told = Array.from({ length: 100 }, () => ask(cache))
  assert.equal(derivations.length, 1)
  finish()
  assert.deepEqual(
    told.map(({ length }) => length),
    Array.from({ length: 100 }, () => 1)
  )
  const [first] = told[0]!
  for (const [each] of told) assert.equal(each?.keys, first?.keys)
  assert.equal(ask(cache)[0]?.keys, first?.keys)
  assert.equal(derivations.length, 1)
})

test('another mechanism, name, password, salt or count of iterations has keys of its own', () => {
  const { cache, derivations } = held()
  ask(cache)
  ask(cache, { ...user, mechanism: 'SCRAM-SHA-1' })
  ask(cache, { ...user, username: 'adaC' })
  ask(cache, { ...user, password: 'ANARY7' })
  ask(cache, user, 'salt2')
  ask(cache, user, 'salt', 5_000)
  assert.equal(derivations.length, 6)
})

test('a derivation that failed is told to all who waited, and tried again for the next', () => {
  const { cache, derivations, finish } = held()
  const told = [ask(cache), ask(cache)]
  const error = new Error('no threads')
  finish(error)
  assert.deepEqual(told, [[{ error, keys: undefined }], [{ error, keys: undefined }]])
  ask(cache)
  assert.equal(derivations.length, 2)
})

test('servers that make up salts do not grow the cache beyond 64 keys, and what is used stays', () => {
  const { cache, finish } = held()
  const first = ask(cache)
  finish()
  for (let salt = 0; salt < 500; salt++) {
    ask(cache, user, `${salt}`)
    finish()
    assert.equal(ask(cache)[0]?.keys, first[0]?.keys)
  }
  assert.equal(cache.size, 64)
})

test('a password that cannot be prepared is an error that does not show it', () => {
  const { cache, derivations } = held()
  const [told] = ask(cache, { ...user, password: 'CANARY7\u0007' })
  assert.ok(told?.error instanceof Error && !told.error.message.includes('CANARY7'), told?.error?.message)
  assert.equal(derivations.length, 0)
  assert.equal(ask(cache).length, 0, 'others are served as ever')
})

test('an entry is found by a digest with a secret, which differs from cache to cache', context => {
  const set = context.mock.method(Map.prototype, 'set')
  for (const fill of [5, 6]) {
    const cache = new KeyCache(
      { ...cryptography, deriveKey: (_derivation, done) => done(undefined, new Uint8Array(32)) },
      { fill: array => array.fill(fill) }
    )
    ask(cache)
    assert.equal(ask(cache).length, 1)
  }
  const ids = set.mock.calls.map(call => String(call.arguments[0])).filter(id => /^[\w+/]{43}=$/.test(id))
  assert.equal(new Set(ids).size, 2)
  const strings = set.mock.calls.map(call => inspect(call.arguments, { depth: null, showHidden: true })).join()
  for (const secret of ['CANARY7', Buffer.from('CANARY7').toString('base64').slice(0, 8)])
    assert.ok(!strings.includes(secret))
})
