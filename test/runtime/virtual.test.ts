import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Target, TransportError } from '../../src/runtime/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { bytesOf, connected, options, Recorder, serve, turn } from './both.ts'

const database: Target = { kind: 'tcp', host: 'db1.test', port: 27017 }

function virtually(name: string, body: (runtime: VirtualRuntime) => Promise<void>): void {
  test(name, () => {
    const runtime = virtualRuntime({ seed: 1, latencyMinMS: 2, latencyMaxMS: 3 })
    return runtime.run(() => body(runtime))
  })
}

virtually('time leaps to the next event, and stands still while microtasks run', async runtime => {
  const { clock } = runtime
  const epochMS = clock.epochMS()
  await runtime.sleep(10_000_000)
  assert.equal(clock.nowMS(), 10_000_000)
  assert.equal(clock.epochMS(), epochMS + 10_000_000)
  for (let round = 0; round < 1000; round++) await Promise.resolve()
  assert.equal(clock.nowMS(), 10_000_000)
})

virtually('simultaneous events happen in the order in which they were scheduled', async runtime => {
  const order: number[] = []
  const timers = [0, 1, 2, 3].map(index => runtime.timers.create(() => order.push(index)))
  for (const index of [2, 0, 3, 1]) timers[index]!.armAt(5)
  // Armed anew it is the last to be scheduled.
  timers[2]!.armAt(5)
  await runtime.sleep(6)
  assert.deepEqual(order, [0, 3, 1, 2])
})

virtually('between two events of one time all microtasks run', async runtime => {
  const order: string[] = []
  for (const name of ['first', 'second'])
    runtime.timers
      .create(() => {
        order.push(name)
        void Promise.resolve()
          .then(() => Promise.resolve())
          .then(() => order.push(`${name}'s microtask`))
      })
      .armAt(5)
  await runtime.sleep(5)
  assert.deepEqual(order, ['first', "first's microtask", 'second', "second's microtask"])
})

test('run gives what main resolves to, rejects as it does, and may be called again: time goes on', async () => {
  const runtime = virtualRuntime({ seed: 1 })
  const first = await runtime.run(async () => {
    await runtime.sleep(5)
    return 'value'
  })
  assert.equal(first, 'value')
  await assert.rejects(
    runtime.run(() => Promise.reject(new Error('main fails'))),
    /main fails/
  )
  await runtime.run(() => runtime.sleep(5))
  assert.equal(runtime.clock.nowMS(), 10)
})

test('a second run while one runs is refused', async () => {
  const runtime = virtualRuntime({ seed: 1 })
  await runtime.run(async () => {
    await assert.rejects(
      runtime.run(() => Promise.resolve()),
      /runs already/
    )
  })
})

test('a main that nothing can wake is rejected, with the virtual time', async () => {
  const runtime = virtualRuntime({ seed: 1 })
  const stuck = runtime.run(async () => {
    await runtime.sleep(12)
    await new Promise(() => undefined)
  })
  await assert.rejects(stuck, /At virtual time 12 ms main is pending and nothing is left that could wake it/)
})

test('the limits on events and on virtual time reject run by their names', async () => {
  const circle = virtualRuntime({ seed: 1, eventsMax: 100 })
  const endless = circle.run(async () => {
    for (;;) await circle.sleep(0)
  })
  await assert.rejects(endless, /after 100 events, the limit eventsMax/)
  const bounded = virtualRuntime({ seed: 1, virtualMSMax: 50 })
  await bounded.run(() => bounded.sleep(50))
  await assert.rejects(
    bounded.run(() => bounded.sleep(1)),
    /virtual time 51 ms, past the limit virtualMSMax \(50 ms\)/
  )
})

test('options out of range are refused by name', () => {
  assert.throws(() => virtualRuntime({ seed: -1 }), /seed must be a whole number/)
  assert.throws(() => virtualRuntime({ seed: 0.5 }), /seed/)
  assert.throws(() => virtualRuntime({ seed: 1, fragment: 2 }), /fragment must be a number from 0 to 1, not 2/)
  assert.throws(() => virtualRuntime({ seed: 1, latencyMinMS: 5, latencyMaxMS: 4 }), /latencyMinMS/)
  assert.throws(() => virtualRuntime({ seed: 1, latencyMaxMS: Infinity }), /latencyMaxMS/)
})

