/** The tarball of `cenote-mongodb` beside that of cenote, in an empty folder, under the name that programs require. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)

const childMSMax = 90_000

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

const program = `
async function main() {
  const deployment = await startDeployment({ kind: 'standalone' })
  const client = await MongoClient.connect(deployment.uri)
  const { insertedId } = await client.db('shop').collection('things').insertOne({ a: 1 })
  console.log(JSON.stringify([
    client.topology.description.type,
    [insertedId instanceof ObjectId, ObjectId === lib.ObjectId, ObjectId === cenote.ObjectId],
    new common.BulkWriteResult({ insertedIds: [], upserted: [] }) instanceof cenote.BulkWriteResult
  ]))
  await client.close(true)
  await deployment.stop()
}
main()
`
const told = '["Single",[true,true,true],true]\n'

suite('the tarball under the official driver’s name', () => {
  let folder: string
  let packed: Packed

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cenote-mongodb-tarball-'))
    await unpacked('.', 'cenote')
    packed = await unpacked('packages/cenote-mongodb', 'mongodb')
    for (const name of Object.keys(manifestOf('cenote').dependencies ?? {})) linkHere(name)
    writeFileSync(join(folder, 'package.json'), '{ "name": "service", "private": true }\n')
  })

  after(() => rmSync(folder, { recursive: true }))

  async function unpacked(place: string, name: string): Promise<Packed> {
    // What is built stands: building it here would take it away from tests that load it now.
    const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]
    const { stdout } = await run('npm', args, { cwd: place, timeout: childMSMax, maxBuffer: 16 * 1024 * 1024 })
    const [made] = JSON.parse(stdout) as [Packed]
    const target = join(folder, 'node_modules', name)
    mkdirSync(target, { recursive: true })
    await run('tar', ['-xzf', join(folder, made.filename), '-C', target, '--strip-components=1'])
    return made
  }

  function linkHere(name: string): void {
    const link = join(folder, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(resolve('node_modules', name), link)
  }

  function manifestOf(name: string): Manifest {
    return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as Manifest
  }

  async function ran(file: string, text: string): Promise<string> {
    writeFileSync(join(folder, file), text)
    return (await run(process.execPath, [file], { cwd: folder, timeout: childMSMax })).stdout
  }

  test('is required, with its inner paths, and gives cenote’s own classes', async () => {
    const requires = [
      `const { MongoClient, ObjectId } = require('mongodb')`,
      `const lib = require('mongodb/lib/bson'), common = require('mongodb/lib/bulk/common'), cenote = require('cenote')`,
      `const { startDeployment } = require('cenote/embedded')`
    ]
    assert.equal(await ran('requires.cjs', `${requires.join('\n')}\n${program}`), told)
  })

  test('is imported, with its inner paths', async () => {
    const imports = [
      `import { MongoClient, ObjectId } from 'mongodb'`,
      `import * as lib from 'mongodb/lib/bson'\nimport * as common from 'mongodb/lib/bulk/common'`,
      `import * as cenote from 'cenote'\nimport { startDeployment } from 'cenote/embedded'`
    ]
    assert.equal(await ran('imports.mjs', `${imports.join('\n')}\n${program}`), told)
  })

  test('has types that hold without skipLibCheck', async () => {
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2023',
      lib: ['es2023', 'esnext.disposable'],
      types: ['node'],
      typeRoots: [resolve('node_modules/@types')],
      strict: true,
      skipLibCheck: false,
      noEmit: true
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.cts'] }))
    const service = [
      `import mongodb = require('mongodb')`,
      `import { ObjectId } from 'mongodb/lib/bson'`,
      `const client: mongodb.MongoClient = new mongodb.MongoClient('mongodb://127.0.0.1')`,
      `const preference: mongodb.ReadPreferenceLike = mongodb.ReadPreference.secondary`,
      `client.db('shop', { readPreference: mongodb.ReadPreferenceMode.nearest })`,
      `client.on('connectionPoolCleared', (event: mongodb.ConnectionPoolClearedEvent) => event.address.trim())`,
      `export const made: [ObjectId, mongodb.ReadPreferenceLike] = [new mongodb.ObjectId(), preference]`
    ]
    writeFileSync(join(folder, 'typed.cts'), service.join('\n'))
    const compiler = resolve('node_modules/typescript/bin/tsc')
    await run(process.execPath, [compiler, '-p', folder], { timeout: childMSMax }).catch(
      (error: { readonly stdout: string }) => assert.fail(error.stdout)
    )
  })

  test('names the version of cenote that it is of', () => {
    assert.deepEqual(manifestOf('mongodb').peerDependencies, { cenote: manifestOf('cenote').version })
  })

  test('holds what was compiled, its description, the licence and nothing else, and imports nothing but cenote', () => {
    const paths = packed.files.map(({ path }) => path)
    const others = paths.filter(path => !/^dist\/[\w/]+\.(?:d\.ts|js)$/.test(path))
    assert.deepEqual(others.toSorted(), ['LICENSE', 'README.md', 'package.json'])
    const scripts = paths.filter(path => path.endsWith('.js'))
    const text = scripts.map(path => readFileSync(join(folder, 'node_modules/mongodb', path), 'utf8')).join('')
    const imported = [...text.matchAll(/from '([^'.]+)'/g)].map(([, name]) => name)
    assert.deepEqual(new Set(imported), new Set(['cenote', 'cenote/gridfs']))
  })
})

interface Manifest {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}
