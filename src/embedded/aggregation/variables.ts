import { CommandFailure } from '../failure.ts'
import { compileExpression } from '../query/context.ts'
import { type BSONDocument, type BSONValue, isDocument, type QueryContext } from '../query/index.ts'
import { checkVariableName } from './logic.ts'
import { typeText } from './operator.ts'

/** A variable of a stage's `let`: each document gives it a value of its own. */
export interface Variable {
  readonly name: string
  readonly value: (document: BSONDocument) => BSONValue | undefined
}

export function compileVariables(
  stage: string,
  given: BSONValue | undefined,
  context: QueryContext
): readonly Variable[] {
  if (given === undefined) return []
  if (!isDocument(given))
    throw new CommandFailure('FailedToParse', `${stage}'s let must be an object, not ${typeText(given)}`)
  return Array.from(given, ([name, expression]) => {
    checkVariableName(name)
    return { name, value: compileExpression(context, expression, `${stage}'s let "${name}"`) }
  })
}

/** Expressions inside are those of the command with a `$let` of the values around them. */
export function withVariables<Context extends QueryContext>(
  context: Context,
  variables: readonly Variable[],
  document: BSONDocument
): Context {
  const values: BSONDocument = new Map(
    variables.map(({ name, value }) => {
      const bound = value(document)
      return [name, bound === undefined ? '$$REMOVE' : new Map([['$literal', bound]])]
    })
  )
  return {
    ...context,
    compileExpression: expression => {
      const inner: BSONDocument = new Map<string, BSONValue>([
        ['vars', values],
        ['in', expression]
      ])
      return compileExpression(context, new Map([['$let', inner]]), '$let')
    }
  }
}
