import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, suite, test } from 'node:test'
import { type SOCKS5Proxy, type Target, type Transport, TransportError } from '../../src/runtime/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { anyPort, bytesOf, options, Recorder, type Server, serve as servePlain, turn } from './both.ts'
import { SOCKS5Server, type SOCKS5ServerOptions } from './socks5_server.ts'
import { clientTLS, listening, port, runtime, serve as serveTLS, strangeServer } from './tls_ends.ts'

const ada = { username: 'ada', password: 'CANARY7' }
const opened: SOCKS5Server[] = []
after(async () => {
  for (const each of opened) await each.close()
})

async function proxyWith(settings: SOCKS5ServerOptions = {}): Promise<SOCKS5Server> {
  const server = await SOCKS5Server.listen(settings)
  opened.push(server)
  return server
}

const through = (server: SOCKS5Server, credentials?: SOCKS5Proxy['credentials']): SOCKS5Proxy => ({
  host: '127.0.0.1',
  port: server.port,
  credentials
})

function dial(target: Target, proxy: SOCKS5Proxy, tls?: ReturnType<typeof clientTLS>) {
  const recorder = new Recorder()
  const client: Transport = runtime.network.connect(target, recorder, { ...options, proxy, tls })
  return { client, recorder }
}

async function failure(
  target: Target,
  proxy: SOCKS5Proxy,
  tls?: ReturnType<typeof clientTLS>
): Promise<TransportError> {
  const { recorder } = dial(target, proxy, tls)
  await recorder.told('closed')
  assert.deepEqual(recorder.calls, ['closed'])
  assert.ok(recorder.error instanceof TransportError)
  assert.doesNotMatch(recorder.error.message, /CANARY7/)
  return recorder.error
}

/** By a name that only the proxy knows. */
const named = (server: Server, host = 'localhost'): Target => ({ kind: 'tcp', host, port: port(server.bound) })

const answerInHTTP: Parameters<typeof servePlain>[2] = ({ transport, recorder }) => {
  recorder.hook = call => {
    if (call === 'received') transport.write(bytesOf('HTTP/1.1 400 Bad Request\r\n\r\n'))
  }
}

