import type { Document } from '../bson/index.ts'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import { type Command, explainCommand, type Explanation } from '../operations/index.ts'
import { type WriteConcern, writeConcernFrom } from '../options/index.ts'
import type { ClientCore } from './core.ts'
import { inherit, type Inherited, orRejected, runOptions, serverLimit } from './targets.ts'
import type {
  CommandOperationOptions,
  ExplainCommandOptions,
  ExplainOptions,
  ExplainVerbosityLike,
  OperationOptions
} from './types/index.ts'

/** How much an explanation tells, by the server's names. */
export const ExplainVerbosity: {
  readonly queryPlanner: 'queryPlanner'
  readonly queryPlannerExtended: 'queryPlannerExtended'
  readonly executionStats: 'executionStats'
  readonly allPlansExecution: 'allPlansExecution'
} = Object.freeze({
  queryPlanner: 'queryPlanner',
  queryPlannerExtended: 'queryPlannerExtended',
  executionStats: 'executionStats',
  allPlansExecution: 'allPlansExecution'
})

const serverDefault: WriteConcern = writeConcernFrom({})

/** Undefined: nothing is to be explained. */
export function explanationOf(explain: ExplainOptions['explain'], place: Inherited): Explanation | undefined {
  if (explain === undefined) return undefined
  const { verbosity, maxTimeMS }: ExplainCommandOptions = typeof explain === 'object' ? explain : { verbosity: explain }
  return { verbosity: nameOf(verbosity), maxTimeMS: serverLimit(place, maxTimeMS) }
}

type ExplainableOptions = ExplainOptions &
  Pick<CommandOperationOptions, 'writeConcern' | 'signal' | 'timeoutMS' | 'enableUtf8Validation' | 'session'>

/** Where a write goes. What is explained is not done, so it has no write concern. */
export function writePlace<Place extends Inherited>(above: Place, options: ExplainableOptions): Place {
  const place = inherit(above, options)
  if (options.explain === undefined) return place
  if (options.writeConcern !== undefined)
    throw new MongoInvalidArgumentError('an operation that is explained is not done: leave its write concern out')
  return { ...place, writeConcern: serverDefault }
}

/** The command, or where the options ask for it its explanation, which is of another type than the result. */
export function runOrExplain<Result>(
  core: ClientCore,
  command: Command<Result>,
  place: Inherited,
  options: ExplainableOptions
): Promise<Result | Document> {
  const explanation = explanationOf(options.explain, place)
  if (explanation === undefined) return core.run(command, runOptions(place, options))
  return core.run(explainCommand(command, explanation), runOptions(place, options))
}

/** What a cursor's explanation has from the cursor. */
export interface ExplainedCursor extends Pick<OperationOptions, 'session'> {
  readonly place: Inherited
}

/** Of a cursor, which is left as it is. `explain` may be the options: then all is told. */
export function explainCursor(
  core: ClientCore,
  command: () => Command<unknown>,
  cursor: ExplainedCursor,
  explain: ExplainVerbosityLike | ExplainCommandOptions | OperationOptions,
  options: OperationOptions
): Promise<Document> {
  if (typeof explain === 'object' && !('verbosity' in explain))
    return explainCursor(core, command, cursor, true, explain)
  return orRejected(() => {
    const place = inherit(cursor.place, options)
    return runOrExplain(core, command(), place, { session: cursor.session, ...options, explain }) as Promise<Document>
  })
}

function nameOf(verbosity: ExplainVerbosityLike): string {
  if (typeof verbosity === 'boolean')
    return verbosity ? ExplainVerbosity.allPlansExecution : ExplainVerbosity.queryPlanner
  return verbosity
}
