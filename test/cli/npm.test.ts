/** What npm starts ends with npm, and leaves no process behind. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoClient as OfficialClient } from 'mongodb'
import { Program } from './programs.ts'

test('npm run serve answers the official driver, and no process is left after a SIGTERM to npm’s own id', async () => {
  const npm = new Program('npm', ['run', '--silent', 'serve'])
  const [uri] = await npm.says(/^mongodb:.*$/m)
  assert.equal(npm.stdout, `${uri}\n`, 'the connection string alone')
  const client = await OfficialClient.connect(uri)
  const { insertedId } = await client.db('shop').collection('orders').insertOne({ sku: 'a1' })
  assert.deepEqual(await client.db('shop').collection('orders').findOne({}), { _id: insertedId, sku: 'a1' })
  await client.close()
  npm.child.kill('SIGTERM')
  const { status, stderr } = await npm.ended
  assert.equal(status, 0, stderr)
  assert.ok(!npm.anyAlive)
})

test('npm start takes arguments behind --, and no process is left after a SIGTERM to npm’s own id', async () => {
  const npm = new Program('npm', ['start', '--', '--seed', '11'])
  await npm.says(/seed 11\n[^]*checkedIn/)
  npm.child.kill('SIGTERM')
  const { status, stdout, stderr } = await npm.ended
  assert.equal(status, 0, stderr)
  assert.match(stdout, /^ {2}failures {4}0$/m)
  assert.ok(!npm.anyAlive)
})

test('Ctrl-C at npm start, which the terminal sends to all and npm sends again, ends it gracefully', async () => {
  const npm = new Program('npm', ['start', '--', '--seconds', '60'])
  await npm.says(/checkedIn/)
  process.kill(-(npm.child.pid ?? Number.NaN), 'SIGINT')
  const { status, stdout, stderr } = await npm.ended
  assert.equal(status, 0, stderr)
  assert.match(stdout, /^ {2}failures {4}0$/m)
  assert.ok(!npm.anyAlive)
})
