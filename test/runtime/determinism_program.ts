/** Several connections, timers and draws on the virtual Runtime. As a program it prints the hash of its run. */
import { pathToFileURL } from 'node:url'
import { Deadlines } from '../../src/runtime/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { bytesOf, connected, serve } from './both.ts'

export interface Outcome {
  readonly hash: string
  readonly tail: readonly string[]
}

/** `chanceOf` is where the program draws: the Runtime's own chance, or, planted, one that has no seed. */
export async function runProgram(
  seed: number,
  chanceOf: (runtime: VirtualRuntime) => () => number = runtime => () => runtime.chance.fraction()
): Promise<Outcome> {
  const runtime = virtualRuntime({ seed, fragment: 0.5, traceTailMax: 2000 })
  const draw = chanceOf(runtime)
  await runtime.run(async () => {
    const server = await serve(runtime, undefined, ({ transport, recorder }) => {
      recorder.hook = call => {
        if (call === 'received') transport.write(bytesOf(`${recorder.text.length} bytes so far`))
      }
    })
    const deadlines = new Deadlines(runtime.clock, runtime.timers)
    await Promise.all(Array.from({ length: 6 }, (_, index) => converse(runtime, server, deadlines, index, draw)))
    await server.close()
  })
  return { hash: runtime.hash(), tail: runtime.traceTail() }
}

async function converse(
  runtime: VirtualRuntime,
  server: Awaited<ReturnType<typeof serve>>,
  deadlines: Deadlines,
  index: number,
  draw: () => number
): Promise<void> {
  const { client, recorder } = await connected(runtime, server)
  for (let round = 0; round < 10; round++) {
    await new Promise<void>(resolve => {
      const entry = {
        deadlineMS: 0,
        deadlinePrevious: undefined,
        deadlineNext: undefined,
        deadlineList: undefined,
        expired: () => resolve()
      }
      deadlines.add(entry, 1 + Math.floor(draw() * 5))
    })
    const before = recorder.text.length
    client.write(bytesOf(`question ${round} of ${index}`))
    await recorder.until(() => recorder.text.length > before)
    runtime.trace('answered', `${index} ${round}`)
  }
  client.destroy()
  await recorder.told('closed')
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  console.log((await runProgram(Number(process.argv[2]))).hash)
