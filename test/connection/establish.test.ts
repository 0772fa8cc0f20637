import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Document, Long, ObjectId } from '../../src/bson/index.ts'
import {
  MongoCompatibilityError,
  MongoError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoServerError
} from '../../src/errors/index.ts'
import { ClientTLS, TransportError } from '../../src/runtime/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import {
  type AttemptOptions,
  assertNothingLeft,
  attempt,
  type Attempted,
  events,
  type Stage,
  withServer
} from './attempts.ts'
import { Ping } from './exchanges.ts'
import { address, HandNetwork, target } from './hand_network.ts'
import { helloDocument } from './messages.ts'
import { healthy, type Script } from './scripted_server.ts'

const overloadLabels = ['SystemOverloadedError', 'RetryableError']
const silent: Script = {}

function answering(document: Document): Script {
  return { request: (request, peer) => peer.reply(request, document) }
}

function labelsOf(attempted: Attempted): string[] {
  assert(attempted.error instanceof MongoError, String(attempted.error))
  return attempted.error.errorLabels
}

/** The outcome of one attempt, everything that it held being given back. */
async function outcome({ runtime }: Stage, options: AttemptOptions = {}): Promise<Attempted> {
  const attempted = attempt(runtime, options)
  await attempted.ended
  await runtime.sleep(100)
  if (attempted.connection === undefined) assertNothingLeft(runtime)
  assert.equal(attempted.told.length, 1)
  return attempted
}

test('a connection is established by the first hello, which carries the handshake in OP_MSG', () =>
  withServer(healthy, async stage => {
    const { connection } = await outcome(stage, {
      metadata: () => Uint8Array.of(12, 0, 0, 0, 16, 97, 0, 1, 0, 0, 0, 0)
    })
    assert(connection)
    const { document } = stage.server.peers[0]!.requests[0]!
    assert.deepEqual(JSON.parse(JSON.stringify(document)), {
      isMaster: 1,
      helloOk: true,
      backpressure: '2',
      client: { a: 1 },
      compression: [],
      $db: 'admin'
    })
    assert.deepEqual([connection.id, connection.address, connection.purpose], [3, address, 'pool'])
    assert.equal(connection.hello.serverConnectionId, 42)
    assert.equal(connection.limits.wireVersionMax, 25)
    assert(connection.helloDurationMS > 0 && connection.helloDurationMS < 20)
    assert.equal(stage.runtime.timersArmed(), 0)
    assert.equal(connection.onBroken, undefined, 'the attempt holds on to nothing')
  }))

test('behind a load balancer the hello has its new name and says so, and the reply names the backend', () => {
  const serviceId = new ObjectId('65f0c0ffee65f0c0ffee65f0')
  return withServer(answering({ ...helloDocument, serviceId }), async stage => {
    const { connection, backend } = await outcome(stage, { loadBalanced: true })
    assert(connection?.serviceId?.equals(serviceId))
    assert.equal(backend, connection?.serviceId)
    const { document } = stage.server.peers[0]!.requests[0]!
    assert.deepEqual(Object.keys(document), ['hello', 'backpressure', 'client', 'compression', 'loadBalanced', '$db'])
    assert.equal(document['loadBalanced'], true)
  })
})

test('a service id means nothing where no load balancer was declared', () =>
  withServer(answering({ ...helloDocument, serviceId: new ObjectId('65f0c0ffee65f0c0ffee65f0') }), async stage => {
    const { connection, backend } = await outcome(stage)
    assert.deepEqual([connection?.serviceId, backend], [undefined, undefined])
  }))

test('a server that gives no service id in load-balanced mode is refused in the words of the specification', async () => {
  for (const serviceId of [undefined, 'not an ObjectId']) {
    await withServer(answering({ ...helloDocument, ...(serviceId && { serviceId }) }), async stage => {
      const { error, phase } = await outcome(stage, { loadBalanced: true })
      assert(error instanceof MongoCompatibilityError)
      assert.equal(
        error.message,
        'Driver attempted to initialize in load balancing mode, but the server does not support this mode.'
      )
      assert.deepEqual([phase, error.errorLabels], ['hello', []])
    })
  }
})

