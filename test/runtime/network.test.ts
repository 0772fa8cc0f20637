import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Target, TransportError } from '../../src/runtime/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { bytesOf, connected, everyNameHas, onBoth, options, Recorder, type Server, serve, turn } from './both.ts'

onBoth('a dial opens, an echo comes back, and each end is told closed once', async runtime => {
  const server = await serve(runtime, undefined, ({ transport, recorder }) => {
    recorder.hook = call => {
      if (call === 'received') transport.write(bytesOf(recorder.text))
    }
  })
  const { client, recorder, far } = await connected(runtime, server)
  assert.deepEqual(recorder.calls, ['opened'])
  assert.equal(far.recorder.calls[0], 'opened')
  assert.match(far.peer, /:\d+$/)
  client.write(bytesOf('x'))
  await recorder.until(() => recorder.text === 'x')
  client.destroy()
  await Promise.all([recorder.told('closed'), far.recorder.told('closed')])
  await turn(runtime)
  for (const each of [recorder, far.recorder]) {
    assert.equal(each.count('closed'), 1)
    assert.equal(each.calls.at(-1), 'closed')
    assert.equal(each.error, undefined)
  }
  await server.close()
})

onBoth('connect and listen return before they call anybody', async runtime => {
  const server = await serve(runtime)
  const recorder = new Recorder()
  const transport = runtime.network.connect(server.bound, recorder, options)
  assert.deepEqual(recorder.calls, [])
  await recorder.told('opened')
  transport.destroy()
  let told = false
  const second = runtime.network.listen(
    server.bound,
    () => new Recorder(),
    () => {
      told = true
    }
  )
  assert.equal(told, false)
  await recorder.told('closed')
  await server.close()
  await new Promise<void>(resolve => second.close(resolve))
  assert.equal(told, true)
})

onBoth('bytes arrive in order, in both directions, however they are cut', async runtime => {
  const server = await serve(runtime)
  const { client, recorder, far } = await connected(runtime, server)
  const sent = Array.from({ length: 200 }, (_, index) => `${index},`.repeat(1 + (index % 50)))
  for (const each of sent) {
    client.write(bytesOf(each))
    far.transport.write(bytesOf(each))
  }
  const whole = sent.join('')
  const large = 'l'.repeat(300_000)
  client.write(bytesOf(large))
  await far.recorder.until(() => far.recorder.text.length === whole.length + large.length)
  await recorder.until(() => recorder.text.length === whole.length)
  assert.equal(recorder.text, whole)
  assert.equal(far.recorder.text, whole + large)
  client.destroy()
  await far.recorder.told('closed')
  await server.close()
})

onBoth('no read is longer than the read buffer', async runtime => {
  const server = await serve(runtime)
  const lengths: number[] = []
  const recorder = new Recorder()
  const received = recorder.received.bind(recorder)
  recorder.received = (buffer, length) => {
    lengths.push(length)
    assert.ok(buffer.length <= 10)
    received(buffer, length)
  }
  const client = runtime.network.connect(server.bound, recorder, { ...options, readBufferBytes: 10 })
  await recorder.told('opened')
  await turn(runtime)
  server.accepted[0]?.transport.write(bytesOf('abcdefghijklmnopqrstuvwxyz'))
  await recorder.until(() => recorder.text === 'abcdefghijklmnopqrstuvwxyz')
  assert.ok(lengths.length >= 3 && Math.max(...lengths) <= 10)
  client.destroy()
  await recorder.told('closed')
  await server.close()
})

onBoth('a dial that is destroyed at once tells closed alone, without an error, in a later turn', async runtime => {
  const server = await serve(runtime)
  const recorder = new Recorder()
  const transport = runtime.network.connect(server.bound, recorder, options)
  transport.destroy()
  transport.destroy()
  await microtasks()
  assert.deepEqual(recorder.calls, [])
  await recorder.told('closed')
  await turn(runtime)
  assert.deepEqual(recorder.calls, ['closed'])
  assert.equal(recorder.error, undefined)
  await server.close()
})

