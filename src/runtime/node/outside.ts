import { AsyncResource } from 'node:async_hooks'
import type { CallersContext } from '../runtime.ts'

/**
 * A place outside every caller's `AsyncLocalStorage` context. What Node creates (a socket, a timer, a write) keeps the
 * context of its creator alive and runs its callbacks there, for a socket's whole life; created inside this resource it
 * keeps none. The resource has the context in which this module was first loaded, which is none unless a program loads
 * it by a dynamic `import()` inside a context.
 */
export const outside: AsyncResource = new AsyncResource('cenote')

/** The context of whoever calls, kept alive by what is returned. */
export function callersContext(): CallersContext {
  const resource = new AsyncResource('cenote.caller')
  return { run: work => resource.runInAsyncScope(work) }
}

/** Runs `work` outside, and returns when it has run. What it throws is thrown. */
export function detached(work: () => void): void {
  outside.runInAsyncScope(work)
}
