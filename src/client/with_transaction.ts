/** The convenient API: a transaction that is tried until it is committed. Source: the convenient transactions specification. */
import { MongoError, MongoOperationTimeoutError, MongoTransactionTimeoutError } from '../errors/index.ts'
import { endedByTime, hasLabel, transientTransactionError, unknownCommitResult } from '../operations/index.ts'

/** How long it is tried where no `timeoutMS` says otherwise. */
export const withTransactionMSMax = 120_000

const backoffMSFirst = 5
const backoffMSMax = 500
const backoffGrowth = 1.5

/** What it is tried with. */
export interface TransactionTrial<Result> {
  /** @throws what refuses it. */
  start(): void
  /** The user's code. */
  work(): Promise<Result>
  /** Whether that has neither committed nor aborted. */
  readonly isActive: boolean
  commit(): Promise<void>
  /** Never fails. */
  abort(): Promise<void>
  pause(durationMS: number): Promise<void>
  nowMS(): number
  /** In [0, 1). */
  fraction(): number
}

/** How long to wait before another attempt, after so many. */
export function transactionBackoffMS(attempts: number, fraction: number): number {
  return fraction * Math.min(backoffMSFirst * backoffGrowth ** (attempts - 1), backoffMSMax)
}

/** `timeoutMS`: undefined: the limit is `withTransactionMSMax`; 0: there is none. */
export async function tryTransaction<Result>(
  trial: TransactionTrial<Result>,
  timeoutMS: number | undefined
): Promise<Result> {
  const startedMS = trial.nowMS()
  const limitMS = timeoutMS === 0 ? Number.POSITIVE_INFINITY : (timeoutMS ?? withTransactionMSMax)
  const isOver = (laterMS: number): boolean => trial.nowMS() + laterMS - startedMS >= limitMS
  for (let attempts = 1; ; attempts++) {
    const outcome = await attempt(trial, isOver)
    if ('result' in outcome) return outcome.result
    const gaveUp = (): unknown => timedOut(outcome.error, attempts, trial.nowMS() - startedMS, timeoutMS)
    if (isOver(0) && (outcome.again || outcome.ofCommit)) throw gaveUp()
    if (!outcome.again) throw outcome.error
    const backoffMS = transactionBackoffMS(attempts, trial.fraction())
    if (isOver(backoffMS)) throw gaveUp()
    await trial.pause(backoffMS)
  }
}

type Outcome<Result> =
  | { readonly result: Result }
  /** `again`: the whole transaction may be tried again. */
  | { readonly error: unknown; readonly again: boolean; readonly ofCommit: boolean }

async function attempt<Result>(
  trial: TransactionTrial<Result>,
  isOver: (laterMS: number) => boolean
): Promise<Outcome<Result>> {
  trial.start()
  let result: Result
  try {
    result = await trial.work()
  } catch (error) {
    if (trial.isActive) await trial.abort()
    return { error, again: hasLabel(error, transientTransactionError), ofCommit: false }
  }
  // The user's code has ended it, and means to.
  if (!trial.isActive) return { result }
  for (;;) {
    try {
      await trial.commit()
      return { result }
    } catch (error) {
      const mayRepeat = hasLabel(error, unknownCommitResult) && !endedByTime(error)
      if (mayRepeat && !isOver(0)) continue
      return { error, again: hasLabel(error, transientTransactionError), ofCommit: true }
    }
  }
}

/** With the labels of the last error, which is its cause. */
function timedOut(error: unknown, attempts: number, tookMS: number, timeoutMS: number | undefined): unknown {
  if (error instanceof MongoOperationTimeoutError) return error
  const limit = timeoutMS === undefined ? `its limit of ${withTransactionMSMax} ms` : `timeoutMS ${timeoutMS}`
  const last = error instanceof Error ? error.message : String(error)
  const message =
    `withTransaction gave up after ${Math.round(tookMS)} ms, ${limit}, and ${attempts} attempts; ` +
    `the last error: ${last}`
  const options = { cause: error, errorLabels: error instanceof MongoError ? error.errorLabels : [] }
  return timeoutMS === undefined
    ? new MongoTransactionTimeoutError(message, options)
    : new MongoOperationTimeoutError(message, options)
}
