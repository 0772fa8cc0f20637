import { MongoInvalidArgumentError, MongoOperationTimeoutError } from '../errors/index.ts'
import type { Clock } from '../runtime/index.ts'

/**
 * One `timeoutMS` for several commands, counted from when it is made: each is given what the others have left. No timer: a
 * stream that nobody reads or writes finds that its time is over with its next command.
 */
export class TimeLimit {
  readonly #clock: Pick<Clock, 'nowMS'>
  readonly #timeoutMS: number | undefined
  readonly #beganMS: number

  /** `timeoutMS`: 0 is no limit; undefined leaves each command those of its parts. @throws {MongoInvalidArgumentError} */
  constructor(clock: Pick<Clock, 'nowMS'>, timeoutMS: number | undefined) {
    if (timeoutMS !== undefined && !(Number.isSafeInteger(timeoutMS) && timeoutMS >= 0))
      throw new MongoInvalidArgumentError(
        `timeoutMS is an integer from 0 on, in milliseconds, not ${JSON.stringify(timeoutMS)}`
      )
    this.#clock = clock
    this.#timeoutMS = timeoutMS
    this.#beganMS = clock.nowMS()
  }

  /** What the next command may take. `what` has run out of time: for the message. @throws {MongoOperationTimeoutError} */
  left(what: () => string): { readonly timeoutMS?: number } {
    const timeoutMS = this.#timeoutMS
    if (timeoutMS === undefined) return {}
    if (timeoutMS === 0) return { timeoutMS }
    const tookMS = this.#clock.nowMS() - this.#beganMS
    if (tookMS < timeoutMS) return { timeoutMS: timeoutMS - tookMS }
    throw new MongoOperationTimeoutError(
      `${what()} was not done within timeoutMS ${timeoutMS}: ${Math.round(tookMS)} ms have gone, and another command was to be sent`
    )
  }
}
