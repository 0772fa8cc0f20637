/* Writes to the standard streams of the process. */
import type { StandardStream } from '../runtime.ts'

/** Writes of which Node has not told the end yet. */
const unfinished: Record<StandardStream, number> = { stdout: 0, stderr: 0 }

/**
 * Files, terminals and, but for Windows, pipes take a text at once: then there is nothing to wait for. A reader that has gone
 * away is nobody's failure, as for the console, and must not end the process: while anything is being written, errors of the
 * stream are listened to.
 */
export function print(name: StandardStream, text: string): Promise<void> | undefined {
  const stream = process[name]
  let written = (): void => undefined
  if (unfinished[name]++ === 0) stream.on('error', ignore)
  stream.write(text, error => {
    // The event of a failure comes after this call.
    if (error === undefined || error === null) finished(name)
    else setImmediate(() => finished(name))
    written()
  })
  if (stream.writableLength === 0) return undefined
  return new Promise(resolve => {
    written = resolve
  })
}

function finished(name: StandardStream): void {
  if (--unfinished[name] === 0) process[name].off('error', ignore)
}

function ignore(): void {}