for (const stage of ['opened', 'received', 'flushed'])
  onBoth(`destroy within ${stage} is followed by closed alone, in a later turn`, async runtime => {
    const server = await serve(runtime, undefined, ({ transport, recorder }) => {
      recorder.hook = call => {
        if (call === 'opened') transport.write(bytesOf('greeting'))
      }
    })
    const recorder = new Recorder()
    let early: number | undefined
    recorder.hook = call => {
      if (call === 'opened') transport.write(bytesOf('hello'))
      if (call !== stage || recorder.count(stage) > 1) return
      transport.destroy()
      void microtasks().then(() => {
        early = recorder.count('closed')
      })
    }
    const transport = runtime.network.connect(server.bound, recorder, options)
    await recorder.told('closed')
    await turn(runtime)
    assert.equal(early, 0)
    assert.deepEqual(recorder.calls.slice(recorder.calls.indexOf(stage)), [stage, 'closed'])
    await server.close()
  })

onBoth('where nobody listens a dial fails in the stage connect, and says where', async runtime => {
  const server = await serve(runtime)
  await server.close()
  const recorder = new Recorder()
  runtime.network.connect(server.bound, recorder, options)
  await recorder.told('closed')
  const { error } = recorder
  assert.ok(error instanceof TransportError)
  assert.equal(error.stage, 'connect')
  assert.equal(error.code, 'ECONNREFUSED')
  const { port } = tcp(server)
  assert.equal(error.message, `Connecting to 127.0.0.1:${port} failed: connect ECONNREFUSED 127.0.0.1:${port}`)
  assert.deepEqual(recorder.calls, ['closed'])
})

onBoth('a port in use is told through done, and the listener that has it goes on', async runtime => {
  const server = await serve(runtime)
  await assert.rejects(serve(runtime, server.bound), (error: unknown) => {
    assert.ok(error instanceof TransportError)
    assert.equal(error.code, 'EADDRINUSE')
    assert.match(error.message, new RegExp(`^Listening on 127.0.0.1:${tcp(server).port} failed: .*EADDRINUSE`))
    return true
  })
  const { client, recorder } = await connected(runtime, server)
  client.destroy()
  await recorder.told('closed')
  await server.close()
})

onBoth('a closed listener accepts no more, frees its port, and its connections live on', async runtime => {
  const server = await serve(runtime)
  const { client, recorder, far } = await connected(runtime, server)
  await server.close()
  client.write(bytesOf('still here'))
  await far.recorder.until(() => far.recorder.text === 'still here')
  const again = await serve(runtime, server.bound)
  assert.deepEqual(again.bound, server.bound)
  const refused = new Recorder()
  await again.close()
  runtime.network.connect(server.bound, refused, options)
  await refused.told('closed')
  assert.equal(refused.error?.code, 'ECONNREFUSED')
  client.destroy()
  await recorder.told('closed')
})

onBoth('a listener that is closed before it was bound tells done so, once', async runtime => {
  const told: (string | undefined)[] = []
  const listener = runtime.network.listen(
    { kind: 'tcp', host: 'localhost', port: 0 },
    () => new Recorder(),
    error => told.push(error?.message)
  )
  await new Promise<void>(resolve => listener.close(resolve))
  await turn(runtime)
  assert.deepEqual(told, ['Listening on localhost:0 failed: the listener was closed first'])
})

onBoth('what was written before a destroy in order arrives before closed', async runtime => {
  const server = await serve(runtime)
  const { client, recorder, far } = await connected(runtime, server)
  recorder.hook = call => {
    if (call === 'flushed') client.destroy()
  }
  client.write(bytesOf('last words'))
  await far.recorder.told('closed')
  assert.equal(far.recorder.text, 'last words')
  assert.equal(far.recorder.error, undefined)
  await server.close()
})

onBoth('flushed is told once all is handed over, never within write; then nothing is unflushed', async runtime => {
  const server = await serve(runtime)
  const { client, recorder, far } = await connected(runtime, server)
  for (let round = 1; round <= 3; round++) {
    client.write(bytesOf('abc'))
    client.write(bytesOf('def'))
    assert.equal(recorder.count('flushed'), round - 1)
    await recorder.until(() => recorder.count('flushed') === round)
    assert.equal(client.unflushedBytes, 0)
  }
  await far.recorder.until(() => far.recorder.text === 'abcdef'.repeat(3))
  await turn(runtime)
  assert.equal(recorder.count('flushed'), 3)
  client.destroy()
  await far.recorder.told('closed')
  await server.close()
})

onBoth('flushed is told of a write that is to be told of, whatever is written behind it', async runtime => {
  const server = await serve(runtime)
  const { client, recorder, far } = await connected(runtime, server)
  client.write(bytesOf('told, '))
  recorder.wantsFlushed = false
  client.write(bytesOf('untold'))
  await recorder.told('flushed')
  assert.equal(client.unflushedBytes, 0)
  await far.recorder.until(() => far.recorder.text === 'told, untold')
  client.destroy()
  await far.recorder.told('closed')
  await server.close()
})

