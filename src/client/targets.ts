import { type DecodeOptions, type Document, uncheckedText } from '../bson/index.ts'
import { MongoInvalidArgumentError, MongoTransactionError } from '../errors/index.ts'
import type { OperationOptions } from '../operations/index.ts'
import {
  primaryReadPreference,
  type ReadConcern,
  readConcernFrom,
  type ReadPreference,
  readPreferenceFrom,
  type WriteConcern,
  writeConcernFrom
} from '../options/index.ts'
import { explicitSessionOf } from './client_session.ts'
import type { CommandOperationOptions } from './types/index.ts'

/** What operations inherit: from the client, the database, the collection. */
export interface Inherited {
  readonly readPreference: ReadPreference
  readonly readConcern: ReadConcern
  readonly writeConcern: WriteConcern
  readonly timeoutMS: number | undefined
  readonly enableUtf8Validation: boolean
}

/** Where a collection's operations go, and what they go by. */
export interface CollectionPlace extends Inherited {
  readonly database: string
  readonly collection: string
}

/** Options of a database or a collection, which its operations inherit. */
export type HandleOptions = Pick<
  CommandOperationOptions,
  'readPreference' | 'readConcern' | 'writeConcern' | 'timeoutMS' | 'enableUtf8Validation'
>

/** What an operation takes that was given no options: known by its identity, so that nothing is looked up in it. */
export const noOptions: Readonly<Record<string, never>> = Object.freeze({})

/**
 * The options given here over those of the level above, which is returned itself where there are none. Checked when a
 * handle is made or an operation begins.
 */
export function inherit<Above extends Inherited>(
  above: Above,
  options: (HandleOptions & Pick<CommandOperationOptions, 'session'>) | undefined
): Above {
  if (options === undefined || options === noOptions) return above
  const place = inheritInCursor(above, options)
  return options.session === undefined ? place : placeInSession(place, options)
}

/** As `inherit`, for what is made now and used later: whether its session is in a transaction is asked then. */
export function inheritInCursor<Above extends Inherited>(above: Above, options: HandleOptions): Above {
  const { readPreference, readConcern, writeConcern, timeoutMS, enableUtf8Validation } = options
  const given = readPreference !== undefined || readConcern !== undefined || writeConcern !== undefined
  if (!given && timeoutMS === undefined && enableUtf8Validation === undefined) return above
  return withoutWaiting({
    ...above,
    readPreference: readPreference === undefined ? above.readPreference : readPreferenceFrom(readPreference),
    readConcern: readConcern === undefined ? above.readConcern : readConcernFrom(readConcern),
    writeConcern: writeConcern === undefined ? above.writeConcern : writeConcernFrom(writeConcern),
    timeoutMS: timeoutMS ?? above.timeoutMS,
    enableUtf8Validation: enableUtf8Validation ?? above.enableUtf8Validation
  })
}

/**
 * Where `timeoutMS` counts, the time that servers may wait for a write concern does not. Source: the client side operations timeout
 * specification.
 */
export function withoutWaiting<Place extends Inherited>(place: Place): Place {
  const { timeoutMS = 0, writeConcern } = place
  if (timeoutMS <= 0 || writeConcern.wtimeoutMS === undefined) return place
  const { wtimeoutMS: _wtimeoutMS, ...others } = writeConcern
  return { ...place, writeConcern: Object.freeze(others) }
}

/**
 * In a transaction the concerns and the preference are the transaction's, and the collection's do not count. In
 * `withTransaction` with a limit, what is left of that limits each operation.
 * @throws {MongoTransactionError} for an operation with concerns of its own, of which nobody could say which count.
 */
export function placeInSession<Place extends Inherited>(
  place: Place,
  options: HandleOptions & Pick<CommandOperationOptions, 'session'>
): Place {
  const session = explicitSessionOf(options.session)
  if (session === undefined) return place
  const timeoutMS = timeInSession(place.timeoutMS, options)
  const settings = session.transaction.isActive ? session.transaction.settings : undefined
  if (settings === undefined) return timeoutMS === place.timeoutMS ? place : { ...place, timeoutMS }
  for (const [what, given] of [
    ['read', options.readConcern],
    ['write', options.writeConcern]
  ] as const)
    if (given !== undefined)
      throw new MongoTransactionError(
        `Cannot set ${what} concern after starting a transaction: give it to startTransaction or withTransaction instead`
      )
  const readPreference = options.readPreference === undefined ? settings.readPreference : place.readPreference
  return { ...place, timeoutMS, readPreference, readConcern: serverDefault, writeConcern: serverDefault }
}

const serverDefault = Object.freeze({})

/** @throws {MongoInvalidArgumentError} where an operation has a limit within another one. */
function timeInSession(
  timeoutMS: number | undefined,
  options: Pick<CommandOperationOptions, 'session' | 'timeoutMS'>
): number | undefined {
  const leftMS = explicitSessionOf(options.session)?.timeLeftMS
  if (leftMS === undefined) return timeoutMS
  if (options.timeoutMS === undefined) return leftMS
  throw new MongoInvalidArgumentError(
    `timeoutMS ${options.timeoutMS} cannot be set on an operation within withTransaction, whose own timeoutMS limits all of them; leave one out`
  )
}

/** Where `timeoutMS` counts, the server is told what remains of it, and of no other limit. */
export function serverLimit({ timeoutMS = 0 }: Inherited, maxTimeMS: number | undefined): number | undefined {
  return timeoutMS > 0 ? undefined : maxTimeMS
}

/** Of a command of the user's: the primary, unless the options or the transaction say otherwise. */
export function preferenceOfCommand(
  options: Pick<CommandOperationOptions, 'readPreference' | 'session'>
): ReadPreference {
  if (options.readPreference !== undefined) return readPreferenceFrom(options.readPreference)
  const { isActive = false, settings } = explicitSessionOf(options.session)?.transaction ?? {}
  return isActive && settings !== undefined ? settings.readPreference : primaryReadPreference
}

/** What the operation itself goes by, whatever its command. Limits of its parts are the client's. */
export function runOptions(
  { timeoutMS, enableUtf8Validation }: Pick<Inherited, 'timeoutMS' | 'enableUtf8Validation'>,
  options: Pick<CommandOperationOptions, 'signal' | 'session' | 'timeoutMS'>
): OperationOptions {
  const { signal, session } = options
  const others = timeoutMS !== undefined || signal !== undefined || session !== undefined
  if (!others && enableUtf8Validation) return noOptions
  return {
    timeoutMS: session === undefined ? timeoutMS : timeInSession(timeoutMS, options),
    decodeOptions: decodeOptionsOf({ enableUtf8Validation }),
    signal,
    session: explicitSessionOf(session)
  }
}

/** Undefined: those of the BSON library. */
export function decodeOptionsOf({
  enableUtf8Validation
}: Pick<Inherited, 'enableUtf8Validation'>): DecodeOptions | undefined {
  return enableUtf8Validation ? undefined : uncheckedText
}

const ofEveryOperation: ReadonlySet<string> = new Set([
  'signal',
  'timeoutMS',
  'enableUtf8Validation',
  'session',
  'comment',
  'maxTimeMS',
  'readPreference',
  'readConcern',
  'writeConcern'
])

/** Of options that stand side by side: those of the thing that is made, without those of the operation that makes it. */
export function propertiesOf(options: object): Document {
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => value !== undefined && !ofEveryOperation.has(name))
  )
}

/** What the caller gave wrong is told through the promise, like everything else, without an async layer for what is right. */
export function orRejected<Result>(begin: () => Promise<Result>): Promise<Result> {
  try {
    return begin()
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)))
  }
}
