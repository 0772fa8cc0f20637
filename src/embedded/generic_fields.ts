import { Long } from '../bson/index.ts'
import { Arguments } from './arguments.ts'
import type { Command } from './command.ts'
import { badValue, CommandFailure } from './failure.ts'
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

export const maxTimeMSMax: number = 2 ** 31 - 1

export function maxTimeMSOf(given: Arguments): number {
  const value = given.count('maxTimeMS') ?? 0
  if (value <= maxTimeMSMax) return value
  throw badValue(`${value} value for maxTimeMS is out of range [0, ${maxTimeMSMax}]`)
}

export function checkAPIVersion(given: Arguments, command: Command): void {
  const version = given.string('apiVersion')
  const strict = given.boolean('apiStrict')
  if (version === undefined) {
    if (!given.has('apiStrict') && !given.has('apiDeprecationErrors')) return
    throw new CommandFailure(
      'InvalidOptions',
      'Provided apiStrict and/or apiDeprecationErrors without passing apiVersion'
    )
  }
  if (version !== '1')
    throw new CommandFailure('APIVersionError', `API version must be "1", not ${JSON.stringify(version)}`)
  given.boolean('apiDeprecationErrors')
  if (!strict || command.inStableAPI) return
  throw new CommandFailure(
    'APIStrictError',
    `Provided apiStrict:true, but the command ${command.name} is not in API Version 1`
  )
}

/** A standalone has sessions, but no transactions and no history of writes to retry. */
export function sessionOf(given: Arguments): SessionId | undefined {
  const lsid = given.document('lsid')
  const session = lsid === undefined ? undefined : sessionIdOf(`${given.place}.lsid`, lsid)
  const txnNumber = given.value('txnNumber')
  if (txnNumber === undefined) {
    for (const field of ['autocommit', 'startTransaction']) {
      if (given.has(field)) throw invalid(`'${field}' field requires a transaction number to also be specified`)
    }
    return session
  }
  if (session === undefined) throw invalid('Transaction number requires a session ID to also be specified')
  if (!(txnNumber instanceof Long)) throw given.wrongType('txnNumber', txnNumber, 'long')
  if (txnNumber.isNegative()) throw invalid('Transaction number cannot be negative')
  throw new CommandFailure('IllegalOperation', 'Transaction numbers are only allowed on a replica set member or mongos')
}

const readLevels: readonly string[] = ['local', 'available', 'majority', 'linearizable', 'snapshot']

export function checkReadConcern(given: Arguments, command: Command): void {
  const document = given.document('readConcern')
  if (document === undefined) return
  const concern = new Arguments('readConcern', document)
  concern.check({ taken: ['level', 'afterClusterTime', 'atClusterTime', 'provenance'] })
  const level = concern.string('level') ?? 'local'
  if (!readLevels.includes(level)) {
    throw new CommandFailure(
      'FailedToParse',
      `readConcern.level must be one of ${readLevels.join(', ')}, not "${level}"`
    )
  }
  if (document.size > 0 && command.concerns !== 'read' && command.concerns !== 'both') {
    throw invalid(`Command ${command.name} does not support { readConcern: { level: "${level}" } }`)
  }
  const needsReplication = level === 'linearizable' || level === 'snapshot'
  if (needsReplication || concern.has('afterClusterTime') || concern.has('atClusterTime')) {
    throw new CommandFailure('NotAReplicaSet', 'node needs to be a replica set member to use this read concern')
  }
}

export function checkWriteConcern(given: Arguments, command: Command): void {
  const document = given.document('writeConcern')
  if (document === undefined) return
  const concern = new Arguments('writeConcern', document)
  concern.check({ taken: ['w', 'j', 'wtimeout', 'fsync', 'provenance'] })
  if (command.concerns !== 'write' && command.concerns !== 'both') {
    throw invalid(`Command ${command.name} does not support writeConcern`)
  }
  concern.count('wtimeout')
  concern.boolean('j')
  const w = concern.value('w')
  if (typeof w === 'string') {
    if (w !== 'majority') {
      throw badValue(`cannot use non-majority 'w' mode ${w} when a host is not a member of a replica set`)
    }
  } else if ((concern.count('w') ?? 1) > 1) {
    throw badValue("cannot use 'w' > 1 when a host is not replicated")
  }
}

const readModes: readonly string[] = ['primary', 'primaryPreferred', 'secondary', 'secondaryPreferred', 'nearest']

/** A standalone reads for everybody, so that the preference only has to make sense. */
export function checkReadPreference(given: Arguments): void {
  const preference = given.document('$readPreference')
  if (preference === undefined) return
  const mode = new Arguments('$readPreference', preference).requiredString('mode')
  if (readModes.includes(mode)) return
  throw new CommandFailure(
    'FailedToParse',
    `$readPreference.mode must be one of ${readModes.join(', ')}, not "${mode}"`
  )
}

function invalid(message: string): CommandFailure {
  return new CommandFailure('InvalidOptions', message)
}
