import type { Document, Long, Timestamp } from '../bson/index.ts'
import { MongoOperationTimeoutError } from '../errors/index.ts'
import type { CallersContext } from '../runtime/index.ts'
import type { Command, RunningOperation } from './command.ts'
import { type AcceptBatch, batchOf, type CursorBatch } from './commands/reads.ts'
import type { OperationContext } from './context.ts'
import { BatchCursor, type BatchReceiver, type CursorOptions } from './cursor.ts'
import { asError } from './failures.ts'
import {
  afterBatch,
  afterEvent,
  isResumable,
  type Progress,
  progressFrom,
  resumingPoint,
  type StartingPoint
} from './resume_rules.ts'
import type { Reply } from '../wire/index.ts'

export interface ChangeStreamSetup {
  readonly start: StartingPoint
  /** Of the cursors behind the stream, one after the other. They have the session in common. */
  readonly options: CursorOptions
  /** The command that opens the stream there; `accept` reads its reply. */
  command(start: StartingPoint, accept: AcceptBatch): Command<CursorBatch>
}

/** Who is told what else happens to the stream. Called where a reply is read: no user's code may run in it. */
export interface ChangeStreamWatcher {
  opened(opening: ChangeStreamOpening): void
  tokenChanged(token: unknown): void
}

/** What the reply to the aggregate said; each time that the stream is opened. */
export interface ChangeStreamOpening {
  readonly cursor: { readonly id: Long; readonly ns: string; readonly postBatchResumeToken?: Document | undefined }
  readonly operationTime: Timestamp | undefined
}

/** What else a reply says of a batch. */
interface BatchFacts {
  readonly isFirst: boolean
  readonly postBatchResumeToken: Document | undefined
  readonly operationTime: Timestamp | undefined
}

/** What a fetch is to bring. `opened`: the server has the stream. `answer`: one reply to a getMore. `events`: some, if it takes hours. */
export type Until = 'opened' | 'answer' | 'events'

/**
 * The batches of a change stream, from one cursor after the other: when a getMore fails and may be resumed, another cursor
 * is opened behind what was read, on whichever server the read preference chooses now. One such attempt for each failure,
 * within the time of the same call. Source: the change streams specification.
 */
export class ResumingCursor implements BatchReceiver {
  readonly #context: OperationContext
  readonly #registry: Set<BatchCursor>
  readonly #setup: ChangeStreamSetup
  readonly #watcher: ChangeStreamWatcher
  #progress: Progress
  /** The token of the batch that is being read, if it came with one. */
  #endOfBatch: Document | undefined
  /** Undefined before the first fetch, and while there is none after a failure. */
  #batches: BatchCursor | undefined
  /** Whether the last reply was to an aggregate. */
  #openedJustNow = false
  #wasOpened = false
  #ended = false
  // While a fetch is in progress.
  #receiver: BatchReceiver | undefined
  #until: Until = 'events'
  #sinceMS = 0
  #caller: CallersContext | undefined

  constructor(
    context: OperationContext,
    registry: Set<BatchCursor>,
    setup: ChangeStreamSetup,
    watcher: ChangeStreamWatcher
  ) {
    this.#context = context
    this.#registry = registry
    this.#setup = setup
    this.#watcher = watcher
    this.#progress = progressFrom(setup.start)
  }

  /** Behind what was returned last, or what a batch without events has told; undefined: nothing is known yet. */
  get resumeToken(): unknown {
    return this.#progress.token
  }

  /** Whether the server has told the last event. */
  get hasRunOut(): boolean {
    return !this.#ended && this.#batches?.isExhausted === true
  }

  /** Whether nothing more comes: the server has ended it, it has failed for good, or it was closed. */
  get isExhausted(): boolean {
    return this.#ended || this.#batches?.isExhausted === true
  }

  /** An event of the last batch goes to the user. */
  returned(id: unknown, isLast: boolean): void {
    this.#proceed(afterEvent(this.#progress, id, isLast ? this.#endOfBatch : undefined))
  }

  /** Of whoever calls, to fetch in later. Undefined where nobody is told of it. */
  callersContext(): CallersContext | undefined {
    return this.#context.commandMonitor.callersContext()
  }

  /** As `BatchCursor.fetch`. After a time-out the next fetch opens the stream again first. */
  fetch(receiver: BatchReceiver, until: Until, context?: CallersContext): void {
    this.#receiver = receiver
    this.#until = until
    this.#caller = context
    this.#sinceMS = this.#context.runtime.clock.nowMS()
    if (this.#ended || (until === 'opened' && this.#batches?.isOpen === true)) this.#called()?.received([])
    else this.#ask()
  }

  received(documents: Document[]): void {
    const asksOn = documents.length === 0 && this.#until === 'answer' && this.#openedJustNow && !this.isExhausted
    if (asksOn) this.#ask()
    else this.#called()?.received(documents)
  }

  failed(reason: unknown): void {
    const batches = this.#batches
    const wasOpen = batches?.id !== undefined
    this.#batches = undefined
    // Behind a load balancer it has a connection to itself until then.
    void batches?.close()
    if (!this.#ended && wasOpen && !isTimeout(reason) && isResumable(reason)) {
      this.#ask()
      return
    }
    if (!isTimeout(reason)) this.#ended = true
    this.#called()?.failed(reason)
  }

  /** Ends it; who waits is told that there are no more events. Never fails. */
  async close(timeoutMS?: number): Promise<void> {
    this.#ended = true
    await this.#batches?.close(undefined, timeoutMS)
  }

  #called(): BatchReceiver | undefined {
    const receiver = this.#receiver
    this.#receiver = undefined
    return receiver
  }

  #ask(): void {
    try {
      this.#batches ??= this.#open()
    } catch (error) {
      this.#ended = true
      this.#called()?.failed(asError(error))
      return
    }
    const once = this.#until !== 'events'
    this.#batches.fetch(this, { once, sinceMS: this.#sinceMS, context: this.#caller })
  }

  #open(): BatchCursor {
    const { start, options } = this.#setup
    let isFirst = true
    const accept = (reply: Reply, operation: RunningOperation): CursorBatch => {
      const postBatchResumeToken = reply.postBatchResumeToken()
      const operationTime = isFirst ? reply.operationTime() : undefined
      const batch = batchOf(reply, operation)
      this.#take(batch, { isFirst, postBatchResumeToken, operationTime })
      isFirst = false
      return batch
    }
    const from = this.#wasOpened ? resumingPoint(this.#progress) : start
    const command = this.#setup.command(from, accept)
    return new BatchCursor(this.#context, this.#registry, command, { ...options, kind: 'awaiting', accept })
  }

  #take({ documents, id, namespace }: CursorBatch, { isFirst, postBatchResumeToken, operationTime }: BatchFacts): void {
    const events = documents.length
    this.#endOfBatch = postBatchResumeToken
    this.#openedJustNow = isFirst
    if (isFirst) {
      this.#wasOpened = true
      this.#watcher.opened({ cursor: { id, ns: namespace, postBatchResumeToken }, operationTime })
    }
    this.#proceed(afterBatch(this.#progress, { isFirst, events, postBatchResumeToken, operationTime }))
  }

  #proceed(progress: Progress): void {
    const { token } = this.#progress
    this.#progress = progress
    if (progress.token !== token) this.#watcher.tokenChanged(progress.token)
  }
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof MongoOperationTimeoutError
}