test('Node: flushed is not told of writes that need not be told of', async () => {
  const runtime = nodeRuntime()
  const server = await serve(runtime)
  const { client, recorder, far } = await connected(runtime, server)
  recorder.wantsFlushed = false
  client.write(bytesOf('untold'))
  await far.recorder.until(() => far.recorder.text === 'untold')
  recorder.wantsFlushed = true
  client.write(bytesOf(', told'))
  await far.recorder.until(() => far.recorder.text === 'untold, told')
  await recorder.told('flushed')
  assert.equal(recorder.count('flushed'), 1)
  client.destroy()
  await far.recorder.told('closed')
  await server.close()
})

onBoth('flushed is told only when nothing of several large writes is left', async runtime => {
  const server = await serve(runtime)
  const { client, recorder, far } = await connected(runtime, server)
  const left: number[] = []
  recorder.hook = call => {
    if (call === 'flushed') left.push(client.unflushedBytes)
  }
  const large = 'l'.repeat(6_000_000)
  for (let round = 0; round < 4; round++) client.write(bytesOf(large))
  await far.recorder.until(() => far.recorder.text.length === 4 * large.length)
  await recorder.told('flushed')
  assert.deepEqual(left, [0])
  client.destroy()
  await far.recorder.told('closed')
  await server.close()
})

onBoth('a paused end reads nothing and is not told the end; resume reads all of it first', async runtime => {
  const server = await serve(runtime)
  const { client, recorder, far } = await connected(runtime, server)
  client.pause()
  far.transport.write(bytesOf('while paused'))
  await far.recorder.told('flushed')
  far.transport.destroy()
  await far.recorder.told('closed')
  const probe = await connected(runtime, server)
  probe.client.destroy()
  await probe.far.recorder.told('closed')
  assert.deepEqual(recorder.calls, ['opened'])
  client.resume()
  assert.deepEqual(recorder.calls, ['opened'])
  await recorder.told('closed')
  assert.equal(recorder.text, 'while paused')
  await server.close()
})

onBoth('an accepted end can be paused too', async runtime => {
  const server = await serve(runtime, undefined, ({ transport }) => transport.pause())
  const { client, recorder, far } = await connected(runtime, server)
  client.write(bytesOf('first'))
  await recorder.told('flushed')
  await turn(runtime)
  assert.equal(far.recorder.text, '')
  far.transport.resume()
  await far.recorder.until(() => far.recorder.text === 'first')
  client.destroy()
  await far.recorder.told('closed')
  await server.close()
})

onBoth('writes, pauses and destroys after the end change nothing', async runtime => {
  const server = await serve(runtime)
  const { client, recorder, far } = await connected(runtime, server)
  far.transport.destroy()
  await recorder.told('closed')
  client.write(bytesOf('late'))
  client.pause()
  client.resume()
  client.setRef(false)
  client.destroy()
  await turn(runtime)
  await turn(runtime)
  assert.deepEqual(recorder.calls, ['opened', 'closed'])
  await server.close()
})

onBoth('a socket path serves as a target', async runtime => {
  const folder = mkdtempSync(join(tmpdir(), 'cenote-runtime-'))
  const path = join(folder, 'door.sock')
  const server = await serve(runtime, { kind: 'unix', path })
  assert.deepEqual(server.bound, { kind: 'unix', path })
  const { client, recorder, far } = await connected(runtime, server)
  client.write(bytesOf('through a file'))
  await far.recorder.until(() => far.recorder.text === 'through a file')
  far.transport.destroy()
  await recorder.told('closed')
  await server.close()
  const nobody = new Recorder()
  runtime.network.connect({ kind: 'unix', path }, nobody, options)
  await nobody.told('closed')
  assert.equal(nobody.error?.stage, 'connect')
  assert.ok(nobody.error.message.startsWith(`Connecting to ${path} failed: `))
  rmSync(folder, { recursive: true })
})

test('Node: a name that cannot be resolved fails in the stage lookup', async () => {
  const host = 'x'.repeat(300)
  const recorder = new Recorder()
  nodeRuntime().network.connect({ kind: 'tcp', host, port: 27017 }, recorder, options)
  await recorder.told('closed')
  assert.equal(recorder.error?.stage, 'lookup')
  assert.ok(recorder.error.message.startsWith(`Looking up the address of ${host} failed: getaddrinfo `))
})

