import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Document, encodeDocument } from '../../src/bson/index.ts'
import { type DeploymentOptions, startDeployment } from '../../src/embedded/index.ts'
import { MongoInvalidArgumentError } from '../../src/errors/index.ts'
import { CodecMissingError, type Codec } from '../../src/runtime/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { compressed, MessageWriter, wireCompressor } from '../../src/wire/index.ts'
import { double, ok, RawClient, type RawReply } from './raw_client.ts'

const zlib = wireCompressor('zlib', nodeRuntime().compression.codec('zlib', { zlibLevel: -1 }))

/** A client on a standalone; where there are names, it has offered them in a hello. */
async function withClient(
  options: Pick<DeploymentOptions, 'compressors'>,
  offered: readonly unknown[] | undefined,
  work: (client: RawClient, hello: Document) => Promise<void>
): Promise<void> {
  const runtime = virtualRuntime({ seed: 1 })
  await runtime.run(async () => {
    await using deployment = await startDeployment({ kind: 'standalone', runtime, ...options })
    const client = await RawClient.connect(runtime, deployment.members[0]!)
    client.compressors = [zlib]
    const compression = offered === undefined ? {} : { compression: offered }
    await work(client, await client.command('admin', { hello: 1, ...compression }))
  })
  assert.deepEqual(runtime.warnings, [])
}

function message(command: Document, flags = 0): Uint8Array {
  const writer = new MessageWriter()
  writer.begin(7, flags).append(encodeDocument(command).subarray(4, -1))
  writer.endBody()
  return Uint8Array.from(writer.finish())
}

function ask(client: RawClient, command: Document): Promise<RawReply> {
  client.sendBytes(compressed(message({ ...command, $db: 'test' }), zlib, Infinity))
  return client.reply()
}

describe('the answer to a hello', () => {
  for (const [what, options, offered, answered] of [
    ['names zlib, which is there unless said otherwise', {}, ['snappy', 'zlib', 'zstd'], ['zlib']],
    ['has no list where nothing is common', {}, ['snappy', 'none'], undefined],
    ['has no list where none was offered', {}, [], undefined],
    ['has no list for a client that does not speak of it', {}, undefined, undefined],
    ['has no list where the deployment has none', { compressors: [] }, ['zlib'], undefined],
    ['leaves out what is no name', {}, [1, null, 'zlib', {}], ['zlib']]
  ] as const)
    test(what, () =>
      withClient(options, offered, async (_, hello) => {
        assert.deepEqual(hello['ok'], double(1))
        assert.deepEqual(hello['compression'], answered)
      })
    )

  test('is an error where the offer is no list', () =>
    withClient({}, undefined, async client => {
      const reply = await client.command('admin', { hello: 1, compression: 'zlib' })
      assert.equal(reply['codeName'], 'TypeMismatch')
    }))

  test('has the client’s order, not the deployment’s', async () => {
    const runtime = { ...virtualRuntime({ seed: 1 }) }
    const codec: Codec = { compress: bytes => bytes, decompress: bytes => bytes }
    const all = { ...runtime, compression: { codec: () => codec } }
    await all.run(async () => {
      const compressors = ['snappy', 'zlib', 'zstd'] as const
      await using deployment = await startDeployment({ kind: 'standalone', runtime: all, compressors })
      const client = await RawClient.connect(all, deployment.members[0]!)
      const hello = await client.command('admin', { hello: 1, compression: ['zstd', 'lzma', 'snappy'] })
      assert.deepEqual(hello['compression'], ['zstd', 'snappy'])
    })
  })
})

describe('after zlib was agreed on', () => {
  test('a request that is compressed has a compressed reply, one that is not has none', () =>
    withClient({}, ['zlib'], async client => {
      const reply = await ask(client, { ping: 1 })
      assert.deepEqual([reply.compressedBy, reply.responseTo, reply.document], ['zlib', 7, ok])
      client.send({ ping: 1, $db: 'test' })
      assert.equal((await client.reply()).compressedBy, undefined)
    }))

  test('an error is compressed too', () =>
    withClient({}, ['zlib'], async client => {
      const reply = await ask(client, { nonsense: 1 })
      assert.deepEqual([reply.compressedBy, reply.document['codeName']], ['zlib', 'CommandNotFound'])
    }))

  test('an unacknowledged request is taken, and has no reply', () =>
    withClient({}, ['zlib'], async client => {
      const insert = { insert: 'c', documents: [{ _id: 1 }], writeConcern: { w: 0 }, $db: 'test' }
      client.sendBytes(compressed(message(insert, 2), zlib, Infinity))
      const { document } = await ask(client, { count: 'c' })
      assert.deepEqual(document['n'], { $numberInt: '1' })
    }))

  for (const [what, change] of [
    ['lies about its size', bytes => bytes.writeInt32LE(20, 20)],
    ['announces a gigabyte', bytes => bytes.writeInt32LE(2 ** 30, 20)],
    ['is by a compressor that was not agreed on', bytes => bytes.writeUInt8(3, 24)],
    ['has another compressed message inside', bytes => bytes.writeInt32LE(2012, 16)],
    ['has an opcode of old inside', bytes => bytes.writeInt32LE(2002, 16)],
    ['is damaged', bytes => bytes.fill(0xff, 30, 40)]
  ] satisfies [string, (bytes: Buffer) => unknown][])
    test(`a connection whose message ${what} is closed without a reply`, () =>
      withClient({}, ['zlib'], async client => {
        const bytes = Buffer.from(compressed(message({ ping: 1, $db: 'test' }), zlib, Infinity))
        change(bytes)
        client.sendBytes(bytes)
        await client.ended
        assert.equal(client.unread, 0)
      }))
})

test('a compressed message is refused where nothing was agreed on', () =>
  withClient({}, undefined, async client => {
    client.sendBytes(compressed(message({ ping: 1, $db: 'test' }), zlib, Infinity))
    await client.ended
  }))

for (const [what, compressors, message] of [
  ['that nobody knows', ['lzma'], /compressors: a list of snappy, zlib, zstd, not \["lzma"\]/],
  ['that is no list', 'zlib', /compressors: a list of snappy, zlib, zstd, not "zlib"/],
  ['that cannot be loaded', ['zstd'], /compressors: it needs more/]
] as const)
  test(`a compressor ${what} is refused when the deployment starts`, async () => {
    const missing = { codec: (): never => assert.fail() }
    missing.codec = () => {
      throw new CodecMissingError('it needs more')
    }
    const runtime = { ...virtualRuntime({ seed: 1 }), compression: missing }
    const options = { kind: 'standalone', runtime, compressors } as unknown as DeploymentOptions
    await assert.rejects(startDeployment(options), error => {
      assert.ok(error instanceof MongoInvalidArgumentError)
      assert.match(error.message, message)
      return true
    })
  })
