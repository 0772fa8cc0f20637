import { type DecodeOptions, type Document, uncheckedText } from '../bson/index.ts'
import type { OperationOptions } from '../operations/index.ts'
import {
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
export function inherit<Above extends Inherited>(above: Above, options: HandleOptions | undefined): Above {
  if (options === undefined || options === noOptions) return above
  const { readPreference, readConcern, writeConcern, timeoutMS, enableUtf8Validation } = options
  const given = readPreference !== undefined || readConcern !== undefined || writeConcern !== undefined
  if (!given && timeoutMS === undefined && enableUtf8Validation === undefined) return above
  return {
    ...above,
    readPreference: readPreference === undefined ? above.readPreference : readPreferenceFrom(readPreference),
    readConcern: readConcern === undefined ? above.readConcern : readConcernFrom(readConcern),
    writeConcern: writeConcern === undefined ? above.writeConcern : writeConcernFrom(writeConcern),
    timeoutMS: timeoutMS ?? above.timeoutMS,
    enableUtf8Validation: enableUtf8Validation ?? above.enableUtf8Validation
  }
}

/** Where `timeoutMS` counts, the server is told what remains of it, and of no other limit. */
export function serverLimit({ timeoutMS = 0 }: Inherited, maxTimeMS: number | undefined): number | undefined {
  return timeoutMS > 0 ? undefined : maxTimeMS
}

/** What the operation itself goes by, whatever its command. Limits of its parts are the client's. */
export function runOptions(
  { timeoutMS, enableUtf8Validation }: Pick<Inherited, 'timeoutMS' | 'enableUtf8Validation'>,
  { signal, session }: Pick<CommandOperationOptions, 'signal' | 'session'>
): OperationOptions {
  const others = timeoutMS !== undefined || signal !== undefined || session !== undefined
  if (!others && enableUtf8Validation) return noOptions
  return {
    timeoutMS,
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