test('Node: a target that Node refuses by throwing fails like any other dial, and listen tells done', async () => {
  const target: Target = { kind: 'tcp', host: '127.0.0.1', port: 70_000 }
  const recorder = new Recorder()
  nodeRuntime().network.connect(target, recorder, options)
  await recorder.told('closed')
  assert.equal(recorder.error?.code, 'ERR_SOCKET_BAD_PORT')
  await assert.rejects(serve(nodeRuntime(), target), { code: 'ERR_SOCKET_BAD_PORT' })
})

test('Node: of a name whose every address refuses, the message names each attempt', async () => {
  const server = await serve(nodeRuntime())
  const { port } = tcp(server)
  await server.close()
  const restore = everyNameHas(['127.0.0.1', '127.0.0.2'])
  try {
    const recorder = new Recorder()
    nodeRuntime().network.connect({ kind: 'tcp', host: 'db1.test', port }, recorder, options)
    await recorder.told('closed')
    assert.equal(recorder.error?.code, 'ECONNREFUSED')
    assert.equal(recorder.error.stage, 'connect')
    const attempts = `connect ECONNREFUSED 127.0.0.1:${port}, connect ECONNREFUSED 127.0.0.2:${port}`
    assert.equal(recorder.error.message, `Connecting to db1.test:${port} failed: ${attempts}`)
  } finally {
    restore()
  }
})

test('Node: of a name with several addresses the one that answers is read from', async () => {
  const server = await serve(nodeRuntime(), undefined, ({ recorder, transport }) => {
    recorder.hook = call => {
      if (call === 'opened') transport.write(bytesOf('hello from the second'))
    }
  })
  const restore = everyNameHas(['127.0.0.2', '127.0.0.1'])
  try {
    const recorder = new Recorder()
    const target: Target = { kind: 'tcp', host: 'db1.test', port: tcp(server).port }
    const client = nodeRuntime().network.connect(target, recorder, options)
    await recorder.until(() => recorder.text === 'hello from the second')
    client.destroy()
    await recorder.told('closed')
  } finally {
    restore()
    await server.close()
  }
})

test('Node: a reset by the peer is an error of an open connection', async () => {
  const { createServer } = await import('node:net')
  const rude = createServer(socket => socket.once('data', () => socket.resetAndDestroy()))
  await new Promise<void>(resolve => rude.listen(0, '127.0.0.1', resolve))
  const address = rude.address()
  assert.ok(typeof address === 'object' && address !== null)
  const recorder = new Recorder()
  const target: Target = { kind: 'tcp', host: '127.0.0.1', port: address.port }
  const client = nodeRuntime().network.connect(target, recorder, options)
  recorder.hook = call => {
    if (call === 'opened') client.write(bytesOf('provoke'))
  }
  await recorder.told('closed')
  assert.equal(recorder.error?.stage, 'open')
  assert.equal(recorder.error.code, 'ECONNRESET')
  assert.equal(recorder.error.message, `The connection to 127.0.0.1:${address.port} failed: read ECONNRESET`)
  rude.close()
})

test('Node: a peer that ends its half is closed although our own bytes cannot leave', async () => {
  const { createServer } = await import('node:net')
  const deaf = createServer({ allowHalfOpen: true, pauseOnConnect: true }, socket => {
    socket.on('error', () => undefined)
    socket.end('that is all')
    recorder.hook = call => {
      if (call === 'closed') socket.destroy()
    }
  })
  await new Promise<void>(resolve => deaf.listen(0, '127.0.0.1', resolve))
  const address = deaf.address()
  assert.ok(typeof address === 'object' && address !== null)
  const recorder = new Recorder()
  const target: Target = { kind: 'tcp', host: '127.0.0.1', port: address.port }
  const client = nodeRuntime().network.connect(target, recorder, options)
  client.write(Buffer.alloc(32 * 1024 * 1024))
  await recorder.told('closed')
  assert.equal(recorder.text, 'that is all')
  assert.equal(recorder.error, undefined)
  assert.equal(recorder.count('flushed'), 0)
  deaf.close()
})

function tcp(server: Server): { readonly port: number } {
  assert.ok(server.bound.kind === 'tcp')
  return server.bound
}

async function microtasks(): Promise<void> {
  for (let round = 0; round < 10; round++) await Promise.resolve()
}
