import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MongoNetworkTimeoutError } from '../../src/errors/index.ts'
import type { Script } from '../connection/scripted_server.ts'
import { MonitoredServer, pollingServer, silentServer, StreamingServer, target } from './monitored_server.ts'

describe('checks', () => {
  test('the first check is the handshake, then the server streams: two sockets, and each reply is a check', async () => {
    const subject = new MonitoredServer()
    const server = new StreamingServer()
    await subject.run(server, async () => {
      await subject.runtime.sleep(100)
      assert.deepEqual(subject.take(), ['started', 'succeeded', 'started, awaited'])
      assert.equal(subject.sockets, 2)
      server.change()
      server.change()
      await subject.runtime.sleep(10)
      assert.deepEqual(subject.take(), [
        'succeeded, awaited',
        'started, awaited',
        'succeeded, awaited',
        'started, awaited'
      ])
      assert.equal(subject.sockets, 2)
    })
  })

  test('a hello that waits says the version that is known, the longest wait, and that the server may go on', async () => {
    const subject = new MonitoredServer({ heartbeatFrequencyMS: 4_000 })
    const server = new StreamingServer()
    await subject.run(server, async () => {
      await subject.runtime.sleep(100)
      const [waiter] = server.waiting
      assert.equal(waiter?.request.flags, 0x1_0000)
      assert.deepEqual(Object.keys(waiter?.request.document ?? {}), [
        'hello',
        'helloOk',
        'topologyVersion',
        'maxAwaitTimeMS',
        '$db'
      ])
      assert.equal(waiter?.request.document['maxAwaitTimeMS'].valueOf(), 4_000)
    })
  })

  for (const [why, script, streaming] of [
    ['a server that cannot stream', pollingServer, true],
    ['a client told to poll', new StreamingServer(), false]
  ] as const)
    test(`${why} is polled on one socket, heartbeatFrequencyMS after the end of the last check`, async () => {
      const subject = new MonitoredServer({ streaming })
      await subject.run(script, async () => {
        await subject.runtime.sleep(9_990)
        assert.deepEqual(subject.take(), ['started', 'succeeded'])
        assert.equal(subject.sockets, 1)
        await subject.runtime.sleep(20)
        assert.deepEqual(subject.take(), ['started', 'succeeded'])
        assert.equal(subject.sockets, 1)
      })
    })

  test('a request makes the next check come sooner, 500 ms after the end of the last one; many requests are one', async () => {
    const subject = new MonitoredServer()
    await subject.run(pollingServer, async () => {
      await subject.runtime.sleep(100)
      subject.take()
      for (let request = 0; request < 1_000; request++) subject.monitor.requestCheck()
      await subject.runtime.sleep(390)
      assert.deepEqual(subject.take(), [])
      await subject.runtime.sleep(100)
      assert.deepEqual(subject.take(), ['started', 'succeeded'])
      await subject.runtime.sleep(5_000)
      assert.deepEqual(subject.take(), [])
    })
  })

  test('a request during a check is served by that check', async () => {
    const subject = new MonitoredServer()
    await subject.run(pollingServer, async () => {
      subject.monitor.requestCheck()
      await subject.runtime.sleep(5_000)
      assert.deepEqual(subject.take(), ['started', 'succeeded'])
    })
  })
})

describe('failures', () => {
  test('a server that was known is asked once more at once; one that is unknown waits', async () => {
    const subject = new MonitoredServer()
    await subject.run(pollingServer, async () => {
      await subject.runtime.sleep(100)
      subject.take()
      subject.runtime.network.refuse(target, true)
      subject.runtime.network.reset()
      await subject.runtime.sleep(9_950)
      assert.deepEqual(subject.take(), ['started', 'failed', 'started', 'failed'])
      await subject.runtime.sleep(5_000)
      assert.deepEqual(subject.take(), [])
      subject.runtime.network.refuse(target, false)
      subject.monitor.requestCheck()
      await subject.runtime.sleep(100)
      assert.deepEqual(subject.take(), ['started', 'succeeded'])
    })
  })

  test('when a stream breaks the server is asked once more at once, on a new socket', async () => {
    const subject = new MonitoredServer()
    await subject.run(new StreamingServer(), async () => {
      await subject.runtime.sleep(100)
      subject.take()
      subject.runtime.network.reset()
      await subject.runtime.sleep(50)
      assert.deepEqual(subject.take(), ['failed, awaited', 'started', 'succeeded', 'started, awaited'])
    })
  })

  test('a stream may be silent for heartbeatFrequencyMS and connectTimeoutMS together, a poll for connectTimeoutMS', async () => {
    const streaming = new MonitoredServer()
    await streaming.run(new StreamingServer(), async () => {
      await streaming.runtime.sleep(15_000)
      assert.equal(streaming.owner.errors.length, 0)
      await streaming.runtime.sleep(100)
      assert.equal(streaming.owner.errors.length > 0, true)
      const [error] = streaming.owner.errors
      assert.ok(error instanceof MongoNetworkTimeoutError)
      assert.match(error.message, /db1\.test:27017 did not answer a check for 15000 ms/)
    })
    let answers = 0
    const once: Script = {
      request: (request, peer) => (answers++ === 0 ? pollingServer.request?.(request, peer) : undefined)
    }
    const polling = new MonitoredServer({ heartbeatFrequencyMS: 1_000 })
    await polling.run(once, async () => {
      await polling.runtime.sleep(5_950)
      assert.equal(polling.owner.errors.length, 0)
      await polling.runtime.sleep(200)
      const [error] = polling.owner.errors
      assert.ok(error instanceof MongoNetworkTimeoutError)
    })
  })

  test('with connectTimeoutMS 0 silence has no limit', async () => {
    const subject = new MonitoredServer({ connectTimeoutMS: 0 })
    await subject.run(new StreamingServer(), async () => {
      await subject.runtime.sleep(100_000_000)
      assert.deepEqual(subject.owner.errors, [])
    })
  })

  test('a silent server is found unknown after connectTimeoutMS, with one failed check', async () => {
    const subject = new MonitoredServer()
    await subject.run(silentServer, async () => {
      await subject.runtime.sleep(5_100)
      assert.deepEqual(subject.take(), ['started', 'failed'])
    })
  })

  test('a process that was suspended asks the socket once more before it gives the server up', async () => {
    const subject = new MonitoredServer()
    const server = new StreamingServer()
    await subject.run(server, async () => {
      await subject.runtime.sleep(100)
      subject.take()
      subject.suspendedMS = 60_000
      await subject.runtime.sleep(15_100)
      assert.deepEqual(subject.owner.errors, [])
      server.change()
      await subject.runtime.sleep(100)
      assert.deepEqual(subject.take(), ['succeeded, awaited', 'started, awaited'])
    })
  })

  test('a server that is still silent after that is given up', async () => {
    const subject = new MonitoredServer()
    await subject.run(new StreamingServer(), async () => {
      await subject.runtime.sleep(100)
      subject.suspendedMS = 60_000
      await subject.runtime.sleep(19_900)
      assert.deepEqual(subject.owner.errors, [])
      await subject.runtime.sleep(200)
      assert.equal(subject.owner.errors.length, 1)
    })
  })
})

