/** A child of the tests: throws where it is told to, or leaves everything unreferenced and ends by itself. */
import type { Target } from '../../src/runtime/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { anyPort, bytesOf, options, Recorder, serve } from './both.ts'

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
  const server = await serve(runtime, anyPort, ({ transport }) => transport.setRef(false))
  const recorder = new Recorder()
  const target: Target = server.bound.kind === 'tcp' ? { ...server.bound, host: 'localhost' } : server.bound
  const transport = runtime.network.connect(target, recorder, options)
  // Before it opens, then again after a change of mind.
  transport.setRef(false)
  await recorder.told('opened')
  transport.setRef(true)
  transport.setRef(false)
  console.log('open')
  server.listener.close(() => undefined)
}

await (chosen === 'unref' ? unreferenced() : throwing())
