import type { Listener, Transport } from '../../src/runtime/index.ts'
import type { VirtualRuntime } from '../../src/runtime/virtual/index.ts'
import { targetOf } from './bench.ts'

export const strangerAddress = 'stranger.test:27017'

/**
 * A port where something else than a server answers: `reply` to the first bytes, nothing, or without being asked. `leave`
 * frees the port before the test ends.
 */
export async function withStranger(
  runtime: VirtualRuntime,
  answer: { readonly greeting?: string; readonly reply?: string },
  test: (leave: () => void) => Promise<void>
): Promise<void> {
  const open = new Set<Transport>()
  const listener = await new Promise<Listener>(resolve => {
    const made: Listener = runtime.network.listen(
      targetOf(strangerAddress),
      transport => {
        open.add(transport)
        return {
          opened: () => {
            if (answer.greeting !== undefined) transport.write(Buffer.from(answer.greeting, 'latin1'))
          },
          received: () => {
            if (answer.reply !== undefined) transport.write(Buffer.from(answer.reply, 'latin1'))
          },
          flushed: () => undefined,
          closed: () => open.delete(transport)
        }
      },
      () => resolve(made)
    )
  })
  let left: Promise<void> | undefined
  const leave = (): Promise<void> => {
    for (const transport of open) transport.destroy()
    left ??= new Promise<void>(resolve => listener.close(resolve))
    return left
  }
  await test(() => void leave())
  await leave()
}