for (const call of ['accept', 'opened', 'received', 'flushed', 'closed', 'timer'])
  test(`what ${call} throws rejects run`, async () => {
    const runtime = virtualRuntime({ seed: 1 })
    const failIf = (told: string): void => {
      if (told === call) throw new Error(`thrown by ${call}`)
    }
    const running = runtime.run(async () => {
      const server = await serve(runtime, database, ({ transport, recorder }) => {
        failIf('accept')
        recorder.hook = told => {
          if (told === 'received') transport.write(bytesOf('answer'))
        }
      })
      const recorder = new Recorder()
      recorder.hook = told => {
        failIf(told)
        if (told === 'opened') client.write(bytesOf('question'))
        if (told === 'received') client.destroy()
      }
      const client = runtime.network.connect(server.bound, recorder, options)
      runtime.timers.create(() => failIf('timer')).armAt(100)
      await runtime.sleep(200)
    })
    await assert.rejects(running, new RegExp(`thrown by ${call}`))
  })

virtually('the latency is paid each way: opened after two, an answer after two more', async runtime => {
  const server = await serve(runtime, database)
  const startMS = runtime.clock.nowMS()
  const { client, far } = await connected(runtime, server)
  const openedMS = runtime.clock.nowMS() - startMS
  assert.ok(openedMS >= 4 && openedMS <= 6, `${openedMS}`)
  client.write(bytesOf('question'))
  await far.recorder.told('received')
  const askedMS = runtime.clock.nowMS() - startMS - openedMS
  assert.ok(askedMS >= 2 && askedMS <= 3, `${askedMS}`)
  client.destroy()
  await far.recorder.told('closed')
})

virtually('lent bytes are overwritten: a handler that keeps a view sees 0xdd', async runtime => {
  const server = await serve(runtime, database)
  const { client, recorder, far } = await connected(runtime, server)
  let kept: Uint8Array = new Uint8Array(0)
  recorder.received = (buffer, length) => {
    kept = buffer.subarray(0, length)
    assert.equal(Buffer.from(kept).toString(), 'secret')
  }
  far.transport.write(bytesOf('secret'))
  await runtime.sleep(10)
  assert.deepEqual([...kept], Array(6).fill(0xdd))
  client.destroy()
})

test('a sender that changes its bytes before they are flushed is caught, with the figures', async () => {
  const runtime = virtualRuntime({ seed: 1 })
  const running = runtime.run(async () => {
    const server = await serve(runtime, database)
    const { client } = await connected(runtime, server)
    const bytes = bytesOf('draft')
    client.write(bytes)
    bytes[2] = 0
    await runtime.sleep(10)
  })
  await assert.rejects(
    running,
    /The 5 bytes that client 1 to db1.test:27017 wrote at virtual time .* were changed before/
  )
})

virtually('a sender may reuse its buffer once nothing is unflushed', async runtime => {
  const server = await serve(runtime, database)
  const { client, recorder, far } = await connected(runtime, server)
  const bytes = bytesOf('first.')
  client.write(bytes)
  assert.equal(client.unflushedBytes, 6)
  await recorder.told('flushed')
  bytes.set(bytesOf('second'))
  client.write(bytes)
  await far.recorder.until(() => far.recorder.text === 'first.second')
  client.destroy()
  bytes.fill(0)
  await runtime.sleep(10)
})

virtually('a write before opened is an error', async runtime => {
  await serve(runtime, database)
  const transport = runtime.network.connect(database, new Recorder(), options)
  assert.throws(() => transport.write(bytesOf('early')), /before it was told opened/)
  transport.destroy()
  await runtime.sleep(10)
})

test('with fragment 1 each write of two bytes and more arrives in pieces; with 0 none does', async () => {
  for (const fragment of [0, 1]) {
    const runtime = virtualRuntime({ seed: 3, fragment })
    await runtime.run(async () => {
      const server = await serve(runtime, database)
      const { client, far } = await connected(runtime, server)
      for (let round = 1; round <= 20; round++) {
        client.write(bytesOf('abcdefgh'))
        await far.recorder.until(() => far.recorder.text.length === 8 * round)
      }
      const reads = far.recorder.count('received')
      if (fragment === 0) assert.equal(reads, 20)
      else assert.ok(reads >= 40, `${reads}`)
      assert.equal(far.recorder.text, 'abcdefgh'.repeat(20))
    })
  }
})

virtually('two writes that arrive at once are read as one', async runtime => {
  const server = await serve(runtime, database)
  const { client, far } = await connected(runtime, server)
  for (let round = 0; round < 50; round++) client.write(bytesOf('0123456789'))
  await far.recorder.until(() => far.recorder.text.length === 500)
  assert.ok(far.recorder.count('received') < 50)
})

