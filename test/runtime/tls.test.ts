/** TLS of Node's Runtime: what it does with bytes, handshakes and sessions. */
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { connect, createServer as createPlainServer } from 'node:net'
import { test } from 'node:test'
import { createServer } from 'node:tls'
import fc from 'fast-check'
import type { Target, TransportError } from '../../src/runtime/index.ts'
import { TLSSessions } from '../../src/runtime/node/tls_sessions.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { Authority } from '../certificates/certificates.ts'
import { Files } from '../certificates/files.ts'
import { bytesOf, everyNameHas, options, Recorder, turn } from './both.ts'
import {
  authority,
  clientTLS,
  connected,
  dial,
  failureOf,
  listening,
  port,
  runtime,
  serve,
  serverTLS,
  strangeServer
} from './tls_ends.ts'

const { network } = runtime

const ownIdentity = authority.issue({
  name: [
    ['C', 'DE'],
    ['O', 'a, b + c'],
    [
      ['OU', 'one'],
      ['OU', 'two + three']
    ],
    ['CN', 'client "1"']
  ]
})

test('a dial opens after its handshake, an echo comes back, and each end is told closed once', async () => {
  const server = await serve({}, ({ transport, recorder }) => {
    recorder.hook = call => {
      if (call === 'received') transport.write(bytesOf(recorder.text))
    }
  })
  const { client, recorder, far } = await connected(server)
  assert.deepEqual([client.stage, far.transport.stage], ['open', 'open'])
  client.write(bytesOf('x'))
  await recorder.until(() => recorder.text === 'x')
  client.destroy()
  await Promise.all([recorder.told('closed'), far.recorder.told('closed')])
  for (const each of [recorder, far.recorder]) assert.deepEqual([each.error, each.count('closed')], [undefined, 1])
  await server.close()
})

test('reads go into one buffer of the connection, of the size that was asked for', async () => {
  const server = await serve()
  const buffers = new Set<ArrayBufferLike>()
  const lengths: number[] = []
  const recorder = new Recorder()
  const received = recorder.received.bind(recorder)
  recorder.received = (buffer, length) => {
    buffers.add(buffer.buffer)
    lengths.push(length)
    received(buffer, length)
    buffer.fill(0xdd)
  }
  const client = network.connect(server.bound, recorder, { ...options, readBufferBytes: 100, tls: clientTLS() })
  await recorder.told('opened')
  while (server.accepted.length === 0) await turn(runtime)
  const sent = Array.from({ length: 1000 }, (_, index) => `${index},`).join('')
  server.accepted[0]!.transport.write(bytesOf(sent))
  await recorder.until(() => recorder.text.length === sent.length)
  assert.equal(recorder.text, sent)
  assert.ok(Math.max(...lengths) <= 100)
  // The very first read may go into memory that all connections share.
  assert.ok(buffers.size <= 2, `${buffers.size} buffers`)
  client.destroy()
  await recorder.told('closed')
  await server.close()
})

test('nothing is read while the transport is paused', async () => {
  const server = await serve()
  const { client, recorder, far } = await connected(server)
  client.pause()
  far.transport.write(bytesOf('x'.repeat(100_000)))
  for (let turns = 0; turns < 20; turns++) await turn(runtime)
  const early = recorder.text.length
  client.resume()
  await recorder.until(() => recorder.text.length === 100_000)
  // What was in the pipe when it was paused may have come: one read.
  assert.ok(early <= options.readBufferBytes, `${early}`)
  client.destroy()
  await far.recorder.told('closed')
  await server.close()
})

test('a buffer may be written again once nothing is unflushed, whatever was written from it before', async () => {
  const server = await serve()
  const { client, recorder, far } = await connected(server)
  let sent = ''
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 4 }), async lengths => {
      const buffer = Buffer.alloc(70_000)
      for (const [index, length] of lengths.entries()) {
        const text = String.fromCharCode(97 + index).repeat(length)
        buffer.write(text, 'latin1')
        sent += text
        client.write(buffer.subarray(0, length))
        while (client.unflushedBytes > 0) await turn(runtime)
        buffer.fill(0xdd)
      }
      await far.recorder.until(() => far.recorder.text.length === sent.length)
      assert.ok(far.recorder.text === sent)
    }),
    { numRuns: 20 }
  )
  client.destroy()
  await recorder.told('closed')
  await server.close()
})

test('a dial that is destroyed within its handshake tells closed alone, without an error', async () => {
  const silent = createPlainServer()
  const target = await listening(silent)
  const { client, recorder } = dial(target)
  await once(silent, 'connection')
  const stage = (): string => client.stage
  while (stage() !== 'tls-io') await turn(runtime)
  client.destroy()
  await recorder.told('closed')
  await turn(runtime)
  assert.deepEqual([recorder.calls, recorder.error], [['closed'], undefined])
})

test('a listener that closes ends the handshakes that are under way, and lets its connections live', async () => {
  const server = await serve()
  const { client, recorder, far } = await connected(server)
  const silent = connect(port(server.bound), '127.0.0.1')
  await once(silent, 'connect')
  await turn(runtime)
  const ended = once(silent, 'close')
  await server.close()
  await ended
  client.write(bytesOf('still here'))
  await far.recorder.until(() => far.recorder.text === 'still here')
  client.destroy()
  await recorder.told('closed')
})

