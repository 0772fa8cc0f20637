import { constants } from 'node:os'

/** npm passes on the Ctrl-C that the terminal has sent to all: what comes so soon after the first is the same one. */
const sameSignalMS = 500

/**
 * The first signal aborts `stop`, which asks for a graceful end, as does an output that nobody reads any more; the second ends
 * the process at once, after `endingAtOnce` was called. Returns what gives the signals back.
 */
export function stopOnSignals(stop: AbortController, endingAtOnce: (signal: NodeJS.Signals) => void): () => void {
  let firstMS = Number.POSITIVE_INFINITY
  const told = (signal: NodeJS.Signals): void => {
    if (firstMS === Number.POSITIVE_INFINITY) {
      firstMS = performance.now()
      stop.abort()
    } else if (performance.now() - firstMS >= sameSignalMS) {
      endingAtOnce(signal)
      process.exit(128 + constants.signals[signal])
    }
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, told)
  const unread = (): void => stop.abort()
  // They stay: what is written after the end fails too, and must not become an uncaught exception.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', unread)
  return () => {
    for (const signal of signals) process.off(signal, told)
  }
}
