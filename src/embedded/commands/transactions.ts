import type { Call, Command } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import type { Replica } from '../replication/index.ts'
import { empty } from '../reply.ts'

/** What ends a transaction. A retried commit is answered as the first one was. */
export function transactionCommands(replica: Replica): Command[] {
  return [
    ending('commitTransaction', (call, session) => {
      leading(replica).commit(session, numberOf(call))
    }),
    ending('abortTransaction', (call, session) => {
      const transactions = leading(replica)
      transactions.abort(transactions.find(session, numberOf(call)))
    })
  ]
}

function ending(name: string, end: (call: Call, session: string) => void): Command {
  return {
    name,
    fields: { taken: ['recoveryToken'] },
    access: 'write',
    concerns: 'write',
    inStableAPI: true,
    adminOnly: true,
    endsTransaction: true,
    run: call => {
      const { session, arguments: given } = call
      if (session === undefined || !given.has('autocommit'))
        throw new CommandFailure('CommandFailed', `${name} must be run within a transaction`)
      end(call, session)
      return empty
    }
  }
}

function leading({ leadership }: Replica) {
  // The state has been checked in the same step.
  if (leadership === undefined) throw new CommandFailure('NotWritablePrimary', 'not primary')
  return leadership.transactions
}

function numberOf({ arguments: given }: Call): bigint {
  return given.requiredInt64('txnNumber')
}