test('the second connection to an address resumes the session of the first; another client, or address, does not', async () => {
  const one = await strangeServer()
  const other = await strangeServer()
  const settings = clientTLS()
  for (const [server, own] of [
    [one, settings],
    [one, settings],
    [other, settings],
    [one, clientTLS()]
  ] as const) {
    const { client, recorder } = dial(server.target, own)
    await recorder.until(() => recorder.text === 'greeting')
    // The ticket comes with the first bytes.
    await turn(runtime)
    client.destroy()
    await recorder.told('closed')
  }
  assert.deepEqual(
    one.seen.map(({ resumed }) => resumed),
    [false, true, false]
  )
  assert.deepEqual(
    other.seen.map(({ resumed }) => resumed),
    [false]
  )
})

for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
  test(`a session is kept only once the server was checked, its name included, ${version}`, async () => {
    const { certificate, key } = authority.issue({ name: [['CN', 'x']], hosts: ['db.example'] })
    const server = await strangeServer({ key, cert: certificate, maxVersion: version })
    for (const allowInvalidCertificates of [false, true]) {
      const settings = clientTLS({ allowInvalidCertificates })
      const attempts: Promise<TransportError>[] = []
      for (let attempt = 0; attempt < 20; attempt++) {
        // Each may find what an earlier one has left, whatever stage that is in.
        attempts.push(failureOf(server.target, settings))
        await turn(runtime)
      }
      for (const { code } of await Promise.all(attempts)) assert.equal(code, 'ERR_TLS_CERT_ALTNAME_INVALID')
    }
    const lenient = clientTLS({ allowInvalidHostnames: true })
    for (const resumed of [false, true]) {
      const { client, recorder } = dial(server.target, lenient)
      await recorder.told('received')
      await turn(runtime)
      assert.equal(server.seen.at(-1)?.resumed, resumed)
      client.destroy()
      await recorder.told('closed')
    }
  })

test('after a handshake that failed the next one begins anew: a session that cannot be resumed fails once', async () => {
  const ticketKeys = Buffer.alloc(48, 7)
  const settings = clientTLS()
  const first = await strangeServer({ ticketKeys })
  const greeted = async (): Promise<void> => {
    const { client, recorder } = dial(first.target, settings)
    await recorder.told('received')
    await turn(runtime)
    client.destroy()
    await recorder.told('closed')
  }
  await greeted()
  await new Promise(resolve => first.server.close(resolve))
  const broken = createPlainServer(socket => socket.destroy())
  broken.listen(port(first.target), '127.0.0.1')
  await once(broken, 'listening')
  assert.equal((await failureOf(first.target, settings)).stage, 'tls-io')
  await new Promise(resolve => broken.close(resolve))
  first.server.listen(port(first.target), '127.0.0.1')
  await once(first.server, 'listening')
  await greeted()
  await greeted()
  assert.deepEqual(
    first.seen.map(({ resumed }) => resumed),
    [false, false, true]
  )
})

test('sessions are kept for so many addresses, the oldest goes first, and none that is too large', () => {
  const sessions = new TLSSessions()
  for (let index = 0; index < 1500; index++) sessions.keep(`h${index}`, Buffer.from([index & 0xff]))
  assert.equal(sessions.size, 1000)
  assert.deepEqual([sessions.get('h499'), sessions.get('h500')], [undefined, Buffer.from([500 & 0xff])])
  sessions.keep('h500', Buffer.alloc(64 * 1024 + 1))
  assert.equal(sessions.get('h500'), undefined)
  sessions.forget('h501')
  assert.equal(sessions.get('h501'), undefined)
})

test('a host is told by its name (SNI), without a dot at its end, an IP address is not', async () => {
  const named = await strangeServer()
  const restore = everyNameHas(['127.0.0.1'])
  for (const host of ['localhost', 'localhost.', '127.0.0.1']) {
    const { client, recorder } = dial({ ...named.target, host } as Target)
    await recorder.told('received')
    client.destroy()
    await recorder.told('closed')
  }
  restore()
  assert.deepEqual(
    named.seen.map(({ name }) => name),
    ['localhost', 'localhost', false]
  )
})

test('the subject of the certificate of a client is known in the form of RFC 2253, also when it resumes a session', async () => {
  const server = await serve({ clientCertificate: 'required' })
  const { certificate, key } = ownIdentity
  const settings = clientTLS({ certificate, key })
  assert.equal(settings.hasCertificate, true)
  for (let attempt = 0; attempt < 2; attempt++) {
    const { client, recorder, far } = await connected(server, settings)
    assert.equal(far.transport.peerSubject, 'CN=client \\"1\\",OU=one+OU=two \\+ three,O=a\\, b \\+ c,C=DE')
    assert.equal(client.peerSubject, undefined)
    far.transport.write(bytesOf('x'))
    await recorder.told('received')
    client.destroy()
    await far.recorder.told('closed')
  }
  await server.close()
})

