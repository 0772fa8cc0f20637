import { MongoInvalidArgumentError } from '../errors/index.ts'
import type { AggregateOptions, CursorFlag, FindOptions } from './types/index.ts'

/** Options that methods of every cursor set; each kind of cursor takes some of them. */
export type ChangeableOptions = Pick<AggregateOptions, 'batchSize' | 'maxTimeMS' | 'readPreference' | 'readConcern'> &
  Pick<FindOptions, 'tailable' | 'awaitData' | 'noCursorTimeout' | 'allowPartialResults'>

/** @throws MongoInvalidArgumentError for an option that the cursor's command does not take. */
export function requireChangeable(
  command: string,
  options: ChangeableOptions,
  taken: readonly (keyof ChangeableOptions)[]
): void {
  for (const name of Object.keys(options) as (keyof ChangeableOptions)[])
    if (!taken.includes(name))
      throw new MongoInvalidArgumentError(`${command} takes no ${name}: leave it out, nothing would come of it`)
}

/** The option that a flag stands for. */
export function optionOfFlag(flag: CursorFlag, value: boolean): ChangeableOptions {
  if (typeof value !== 'boolean')
    throw new MongoInvalidArgumentError(`the cursor flag ${flag} is true or false, not ${JSON.stringify(value)}`)
  switch (flag) {
    case 'tailable':
      return { tailable: value }
    case 'awaitData':
      return { awaitData: value }
    case 'noCursorTimeout':
      return { noCursorTimeout: value }
    case 'partial':
      return { allowPartialResults: value }
    default: {
      const given: string = flag
      const reason = refused[given]
      throw new MongoInvalidArgumentError(
        reason === undefined
          ? `there is no cursor flag ${JSON.stringify(given)}; there are tailable, awaitData, noCursorTimeout and partial`
          : `the cursor flag ${given} is not supported: ${reason}`
      )
    }
  }
}

/** What is known from elsewhere and neither sent nor honoured here, and what to do instead. */
const refused: Readonly<Record<string, string>> = {
  cursorType: 'say tailable: true, and awaitData: true if the server is to wait for documents',
  exhaust: 'batches are asked for one by one; leave it out',
  numberOfRetries: 'a tailable cursor is asked again until a document comes; leave it out',
  oplogReplay: 'servers find their way in the oplog by themselves; leave it out',
  partial: 'say allowPartialResults: true',
  tailableRetryInterval: 'the pauses of a tailable cursor grow by themselves; leave it out'
}

/** @throws MongoInvalidArgumentError for what could only be ignored. */
export function refuseUnsupported(options: object): void {
  for (const name in refused)
    if ((options as Readonly<Record<string, unknown>>)[name] !== undefined)
      throw new MongoInvalidArgumentError(`the option ${name} is not supported: ${refused[name]}`)
}
