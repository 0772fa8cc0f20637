import { WireViolationError } from './violation.ts'

/**
 * Which request the next reply has to answer. While replies stream (exhaust), each answers the one before it: the OP_MSG
 * specification wants the chain, so a server that repeats the first request's id is refused.
 */
export class Correlation {
  readonly #peer: string
  #expected: number | undefined

  constructor(peer: string) {
    this.#peer = peer
  }

  /** Whether a reply is due. */
  get isOpen(): boolean {
    return this.#expected !== undefined
  }

  /** A request that will be answered goes out. */
  expect(requestId: number): void {
    this.#expected = requestId
  }

  /**
   * A reply has come; with `moreToCome` the next one has to answer it.
   * @throws {WireViolationError} when it answers something else, or when nothing was asked.
   */
  accept(responseTo: number, requestId: number, moreToCome: boolean): void {
    const expected = this.#expected
    if (expected === undefined) {
      throw new WireViolationError(this.#peer, `it sent a reply to ${responseTo}, and nothing was asked`, {
        observed: responseTo
      })
    }
    if (responseTo !== expected) {
      throw new WireViolationError(this.#peer, `it sent a reply to ${responseTo}; the reply to ${expected} is due`, {
        observed: responseTo,
        expected
      })
    }
    this.#expected = moreToCome ? requestId : undefined
  }
}

/** Numbers for requests: int32, from 1 up and round; never 0, which in a reply means no request at all. */
export class RequestIds {
  #last: number

  constructor(last = 0) {
    this.#last = last
  }

  next(): number {
    this.#last = (this.#last + 1) | 0
    if (this.#last === 0) this.#last = 1
    return this.#last
  }
}
