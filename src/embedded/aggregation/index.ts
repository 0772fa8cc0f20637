/**
 * Pipelines and expressions of the aggregation framework on BSON values: pure but for the time of `$$NOW` and the chance
 * of `$sample`. Behaviour is that of the MongoDB manual for server 8.0; a stage, an operator or an accumulator that is
 * not built is refused by name, with the code that a server answers for one it does not know.
 */
import type { Chance, Clock } from '../../runtime/index.ts'
import type { Aggregation } from '../aggregation.ts'
import { type BSONDocument, type BSONValue, compareStrings, type Expression, type StringOrder } from '../query/index.ts'
import { Compiler } from './compiler.ts'
import { compilePipeline } from './pipeline.ts'
import { Scope } from './scope.ts'

export { rangeElementsMax } from './arrays.ts'
export { type MergeStage, type OutputStage, type OutStage, readOutputStage } from './output.ts'
export { documentsElsewhere, stagesMax } from './pipeline.ts'
export { compileVariables, type Variable, withVariables } from './variables.ts'

export interface AggregationOptions {
  readonly clock: Pick<Clock, 'epochMS'>
  readonly chance: Pick<Chance, 'fraction'>
}

type CompileExpression = (expression: BSONValue) => Expression

export function createAggregation({ clock, chance }: AggregationOptions): Aggregation {
  const expressions = (variables: BSONDocument, strings: StringOrder = compareStrings): CompileExpression =>
    withVariables(new Compiler(new Date(clock.epochMS()), strings, []), variables)
  return {
    expressions,
    pipeline: (stages, context) => {
      const compileExpression = context.compileExpression ?? expressions(new Map(), context.strings)
      return compilePipeline(stages, { ...context, compileExpression, chance })
    }
  }
}

/** The command's variables are constants: they are evaluated once, where there is no document. */
function withVariables(outer: Compiler, variables: BSONDocument): CompileExpression {
  const compiler = outer.within(...variables.keys())
  const nothing = new Scope(new Map())
  const bound = Array.from(variables).reduce(
    (scope, [name, value]) => scope.bind(name, outer.compile(value)(nothing)),
    nothing
  )
  return expression => {
    const evaluate = compiler.compile(expression)
    return document => evaluate(bound.over(document))
  }
}
