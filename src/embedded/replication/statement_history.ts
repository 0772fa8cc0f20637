import { CommandFailure } from '../failure.ts'
import type { BSONDocument } from '../query/index.ts'
import type { SessionId } from '../sessions.ts'
import type { StatementRecord } from './oplog_entry.ts'

/** Of so many sessions the last retryable write is remembered; beyond it the one that wrote longest ago is forgotten. */
const rememberedSessionsMax = 10_000

interface RetryableWrite {
  readonly txnNumber: bigint
  readonly results: Map<number, BSONDocument>
}

/**
 * What the last retryable write of each session did, statement by statement, or that its last transaction was committed. It is
 * made from the oplog, so that every member that has the data knows which writes made it.
 */
export class StatementHistory {
  readonly #writes = new Map<SessionId, RetryableWrite>()

  /**
   * Begins or resumes a write.
   * @throws {CommandFailure} when the session has begun a later one.
   */
  begin(session: SessionId, txnNumber: bigint): void {
    const known = this.#writes.get(session)
    if (known === undefined || known.txnNumber < txnNumber) {
      this.#remember(session, { txnNumber, results: new Map() })
    } else if (known.txnNumber > txnNumber) {
      throw new CommandFailure(
        'TransactionTooOld',
        `Retryable write with txnNumber ${txnNumber} is prohibited on session ${session} because a newer ` +
          `retryable write with txnNumber ${known.txnNumber} has already started on this session.`
      )
    }
  }

  /** The latest that is known of the session; undefined: none. */
  lastNumberOf(session: SessionId): bigint | undefined {
    return this.#writes.get(session)?.txnNumber
  }

  /** What the statement did when it ran; undefined if it has not. */
  resultOf(session: SessionId, txnNumber: bigint, statementId: number): BSONDocument | undefined {
    const known = this.#writes.get(session)
    return known?.txnNumber === txnNumber ? known.results.get(statementId) : undefined
  }

  record({ session, txnNumber, statementId, result }: StatementRecord): void {
    const known = this.#writes.get(session)
    const write = known?.txnNumber === txnNumber ? known : { txnNumber, results: new Map<number, BSONDocument>() }
    write.results.set(statementId, result)
    this.#remember(session, write)
  }

  clear(): void {
    this.#writes.clear()
  }

  *records(): Generator<StatementRecord> {
    for (const [session, { txnNumber, results }] of this.#writes) {
      for (const [statementId, result] of results) yield { session, txnNumber, statementId, result }
    }
  }

  #remember(session: SessionId, write: RetryableWrite): void {
    this.#writes.delete(session)
    this.#writes.set(session, write)
    const [oldest] = this.#writes.keys()
    if (this.#writes.size > rememberedSessionsMax && oldest !== undefined) this.#writes.delete(oldest)
  }
}
