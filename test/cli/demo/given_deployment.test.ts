import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { reach } from '../../../src/cli/demo/given_deployment.ts'
import { startDeployment, virtualRuntime } from '../../../src/embedded/index.ts'

const never = new AbortController().signal

for (const query of ['', '?serverSelectionTimeoutMS=30000', '?serverSelectionTimeoutMS=0'])
  test(`a deployment that cannot be reached is given up in time, also with "${query}"`, async () => {
    const runtime = virtualRuntime({ seed: 1 })
    await runtime.run(async () => {
      const startedMS = runtime.clock.nowMS()
      await assert.rejects(
        reach(`mongodb://127.0.0.1:1/${query}`, runtime, never),
        /^Error: MONGODB_URI: Server selection/
      )
      const tookMS = runtime.clock.nowMS() - startedMS
      assert.ok(tookMS >= 6_000 && tookMS < 9_000, `${tookMS} ms`)
    })
    assert.equal(runtime.timersArmed(), 0)
  })

for (const [uri, message] of [
  ['mongodb://user:sesame@127.0.0.1:1/?authMechanism=MONGODB-AWS', /MONGODB-AWS takes no/],
  ['mongodb://user:ses@me@127.0.0.1:1/', /percent-encode/],
  ['mongodb://127.0.0.1:1/?authMechanismProperties=a:sesame&minPoolSize=30&maxPoolSize=5', /minPoolSize 30/],
  ['sesame', /mongodb:\/\//]
] as const)
  test(`a connection string that cannot be used is refused without showing a password (${message.source})`, async () => {
    await assert.rejects(reach(uri, virtualRuntime({ seed: 1 }), never), error => {
      assert.ok(error instanceof Error)
      assert.match(error.message, message)
      assert.match(error.message, /^MONGODB_URI: [^]*\nStart that deployment or mend MONGODB_URI; without MONGODB_URI /)
      assert.doesNotMatch(inspect(error), /sesame|ses@|\bme@/)
      return true
    })
  })

test('a time limit of the connection string that is shorter counts', async () => {
  const runtime = virtualRuntime({ seed: 1 })
  await runtime.run(async () => {
    await assert.rejects(reach('mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50', runtime, never), /after 50 ms/)
  })
})

test('a deployment that is there is left as it was: no connection stays', async () => {
  const runtime = virtualRuntime({ seed: 1 })
  await runtime.run(async () => {
    const deployment = await startDeployment({ kind: 'replicaSet', runtime })
    await reach(deployment.uri, runtime, never)
    await runtime.sleep(10)
    assert.deepEqual(
      deployment.members.map(member => member.connections().current),
      [0, 0, 0]
    )
    await deployment.stop()
  })
})

test('whoever stops it while it looks gets no error', async () => {
  const runtime = virtualRuntime({ seed: 1 })
  await runtime.run(async () => {
    const stop = new AbortController()
    const reaching = reach('mongodb://127.0.0.1:1/', runtime, stop.signal)
    await runtime.sleep(100)
    stop.abort()
    await reaching
    assert.equal(runtime.clock.nowMS(), 100)
  })
})
