import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoClient, type MongoClientOptions } from '../../src/client/index.ts'
import { type Codec, CodecMissingError, type CodecSettings, type Compression } from '../../src/runtime/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'

const host = 'mongodb://db1.example/'
const codec: Codec = { compress: bytes => bytes, decompress: bytes => bytes }

/** What a client asks for when it is made, on a Runtime that lacks snappy. */
async function made(source: string, options: MongoClientOptions = {}): Promise<[string[], VirtualRuntime['warnings']]> {
  const asked: string[] = []
  const compression: Compression = {
    codec: (name, { zlibLevel }: CodecSettings) => {
      if (name === 'snappy') throw new CodecMissingError('snappy needs the package "snappy"; npm install snappy')
      asked.push(name === 'zlib' ? `zlib ${zlibLevel}` : name)
      return codec
    }
  }
  const runtime = { ...virtualRuntime({ seed: 1 }), compression }
  await runtime.run(() => new MongoClient(source, { ...options, runtime }).close())
  return [asked, runtime.warnings]
}

test('compressors are loaded when the client is made, once each, with the level of zlib', async () => {
  const list = `${host}?compressors=zstd,zlib,zlib,none&zlibCompressionLevel=3`
  assert.deepEqual(await made(list), [['zstd', 'zlib 3'], []])
  assert.deepEqual(await made(host, { compressors: ['zlib'] }), [['zlib -1'], []])
})

test('without the option, or with none, nothing is loaded; a level alone asks for nothing', async () => {
  for (const query of ['', '?compressors=none', '?zlibCompressionLevel=9']) {
    assert.deepEqual(await made(host + query), [[], []])
  }
})

test('a compressor that cannot be loaded is left out with a warning that says what to do, and the others stay', async () => {
  const [asked, warnings] = await made(`${host}?compressors=snappy,zlib`)
  assert.deepEqual(asked, ['zlib -1'])
  assert.deepEqual(warnings, [
    {
      message:
        'compressors: snappy is not offered to servers: snappy needs the package "snappy"; npm install snappy, or leave snappy out of compressors',
      code: 'CENOTE_COMPRESSOR_MISSING'
    }
  ])
})

test('a name that nobody knows is left out of a connection string with a warning', async () => {
  const [asked, warnings] = await made(`${host}?compressors=lzma,zlib`)
  assert.deepEqual(asked, ['zlib -1'])
  assert.equal(warnings.length, 1)
  assert.match(warnings[0]!.message, /compressors.*lzma/)
})
