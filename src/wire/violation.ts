import { MongoUnexpectedServerResponseError } from '../errors/index.ts'

export interface ViolationFigures {
  /** What the peer sent: a length, an opcode, flags. */
  readonly observed?: number
  /** What it may be at most, or had to be. */
  readonly expected?: number
  readonly cause?: unknown
  /** What to do, where it is not the usual thing. */
  readonly advice?: string
}

const usualAdvice = 'Is it a MongoDB server, and does nothing on the way change its bytes?'

/**
 * The peer broke the wire protocol. Nothing that it sends afterwards can be trusted: the connection has to be closed.
 * To users it is a `MongoUnexpectedServerResponseError`.
 */
export class WireViolationError extends MongoUnexpectedServerResponseError {
  /** `host:port` */
  readonly peer: string
  readonly observed: number | undefined
  readonly expected: number | undefined

  constructor(peer: string, what: string, figures: ViolationFigures = {}) {
    super(`${peer} broke the wire protocol: ${what}. ${figures.advice ?? usualAdvice}`, { cause: figures.cause })
    this.peer = peer
    this.observed = figures.observed
    this.expected = figures.expected
  }

  override get name(): string {
    return 'MongoUnexpectedServerResponseError'
  }
}
