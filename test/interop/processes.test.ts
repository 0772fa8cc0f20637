import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run, start, Unavailable } from '../../interop/processes.ts'

const generousMS = 20_000

function node(program: string) {
  return { command: process.execPath, args: ['-e', program] }
}

test('a program that is not there is unavailable, by its name', async () => {
  await assert.rejects(
    run({ command: 'no-such-program', args: [] }, generousMS),
    new Unavailable('the program "no-such-program" is needed, and is not there')
  )
})

test('a program that fails says its status and its last lines', async () => {
  await assert.rejects(run(node('console.error("out of luck"); process.exitCode = 3'), generousMS), error => {
    assert.ok(error instanceof Unavailable)
    assert.match(error.message, /ended with status 3; its last lines:\nout of luck$/)
    return true
  })
})

test('a program that does not end is ended, and its limit is named', async () => {
  await assert.rejects(run(node('setInterval(() => undefined, 1000)'), 50), /has not ended within its limit of 50 ms/)
})

test('a program’s output is its result', async () => {
  assert.equal(
    await run(node('console.log("one"); console.error("aside"); console.log("two")'), generousMS),
    'one\ntwo'
  )
})

test('a server is there when its line has come, on either stream, and stops when it is told to', async () => {
  for (const stream of ['log', 'error']) {
    const program = `console.${stream}("listening on 7"); setInterval(() => undefined, 1000)`
    const server = await start(node(program), /listening on (\d+)/, generousMS)
    assert.equal(server.ready[1], '7')
    await server.stop()
    await server.stop()
  }
})

test('a server that ends before its line says what it said last', async () => {
  const failure = start(node('console.error("the port is taken"); process.exitCode = 1'), /listening/, generousMS)
  await assert.rejects(failure, /it ended with status 1; its last lines:\nthe port is taken$/)
})

test('a server whose line does not come is ended, and its limit is named', async () => {
  await assert.rejects(start(node('setInterval(() => undefined, 1000)'), /listening/, 50), /within its limit of 50 ms/)
})
