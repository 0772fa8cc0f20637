import { Arguments } from './arguments.ts'
import type { Command } from './command.ts'
import { opensChangeStream } from './error_labels.ts'
import { CommandFailure } from './failure.ts'
import { type ReadConcern, secondaryOkOf, timesOf } from './generic_fields.ts'
import { outputStageOf } from './output_stages.ts'
import { serversDatabases } from './store/index.ts'

/** That a command is part of a transaction, or ends it. */
export interface TransactionFields {
  readonly number: bigint
  /** Whether it is the first one. */
  readonly begins: boolean
}

const readLevels: readonly string[] = ['local', 'majority', 'snapshot']
/** Of these the database says nothing of the data. */
const ofAnyData: readonly string[] = ['bulkWrite', 'getMore', 'killCursors']
const cannotBegin: readonly string[] = ['getMore', 'killCursors', 'commitTransaction', 'abortTransaction']

/**
 * What a command of a transaction may be and carry.
 * @throws {CommandFailure} that leaves the transaction as it is.
 */
export function transactionFieldsOf(
  given: Arguments,
  { name, endsTransaction = false }: Command,
  database: string,
  number: bigint,
  isRunnable: (name: string) => boolean
): TransactionFields {
  const begins = given.has('startTransaction')
  if (!endsTransaction && !isRunnable(name)) throw unsupported(`Cannot run '${name}' in a multi-document transaction.`)
  if (begins && cannotBegin.includes(name)) throw unsupported(`Cannot start a transaction with '${name}'.`)
  if (secondaryOkOf(given)) throw invalid('read preference in a transaction must be primary')
  if (endsTransaction) return { number, begins }
  if (serversDatabases.includes(database) && !ofAnyData.includes(name))
    throw unsupported(`Cannot run command against the '${database}' database in a transaction.`)
  if (opensChangeStream(given)) throw unsupported('$changeStream cannot be used in a transaction.')
  const output = outputStageOf(given)
  if (output !== undefined) throw unsupported(`${output} cannot be used in a transaction.`)
  if (given.boolean('tailable')) throw unsupported('tailable cursors are not possible in a transaction.')
  if (given.has('writeConcern')) throw invalid('writeConcern is not allowed within a multi-statement transaction')
  return { number, begins }
}

/** Of the first command alone, whatever that is. */
export function transactionReadConcernOf(given: Arguments, begins: boolean): ReadConcern | undefined {
  const document = given.document('readConcern')
  if (document === undefined) return undefined
  if (!begins) throw invalid('Only the first command in a transaction may specify a readConcern')
  const concern = new Arguments('readConcern', document)
  concern.check({ taken: ['level', 'afterClusterTime', 'atClusterTime', 'provenance'] })
  const level = concern.string('level') ?? 'local'
  if (!readLevels.includes(level))
    throw invalid(
      `The readConcern level must be either 'local' (default), 'majority' or 'snapshot' in order to run in a transaction, not '${level}'`
    )
  const times = timesOf(concern, level)
  // It sees the newest data; its commit is what a majority has to have.
  return { ...times, level: times.atClusterTime === undefined ? 'local' : level }
}

function invalid(message: string): CommandFailure {
  return new CommandFailure('InvalidOptions', message)
}

function unsupported(message: string): CommandFailure {
  return new CommandFailure('OperationNotSupportedInTransaction', message)
}