test('a server of another age is refused on connections of a pool, in the words of the specification', async () => {
  const cases: [Document, string][] = [
    [
      { minWireVersion: 30, maxWireVersion: 31 },
      `Server at ${address} requires wire version 30, but this version of cenote only supports up to 29.`
    ],
    [
      { maxWireVersion: 8 },
      `Server at ${address} reports wire version 8, but this version of cenote requires at least 9 (MongoDB 4.4).`
    ],
    [
      { maxWireVersion: 'many' },
      `Server at ${address} reports wire version 0, but this version of cenote requires at least 9 (MongoDB 4.4).`
    ]
  ]
  for (const [versions, message] of cases) {
    await withServer(answering({ ...helloDocument, ...versions }), async stage => {
      const { error, phase } = await outcome(stage)
      assert(error instanceof MongoCompatibilityError)
      assert.deepEqual([error.message, phase, error.errorLabels], [message, 'hello', []])
      const monitor = await outcome(stage, { purpose: 'monitor' })
      assert.deepEqual(monitor.told, ['established'], 'what a monitor hears is judged by the topology')
      monitor.connection?.close()
    })
  }
})

test('the oldest and the newest wire version that overlap are accepted', async () => {
  for (const versions of [
    { minWireVersion: 0, maxWireVersion: 9 },
    { minWireVersion: 29, maxWireVersion: 40 }
  ]) {
    await withServer(answering({ ...helloDocument, ...versions }), async stage => {
      assert.deepEqual((await outcome(stage)).told, ['established'])
    })
  }
})

test('a hello that the server refuses is a server error, unlabelled', () => {
  const script: Script = {
    request: (request, peer) => peer.refuse(request, { code: 91, codeName: 'ShutdownInProgress', errmsg: 'going down' })
  }
  return withServer(script, async stage => {
    const { error, phase } = await outcome(stage)
    assert(error instanceof MongoServerError)
    assert.deepEqual([error.code, error.message, phase, error.errorLabels], [91, 'going down', 'hello', []])
  })
})

test('a refused dial is a labelled network error of the phase connect', () =>
  withServer(healthy, async stage => {
    stage.runtime.network.refuse(target, true)
    const attempted = await outcome(stage)
    const { error, phase } = attempted
    assert(error instanceof MongoNetworkError)
    assert(error.cause instanceof TransportError)
    assert.deepEqual([error.code, phase], ['ECONNREFUSED', 'connect'])
    assert.deepEqual(labelsOf(attempted), overloadLabels)
    assert.match(
      error.message,
      /^Connecting to db1\.test:27017 failed: .*\(connection 3 to db1\.test:27017, which was being opened\)$/
    )
  }))

test('a host that does not resolve is an unlabelled network error of the phase connect', () =>
  withServer(healthy, async stage => {
    stage.runtime.network.unresolvable('db1.test', true)
    const attempted = await outcome(stage)
    assert(attempted.error instanceof MongoNetworkError)
    assert.deepEqual([attempted.phase, labelsOf(attempted), attempted.error.code], ['connect', [], 'ENOTFOUND'])
  }))

test('failures of a certificate or a proxy are unlabelled, those of the bytes of TLS are not', () => {
  for (const [stage, labels] of [
    ['certificate', []],
    ['proxy', []],
    ['tls-io', overloadLabels],
    ['connect', overloadLabels]
  ] as const) {
    const network = new HandNetwork()
    const { clock, timers } = virtualRuntime({ seed: 1 })
    const attempted = attempt({ network, clock, timers })
    network.transports[0]!.handler.closed(new TransportError(`${stage} failed`, stage))
    assert.deepEqual([attempted.phase, labelsOf(attempted)], ['connect', [...labels]], stage)
  }
})

class GivenTLS extends ClientTLS {
  readonly hasCertificate: boolean | undefined
  readonly certificateSubject = undefined

  constructor(hasCertificate: boolean | undefined) {
    super()
    this.hasCertificate = hasCertificate
  }
}

test('an alert about the certificate of the client comes in the phase hello, and is unlabelled', () => {
  const network = new HandNetwork()
  const { clock, timers } = virtualRuntime({ seed: 1 })
  const attempted = attempt({ network, clock, timers }, { tls: new GivenTLS(false) })
  network.transports[0]!.handler.opened()
  network.transports[0]!.handler.closed(new TransportError('the server demands a certificate', 'certificate'))
  assert.deepEqual([attempted.phase, labelsOf(attempted)], ['hello', []])
  assert.equal(
    attempted.error?.message,
    `the server demands a certificate (connection 3 to ${address}, which was shaking hands)`
  )
})

