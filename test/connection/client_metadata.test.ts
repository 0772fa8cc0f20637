import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeDocument, type Document, Int32 } from '../../src/bson/index.ts'
import { metadataBytesMax } from '../../src/connection/client_metadata.ts'
import {
  type ClientFacts,
  driverName,
  driverVersion,
  encodeClientMetadata,
  functionServiceOf
} from '../../src/connection/index.ts'
import { MongoInvalidArgumentError } from '../../src/errors/index.ts'
import type { HostFacts } from '../../src/runtime/index.ts'

const host: HostFacts = {
  platform: 'linux',
  arch: 'x64',
  release: '6.1.0-18-amd64',
  runtimeName: 'Node.js v20.19.0',
  env: {},
  inContainer: false
}

type Facts = Partial<Omit<ClientFacts, 'host'>> & { readonly host?: Partial<HostFacts> }

function encoded(facts: Facts = {}): Uint8Array {
  return encodeClientMetadata({ appName: undefined, ...facts, host: { ...host, ...facts.host } })
}

function metadata(facts: Facts = {}): Document {
  const bytes = encoded(facts)
  assert(bytes.length <= 512)
  return decodeDocument(bytes, 0, bytes.length)
}

function environment(env: HostFacts['env'], inContainer = false): unknown {
  return metadata({ host: { env, inContainer } })['env']
}

test('the driver has the name and the version of the package', () => {
  const { name, version } = JSON.parse(readFileSync('package.json', 'utf8')) as { name: string; version: string }
  assert.deepEqual([driverName, driverVersion], [name, version])
})

test('the metadata tells application, driver, operating system and platform', () => {
  assert.deepEqual(metadata({ appName: 'shop' }), {
    application: { name: 'shop' },
    driver: { name: 'cenote', version: driverVersion },
    os: { type: 'Linux', name: 'linux', architecture: 'x64', version: '6.1.0-18-amd64' },
    platform: 'Node.js v20.19.0'
  })
})

test('without a name the application is left out', () => {
  for (const appName of [undefined, '']) assert(!('application' in metadata({ appName })))
})

test('an operating system that is not known has the type unknown', () => {
  for (const platform of ['plan9', 'constructor', '']) {
    assert.equal((metadata({ host: { platform } })['os'] as Document)['type'], 'unknown')
  }
})

test('a name of the application of more than 128 bytes is refused', () => {
  assert.doesNotThrow(() => encoded({ appName: 'é'.repeat(64) }))
  assert.throws(() => encoded({ appName: `${'é'.repeat(64)}x` }), MongoInvalidArgumentError)
})

test('libraries built upon the driver are appended with |, and one told twice is told once', () => {
  const a = { name: 'odm', version: '2.0', platform: 'p' }
  const b = { name: 'odm', version: '2.1' }
  const { driver, platform } = metadata({ libraries: [a, b, { ...a }, { name: 'odm', version: '2.1', platform: '' }] })
  assert.deepEqual(driver, { name: 'cenote|odm|odm', version: `${driverVersion}|2.0|2.1` })
  assert.equal(platform, 'Node.js v20.19.0|p')
})

test('a library that tells nothing is not told', () => {
  assert.deepEqual(metadata({ libraries: [{}, { name: '', version: '' }] }), metadata())
})

test('a | in the text of a library is refused', () => {
  for (const library of [{ name: 'a|b' }, { version: '|' }, { platform: 'x|' }]) {
    assert.throws(() => encoded({ libraries: [library] }), MongoInvalidArgumentError)
  }
})

