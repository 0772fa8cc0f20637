import type { ClientCore } from '../client/inside.ts'
import { asError } from './failures.ts'

/** Destroys the stream with the signal's reason, once it is aborted or if it has been. Returns what ends the watch. */
export function destroyOnAbort(
  core: ClientCore,
  signal: AbortSignal | undefined,
  stream: { destroy(error: Error): unknown }
): () => void {
  if (signal === undefined) return () => undefined
  const member = { aborted: (reason: unknown): void => void stream.destroy(asError(reason)) }
  if (signal.aborted) member.aborted(signal.reason)
  else core.context.aborts.join(signal, member)
  return () => core.context.aborts.leave(signal, member)
}
