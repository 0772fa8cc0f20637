import { AsyncLocalStorage } from 'node:async_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Runtime } from '../../src/runtime/index.ts'

/** The part of the Runtime that a hub needs, writing down what it is told. */
export class FakeRuntime implements Pick<Runtime, 'detached' | 'warn' | 'trace'> {
  readonly warnings: { readonly message: string; readonly code: string }[] = []
  readonly traced: string[] = []
  readonly #outside = AsyncLocalStorage.snapshot()

  detached(work: () => void): void {
    this.#outside(work)
  }

  warn(message: string, code: string): void {
    this.warnings.push({ message, code })
  }

  trace(kind: string, detail: string): void {
    this.traced.push(`${kind} ${detail}`)
  }
}

export interface Events {
  readonly opened: { readonly id: number }
  readonly closed: { readonly id: number; readonly reason: string }
  readonly moved: { readonly id: number }
}

let hubs = 0

/** Channels live as long as the process: each hub of a test has its own. */
export function channelNames(): Record<keyof Events, string> {
  hubs += 1
  return { opened: `test-${hubs}:opened`, closed: `test-${hubs}:closed`, moved: `test-${hubs}:moved` }
}

setFlagsFromString('--expose-gc')
/** A full collection, done when it returns. */
export const collectGarbage: () => void = runInNewContext('gc') as () => void