const lambda = { AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x', AWS_REGION: 'us-east-2' }
const gcp = { K_SERVICE: 'service', FUNCTION_REGION: 'us-central1' }

test('function services are told by their variables', () => {
  assert.deepEqual(environment({ ...lambda, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024' }), {
    name: 'aws.lambda',
    region: 'us-east-2',
    memory_mb: 1024
  })
  assert.deepEqual(environment({ AWS_LAMBDA_RUNTIME_API: 'localhost' }), { name: 'aws.lambda' })
  assert.deepEqual(environment({ FUNCTIONS_WORKER_RUNTIME: 'node' }), { name: 'azure.func' })
  assert.deepEqual(environment({ ...gcp, FUNCTION_MEMORY_MB: '1024', FUNCTION_TIMEOUT_SEC: '60' }), {
    name: 'gcp.func',
    region: 'us-central1',
    memory_mb: 1024,
    timeout_sec: 60
  })
  assert.deepEqual(environment({ FUNCTION_NAME: 'f' }), { name: 'gcp.func' })
  assert.deepEqual(environment({ VERCEL: '1', VERCEL_REGION: 'cdg1' }), { name: 'vercel', region: 'cdg1' })
})

test('numbers of a function service are int32', () => {
  const bytes = encoded({ host: { env: { ...lambda, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024' } } })
  const document = decodeDocument(bytes, 0, bytes.length, { promoteValues: false })
  assert((document['env'] as Document)['memory_mb'] instanceof Int32)
})

test('a number that does not parse is left out', () => {
  for (const size of ['big', '', '-1', '1e3', '99999999999']) {
    assert.deepEqual(environment({ ...lambda, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: size }), {
      name: 'aws.lambda',
      region: 'us-east-2'
    })
  }
})

test('Vercel goes before Lambda, on which it runs; any other two services cancel each other', () => {
  assert.equal(functionServiceOf({ ...lambda, VERCEL: '1' })?.name, 'vercel')
  assert.equal(functionServiceOf({ ...lambda, ...gcp }), undefined)
  assert.equal(functionServiceOf({ ...gcp, VERCEL: '1' }), undefined)
  assert.equal(functionServiceOf({ ...lambda, VERCEL: '1', FUNCTIONS_WORKER_RUNTIME: 'node' }), undefined)
})

test('variables that are empty or of another service are none', () => {
  assert.equal(functionServiceOf({ AWS_EXECUTION_ENV: 'EC2', AWS_REGION: 'us-east-2' }), undefined)
  assert.equal(functionServiceOf({ VERCEL: '', K_SERVICE: '', FUNCTIONS_WORKER_RUNTIME: '' }), undefined)
})

test('a container is told, with and without a function service', () => {
  assert.deepEqual(environment({}, true), { container: { runtime: 'docker' } })
  assert.deepEqual(environment({ KUBERNETES_SERVICE_HOST: '1' }), { container: { orchestrator: 'kubernetes' } })
  assert.deepEqual(environment({ ...lambda, KUBERNETES_SERVICE_HOST: '1' }, true), {
    name: 'aws.lambda',
    region: 'us-east-2',
    container: { runtime: 'docker', orchestrator: 'kubernetes' }
  })
  assert.equal(environment({}), undefined)
})

test('where room is short env keeps its name alone, and os stays whole if that is enough', () => {
  const env = { ...lambda, AWS_REGION: 'a'.repeat(512), AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024' }
  const told = metadata({ host: { env, inContainer: true } })
  assert.deepEqual(told['env'], { name: 'aws.lambda' })
  assert.deepEqual(told['os'], metadata()['os'])
})

test('then os keeps its type alone, and env its name', () => {
  const told = metadata({ host: { env: { ...lambda }, release: 'r'.repeat(512) } })
  assert.deepEqual([told['os'], told['env']], [{ type: 'Linux' }, { name: 'aws.lambda' }])
})

test('then env goes, and the platform stays whole if that is enough', () => {
  const without = encoded({ host: { release: 'r'.repeat(512), runtimeName: '' } }).length
  // A platform that fills the document to the last byte, so that the name of env finds no room.
  const runtimeName = 'p'.repeat(512 - without - '\x02platform\0'.length - 5)
  const release = 'r'.repeat(512)
  const told = metadata({ host: { env: { ...lambda }, release, runtimeName } })
  assert.equal(told['platform'], runtimeName)
  assert(!('env' in told))
  assert.equal(encoded({ host: { env: { ...lambda }, release, runtimeName: `${runtimeName}p` } }).length, 512)
})

test('last the platform is cut, never inside a character', () => {
  for (let shift = 0; shift < 4; shift++) {
    const runtimeName = 'x'.repeat(shift) + '🌵'.repeat(300)
    const bytes = encoded({ host: { runtimeName } })
    const { platform } = decodeDocument(bytes, 0, bytes.length)
    assert(runtimeName.startsWith(platform as string))
    assert(bytes.length <= 512 && bytes.length > 508, `${bytes.length}`)
  }
})

test('what fits in no form is refused with both sizes', () => {
  assert.throws(
    () => encoded({ libraries: [{ name: 'n'.repeat(600) }] }),
    (error: Error) =>
      error instanceof MongoInvalidArgumentError && /takes \d+ bytes at least; the limit is 512/.test(error.message)
  )
})

test('whatever the host says, the metadata is at most 512 bytes of valid UTF-8 and keeps what must be there', () => {
  const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.string({ maxLength: 600 }))
  const facts = fc.record({ platform: text, arch: text, release: text, runtimeName: text, region: text })
  fc.assert(
    fc.property(facts, fc.boolean(), ({ region, ...told }, inContainer) => {
      const bytes = encoded({ host: { ...told, inContainer, env: { VERCEL: '1', VERCEL_REGION: region } } })
      assert(bytes.length <= metadataBytesMax)
      const document = decodeDocument(bytes, 0, bytes.length)
      assert.equal((document['driver'] as Document)['name'], 'cenote')
      assert.equal(typeof (document['os'] as Document)['type'], 'string')
    })
  )
})
