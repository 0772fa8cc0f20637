import { MongoInvalidArgumentError, MongoTransactionError } from '../errors/index.ts'
import {
  isAcknowledged,
  type ReadConcern,
  readConcernFrom,
  type ReadPreference,
  readPreferenceFrom,
  type WriteConcern,
  writeConcernFrom
} from '../options/index.ts'
import type { TransactionSettings } from '../operations/index.ts'
import type { TransactionOptions } from './types/index.ts'

/** Of the client, what a transaction has where nobody says otherwise. */
interface ClientDefaults {
  readonly readConcern: ReadConcern
  readonly writeConcern: WriteConcern
  readonly readPreference: ReadPreference
}

const known: readonly string[] = ['readConcern', 'writeConcern', 'readPreference', 'maxCommitTimeMS']

/**
 * `further`: what is taken besides.
 * @throws {MongoInvalidArgumentError} for options that are unknown or no numbers where they have to be.
 */
export function checkTransactionOptions(options: TransactionOptions, ...further: readonly string[]): void {
  if (typeof options !== 'object' || options === null)
    throw new MongoInvalidArgumentError(`the options of a transaction are an object, not ${String(options)}`)
  const names = [...known, ...further]
  const unknown = Object.entries(options).find(([name, value]) => value !== undefined && !names.includes(name))
  if (unknown !== undefined)
    throw new MongoInvalidArgumentError(
      `there is no option ${JSON.stringify(unknown[0])} of transactions here; there are ${names.join(', ')}`
    )
  checkMilliseconds('maxCommitTimeMS', options.maxCommitTimeMS)
}

export function checkMilliseconds(name: string, value: unknown): void {
  if (value === undefined || (Number.isSafeInteger(value) && Number(value) >= 0)) return
  throw new MongoInvalidArgumentError(`${name} must be an integer from 0 on, in milliseconds, not ${inspected(value)}`)
}

function inspected(value: unknown): string {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : `a value of the type ${typeof value}`
}

/**
 * Each setting is that of the transaction, else the session's default, else the client's.
 * @throws {MongoTransactionError} for a write concern that nobody answers.
 */
export function transactionSettings(
  given: TransactionOptions,
  ofSession: TransactionOptions,
  ofClient: ClientDefaults
): TransactionSettings {
  const readConcern = given.readConcern ?? ofSession.readConcern
  const writeConcern = given.writeConcern ?? ofSession.writeConcern
  const readPreference = given.readPreference ?? ofSession.readPreference
  const settings = {
    readConcern: readConcern === undefined ? ofClient.readConcern : readConcernFrom(readConcern),
    writeConcern: writeConcern === undefined ? ofClient.writeConcern : writeConcernFrom(writeConcern),
    readPreference: readPreference === undefined ? ofClient.readPreference : readPreferenceFrom(readPreference),
    maxCommitTimeMS: given.maxCommitTimeMS ?? ofSession.maxCommitTimeMS
  }
  if (isAcknowledged(settings.writeConcern)) return settings
  const whose = writeConcern === undefined ? "the client's" : given.writeConcern === undefined ? "the session's" : 'its'
  throw new MongoTransactionError(
    `transactions do not support unacknowledged write concerns, and ${whose} has w 0: give the transaction another one`
  )
}
