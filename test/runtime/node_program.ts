/** A child of the tests: throws where it is told to, or leaves everything unreferenced and ends by itself. */
import type { Target } from '../../src/runtime/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { anyPort, bytesOf, everyNameHas, options, Recorder, serve } from './both.ts'

const runtime = nodeRuntime()
const chosen = process.argv[2] ?? ''

process.on('uncaughtException', error => {
  console.log(`caught: ${error.message}`)
  process.exit()
})

function failIf(call: string): void {
  if (call === chosen) throw new Error(`thrown by ${call}`)
}

async function throwing(): Promise<void> {
  runtime.timers.create(() => failIf('timer')).armAt(0)
  const server = await serve(runtime, anyPort, ({ recorder, transport }) => {
    failIf('accept')
    recorder.hook = call => {
      if (call === 'received') transport.write(bytesOf('answer'))
    }
  })
  dial(server.bound)
}

function dial(target: Target): void {
  const recorder = new Recorder()
  recorder.hook = call => {
    if (call === 'opened') transport.write(bytesOf('question'))
    if (call === 'received') transport.destroy()
    failIf(call)
  }
  const transport = runtime.network.connect(target, recorder, options)
}

async function unreferenced(): Promise<void> {
  const timer = runtime.timers.create(() => console.log('the timer fired'))
  timer.armAt(runtime.clock.nowMS() + 10_000_000)
  timer.setRef(false)
  const armedLater = runtime.timers.create(() => console.log('the second timer fired'))
  armedLater.setRef(false)
  armedLater.armAt(runtime.clock.nowMS() + 10_000_000)
  const server = await serve(runtime, anyPort, ({ transport }) => transport.setRef(false))
  const recorder = new Recorder()
  // The first address refuses, so that the connection opens on another handle than that on which it was unreferenced.
  everyNameHas(['127.0.0.2', '127.0.0.1'])
  const target: Target = server.bound.kind === 'tcp' ? { ...server.bound, host: 'db1.test' } : server.bound
  const transport = runtime.network.connect(target, recorder, options)
  transport.setRef(false)
  await recorder.told('opened')
  console.log('open')
  server.listener.close(() => undefined)
}

await (chosen === 'unref' ? unreferenced() : throwing())
