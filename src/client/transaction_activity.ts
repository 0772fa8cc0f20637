import { MongoClientClosedError } from '../errors/index.ts'
import { type Activities, type Activity, type OperationContext, Pause, type PauseOwner } from '../operations/index.ts'

/** A `withTransaction` in progress: a graceful end of the client waits for it, with all that runs in its session. */
export class TransactionActivity implements Activity, PauseOwner {
  activityPrevious: Activity | undefined = undefined
  activityNext: Activity | undefined = undefined
  activityList: Activities | undefined = undefined
  readonly #context: OperationContext
  #pause: Pause | undefined
  #settle: { readonly resolve: () => void; readonly reject: (reason: unknown) => void } | undefined

  constructor(context: OperationContext) {
    this.#context = context
  }

  /** Nothing that runs in it is refused, unless the client is closing already. */
  enter(): void {
    const { activities } = this.#context
    if (!activities.closing) activities.enter(this)
  }

  leave(): void {
    this.#context.activities.leave(this)
  }

  /** Between two attempts. Rejects when the client is closed meanwhile. */
  pause(durationMS: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      this.#pause = new Pause(this.#context, durationMS, undefined, this)
    })
  }

  rested(): void {
    this.#pause = undefined
    this.#settle?.resolve()
  }

  aborted(reason: unknown): void {
    this.#pause = undefined
    this.#settle?.reject(reason)
  }

  /** The client closes now. */
  interrupt(): void {
    if (this.#pause === undefined) return
    this.#pause.end()
    this.aborted(new MongoClientClosedError('The client was closed before withTransaction could try again'))
  }
}
