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
  readonly selector: Selector
  readonly #core: ClientCore
  readonly #signal: AbortSignal | undefined
  readonly #resolve: () => void
  readonly #reject: (reason: unknown) => void
  readonly #aborted = (): void => this.#end(() => this.#reject(this.#signal?.reason))

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

  begin(): void {
    const server = this.#core.topology.select(this)
    if (server !== undefined) {
      this.selected(server)
      return
    }
    const { serverSelectionTimeoutMS } = this.#core.options
    if (serverSelectionTimeoutMS > 0) this.#core.context.deadlines.add(this, serverSelectionTimeoutMS)
    this.#signal?.addEventListener('abort', this.#aborted)
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
    this.unselected(this.#core.topology.selectionError(this.selector, serverSelectionTimeoutMS))
  }

  #end(settle: () => void): void {
    const { topology, context } = this.#core
    topology.withdraw(this)
    context.deadlines.remove(this)
    this.#signal?.removeEventListener('abort', this.#aborted)
    settle()
  }
}
