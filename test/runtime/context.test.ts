import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { bytesOf, connected, onBoth, options, Recorder, serve, turn } from './both.ts'

const storage = new AsyncLocalStorage<string>()

onBoth("no handler and no timer runs in a caller's AsyncLocalStorage context", async runtime => {
  const seen: string[] = []
  const watched = (place: string): Recorder => {
    const recorder = new Recorder()
    recorder.hook = call => {
      const context = storage.getStore()
      if (context !== undefined) seen.push(`${place} ${call}: ${context}`)
    }
    return recorder
  }
  const server = await storage.run('listening', () =>
    serve(runtime, undefined, ({ recorder, transport }) => {
      const context = storage.getStore()
      if (context !== undefined) seen.push(`accept: ${context}`)
      recorder.hook = () => {
        const within = storage.getStore()
        if (within !== undefined) seen.push(`accepted: ${within}`)
        if (recorder.text === 'question') transport.write(bytesOf('answer'))
      }
    })
  )
  const recorder = watched('dialled')
  const client = storage.run('dialling', () => runtime.network.connect(server.bound, recorder, options))
  await recorder.told('opened')
  storage.run('writing', () => client.write(bytesOf('question')))
  await recorder.told('flushed')
  storage.run('resuming', () => {
    client.pause()
    client.resume()
  })
  await recorder.until(() => recorder.text.startsWith('answer'))
  storage.run('destroying', () => client.destroy())
  await recorder.told('closed')
  await storage.run('refused', async () => {
    await server.close()
    const refused = watched('refused')
    runtime.network.connect(server.bound, refused, options)
    await refused.told('closed')
  })
  for (const delayMS of [0, 1])
    await new Promise<void>(resolve => {
      const timer = runtime.timers.create(() => {
        if (storage.getStore() !== undefined) seen.push(`timer after ${delayMS} ms`)
        resolve()
      })
      storage.run('arming', () => timer.armAt(runtime.clock.nowMS() + delayMS))
    })
  await turn(runtime)
  assert.deepEqual(seen, [])
})

onBoth("an accepted end that is resumed in a caller's context reads outside it", async runtime => {
  const seen: (string | undefined)[] = []
  const server = await serve(runtime, undefined, ({ transport, recorder }) => {
    transport.pause()
    recorder.hook = call => {
      if (call === 'received') seen.push(storage.getStore())
    }
  })
  const { client, recorder, far } = await connected(runtime, server)
  client.write(bytesOf('early'))
  await recorder.told('flushed')
  // By now the bytes have arrived: each way of another connection takes as long.
  const probe = await connected(runtime, server)
  storage.run('resuming', () => far.transport.resume())
  await far.recorder.told('received')
  assert.deepEqual(seen, [undefined])
  client.destroy()
  probe.client.destroy()
  probe.far.transport.resume()
  await Promise.all([far.recorder.told('closed'), probe.far.recorder.told('closed')])
  await server.close()
})

test('virtual: main runs in the context of whoever calls run, events run outside it', async () => {
  const runtime = virtualRuntime({ seed: 1 })
  const seen: (string | undefined)[] = []
  await storage.run('runner', () =>
    runtime.run(async () => {
      seen.push(storage.getStore())
      runtime.timers.create(() => seen.push(storage.getStore())).armAt(1)
      await runtime.sleep(2)
      seen.push(storage.getStore())
    })
  )
  assert.deepEqual(seen, ['runner', undefined, 'runner'])
})

onBoth("detached runs its work at once, outside the caller's context, and throws what it throws", runtime => {
  storage.run('caller', () => {
    let seen: string | undefined = 'not run'
    runtime.detached(() => {
      seen = storage.getStore()
    })
    assert.equal(seen, undefined)
    assert.equal(storage.getStore(), 'caller')
    assert.throws(() => runtime.detached(() => assert.fail('thrown inside')), /thrown inside/)
  })
  return Promise.resolve()
})

const program = new URL('./node_program.js', import.meta.url).pathname

for (const call of ['opened', 'received', 'flushed', 'closed', 'accept', 'timer'])
  test(`Node: what ${call} throws is an uncaught exception, never lost`, () => {
    const child = spawnSync(process.execPath, [program, call], { encoding: 'utf8', timeout: 20_000 })
    assert.equal(child.stdout, `caught: thrown by ${call}\n`)
    assert.equal(child.stderr, '')
  })

test('Node: with setRef(false) neither timer, immediate nor connection keeps the process alive', () => {
  const child = spawnSync(process.execPath, [program, 'unref'], { encoding: 'utf8', timeout: 20_000 })
  assert.deepEqual([child.status, child.stdout, child.stderr], [0, 'open\n', ''])
})

test('Node: warn is a process warning with its code', async () => {
  const warning = new Promise<Error & { code?: string }>(resolve => process.once('warning', resolve))
  nodeRuntime().warn('something odd', 'CENOTE_ODD')
  const { name, message, code } = await warning
  assert.deepEqual([name, message, code], ['CenoteWarning', 'something odd', 'CENOTE_ODD'])
})

test('Node: chance fills all bytes, the clock is monotonic and the host names the runtime', () => {
  const runtime = nodeRuntime()
  const bytes = new Uint8Array(64)
  runtime.chance.fill(bytes)
  assert.ok(new Set(bytes).size > 20)
  const fraction = runtime.chance.fraction()
  assert.ok(fraction >= 0 && fraction < 1)
  assert.ok(runtime.clock.nowMS() <= runtime.clock.nowMS())
  assert.ok(Math.abs(runtime.clock.epochMS() - Date.now()) < 60_000)
  assert.equal(runtime.host.runtimeName, `Node.js ${process.version}`)
  assert.equal(nodeRuntime(), runtime)
})