virtually('an unresolvable host fails in the stage lookup', async runtime => {
  await serve(runtime, database)
  runtime.network.unresolvable('db1.test', true)
  const recorder = new Recorder()
  runtime.network.connect(database, recorder, options)
  await recorder.told('closed')
  assert.equal(recorder.error?.stage, 'lookup')
  assert.equal(recorder.error.code, 'ENOTFOUND')
  assert.equal(recorder.error.message, 'Looking up the address of db1.test failed: getaddrinfo ENOTFOUND db1.test')
  runtime.network.unresolvable('db1.test', false)
  const again = new Recorder()
  runtime.network.connect(database, again, options)
  await again.told('opened')
})

virtually('refused dials fail while open connections go on, until it is lifted', async runtime => {
  const server = await serve(runtime, database)
  const { client, far } = await connected(runtime, server)
  runtime.network.refuse(database, true)
  const refused = new Recorder()
  runtime.network.connect(database, refused, options)
  await refused.told('closed')
  assert.equal(refused.error?.code, 'ECONNREFUSED')
  client.write(bytesOf('on'))
  await far.recorder.told('received')
  runtime.network.refuse(database, false)
  await connected(runtime, server)
})

virtually('in a black hole dials hang until they are destroyed, and nothing of a connection arrives', async runtime => {
  const server = await serve(runtime, database)
  const { client, recorder, far } = await connected(runtime, server)
  runtime.network.blackHole(database, true)
  const hanging = new Recorder()
  const dial = runtime.network.connect(database, hanging, options)
  client.write(bytesOf('lost'))
  far.transport.write(bytesOf('lost'))
  await runtime.sleep(100_000)
  assert.deepEqual(hanging.calls, [])
  assert.deepEqual(recorder.calls, ['opened', 'flushed'])
  assert.equal(far.recorder.text, '')
  dial.destroy()
  await hanging.told('closed')
  assert.equal(hanging.error, undefined)
})

virtually('a stream that lost bytes in a black hole never has a gap; new dials succeed', async runtime => {
  const server = await serve(runtime, database)
  const { client, far } = await connected(runtime, server)
  runtime.network.blackHole(database, true)
  client.write(bytesOf('lost'))
  await runtime.sleep(100)
  runtime.network.blackHole(database, false)
  client.write(bytesOf('after the gap'))
  client.destroy()
  await connected(runtime, server)
  await runtime.sleep(100)
  assert.equal(far.recorder.text, '')
  assert.equal(far.recorder.count('closed'), 0)
})

virtually('a dial takes its delay besides the latency, and can be destroyed in it', async runtime => {
  const server = await serve(runtime, database)
  runtime.network.dialDelayMS(database, 150)
  const startMS = runtime.clock.nowMS()
  await connected(runtime, server)
  const tookMS = runtime.clock.nowMS() - startMS
  assert.ok(tookMS >= 154 && tookMS <= 156, `${tookMS}`)
  const given = new Recorder()
  const dial = runtime.network.connect(database, given, options)
  await runtime.sleep(50)
  dial.destroy()
  await given.told('closed')
  await runtime.sleep(300)
  assert.deepEqual(given.calls, ['closed'])
  assert.equal(server.accepted.length, 1)
})

virtually('a dial destroyed after it was accepted ends the accepted end too', async runtime => {
  const server = await serve(runtime, database)
  const given = new Recorder()
  const dial = runtime.network.connect(database, given, options)
  while (server.accepted.length === 0) await runtime.sleep(0.5)
  assert.deepEqual(given.calls, [])
  dial.destroy()
  await server.accepted[0]!.recorder.told('closed')
  assert.deepEqual(given.calls, ['closed'])
})