for (const encrypted of [false, true])
  suite(`a dial through a proxy, ${encrypted ? 'with TLS' : 'in plain text'}`, () => {
    const listen = (): Promise<Server> => (encrypted ? serveTLS() : servePlain(runtime, anyPort))
    const tls = (): ReturnType<typeof clientTLS> | undefined => (encrypted ? clientTLS() : undefined)

    for (const [who, user] of [
      ['nobody', undefined],
      ['a user', ada]
    ] as const)
      test(`carries bytes both ways for ${who}, and ends once`, async () => {
        const server = await listen()
        const proxy = await proxyWith(user === undefined ? {} : { user })
        const { client, recorder } = dial(named(server), through(proxy, user), tls())
        assert.equal(client.stage, 'proxy')
        await recorder.told('opened')
        assert.equal(client.stage, 'open')
        while (server.accepted.length === 0) await turn(runtime)
        const far = server.accepted[0]!
        const long = 'x'.repeat(200_000)
        client.write(bytesOf(long))
        await far.recorder.until(() => far.recorder.text === long)
        far.transport.write(bytesOf(long))
        await recorder.until(() => recorder.text === long)
        client.destroy()
        await recorder.told('closed')
        await turn(runtime)
        assert.deepEqual([recorder.count('opened'), recorder.count('closed'), recorder.error], [1, 1, undefined])
        assert.deepEqual(proxy.asked, [`localhost:${port(server.bound)}`])
        await server.close()
      })

    test('is told the end that the server makes', async () => {
      const server = await listen()
      const { recorder } = dial(named(server), through(await proxyWith()), tls())
      await recorder.told('opened')
      while (server.accepted.length === 0) await turn(runtime)
      server.accepted[0]!.transport.destroy()
      await recorder.told('closed')
      assert.deepEqual(recorder.calls.at(-1), 'closed')
      await server.close()
    })

    for (const [what, settings, user, says] of [
      ['demands a user', { user: ada }, undefined, /demands authentication, and there is none/],
      [
        'does not know the user',
        { user: { ...ada, password: 'other' } },
        ada,
        /does not accept the user; check proxyUsername/
      ],
      ['refuses to connect', { refuses: 2 }, undefined, /its rules do not allow the connection/],
      [
        'does not speak SOCKS5',
        { greets: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n') },
        undefined,
        /more bytes|does not speak/
      ],
      ['closes without a word', { greets: new Uint8Array(0) }, undefined, /it closed the connection/]
    ] as const)
      test(`fails in the stage of the proxy when it ${what}`, async () => {
        const server = await listen()
        const error = await failure(named(server), through(await proxyWith(settings), user), tls())
        assert.equal(error.stage, 'proxy')
        assert.match(error.message, /^Connecting to localhost:\d+ through the proxy 127\.0\.0\.1:\d+ failed: /)
        assert.match(error.message, says)
        assert.deepEqual(server.accepted, [])
        await server.close()
      })

    test('fails in the stage of the proxy when nobody listens there', async () => {
      const closed = createServer()
      const free = await listening(closed)
      await new Promise<void>(resolve => closed.close(() => resolve()))
      const proxy = { host: '127.0.0.1', port: port(free) }
      const error = await failure({ kind: 'tcp', host: 'db.test', port: 1 }, proxy, tls())
      assert.deepEqual([error.stage, error.code], ['proxy', 'ECONNREFUSED'])
    })

    test('fails in the stage of the proxy when its name is unknown', async () => {
      const error = await failure(
        { kind: 'tcp', host: 'db.test', port: 1 },
        { host: 'x'.repeat(70), port: 1080 },
        tls()
      )
      assert.equal(error.stage, 'proxy')
      assert.match(error.message, /through the proxy x+:1080 failed: .*ENOTFOUND/)
    })

    test('fails when the proxy finds nobody at the server', async () => {
      const closed = createServer()
      const free = await listening(closed)
      await new Promise<void>(resolve => closed.close(() => resolve()))
      const error = await failure(free, through(await proxyWith()), tls())
      assert.deepEqual([error.stage, /the server refused the connection/.test(error.message)], ['proxy', true])
    })

    test('fails for a UNIX domain socket, which no proxy reaches', async () => {
      const proxy = await proxyWith()
      const error = await failure({ kind: 'unix', path: '/tmp/x.sock' }, through(proxy), tls())
      assert.match(error.message, /a UNIX domain socket is not reached through a proxy/)
      assert.equal(proxy.connections, 0)
    })

    test('ends at once when it is destroyed while the proxy is silent', async () => {
      const { client, recorder } = dial(
        { kind: 'tcp', host: 'db.test', port: 1 },
        through(await proxyWith({ silent: true })),
        tls()
      )
      await turn(runtime)
      client.destroy()
      await recorder.told('closed')
      assert.deepEqual([recorder.calls, recorder.error], [['closed'], undefined])
    })
  })

suite('TLS through a proxy', () => {
  test('has its own stages, behind that of the proxy', async () => {
    const plain = await servePlain(runtime, anyPort, answerInHTTP)
    const proxy = through(await proxyWith())
    const { client, recorder } = dial(named(plain), proxy, clientTLS())
    const stages = new Set<string>()
    while (recorder.count('closed') === 0) {
      stages.add(client.stage)
      await turn(runtime)
    }
    assert.deepEqual([...stages], ['proxy', 'tls-io'])
    assert.equal(recorder.error?.stage, 'tls-io')
    await plain.close()
  })

  test('checks the certificate for the server, not for the proxy', async () => {
    const server = await serveTLS()
    const target = { kind: 'tcp', host: 'other.test', port: port(server.bound) } as const
    const error = await failure(target, through(await proxyWith()), clientTLS())
    assert.deepEqual([error.stage, error.code], ['certificate', 'ERR_TLS_CERT_ALTNAME_INVALID'])
    assert.match(error.message, /The certificate of other\.test:\d+ was refused/)
    await server.close()
  })

  test('checks the certificate of an IP address too', async () => {
    const server = await serveTLS()
    const { client, recorder } = dial(server.bound, through(await proxyWith()), clientTLS())
    await recorder.told('opened')
    client.destroy()
    await recorder.told('closed')
    await server.close()
  })

  test('names the server and resumes its session', async () => {
    const { seen, target } = await strangeServer()
    const proxy = through(await proxyWith())
    const settings = clientTLS()
    const by = { ...target, host: 'localhost' } as Target
    for (let count = 0; count < 2; count++) {
      const { client, recorder } = dial(by, proxy, settings)
      await recorder.until(() => recorder.text === 'greeting')
      await turn(runtime)
      client.destroy()
      await recorder.told('closed')
    }
    assert.deepEqual(seen, [
      { name: 'localhost', resumed: false },
      { name: 'localhost', resumed: true }
    ])
  })
})

test('the virtual network has no proxies, and goes around none', async () => {
  const virtual = virtualRuntime({ seed: 1 })
  await virtual.run(async () => {
    const server = await servePlain(virtual)
    const recorder = new Recorder()
    virtual.network.connect(server.bound, recorder, { ...options, proxy: { host: 'proxy.test', port: 1080 } })
    await recorder.told('closed')
    assert.match(recorder.error?.message ?? '', /the virtual network has no proxies/)
    assert.deepEqual(server.accepted, [])
    await server.close()
  })
})