test('an end in place of the reply to the hello says what of TLS the server may want', () => {
  for (const [tls, hint] of [
    [undefined, 'does the server take TLS only (tls=true)?'],
    [new GivenTLS(false), 'does the server demand a certificate of the client (tlsCertificateKeyFile)?'],
    [new GivenTLS(true), 'does the server accept the certificate of this client?'],
    [new GivenTLS(undefined), 'does the server accept the certificate of this client?']
  ] as const) {
    const network = new HandNetwork()
    const { clock, timers } = virtualRuntime({ seed: 1 })
    const attempted = attempt({ network, clock, timers }, { tls })
    const [transport] = network.transports
    assert.equal(transport?.options.tls, tls)
    transport?.handler.opened()
    transport?.handler.closed(undefined)
    assert.equal(
      attempted.error?.message,
      `${address} closed the connection (connection 3 to ${address}, which was shaking hands): ${hint}`
    )
  }
})

test('a dial that hangs in the TLS handshake is an activity of its own, and its time-out says so', async () => {
  const network = new HandNetwork()
  const runtime = virtualRuntime({ seed: 1 })
  await runtime.run(async () => {
    const { clock, timers } = runtime
    const attempted = attempt({ network, clock, timers }, { connectTimeoutMS: 400, tls: new GivenTLS(false) })
    network.transports[0]!.stage = 'tls-io'
    await attempted.ended
    assert.equal(
      attempted.error?.message,
      `The connection 3 to ${address} was not established within connectTimeoutMS (400 ms): it was starting TLS, and the ` +
        'server did not complete the TLS handshake: does it speak TLS on this port?'
    )
    assert.deepEqual([attempted.phase, labelsOf(attempted)], ['connect', overloadLabels])
  })
})

test('a reset or an end during the hello is a labelled network error of the phase hello', async () => {
  const reset: Script = { request: () => resetAll() }
  let resetAll = (): void => undefined
  for (const script of [reset, { request: (_request, peer) => peer.transport.destroy() } satisfies Script]) {
    await withServer(script, async stage => {
      resetAll = () => void stage.runtime.network.reset()
      const attempted = await outcome(stage)
      assert(attempted.error instanceof MongoNetworkError)
      assert.deepEqual([attempted.phase, labelsOf(attempted)], ['hello', overloadLabels])
      assert.match(attempted.error.message, /which was shaking hands\): does the server take TLS only \(tls=true\)\?$/)
    })
  }
})

test('labels of overload are for connections of a pool', () =>
  withServer(healthy, async stage => {
    stage.runtime.network.refuse(target, true)
    for (const purpose of ['monitor', 'roundTripTime'] as const) {
      const attempted = await outcome(stage, { purpose })
      assert.deepEqual(labelsOf(attempted), [])
      assert(attempted.error?.message.includes(purpose === 'monitor' ? '(monitor connection 3' : '(round-trip time'))
    }
  }))

test('a dial that nobody answers ends after connectTimeoutMS, which the labelled error names with address and stage', () =>
  withServer(healthy, async stage => {
    stage.runtime.network.blackHole(target, true)
    const startMS = stage.runtime.clock.nowMS()
    const attempted = attempt(stage.runtime, { connectTimeoutMS: 400 })
    await attempted.ended
    assert.equal(stage.runtime.clock.nowMS() - startMS, 400)
    const { error, phase } = attempted
    assert(error instanceof MongoNetworkTimeoutError)
    assert.equal(
      error.message,
      `The connection 3 to ${address} was not established within connectTimeoutMS (400 ms): it was being opened, and the server was not reached`
    )
    assert.deepEqual([phase, error.errorLabels], ['connect', overloadLabels])
    await stage.runtime.sleep(1)
    assertNothingLeft(stage.runtime)
  }))

test('one connectTimeoutMS covers the dial and the hello together', () =>
  withServer(silent, async stage => {
    stage.runtime.network.dialDelayMS(target, 300)
    const startMS = stage.runtime.clock.nowMS()
    const attempted = attempt(stage.runtime, { connectTimeoutMS: 400 })
    await attempted.ended
    assert.equal(stage.runtime.clock.nowMS() - startMS, 400)
    const { error, phase } = attempted
    assert(error instanceof MongoNetworkTimeoutError)
    assert.match(error.message, /\(400 ms\): it was shaking hands, and no reply to the hello came$/)
    assert.deepEqual([phase, error.errorLabels], ['hello', overloadLabels])
  }))

test('connectTimeoutMS 0 waits without a limit and arms no timer', () =>
  withServer(silent, async ({ runtime }) => {
    const attempted = attempt(runtime, { connectTimeoutMS: 0 })
    await runtime.sleep(3_600_000)
    assert.deepEqual([attempted.told, runtime.timersArmed()], [[], 0])
    attempted.cancel()
  }))

