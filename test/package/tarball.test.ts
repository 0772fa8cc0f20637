/** What `npm pack` gives is what a service gets: it is unpacked into an empty folder, and used from there. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)

const childMSMax = 90_000
/** So large is the whole tarball, compressed. */
const tarballKilobytesMax = 1200

interface Packed {
  readonly filename: string
  readonly size: number
  readonly files: readonly { readonly path: string }[]
}

const example = `
const deployment = await startDeployment({ kind: 'standalone' })
const client = new MongoClient(deployment.uri)
const things = client.db('shop').collection('things')
await things.insertOne({ _id: 1, text: 'ä' })
const found = await things.findOne({ _id: 1 })
console.log(JSON.stringify([found, client.pools().length, new ObjectId() instanceof ObjectId]))
await client.shutdown()
await deployment.stop()
`

suite('the tarball', () => {
  let folder: string
  let packed: Packed

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cenote-tarball-'))
    // The bundle stands: building it here would take it away from tests that load it now.
    const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]
    const { stdout } = await run('npm', args, { timeout: childMSMax, maxBuffer: 16 * 1024 * 1024 })
    packed = JSON.parse(stdout)[0]
    const place = join(folder, 'node_modules', 'cenote')
    mkdirSync(place, { recursive: true })
    await run('tar', ['-xzf', join(folder, packed.filename), '-C', place, '--strip-components=1'])
    linkDependencies(place)
    writeFileSync(join(folder, 'package.json'), '{ "name": "service", "private": true }\n')
  })

  after(() => rmSync(folder, { recursive: true }))

  /** Those that it names and no others, beside it as a package manager puts them. */
  function linkDependencies(place: string): void {
    const { dependencies } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'))
    for (const name of Object.keys(dependencies)) {
      const link = join(folder, 'node_modules', name)
      mkdirSync(dirname(link), { recursive: true })
      symlinkSync(resolve('node_modules', name), link)
    }
  }

  async function ran(file: string, text: string): Promise<string> {
    writeFileSync(join(folder, file), text)
    const { stdout, stderr } = await run(process.execPath, [file], { cwd: folder, timeout: childMSMax })
    assert.equal(stderr, '')
    return stdout
  }

  const told = '[{"_id":1,"text":"ä"},1,true]\n'

  test('is imported', async () => {
    const imports = `import { MongoClient, ObjectId } from 'cenote'\nimport { startDeployment } from 'cenote/embedded'\n`
    assert.equal(await ran('imports.mjs', `${imports}${example}`), told)
  })

  test('is required from CommonJS', async () => {
    const requires = `const { MongoClient, ObjectId } = require('cenote')\nconst { startDeployment } = require('cenote/embedded')\n`
    writeFileSync(join(folder, 'requires.cjs'), `${requires}async function main() {${example}}\nmain()\n`)
    const { stdout } = await run(process.execPath, ['requires.cjs'], { cwd: folder, timeout: childMSMax })
    assert.equal(stdout, told)
  })

  test('refuses to trace without OpenTelemetry’s API, which it does not bring, and says what to install', async () => {
    const made = `new MongoClient('mongodb://127.0.0.1', { tracing: { enabled: true } })`
    const attempt = `try { ${made}; console.log('it was found above the folder') } catch (error) { console.log(error.message) }`
    // A client that was made would keep the process alive.
    const program = `import { MongoClient } from 'cenote'\n${attempt}\nprocess.exit()\n`
    const said = await ran('traces.mjs', program)
    assert.match(said, /^tracing is enabled: spans need the package "@opentelemetry\/api", which cannot be loaded \(/)
    assert.match(said, /\); npm install @opentelemetry\/api, give a tracer/)
  })

  test('has types that hold without skipLibCheck', async () => {
    symlinkSync(resolve('node_modules/@types'), join(folder, 'node_modules', '@types'))
    // @types/node needs its own dependency beside it.
    symlinkSync(resolve('node_modules/undici-types'), join(folder, 'node_modules', 'undici-types'))
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2023',
      lib: ['es2023', 'esnext.disposable'],
      types: ['node'],
      strict: true,
      skipLibCheck: false,
      noEmit: true
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.mts'] }))
    const service = [
      `import { MongoClient, type ConnectionCreatedEvent, type Document } from 'cenote'`,
      `import { GridFSBucket, type GridFSFile } from 'cenote/gridfs'`,
      `import { startDeployment } from 'cenote/embedded'`,
      `const deployment = await startDeployment({ kind: 'replicaSet' })`,
      `const client: MongoClient = new MongoClient(deployment.uri, { maxPoolSize: 20 })`,
      `client.on('connectionCreated', (event: ConnectionCreatedEvent) => event.connectionId.toFixed())`,
      `const found: Document | null = await client.db('shop').collection('things').findOne({ sku: 'a1' })`,
      `// @ts-expect-error: the option is not one`,
      `new MongoClient('mongodb://127.0.0.1', { maxPoolSizes: 20 })`,
      `const bucket = new GridFSBucket(client.db('shop'), { chunkSizeBytes: 1024 })`,
      `const file: GridFSFile | null = await bucket.find({ filename: 'a' }).next()`,
      `const stored: string = bucket.openUploadStreamWithId('mine', 'a', { metadata: { by: 'ada' } }).id`,
      `bucket.openUploadStream('a').id.toHexString()`,
      `bucket.openDownloadStream(stored, { start: 1 }).on('file', (told: GridFSFile<string>) => told.length.toFixed())`,
      `export { found, file }`
    ]
    writeFileSync(join(folder, 'typed.mts'), service.join('\n'))
    await run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', folder], {
      timeout: childMSMax
    }).catch((error: { readonly stdout: string }) => assert.fail(error.stdout))
  })

  /** What a checker of packages prints of the tarball; it fails when the checker finds fault. */
  async function checkedBy(program: string, ...args: readonly string[]): Promise<string> {
    const flags = [resolve('node_modules/.bin', program), ...args]
    const checked = run(process.execPath, flags, { cwd: folder, timeout: childMSMax })
    const { stdout } = await checked.catch((error: { readonly stdout: string; readonly stderr: string }) =>
      assert.fail(error.stdout + error.stderr)
    )
    return stdout
  }

  test('is packed as publint wants it, suggestions included', async () => {
    assert.match(await checkedBy('publint', 'run', packed.filename, '--strict', '--level', 'suggestion'), /All good/)
  })

  test('has types that agree with its code, imported, required and bundled', async () => {
    const ignored = ['--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm']
    const told = await checkedBy('attw', packed.filename, ...ignored, '--format', 'json')
    const { analysis } = JSON.parse(told) as { readonly analysis: { readonly entrypoints: object } }
    assert.deepEqual(Object.keys(analysis.entrypoints), ['.', './gridfs', './embedded', './package.json'])
  })

  test('has the program', async () => {
    const place = join(folder, 'node_modules', 'cenote')
    const { bin, version } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'))
    const program = join(place, bin.cenote)
    const { stdout } = await run(process.execPath, [program, '--help'], { cwd: folder, timeout: childMSMax })
    assert.match(stdout, /serve/)
    assert.match(readFileSync(program, 'utf8'), /^#!\/usr\/bin\/env node\n/)
    const { stdout: said } = await run(process.execPath, [program, '--version'], { cwd: folder, timeout: childMSMax })
    assert.equal(said, `${version}\n`)
  })

  test('holds each declaration that its entries lead to', () => {
    const paths = new Set(packed.files.map(({ path }) => path))
    const reached = new Set<string>()
    const reach = (file: string): void => {
      if (reached.has(file)) return
      reached.add(file)
      const text = readFileSync(file, 'utf8')
      for (const [, name = ''] of text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)\.ts['"]/g))
        reach(join(dirname(file), `${name}.d.ts`))
    }
    for (const entry of ['client', 'embedded', 'gridfs']) reach(join('dist', 'src', entry, 'index.d.ts'))
    assert.ok(reached.size > 100)
    assert.deepEqual(
      [...reached].filter(file => !paths.has(file)),
      []
    )
  })

  test('holds the sources that its maps name, the licence and nothing of the tests', () => {
    const paths = packed.files.map(({ path }) => path)
    assert.ok(packed.size <= tarballKilobytesMax * 1024, `${(packed.size / 1024).toFixed()} kB`)
    assert.deepEqual(
      paths.filter(path => !/^(?:dist\/package|dist\/src|src)\/|^[A-Z]+(?:\.md)?$|^package\.json$/.test(path)),
      []
    )
    assert.ok(paths.includes('LICENSE') && paths.includes('README.md'))
    const place = join(folder, 'node_modules', 'cenote', 'dist', 'package')
    for (const file of readdirSync(place).filter(name => name.endsWith('.map'))) {
      const { sources } = JSON.parse(readFileSync(join(place, file), 'utf8')) as { readonly sources: readonly string[] }
      assert.deepEqual(
        sources.filter(source => !existsSync(join(place, source))),
        [],
        file
      )
    }
  })
})
