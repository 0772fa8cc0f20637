import type { Document, Timestamp } from '../bson/index.ts'
import { MongoAPIError, MongoError, MongoServerError, MongoUnexpectedServerResponseError } from '../errors/index.ts'

/** Where a change stream begins, as its `$changeStream` stage says it. */
export interface StartingPoint {
  readonly resumeAfter?: unknown
  readonly startAfter?: unknown
  readonly startAtOperationTime?: Timestamp | undefined
}

/** What is known of how far a change stream has got. Replaced, never changed. */
export interface Progress {
  /** As the user gave it. */
  readonly start: StartingPoint
  /** Behind what was returned last, or a batch without events; undefined: nothing is known yet. */
  readonly token: unknown
  /** When the first batch was looked for, where the server has told nothing better. */
  readonly operationTime: Timestamp | undefined
  /** Whether an event has been returned. */
  readonly hasReturned: boolean
}

/** What a reply to the aggregate or to a getMore says. */
export interface BatchFacts {
  /** Whether it is the reply to the aggregate that opened the stream. */
  readonly isFirst: boolean
  readonly events: number
  readonly postBatchResumeToken: Document | undefined
  readonly operationTime: Timestamp | undefined
}

export function progressFrom(start: StartingPoint): Progress {
  return { start, token: start.startAfter ?? start.resumeAfter, operationTime: undefined, hasReturned: false }
}

/** A batch has come. Source: the change streams specification, "Updating the Cached Resume Token". */
export function afterBatch(progress: Progress, batch: BatchFacts): Progress {
  if (batch.events > 0) return progress
  const { postBatchResumeToken: token } = batch
  if (token !== undefined) return { ...progress, token }
  const { resumeAfter, startAfter, startAtOperationTime } = progress.start
  const begins = resumeAfter ?? startAfter ?? startAtOperationTime
  if (!batch.isFirst || begins !== undefined) return progress
  return { ...progress, operationTime: batch.operationTime }
}

/** An event goes to the user. `endOfBatch`: the batch's own token, if the event is its last and it has one. */
export function afterEvent(progress: Progress, id: unknown, endOfBatch: Document | undefined): Progress {
  return { ...progress, token: endOfBatch ?? id, hasReturned: true }
}

/** What the stage says instead when the stream is opened again. Source: the same, "Resume Process". */
export function resumingPoint({ start, token, operationTime, hasReturned }: Progress): StartingPoint {
  if (token !== undefined)
    return start.startAfter !== undefined && !hasReturned ? { startAfter: token } : { resumeAfter: token }
  const startAtOperationTime = start.startAtOperationTime ?? operationTime
  return startAtOperationTime === undefined ? {} : { startAtOperationTime }
}

const cursorNotFound = 43
const resumable = 'ResumableChangeStreamError'

/**
 * Whether a getMore that failed so lets the stream be opened again. The specification's list of codes is for servers that
 * set no labels, with which this driver does not speak. A server that answers against the protocol has answered: it is not
 * asked the same again and again. What the client is told to do, to end or to abort, is none of its errors.
 */
export function isResumable(reason: unknown): boolean {
  if (!(reason instanceof MongoError)) return false
  if (reason instanceof MongoServerError) return reason.code === cursorNotFound || reason.hasErrorLabel(resumable)
  return !(reason instanceof MongoAPIError) && !(reason instanceof MongoUnexpectedServerResponseError)
}
