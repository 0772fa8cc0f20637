/* Writes to the standard streams of the process. */
import type { StandardStream } from '../runtime.ts'

/**
 * Files, terminals and, but for Windows, pipes take a text at once: then there is nothing to wait for. A reader that has gone
 * away is nobody's failure, as for the console, and must not end the process.
 */
export function print(name: StandardStream, text: string): Promise<void> | undefined {
  const stream = process[name]
  let written = (): void => undefined
  stream.once('error', ignore)
  stream.write(text, error => {
    // The event of a failure comes after this call.
    if (error === undefined || error === null) stream.off('error', ignore)
    else setImmediate(() => stream.off('error', ignore))
    written()
  })
  if (stream.writableLength === 0) return undefined
  return new Promise(resolve => {
    written = resolve
  })
}

function ignore(): void {}