describe('cancelling and stopping', () => {
  test('a cancelled check is told as failed; the monitor waits, and a request brings the next check after 500 ms', async () => {
    const subject = new MonitoredServer()
    await subject.run(new StreamingServer(), async () => {
      await subject.runtime.sleep(1_000)
      subject.take()
      subject.monitor.cancelCheck()
      assert.deepEqual(subject.take(), ['failed, awaited'])
      subject.monitor.requestCheck()
      await subject.runtime.sleep(490)
      assert.deepEqual(subject.take(), [])
      await subject.runtime.sleep(50)
      assert.deepEqual(subject.take(), ['started', 'succeeded', 'started, awaited'])
    })
  })

  test('a dial can be cancelled too, and a monitor that rests has nothing to cancel', async () => {
    const subject = new MonitoredServer()
    await subject.run(pollingServer, async () => {
      subject.monitor.cancelCheck()
      assert.deepEqual(subject.take(), ['started', 'failed'])
      await subject.runtime.sleep(10_100)
      assert.deepEqual(subject.take(), ['started', 'succeeded'])
      subject.monitor.cancelCheck()
      assert.deepEqual(subject.take(), [])
    })
  })

  test('stopping ends the check in progress, both sockets and all timers, whenever it comes', async () => {
    for (let afterMS = 0; afterMS < 12; afterMS += 0.5) {
      const subject = new MonitoredServer()
      await subject.run(new StreamingServer(), async () => {
        await subject.runtime.sleep(afterMS)
        subject.monitor.stop()
        subject.monitor.stop()
        const lines = subject.take()
        assert.equal(lines.filter(line => line.startsWith('started')).length, lines.filter(isEnd).length)
        await subject.runtime.sleep(10)
        assert.equal(subject.sockets, 0)
        assert.equal(subject.runtime.timersArmed(), 0)
        subject.monitor.requestCheck()
        subject.monitor.start()
        await subject.runtime.sleep(20_000)
        assert.deepEqual(subject.take(), [])
      })
    }
  })
})

describe('round-trip times', () => {
  test('while the server streams they are measured on the second socket, every heartbeatFrequencyMS', async () => {
    const subject = new MonitoredServer({ heartbeatFrequencyMS: 1_000 })
    const server = new StreamingServer()
    await subject.run(server, async () => {
      await subject.runtime.sleep(3_500)
      assert.equal(subject.owner.samplesMS.length, 4)
      for (const averageMS of subject.owner.samplesMS) assert.equal(Math.round(averageMS), 2)
    })
  })

  test('a failure of the second socket is told to nobody, and measuring goes on', async () => {
    const subject = new MonitoredServer({ heartbeatFrequencyMS: 1_000 })
    await subject.run(new StreamingServer(), async () => {
      await subject.runtime.sleep(100)
      subject.take()
      const newest = Math.max(...subject.runtime.network.transports().map(({ id }) => id))
      subject.runtime.network.reset(({ id }) => id === newest)
      await subject.runtime.sleep(10)
      assert.deepEqual(subject.take(), [])
      assert.equal(subject.sockets, 1)
      await subject.runtime.sleep(1_500)
      assert.equal(subject.sockets, 2)
      assert.deepEqual(subject.take(), [])
      assert.ok(subject.owner.samplesMS.length >= 2)
    })
  })
})

function isEnd(line: string): boolean {
  return line.startsWith('succeeded') || line.startsWith('failed')
}
