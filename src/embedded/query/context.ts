import { CommandFailure } from '../failure.ts'
import { compareStrings, type StringOrder } from './compare.ts'
import { type BSONDocument, type BSONValue, isDocument } from './values.ts'

/** A compiled aggregation expression. It is given the whole document; undefined is a missing value. */
export type Expression = (document: BSONDocument) => BSONValue | undefined

/** An expression names an operator that there is none of. A projection answers otherwise for one that stands right in it. */
export class UnknownOperator extends CommandFailure {
  readonly operator: string

  constructor(operator: string) {
    super(
      'InvalidPipelineOperator',
      `Unrecognized expression '${operator}': the embedded deployment evaluates no such operator`
    )
    this.operator = operator
  }
}

/** What a filter, a projection or an update takes from its command, besides itself. */
export interface QueryContext {
  /** The order of strings by the command's collation; without it the simple one. */
  readonly strings?: StringOrder | undefined
  /** Compiles an aggregation expression, with the command's variables bound. Without it expressions are refused. */
  readonly compileExpression?: ((expression: BSONValue) => Expression) | undefined
}

export function stringsOf(context: QueryContext): StringOrder {
  return context.strings ?? compareStrings
}

/**
 * Compiles an expression; `place` names where it stands, for the refusal. Constants need no evaluator, and keep their
 * types without one.
 */
export function compileExpression(context: QueryContext, expression: BSONValue, place: string): Expression {
  if (isConstant(expression)) return () => expression
  if (context.compileExpression !== undefined) return context.compileExpression(expression)
  throw new CommandFailure('NotImplemented', `${place}: aggregation expressions are not supported here`)
}

function isConstant(expression: BSONValue): boolean {
  if (typeof expression === 'string') return !expression.startsWith('$')
  return !isDocument(expression) && !Array.isArray(expression)
}
