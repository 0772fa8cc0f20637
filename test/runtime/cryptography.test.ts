import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { test } from 'node:test'
import type { KeyDerivation, Runtime } from '../../src/runtime/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { onBoth } from './both.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)
const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex')

const derivation: KeyDerivation = { hash: 'sha1', password: bytes('password'), salt: bytes('salt'), iterations: 2 }

function keyOf(runtime: Runtime, wanted: KeyDerivation = derivation): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    runtime.cryptography.deriveKey(wanted, (error, key) => (error === undefined ? resolve(key) : reject(error)))
  })
}

onBoth('digests, keyed digests and derived keys are those of the published vectors', async runtime => {
  const { cryptography } = runtime
  assert.equal(hex(cryptography.digest('md5', bytes(''))), 'd41d8cd98f00b204e9800998ecf8427e')
  assert.equal(hex(cryptography.digest('sha1', bytes('abc'))), 'a9993e364706816aba3e25717850c26c9cd0d89d')
  assert.equal(
    hex(cryptography.hmac('sha256', bytes('Jefe'), bytes('what do ya want for nothing?'))),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
  )
  assert.equal(hex(await keyOf(runtime)), 'ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957')
  assert.equal(
    hex(await keyOf(runtime, { ...derivation, hash: 'sha256', iterations: 1 })),
    '120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b'
  )
})

onBoth('bytes are equal when all of them are, and of different lengths they are not', async runtime => {
  const { cryptography } = runtime
  assert.equal(cryptography.equal(bytes('abc'), bytes('abc')), true)
  assert.equal(cryptography.equal(bytes('abc'), bytes('abd')), false)
  assert.equal(cryptography.equal(bytes('abc'), bytes('ab')), false)
  assert.equal(cryptography.equal(bytes(''), bytes('')), true)
})

onBoth('a key comes in a later turn, and outside the context of who asked', async runtime => {
  const storage = new AsyncLocalStorage<string>()
  let returned = false
  const seen = await new Promise<unknown>(resolve => {
    storage.run('the caller', () =>
      runtime.cryptography.deriveKey(derivation, () => resolve([returned, storage.getStore()]))
    )
    returned = true
  })
  assert.deepEqual(seen, [true, undefined])
})

test('virtual: a derivation is an event of its own, which the trace knows', async () => {
  const run = async (iterations: number): Promise<[number, string]> => {
    const runtime = virtualRuntime({ seed: 1 })
    await runtime.run(() => keyOf(runtime, { ...derivation, iterations }))
    return [runtime.clock.nowMS(), runtime.hash()]
  }
  const [atMS, hash] = await run(2)
  assert.ok(atMS > 0)
  assert.deepEqual(await run(2), [atMS, hash])
  assert.notEqual((await run(3))[1], hash)
})