test('metadata that cannot be made fails the attempt, unlabelled', () =>
  withServer(healthy, async stage => {
    const fault = new Error('no metadata')
    const attempted = await outcome(stage, {
      metadata: () => {
        throw fault
      }
    })
    assert.deepEqual([attempted.error, attempted.phase], [fault, 'hello'])
  }))

test('metadata is asked for at each attempt', () =>
  withServer(healthy, async stage => {
    let asked = 0
    const metadata = (): Uint8Array => Uint8Array.of(12, 0, 0, 0, 16, 97, 0, ++asked, 0, 0, 0, 0)
    for (let i = 0; i < 2; i++) await outcome(stage, { metadata })
    const seen = stage.server.peers.map(peer => (peer.requests[0]!.document['client'] as { a: number }).a)
    assert.deepEqual(JSON.stringify(seen), '[1,2]')
  }))

test('an established connection carries commands, and tells its keeper when the server goes', () =>
  withServer(healthy, async stage => {
    const { connection } = await outcome(stage)
    assert(connection)
    const broken: Error[] = []
    connection.onBroken = error => broken.push(error)
    const ping = new Ping()
    connection.start(ping)
    await ping.ended
    assert.equal(ping.replies.length, 1)
    stage.server.peers[0]!.transport.destroy()
    await stage.runtime.sleep(10)
    assert.equal(broken.length, 1)
    assertNothingLeft(stage.runtime)
  }))

test('of many commands each gets its own reply, however the bytes are cut', async () => {
  const echo: Script = {
    request: (request, peer) => peer.reply(request, { ...helloDocument, echo: request.requestId })
  }
  for (let seed = 1; seed <= 5; seed++) {
    const play = async ({ runtime }: Stage): Promise<void> => {
      const attempted = attempt(runtime)
      await attempted.ended
      for (let i = 0; i < 100; i++) {
        const ping = new Ping()
        attempted.connection!.start(ping)
        await ping.ended
        assert.equal(ping.replies[0]?.['echo'], ping.requestId, `seed ${seed}`)
      }
    }
    await withServer(echo, play, { seed, fragment: 0.5 })
  }
})

test('cancel and time-out after the outcome change nothing', () =>
  withServer(healthy, async stage => {
    const attempted = await outcome(stage, { connectTimeoutMS: 400 })
    attempted.cancel()
    attempted.cancel()
    await stage.runtime.sleep(1000)
    const ping = new Ping()
    attempted.connection!.start(ping)
    await ping.ended
    assert.deepEqual([ping.replies.length, attempted.told], [1, ['established']])
  }))

test('a cancelled attempt tells nothing and leaves nothing, whatever had happened by then', async () => {
  const scripts: Script[] = [
    healthy,
    { request: (request, peer) => peer.refuse(request, { code: 1 }) },
    { request: (_request, peer) => peer.transport.destroy() }
  ]
  for (const script of scripts) {
    let done = false
    // With one event more before the cancel in each round, until the attempt ends by itself.
    for (let count = 0; !done; count++) {
      assert(count < 100, 'the attempt never ends')
      await withServer(script, async ({ runtime, server }) => {
        const attempted = attempt(runtime)
        await events(count)
        done = attempted.told.length > 0
        if (done) return
        attempted.cancel()
        attempted.cancel()
        assert.equal(runtime.timersArmed(), 0)
        await runtime.sleep(60_000)
        assert.deepEqual(attempted.told, [])
        assertNothingLeft(runtime)
        assert(server.peers.every(peer => peer.ended))
      })
    }
  }
})

test('a hello reply with hostile keys changes nothing but itself', () => {
  // As a prototype these would make the server a mongos with a service id and sessions.
  const proto = {
    msg: 'isdbgrid',
    logicalSessionTimeoutMinutes: 5,
    serviceId: new ObjectId('65f0c0ffee65f0c0ffee65f0')
  }
  const { logicalSessionTimeoutMinutes: _, ...rest } = helloDocument
  const document = { ...rest }
  Object.defineProperty(document, '__proto__', { value: proto, enumerable: true })
  Object.assign(document, { constructor: 1, toString: 'text', hasOwnProperty: false, valueOf: Long.ONE })
  return withServer(answering(document), async stage => {
    const { connection } = await outcome(stage)
    assert(connection)
    assert.equal(connection.hello.kind, 'standalone')
    assert.equal(connection.hello.logicalSessionTimeoutMinutes, undefined)
    assert.equal(connection.serviceId, undefined)
    assert.equal(Object.hasOwn(connection.hello.document, '__proto__'), true)
    assert.equal(({} as Document)['msg'], undefined)
  })
})
