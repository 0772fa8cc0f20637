import { Timestamp } from '../../bson/index.ts'
import { Arguments } from '../arguments.ts'
import { badValue, CommandFailure } from '../failure.ts'
import { type BSONDocument, type BSONValue, isDocument, typeNameOf } from '../query/index.ts'
import { type Position, positionBefore, positionOf, ranks } from './position.ts'

/** Which namespaces a stream watches. */
export type Scope =
  | { readonly kind: 'collection'; readonly namespace: string }
  | { readonly kind: 'database'; readonly database: string }
  | { readonly kind: 'cluster' }

/** What the stage asks for. */
export interface WatchOptions {
  readonly fullDocument: 'default' | 'updateLookup' | 'whenAvailable' | 'required'
  readonly fullDocumentBeforeChange: 'off' | 'whenAvailable' | 'required'
  readonly showExpandedEvents: boolean
  readonly allChangesForCluster: boolean
  /** Undefined: with what happens from now on. */
  readonly from: Position | undefined
}

const stage = '$changeStream'
const fullDocumentValues = ['default', 'updateLookup', 'whenAvailable', 'required'] as const
const beforeChangeValues = ['off', 'whenAvailable', 'required'] as const
const startingFields: readonly string[] = ['resumeAfter', 'startAfter', 'startAtOperationTime']

export function watchOptionsOf(operand: BSONValue): WatchOptions {
  if (!isDocument(operand))
    throw new CommandFailure(50808, `$changeStream stage expects a document as argument, not ${typeNameOf(operand)}`)
  const given = new Arguments(stage, operand)
  given.check({
    taken: [
      ...startingFields,
      'fullDocument',
      'fullDocumentBeforeChange',
      'showExpandedEvents',
      'allChangesForCluster'
    ],
    refused
  })
  return {
    fullDocument: oneOf(given, 'fullDocument', fullDocumentValues),
    fullDocumentBeforeChange: oneOf(given, 'fullDocumentBeforeChange', beforeChangeValues),
    showExpandedEvents: given.boolean('showExpandedEvents'),
    allChangesForCluster: given.boolean('allChangesForCluster'),
    from: startOf(given)
  }
}

const refused: Readonly<Record<string, string>> = {
  showRawUpdateDescription: 'updates in the form of the oplog',
  showSystemEvents: 'events of system collections',
  showMigrationEvents: 'shards'
}

function oneOf<Value extends string>(given: Arguments, field: string, values: readonly [Value, ...Value[]]): Value {
  const value = given.string(field) ?? values[0]
  const found = values.find(each => each === value)
  if (found !== undefined) return found
  throw badValue(`Enumeration value '${value}' for field '${stage}.${field}' is not a valid value.`)
}

function startOf(given: Arguments): Position | undefined {
  if (given.has('resumeAfter') && given.has('startAfter'))
    throw new CommandFailure(50865, "Do not specify both 'resumeAfter' and 'startAfter' in a $changeStream stage")
  if (startingFields.filter(field => given.has(field)).length > 1)
    throw new CommandFailure(40674, 'Only one type of resume option is allowed, but multiple were found.')
  const resumeAfter = given.document('resumeAfter')
  if (resumeAfter !== undefined) return resumingPosition(resumeAfter)
  const startAfter = given.document('startAfter')
  if (startAfter !== undefined) return positionOf(startAfter)
  const time = given.value('startAtOperationTime')
  if (time === undefined) return undefined
  if (!(time instanceof Timestamp)) throw given.wrongType('startAtOperationTime', time, 'timestamp')
  return positionBefore(time.toBigInt())
}

function resumingPosition(token: BSONDocument): Position {
  const position = positionOf(token)
  if (position.rank !== ranks.invalidate) return position
  throw new CommandFailure(
    'InvalidResumeToken',
    "Attempting to resume a change stream using 'resumeAfter' is not allowed from an invalidate notification."
  )
}

/** Databases of the server itself. */
const internalDatabases: readonly string[] = ['admin', 'config', 'local']

/** `collection`: undefined for a command that names none. */
export function scopeOf(database: string, collection: string | undefined, ofCluster: boolean): Scope {
  const namespace = collection === undefined ? undefined : `${database}.${collection}`
  if (ofCluster) {
    if (database === 'admin' && namespace === undefined) return { kind: 'cluster' }
    const text =
      "A $changeStream with 'allChangesForCluster:true' may only be opened on the 'admin' database, and with no " +
      `collection name; found ${namespace ?? database}`
    throw new CommandFailure('InvalidOptions', text)
  }
  if (internalDatabases.includes(database))
    throw new CommandFailure('InvalidNamespace', `$changeStream may not be opened on the internal ${database} database`)
  if (namespace === undefined) return { kind: 'database', database }
  if (isOfServer(namespace))
    throw new CommandFailure(
      'InvalidNamespace',
      `$changeStream may not be opened on the internal ${namespace} collection`
    )
  return { kind: 'collection', namespace }
}

export function isWatched(scope: Scope, namespace: string): boolean {
  if (scope.kind === 'collection') return namespace === scope.namespace
  const database = namespace.slice(0, namespace.indexOf('.'))
  if (isOfServer(namespace)) return false
  return scope.kind === 'database' ? database === scope.database : !internalDatabases.includes(database)
}

function isOfServer(namespace: string): boolean {
  return namespace.slice(namespace.indexOf('.') + 1).startsWith('system.')
}
