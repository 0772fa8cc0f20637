import type { Arguments } from './arguments.ts'
import { isDocument } from './query/index.ts'

/** Codes that the server's error table counts as worth a retry (its category RetriableError). */
const retriableCodes: ReadonlySet<number> = new Set([
  6, 7, 89, 91, 134, 189, 262, 317, 358, 384, 402, 406, 407, 412, 453, 462, 9001, 10107, 11600, 11602, 13435, 13436,
  50915, 91331, 10045600
])

/** Besides those, codes after which the reading of a change stream may be resumed: it is to be asked for elsewhere, or again. */
const resumableCodes: ReadonlySet<number> = new Set([...retriableCodes, 63, 133, 150, 234, 13388])
/** Resuming would only lead here again: the stream has lost its place, or its events have no tokens. */
const fatalCodes: ReadonlySet<number> = new Set([280, 286])
/** Codes after which a transaction may be tried again from the beginning: it was aborted, or never began. */
const transientCodes: ReadonlySet<number> = new Set([24, 112, 150, 239, 246, 249, 250, 267, 272, 343])
const noSuchTransaction = 251

/**
 * Codes by which a client sees that it talks to the wrong member. A shutdown (91, 11600) is told without a version: that counts
 * only in the server's quiesce mode, which there is none of here.
 */
const stateChangeCodes: ReadonlySet<number> = new Set([189, 10058, 10107, 11602, 13435, 13436])

/** Whether the reply has to say which state it is of, so that a client can tell old news. */
export function isStateChange(code: number | undefined): boolean {
  return code !== undefined && stateChangeCodes.has(code)
}

/** What decides about the labels that a server puts on an error reply by itself. */
export interface LabelSubject {
  /** Of the error, or of the write concern error of a reply that is otherwise good. */
  readonly code: number | undefined
  /** The command has a txnNumber, and is part of no transaction or ends one. */
  readonly retryableWrite: boolean
  /** What it is to its transaction; undefined: it has none. */
  readonly transaction: 'part' | 'end' | undefined
  /** The code is that of a write concern error. */
  readonly ofWriteConcern: boolean
  readonly internal: boolean
  /** Whether the command certainly left no entry in the oplog; a standalone has none to tell by. */
  readonly wroteNothing: boolean
  /** The command opens or reads a change stream. */
  readonly watches: boolean
}

export function automaticLabels(subject: LabelSubject): readonly string[] {
  if (isTransient(subject)) return ['TransientTransactionError']
  const { code, retryableWrite, internal, wroteNothing, watches } = subject
  if (internal || code === undefined) return []
  if (watches && resumableCodes.has(code)) return ['ResumableChangeStreamError']
  if (watches && fatalCodes.has(code)) return ['NonResumableChangeStreamError']
  if (!retryableWrite || !retriableCodes.has(code)) return []
  return wroteNothing ? ['RetryableWriteError', 'NoWritesPerformed'] : ['RetryableWriteError']
}

function isTransient({ code, transaction, ofWriteConcern }: LabelSubject): boolean {
  if (code === undefined || transaction === undefined || ofWriteConcern) return false
  if (transientCodes.has(code)) return true
  if (transaction === 'end') return code === noSuchTransaction
  return code === noSuchTransaction || retriableCodes.has(code)
}

/** Whether it is an aggregate that opens a change stream. Nothing of it has been checked. */
export function opensChangeStream({ place, body }: Arguments): boolean {
  const stages = place === 'aggregate' ? body.get('pipeline') : undefined
  const first = Array.isArray(stages) ? stages[0] : undefined
  return isDocument(first) && first.has('$changeStream')
}
