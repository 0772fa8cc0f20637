import { Long, Timestamp } from '../bson/index.ts'
import { Arguments } from './arguments.ts'
import type { Command } from './command.ts'
import { badValue, CommandFailure } from './failure.ts'
import { outputStageOf } from './output_stages.ts'
import { type SessionId, sessionIdOf } from './sessions.ts'

/** The fields that any command may carry, besides its own. */
const names: ReadonlySet<string> = new Set([
  '$db',
  'lsid',
  'txnNumber',
  'autocommit',
  'startTransaction',
  '$clusterTime',
  '$readPreference',
  'readConcern',
  'writeConcern',
  'apiVersion',
  'apiStrict',
  'apiDeprecationErrors',
  'maxTimeMS',
  'comment'
])

export function isGeneric(field: string): boolean {
  return names.has(field)
}

const maxTimeMSMax: number = 2 ** 31 - 1

export function maxTimeMSOf(given: Arguments): number {
  const value = given.count('maxTimeMS') ?? 0
  if (value <= maxTimeMSMax) return value
  throw badValue(`${value} value for maxTimeMS is out of range [0, ${maxTimeMSMax}]`)
}

/** What a command declares of the Stable API; all undefined: nothing. */
export interface APIParameters {
  readonly apiVersion: string | undefined
  readonly apiStrict: boolean
  readonly apiDeprecationErrors: boolean
}

export function apiParametersOf(given: Arguments, command: Command): APIParameters {
  const apiVersion = given.string('apiVersion')
  const apiStrict = given.boolean('apiStrict')
  const apiDeprecationErrors = given.boolean('apiDeprecationErrors')
  const parameters = { apiVersion, apiStrict, apiDeprecationErrors }
  if (apiVersion === undefined) {
    if (!given.has('apiStrict') && !given.has('apiDeprecationErrors')) return parameters
    throw new CommandFailure(
      'InvalidOptions',
      'Provided apiStrict and/or apiDeprecationErrors without passing apiVersion'
    )
  }
  if (apiVersion !== '1')
    throw new CommandFailure('APIVersionError', `API version must be "1", not ${JSON.stringify(apiVersion)}`)
  if (apiStrict && !command.inStableAPI)
    throw new CommandFailure(
      'APIStrictError',
      `Provided apiStrict:true, but the command ${command.name} is not in API Version 1`
    )
  if (apiDeprecationErrors && command.deprecatedInStableAPI === true)
    throw new CommandFailure(
      'APIDeprecationError',
      `Provided apiDeprecationErrors:true, but the command ${command.name} is deprecated in API Version 1`
    )
  return parameters
}

export interface SessionFields {
  readonly session: SessionId | undefined
  /** Of a retryable write, or of a transaction. */
  readonly txnNumber: bigint | undefined
  readonly inTransaction: boolean
}

/** A standalone has sessions, but no history of writes to retry, and no transactions. */
export function sessionOf(given: Arguments, command: Command, replicated: boolean): SessionFields {
  const lsid = given.document('lsid')
  const session = lsid === undefined ? undefined : sessionIdOf(`${given.place}.lsid`, lsid)
  const txnNumber = given.value('txnNumber')
  if (txnNumber === undefined) {
    for (const field of ['autocommit', 'startTransaction']) {
      if (given.has(field)) throw invalid(`'${field}' field requires a transaction number to also be specified`)
    }
    return { session, txnNumber: undefined, inTransaction: false }
  }
  if (session === undefined) throw invalid('Transaction number requires a session ID to also be specified')
  if (!(txnNumber instanceof Long)) throw given.wrongType('txnNumber', txnNumber, 'long')
  if (txnNumber.isNegative()) throw invalid('Transaction number cannot be negative')
  if (!replicated) {
    const text = 'Transaction numbers are only allowed on a replica set member or mongos'
    throw new CommandFailure('IllegalOperation', text)
  }
  if (saysTransaction(given)) return { session, txnNumber: txnNumber.toBigInt(), inTransaction: true }
  if (command.retryable !== true) {
    throw new CommandFailure(
      'NotARetryableWriteCommand',
      'txnNumber may only be provided for multi-document transactions and retryable write commands. ' +
        `autocommit:false was not provided, and ${command.name} is not a retryable write command.`
    )
  }
  return { session, txnNumber: txnNumber.toBigInt(), inTransaction: false }
}

/** Whether a command comes as part of a transaction. It has a transaction number: that has been checked. */
function saysTransaction(given: Arguments): boolean {
  if (!given.has('autocommit')) {
    if (given.has('startTransaction')) throw invalid("'startTransaction' field requires 'autocommit' field")
    return false
  }
  if (given.boolean('autocommit')) throw invalid("Specifying 'autocommit=true' is not allowed.")
  if (given.has('startTransaction') && !given.boolean('startTransaction'))
    throw invalid("Specifying 'startTransaction=false' is not allowed.")
  return true
}

