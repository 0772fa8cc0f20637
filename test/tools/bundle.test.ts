import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { promisify } from 'node:util'

const childMSMax = 60_000

/** What a program prints that is run as users write it, with the package by its name. */
async function printed(program: string, ...flags: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '--eval', program], { timeout: childMSMax })
  return stdout.trim()
}

const roundTrip = `
  const deployment = await startDeployment({ kind: 'standalone' })
  const client = new MongoClient(deployment.uri)
  const orders = client.db('shop').collection('orders')
  await orders.insertOne({ _id: 1, sku: 'a1' })
  console.log(JSON.stringify(await orders.findOne({ _id: 1 })))
  await client.shutdown()
  await deployment.stop()
`

test('what is bundled works as users import it', async () => {
  const imports = `import { MongoClient } from 'cenote'; import { startDeployment } from 'cenote/embedded'`
  assert.equal(await printed(`${imports}\n${roundTrip}`, '--input-type=module'), '{"_id":1,"sku":"a1"}')
})

test('what is bundled works with require', async () => {
  const requires = `const { MongoClient } = require('cenote'); const { startDeployment } = require('cenote/embedded')`
  const program = `${requires}\n;(async () => {${roundTrip}})()`
  assert.equal(await printed(program, '--no-warnings', '--input-type=commonjs'), '{"_id":1,"sku":"a1"}')
})

test('GridFS is an entry of its own, which takes databases of the driver', async () => {
  const program = `
    import { MongoClient, ObjectId } from 'cenote'
    import { GridFSBucket } from 'cenote/gridfs'
    import { startDeployment } from 'cenote/embedded'
    const deployment = await startDeployment({ kind: 'standalone' })
    const client = new MongoClient(deployment.uri)
    const bucket = new GridFSBucket(client.db('shop'))
    const upload = bucket.openUploadStream('greeting')
    await new Promise(resolve => upload.end('hello', resolve))
    let text = ''
    for await (const bytes of bucket.openDownloadStream(upload.id)) text += bytes
    console.log(text, upload.id instanceof ObjectId)
    await client.shutdown()
    await deployment.stop()`
  assert.equal(await printed(program, '--input-type=module'), 'hello true')
})

test('both entries share what they have in common: the classes of values are the same', async () => {
  const program = `
    import { MongoClient, ObjectId } from 'cenote'
    import { startDeployment, virtualRuntime } from 'cenote/embedded'
    const runtime = virtualRuntime({ seed: 1 })
    await runtime.run(async () => {
      const deployment = await startDeployment({ kind: 'standalone', runtime })
      const client = new MongoClient(deployment.uri, { runtime })
      const { insertedId } = await client.db('shop').collection('orders').insertOne({})
      console.log(insertedId instanceof ObjectId)
      await client.close()
      await deployment.stop()
    })`
  assert.equal(await printed(program, '--input-type=module'), 'true')
})

test('a class has its own name, one that names itself as well', async () => {
  const program = `
    import * as driver from 'cenote'
    import * as gridfs from 'cenote/gridfs'
    import * as embedded from 'cenote/embedded'
    const classes = Object.entries({ ...driver, ...gridfs, ...embedded }).filter(([name, value]) => /^[A-Z]/.test(name) && typeof value === 'function')
    console.log(JSON.stringify(classes.map(([name, value]) => [name, value.name]).filter(([name, own]) => name !== own)))`
  assert.equal(await printed(program, '--input-type=module'), '[]')
})

test('the driver is loaded from few files, and without GridFS and the embedded deployment', async () => {
  const program = `
    import { readFileSync } from 'node:fs'
    const entry = new URL(import.meta.resolve('cenote'))
    const read = new Set()
    const follow = url => {
      if (read.has(url.href)) return
      read.add(url.href)
      for (const [, specifier] of readFileSync(url, 'utf8').matchAll(/from "(\\.[^"]+)"/g)) follow(new URL(specifier, url))
    }
    follow(entry)
    const sources = [...read].flatMap(href => JSON.parse(readFileSync(new URL(href + '.map'), 'utf8')).sources)
    const folders = new Set(sources.map(source => /src\\/(\\w+)/.exec(source)?.[1]))
    console.log(JSON.stringify({ files: read.size, folders: ['client', 'embedded', 'gridfs'].filter(name => folders.has(name)) }))`
  const { files, folders } = JSON.parse(await printed(program, '--input-type=module'))
  assert.ok(files <= 4, `${files} files`)
  assert.deepEqual(folders, ['client'])
})

test('each file that package.json points to is there', () => {
  const { bin, exports } = JSON.parse(readFileSync('package.json', 'utf8'))
  const targets: string[] = [bin.cenote]
  for (const target of Object.values<string | Record<string, string>>(exports))
    targets.push(...(typeof target === 'string' ? [target] : Object.values(target)))
  assert.deepEqual(
    targets.filter(target => !existsSync(target)),
    []
  )
})
