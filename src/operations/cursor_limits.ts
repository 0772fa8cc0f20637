import { MongoInvalidArgumentError } from '../errors/index.ts'

/**
 * What a cursor does behind the last document. `plain`: it ends there. `tailable`: it stays, for documents that are
 * inserted later. `awaiting`: tailable, and the server waits for some before it answers.
 */
export type CursorKind = 'plain' | 'tailable' | 'awaiting'

/** What `timeoutMS` limits: all of a cursor's life, or each call that reads from it. */
export type CursorTimeoutMode = 'cursorLifetime' | 'iteration'

/** `timeoutMS` as it counts for the cursor, wherever it was set; undefined: nowhere. */
export interface CursorTimes {
  readonly kind?: CursorKind | undefined
  readonly timeoutMS?: number | undefined
  readonly timeoutMode?: CursorTimeoutMode | undefined
  /** Milliseconds that the server waits for documents in each further batch, where it waits at all. */
  readonly maxAwaitTimeMS?: number | undefined
  /** Whether opening it writes: a pipeline that ends with `$out` or `$merge`. */
  readonly writes?: boolean | undefined
}

/**
 * The mode that counts. Source: the client side operations timeout specification.
 * @throws MongoInvalidArgumentError for times that cannot be kept together.
 */
export function timeoutModeOf(times: CursorTimes): CursorTimeoutMode {
  const { kind = 'plain', timeoutMS, timeoutMode, maxAwaitTimeMS, writes = false } = times
  checkAwait(maxAwaitTimeMS, timeoutMS)
  if (timeoutMode === undefined) return kind === 'plain' ? 'cursorLifetime' : 'iteration'
  if (timeoutMode !== 'cursorLifetime' && timeoutMode !== 'iteration')
    throw new MongoInvalidArgumentError(
      `timeoutMode is "cursorLifetime" or "iteration", not ${JSON.stringify(timeoutMode)}`
    )
  if (timeoutMS === undefined)
    throw new MongoInvalidArgumentError(
      `timeoutMode "${timeoutMode}" says what timeoutMS limits, and there is no timeoutMS: set it, or leave timeoutMode out`
    )
  if (kind !== 'plain' && timeoutMode === 'cursorLifetime')
    throw new MongoInvalidArgumentError(
      'timeoutMode "cursorLifetime" would end a tailable cursor, which has no end of its own: leave it out, or say "iteration"'
    )
  if (writes && timeoutMode === 'iteration')
    throw new MongoInvalidArgumentError(
      'timeoutMode "iteration" limits each reading call, and a pipeline with $out or $merge gives nothing to read: leave it out'
    )
  return timeoutMode
}

/**
 * Whether the server is told with the first command what is left of `timeoutMS`: it would take that for a limit of all
 * later batches too, unless it waits in those.
 */
export function tellsServer(kind: CursorKind, mode: CursorTimeoutMode): boolean {
  return mode === 'cursorLifetime' || kind === 'awaiting'
}

function checkAwait(maxAwaitTimeMS: number | undefined, timeoutMS: number | undefined): void {
  if (maxAwaitTimeMS === undefined) return
  if (!(Number.isFinite(maxAwaitTimeMS) && maxAwaitTimeMS >= 0))
    throw new MongoInvalidArgumentError(
      `maxAwaitTimeMS is a number of milliseconds from 0 on, not ${String(maxAwaitTimeMS)}`
    )
  if (timeoutMS !== undefined && timeoutMS > 0 && maxAwaitTimeMS >= timeoutMS)
    throw new MongoInvalidArgumentError(
      `maxAwaitTimeMS ${maxAwaitTimeMS} must be less than timeoutMS ${timeoutMS}: an empty batch would always come too late`
    )
}
