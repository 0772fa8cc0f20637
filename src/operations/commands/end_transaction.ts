import type { DocumentWriter } from '../../bson/index.ts'
import type { WriteConcern } from '../../options/index.ts'
import type { Reply } from '../../wire/index.ts'
import { type Command, type CommandTraits, endOfTransaction } from '../command.ts'
import { errorIn } from '../error_replies.ts'
import { writeWriteConcern } from '../prepared_command.ts'
import type { SessionTransaction } from '../session_transaction.ts'

/** How long a commit that is repeated waits for a majority, where nobody has said. Source: the transactions specification. */
const majorityWaitMS = 10_000

/** Commits or aborts a session's transaction. Each attempt says what is known by then. */
export class EndTransactionCommand implements Command<undefined> {
  readonly name: 'commitTransaction' | 'abortTransaction'
  readonly database = 'admin'
  readonly traits: CommandTraits
  readonly readPreference = undefined
  readonly acknowledged = true
  readonly sequence = undefined
  readonly #transaction: SessionTransaction
  readonly #limited: boolean

  /** `limited`: `timeoutMS` counts, which takes the place of all other limits. */
  constructor(part: 'commit' | 'abort', transaction: SessionTransaction, limited: boolean) {
    this.name = `${part}Transaction`
    this.traits = endOfTransaction[part]
    this.#transaction = transaction
    this.#limited = limited
  }

  writeTo(body: DocumentWriter): void {
    const { settings, recoveryToken } = this.#transaction
    body.int32(this.name, 1)
    writeWriteConcern(body, this.#writeConcern())
    const { maxCommitTimeMS } = settings ?? {}
    if (this.name === 'commitTransaction' && maxCommitTimeMS !== undefined && !this.#limited)
      body.number('maxTimeMS', maxCommitTimeMS)
    if (recoveryToken !== undefined) body.encodedDocument('recoveryToken', recoveryToken)
  }

  #writeConcern(): WriteConcern {
    const { settings, commitNeedsMajority } = this.#transaction
    const { wtimeoutMS, ...given } = settings?.writeConcern ?? {}
    const isUpgraded = commitNeedsMajority && this.name === 'commitTransaction'
    const waitMS = wtimeoutMS ?? (isUpgraded ? majorityWaitMS : undefined)
    return {
      ...given,
      ...(isUpgraded ? { w: 'majority' } : {}),
      ...(waitMS === undefined || this.#limited ? {} : { wtimeoutMS: waitMS })
    }
  }

  readonly accept = (reply: Reply): undefined => {
    if (!reply.hasWriteDetails) return
    const error = errorIn(reply.document())
    if (error !== undefined) throw error
  }
}