virtually('a reset fails both ends of the chosen connections at once', async runtime => {
  const server = await serve(runtime, database)
  const kept = await connected(runtime, server)
  const chosen = await connected(runtime, server)
  chosen.far.transport.write(bytesOf('on its way'))
  assert.equal(
    runtime.network.reset(connection => connection.id === 2),
    1
  )
  await Promise.all([chosen.recorder.told('closed'), chosen.far.recorder.told('closed')])
  for (const { error } of [chosen.recorder, chosen.far.recorder]) {
    assert.ok(error instanceof TransportError)
    assert.equal(error.stage, 'open')
    assert.equal(error.code, 'ECONNRESET')
  }
  assert.notEqual(chosen.recorder.error, chosen.far.recorder.error)
  assert.match(chosen.recorder.error?.message ?? '', /^The connection .*to db1.test:27017 failed: read ECONNRESET$/)
  await runtime.sleep(100)
  assert.deepEqual(kept.recorder.calls, ['opened'])
  assert.equal(chosen.recorder.text, '')
  const dialling = new Recorder()
  runtime.network.connect(database, dialling, options)
  assert.equal(
    runtime.network.reset(({ opened }) => !opened),
    1
  )
  await dialling.told('closed')
  assert.equal(dialling.error?.stage, 'connect')
  assert.equal(dialling.error.code, 'ECONNRESET')
  assert.equal(runtime.network.reset(), 1)
  await kept.recorder.told('closed')
})

virtually('the accounting lists a dialling end from connect until closed has been told', async runtime => {
  const server = await serve(runtime, database)
  const recorder = new Recorder()
  const client = runtime.network.connect(database, recorder, options)
  assert.deepEqual(runtime.network.transports(), [{ id: 1, target: database, opened: false }])
  await recorder.told('opened')
  assert.deepEqual(runtime.network.transports(), [{ id: 1, target: database, opened: true }])
  client.destroy()
  assert.equal(runtime.network.transports().length, 1)
  await recorder.told('closed')
  assert.deepEqual(runtime.network.transports(), [])
  await server.close()
})

virtually('timersArmed counts the timers that are armed, and no sleep', async runtime => {
  const timer = runtime.timers.create(() => undefined)
  assert.equal(runtime.timersArmed(), 0)
  timer.armAt(50)
  timer.armAt(60)
  assert.equal(runtime.timersArmed(), 1)
  timer.disarm()
  assert.equal(runtime.timersArmed(), 0)
  timer.armAt(runtime.clock.nowMS() + 1)
  await runtime.sleep(2)
  assert.equal(runtime.timersArmed(), 0)
})

virtually('warnings are collected; the host is the same everywhere', async runtime => {
  runtime.warn('odd', 'CENOTE_ODD')
  assert.deepEqual(runtime.warnings, [{ message: 'odd', code: 'CENOTE_ODD' }])
  assert.equal(runtime.host.runtimeName, 'virtual')
  assert.deepEqual(runtime.host.env, {})
  await turn(runtime)
})

virtually('port 0 takes free ports one after another, for each host', async runtime => {
  const first = await serve(runtime, { kind: 'tcp', host: 'db1.test', port: 0 })
  const second = await serve(runtime, { kind: 'tcp', host: 'db1.test', port: 0 })
  assert.notDeepEqual(first.bound, second.bound)
  await connected(runtime, second)
  assert.equal(first.accepted.length, 0)
})

test('all chance comes from the seed: two Runtimes of one seed draw alike, of two seeds apart', () => {
  const draw = (seed: number): string => {
    const { chance } = virtualRuntime({ seed })
    const bytes = new Uint8Array(13)
    chance.fill(bytes)
    return `${chance.fraction()} ${Buffer.from(bytes).toString('hex')}`
  }
  assert.equal(draw(5), draw(5))
  const seeds = [0, 1, 2, 3, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1]
  assert.equal(new Set(seeds.map(draw)).size, seeds.length)
})

test('fractions lie in [0, 1) and are spread evenly', () => {
  const { chance } = virtualRuntime({ seed: 11 })
  const tenths = Array<number>(10).fill(0)
  for (let draw = 0; draw < 100_000; draw++) {
    const fraction = chance.fraction()
    assert.ok(fraction >= 0 && fraction < 1)
    tenths[Math.floor(fraction * 10)]!++
  }
  assert.ok(Math.min(...tenths) > 9_600 && Math.max(...tenths) < 10_400, `${tenths.join()}`)
})

test("the driver's draws do not shift the network's", async () => {
  const arrivals = async (draws: number): Promise<number[]> => {
    const runtime = virtualRuntime({ seed: 9 })
    return runtime.run(async () => {
      const server = await serve(runtime, database)
      for (let draw = 0; draw < draws; draw++) runtime.chance.fraction()
      const times: number[] = []
      for (let round = 0; round < 5; round++) {
        await connected(runtime, server)
        times.push(runtime.clock.nowMS())
      }
      return times
    })
  }
  assert.deepEqual(await arrivals(0), await arrivals(17))
})
