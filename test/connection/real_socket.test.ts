import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeClientMetadata } from '../../src/connection/index.ts'
import { MongoNetworkError } from '../../src/errors/index.ts'
import type { Target } from '../../src/runtime/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { WireViolationError } from '../../src/wire/index.ts'
import { attempt } from './attempts.ts'
import { Ping } from './exchanges.ts'
import { healthy, type Script, ScriptedServer } from './scripted_server.ts'

const anyPort: Target = { kind: 'tcp', host: '127.0.0.1', port: 0 }
const runtime = nodeRuntime()
const metadata = (): Uint8Array => encodeClientMetadata({ appName: 'test', host: runtime.host })

async function withSockets(
  script: Script,
  play: (target: Target, server: ScriptedServer) => Promise<void>
): Promise<void> {
  const { server, bound } = await ScriptedServer.listen(runtime, anyPort, script)
  try {
    await play(bound, server)
  } finally {
    await server.close()
  }
}

test('on real sockets a connection shakes hands, carries commands of all sizes and ends', () => {
  const script: Script = {
    request: (request, peer) => {
      if ('ping' in request.document) peer.reply(request, { text: 'x'.repeat(300_000) })
      else healthy.request?.(request, peer)
    }
  }
  return withSockets(script, async (target, server) => {
    const attempted = attempt(runtime, { target, metadata })
    await attempted.ended
    const { connection } = attempted
    assert(connection, attempted.error)
    for (let i = 0; i < 3; i++) {
      const ping = new Ping()
      connection.start(ping)
      await ping.ended
      assert.equal((ping.replies[0]!['text'] as string).length, 300_000)
    }
    const write = new Ping({ expectsReply: false })
    connection.start(write)
    await write.ended
    assert.equal(write.sentTimes, 1)
    const broke = new Promise<Error>(resolve => {
      connection.onBroken = resolve
    })
    server.peers[0]!.transport.destroy()
    assert((await broke) instanceof MongoNetworkError)
  })
})

test('on real sockets an HTTP server and a refused dial fail as they should', async () => {
  const script: Script = { bytes: peer => peer.transport.write(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')) }
  let closedPort: Target = anyPort
  await withSockets(script, async target => {
    closedPort = target
    const attempted = attempt(runtime, { target, metadata })
    await attempted.ended
    assert(attempted.error instanceof WireViolationError)
    assert.match(attempted.error.message, /Is it a MongoDB server/)
  })
  const refused = attempt(runtime, { target: closedPort, metadata })
  await refused.ended
  assert(refused.error instanceof MongoNetworkError)
  assert.deepEqual([refused.error.code, refused.error.hasErrorLabel('SystemOverloadedError')], ['ECONNREFUSED', true])
})

test('on real sockets a cancelled attempt ends its socket in every stage', () =>
  withSockets({}, async (target, server) => {
    const early = attempt(runtime, { target, metadata })
    early.cancel()
    const late = attempt(runtime, { target, metadata })
    while (!server.peers.some(peer => peer.requests.length > 0)) await new Promise(resolve => setImmediate(resolve))
    late.cancel()
    while (server.peers.some(peer => !peer.ended)) await new Promise(resolve => setImmediate(resolve))
    assert.deepEqual([early.told, late.told], [[], []])
  }))