test('where a certificate is optional none is fine, and one of another authority is not', async () => {
  const server = await serve({ clientCertificate: 'optional' }, ({ transport, recorder }) => {
    recorder.hook = call => {
      if (call === 'opened') transport.write(bytesOf('welcome'))
    }
  })
  const { client, recorder, far } = await connected(server)
  assert.equal(far.transport.peerSubject, undefined)
  client.destroy()
  await recorder.told('closed')
  const { certificate, key } = new Authority('others').issue({ name: [['CN', 'x']] })
  const refused = dial(server.bound, clientTLS({ certificate, key }))
  await refused.recorder.until(() => refused.recorder.calls.some(call => call !== 'opened'))
  assert.deepEqual(refused.recorder.calls.slice(-1), ['closed'])
  assert.equal(server.accepted.length, 1)
  await server.close()
})

test('a Unix socket leads to this machine: the certificate must be for localhost', async () => {
  const files = new Files()
  const path = `${files.folder}/tls.sock`
  const names = { localhost: 'received', 'db.example': 'closed' }
  for (const [host, told] of Object.entries(names)) {
    const { certificate, key } = authority.issue({ name: [['CN', 'x']], hosts: [host] })
    const server = createServer({ cert: certificate, key }, socket => {
      socket.on('error', () => undefined)
      socket.write('greeting')
    })
    server.listen(path)
    await once(server, 'listening')
    const { client, recorder } = dial({ kind: 'unix', path })
    await recorder.until(() => recorder.calls.some(call => call !== 'opened'))
    assert.equal(recorder.calls.at(-1), told)
    client.destroy()
    await recorder.told('closed')
    await new Promise(resolve => server.close(resolve))
  }
  files.remove()
})

test('a plain connection has no subject', async () => {
  const plain = createPlainServer()
  const target = await listening(plain)
  const recorder = new Recorder()
  const client = network.connect(target, recorder, options)
  await recorder.told('opened')
  assert.equal(client.peerSubject, undefined)
  client.destroy()
})

test('a port that is none is a failure of the dial, not a throw', async () => {
  const { stage, message } = await failureOf({ kind: 'tcp', host: '127.0.0.1', port: 70_000 })
  assert.equal(stage, 'connect')
  assert.match(message, /^Connecting to 127\.0\.0\.1:70000 failed: /)
})

test('the virtual network never takes plain text for TLS: it has none, and says so', async () => {
  const virtual = virtualRuntime({ seed: 1 })
  assert.equal(virtual.tls, undefined)
  await virtual.run(async () => {
    const target: Target = { kind: 'tcp', host: 'db.test', port: 27_017 }
    const told = new Promise<string | undefined>(resolve => {
      virtual.network.listen(
        target,
        () => new Recorder(),
        error => resolve(error?.message),
        serverTLS()
      )
    })
    assert.equal(await told, 'Listening on db.test:27017 failed: the virtual network has no TLS')
    const recorder = new Recorder()
    virtual.network.connect(target, recorder, { ...options, tls: clientTLS() })
    await recorder.told('closed')
    assert.deepEqual(recorder.calls, ['closed'])
    assert.equal(recorder.error?.message, 'Connecting to db.test:27017 failed: the virtual network has no TLS')
  })
})

test('of a name with several addresses the one that answers is encrypted and read from', async () => {
  const certificate = authority.issue({ name: [['CN', 'x']], hosts: ['db1.test'] })
  const { target } = await strangeServer({ key: certificate.key, cert: certificate.certificate })
  const restore = everyNameHas(['127.0.0.2', '127.0.0.1'])
  const { client, recorder } = dial({ kind: 'tcp', host: 'db1.test', port: port(target) })
  await recorder.until(() => recorder.text === 'greeting' || recorder.calls.includes('closed'))
  restore()
  assert.equal(recorder.error, undefined)
  client.destroy()
  await recorder.told('closed')
})

test('no handler runs in the AsyncLocalStorage context of who listened, dialled, wrote, resumed or destroyed', async () => {
  const storage = new AsyncLocalStorage<string>()
  const seen: string[] = []
  const watch = (place: string, recorder: Recorder, then: () => void = () => undefined): void => {
    recorder.hook = call => {
      const context = storage.getStore()
      if (context !== undefined) seen.push(`${place} ${call}: ${context}`)
      then()
    }
  }
  const server = await storage.run('listening', () =>
    serve({}, ({ recorder, transport }) => {
      watch('accepted', recorder, () => {
        if (recorder.text === 'question') transport.write(bytesOf('answer'))
      })
    })
  )
  const recorder = new Recorder()
  watch('dialled', recorder)
  const tls = clientTLS()
  const client = storage.run('dialling', () => network.connect(server.bound, recorder, { ...options, tls }))
  await recorder.told('opened')
  storage.run('writing', () => client.write(bytesOf('question')))
  storage.run('resuming', () => {
    client.pause()
    client.resume()
  })
  await recorder.until(() => recorder.text.startsWith('answer'))
  storage.run('destroying', () => client.destroy())
  await recorder.told('closed')
  await turn(runtime)
  assert.deepEqual(seen, [])
  await server.close()
})
