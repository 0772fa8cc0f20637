/** A child of the tests: prints, and goes on whoever reads. */
import { nodeRuntime } from '../../src/runtime/node/index.ts'

const runtime = nodeRuntime()
const lines = Number(process.argv[2])
let listenersMax = 0
for (let line = 0; line < lines; line++) {
  const written = runtime.print('stdout', `${line} ${'x'.repeat(1000)}\n`)
  listenersMax = Math.max(listenersMax, process.stdout.listenerCount('error'))
  if (written !== undefined) await written
  if (line % 50 === 0) await new Promise(resolve => setTimeout(resolve, 1))
}
await new Promise(resolve => setTimeout(resolve, 1))
process.stderr.write(`listeners: ${listenersMax} at most, ${process.stdout.listenerCount('error')} left\n`)
