import { OperationLinks } from './operation_links.ts'

/** What an operation keeps for the retry rules, from one attempt of a command to the next. */
export abstract class RetryState extends OperationLinks {
  retries = 0
  overloaded = false
  firstError: Error | undefined = undefined
  lastAttemptedError: Error | undefined = undefined

  /** Each command of an operation is retried by itself. */
  protected forgetRetries(): void {
    this.retries = 0
    this.overloaded = false
    this.firstError = undefined
    this.lastAttemptedError = undefined
  }
}