const readLevels: readonly string[] = ['local', 'available', 'majority', 'linearizable', 'snapshot']

export interface ReadConcern {
  readonly level: string
  /** Cluster times, of which one may be given: the data is at least, or exactly, as late. */
  readonly afterClusterTime: bigint | undefined
  readonly atClusterTime: bigint | undefined
}

export function readConcernOf(given: Arguments, command: Command, replicated: boolean): ReadConcern | undefined {
  const document = given.document('readConcern')
  if (document === undefined) return undefined
  const concern = new Arguments('readConcern', document)
  concern.check({ taken: ['level', 'afterClusterTime', 'atClusterTime', 'provenance'] })
  const level = concern.string('level') ?? 'local'
  if (!readLevels.includes(level)) {
    throw new CommandFailure(
      'FailedToParse',
      `readConcern.level must be one of ${readLevels.join(', ')}, not "${level}"`
    )
  }
  // The level local asks nothing of a command, but a time may have to be waited for.
  if (level !== 'local' && command.concerns !== 'read' && command.concerns !== 'both') {
    throw invalid(`Command ${command.name} does not support { readConcern: { level: "${level}" } }`)
  }
  if (level === 'snapshot' && command.readsSnapshots !== true)
    throw invalid(`Command ${command.name} does not support { readConcern: { level: "snapshot" } }`)
  const { afterClusterTime, atClusterTime } = timesOf(concern, level)
  const needsSet = level === 'linearizable' || level === 'snapshot' || afterClusterTime !== undefined
  if (!replicated && needsSet) {
    throw new CommandFailure('NotAReplicaSet', 'node needs to be a replica set member to use this read concern')
  }
  if (level === 'linearizable') {
    const output = outputStageOf(given)
    if (output !== undefined) throw invalid(`${output} cannot be used with a 'linearizable' read concern level`)
    const text = 'the read concern\'s level "linearizable" is not supported by the embedded deployment'
    throw new CommandFailure('NotImplemented', text)
  }
  return { level, afterClusterTime, atClusterTime }
}

/** The times in a read concern of that level. */
export function timesOf(concern: Arguments, level: string): Pick<ReadConcern, 'afterClusterTime' | 'atClusterTime'> {
  const afterClusterTime = timestamp(concern, 'afterClusterTime')
  const atClusterTime = timestamp(concern, 'atClusterTime')
  if (atClusterTime !== undefined && (level !== 'snapshot' || afterClusterTime !== undefined))
    throw invalid('readConcern atClusterTime needs the level snapshot, and no afterClusterTime beside it')
  return { afterClusterTime, atClusterTime }
}

function timestamp(concern: Arguments, field: string): bigint | undefined {
  const value = concern.value(field)
  if (value === undefined) return undefined
  if (value instanceof Timestamp) return value.toBigInt()
  throw concern.wrongType(field, value, 'timestamp')
}

export interface WriteConcern {
  /** How many members, or the name of a mode. */
  readonly w: number | string
  /** 0: no limit. */
  readonly wtimeoutMS: number
}

/** What a command without a write concern has. */
const defaultWriteConcern: WriteConcern = { w: 'majority', wtimeoutMS: 0 }

export function writeConcernOf(given: Arguments, command: Command, replicated: boolean): WriteConcern {
  const document = given.document('writeConcern')
  if (document === undefined) return defaultWriteConcern
  const concern = new Arguments('writeConcern', document)
  concern.check({ taken: ['w', 'j', 'wtimeout', 'fsync', 'provenance'] })
  if (command.concerns !== 'write' && command.concerns !== 'both') {
    throw invalid(`Command ${command.name} does not support writeConcern`)
  }
  concern.boolean('j')
  const wtimeoutMS = concern.count('wtimeout') ?? 0
  const value = concern.value('w') ?? defaultWriteConcern.w
  const w = typeof value === 'string' ? value : (concern.count('w') ?? 1)
  if (!replicated && typeof w === 'string' && w !== 'majority') {
    throw badValue(`cannot use non-majority 'w' mode ${w} when a host is not a member of a replica set`)
  }
  if (!replicated && typeof w === 'number' && w > 1) throw badValue("cannot use 'w' > 1 when a host is not replicated")
  return { w, wtimeoutMS }
}

const readModes: readonly string[] = ['primary', 'primaryPreferred', 'secondary', 'secondaryPreferred', 'nearest']

/** Whether the read may run on a member that is no primary. A standalone reads for everybody. */
export function secondaryOkOf(given: Arguments): boolean {
  const preference = given.document('$readPreference')
  if (preference === undefined) return false
  const mode = new Arguments('$readPreference', preference).requiredString('mode')
  if (readModes.includes(mode)) return mode !== 'primary'
  throw new CommandFailure(
    'FailedToParse',
    `$readPreference.mode must be one of ${readModes.join(', ')}, not "${mode}"`
  )
}

function invalid(message: string): CommandFailure {
  return new CommandFailure('InvalidOptions', message)
}
