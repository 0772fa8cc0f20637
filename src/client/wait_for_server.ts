import type { ReadPreference } from '../options/index.ts'
import type { DeadlineEntry } from '../runtime/index.ts'
import { readSelector, type SelectionWaiter, type Selector, type Server } from '../topology/index.ts'
import type { ClientCore } from './core.ts'

const nobody: ReadonlySet<string> = new Set()

/** Resolves when a server fits the read preference; nothing is sent to it. */
export function waitForServer(
  core: ClientCore,
  readPreference: ReadPreference,
  signal: AbortSignal | undefined
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    core.start()
    new ServerWait(core, readSelector(readPreference), signal, resolve, reject).begin()
  })
}

class ServerWait implements SelectionWaiter, DeadlineEntry {
  selectPrevious: SelectionWaiter | undefined = undefined
  selectNext: SelectionWaiter | undefined = undefined
  selectQueue: SelectionWaiter['selectQueue'] = undefined
  readonly deprioritised: ReadonlySet<string> = nobody
  deadlineMS = 0
  deadlinePrevious: DeadlineEntry | undefined = undefined
  deadlineNext: DeadlineEntry | undefined = undefined
  deadlineList: unknown = undefined
  readonly operationName = 'connect'
  readonly operationId: undefined = undefined
  #ended = false
  readonly selector: Selector
  readonly #core: ClientCore
  readonly #signal: AbortSignal | undefined
  readonly #resolve: () => void
  readonly #reject: (reason: unknown) => void
  readonly #aborted = (): void => this.#fail(this.#signal?.reason)

  constructor(
    core: ClientCore,
    selector: Selector,
    signal: AbortSignal | undefined,
    resolve: () => void,
    reject: (reason: unknown) => void
  ) {
    this.#core = core
    this.selector = selector
    this.#signal = signal
    this.#resolve = resolve
    this.#reject = reject
  }

  get selectionLimitMS(): number | undefined {
    const { serverSelectionTimeoutMS } = this.#core.options
    return serverSelectionTimeoutMS > 0 ? serverSelectionTimeoutMS : undefined
  }

  begin(): void {
    const server = this.#core.topology.select(this)
    if (server !== undefined) {
      this.selected(server)
      return
    }
    // Who was told of the selection may have closed the client, or aborted the signal.
    if (this.#ended) return
    const { selectionLimitMS } = this
    if (selectionLimitMS !== undefined) this.#core.context.deadlines.add(this, selectionLimitMS)
    this.#signal?.addEventListener('abort', this.#aborted)
    if (this.#signal?.aborted === true) this.#aborted()
  }

  selected(server: Server): void {
    server.operationCount--
    this.#end(this.#resolve)
  }

  unselected(error: Error): void {
    this.#end(() => this.#reject(error))
  }

  expired(): void {
    const { serverSelectionTimeoutMS } = this.#core.options
    this.#fail(this.#core.topology.selectionError(this.selector, serverSelectionTimeoutMS))
  }

  #fail(reason: unknown): void {
    const { topology } = this.#core
    topology.step(() => {
      topology.withdraw(this, reason instanceof Error ? reason : new Error(String(reason)))
      this.#end(() => this.#reject(reason))
    })
  }

  #end(settle: () => void): void {
    this.#ended = true
    this.#core.context.deadlines.remove(this)
    this.#signal?.removeEventListener('abort', this.#aborted)
    settle()
  }
}
