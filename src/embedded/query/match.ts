import { BSONRegExp } from '../../bson/index.ts'
import { badValue, CommandFailure, type FailureName } from '../failure.ts'
import { compileExpression, type QueryContext, stringsOf } from './context.ts'
import {
  type Condition,
  equality,
  every,
  isOperatorDocument,
  leaf,
  type MatchPosition,
  negated,
  record,
  regexOperator,
  regularExpression,
  valueCondition
} from './conditions.ts'
import { someValue, splitPath } from './paths.ts'
import { arrayAsDocument, type BSONDocument, type BSONValue, isDocument, isTruthy, typeNameOf } from './values.ts'

/** How deep operators of a filter may nest. */
export const filterDepthMax = 100

/** A compiled filter. `found` is filled in with the position in an array, where one was gone through. */
export type Filter = (document: BSONDocument, found?: MatchPosition) => boolean

/** Operators of the server that the embedded deployment lacks, with the code of a server that cannot run them either. */
const refusedOperators: ReadonlyMap<string, FailureName> = new Map([
  ['$where', 'BadValue'],
  ['$text', 'IndexNotFound'],
  ['$near', 'NoQueryExecutionPlans'],
  ['$nearSphere', 'NoQueryExecutionPlans'],
  ['$geoNear', 'NoQueryExecutionPlans'],
  ['$geoWithin', 'NotImplemented'],
  ['$geoIntersects', 'NotImplemented'],
  ['$within', 'NotImplemented'],
  ['$jsonSchema', 'NotImplemented'],
  ['$sampleRate', 'NotImplemented'],
  ['$alwaysTrue', 'NotImplemented'],
  ['$alwaysFalse', 'NotImplemented']
])

/** Compiles a filter of `find`, `update` and the like. Whatever it cannot do is refused here, before any document. */
export function compileFilter(filter: BSONDocument, context: QueryContext = {}): Filter {
  return new FilterCompiler(context).filter(filter, 1)
}

/** Compiles what a filter may ask of one field, such as `{ $gt: 1 }`, a value or a regular expression. */
export function compileCondition(expression: BSONValue, context: QueryContext = {}): Condition {
  return new FilterCompiler(context).field(expression, 1)
}

class FilterCompiler {
  readonly #context: QueryContext

  constructor(context: QueryContext) {
    this.#context = context
  }

  filter(filter: BSONDocument, depth: number): Filter {
    checkDepth(depth)
    const clauses = Array.from(filter, ([name, operand]) => this.#clause(name, operand, depth))
    return (document, found) => clauses.every(clause => clause(document, found))
  }

  #clause(name: string, operand: BSONValue, depth: number): Filter {
    if (!name.startsWith('$')) {
      const path = splitPath(name)
      const condition = this.field(operand, depth)
      return (document, found) => condition.onPath(document, path, found)
    }
    switch (name) {
      case '$and': {
        const branches = this.#branches(name, operand, depth)
        return (document, found) => branches.every(branch => branch(document, found))
      }
      // A position is told by conditions that must hold; it would be by chance here.
      case '$or': {
        const branches = this.#branches(name, operand, depth)
        return document => branches.some(branch => branch(document))
      }
      case '$nor': {
        const branches = this.#branches(name, operand, depth)
        return document => !branches.some(branch => branch(document))
      }
      case '$comment':
        return () => true
      case '$expr': {
        const expression = compileExpression(this.#context, operand, '$expr')
        return document => isTruthy(expression(document) ?? null)
      }
      default:
        refuseKnown(name)
        throw badValue(
          `unknown top level operator: ${name}; a field whose name starts with "$" is reached by $getField`
        )
    }
  }

  #branches(name: string, operand: BSONValue, depth: number): Filter[] {
    if (!Array.isArray(operand) || operand.length === 0) throw badValue(`${name} must be a nonempty array`)
    return operand.map(branch => {
      if (!isDocument(branch))
        throw badValue(`the entries of ${name} need to be full objects, not ${typeNameOf(branch)}`)
      return this.filter(branch, depth + 1)
    })
  }

  field(expression: BSONValue, depth: number): Condition {
    checkDepth(depth)
    if (expression instanceof BSONRegExp) return regularExpression(expression.pattern, expression.options)
    if (isDocument(expression) && isOperatorDocument(expression)) return this.#operators(expression, depth)
    return equality(expression, stringsOf(this.#context))
  }

  #operators(expression: BSONDocument, depth: number): Condition {
    const conditions = Array.from(expression, ([operator, operand]) => {
      if (operator === '$regex') return regexOperator(expression)
      if (operator === '$options') {
        if (!expression.has('$regex')) throw badValue('$options needs a $regex')
        return undefined
      }
      return this.#operator(operator, operand, depth)
    })
    const all = conditions.filter(condition => condition !== undefined)
    return all.length === 1 && all[0] !== undefined ? all[0] : every(all)
  }

  #operator(operator: string, operand: BSONValue, depth: number): Condition {
    if (operator === '$not') return this.#not(operand, depth)
    if (operator === '$all') return this.#all(operand, depth)
    if (operator === '$elemMatch') return this.#elemMatch(operand, depth)
    const condition = valueCondition(operator, operand, stringsOf(this.#context))
    if (condition !== undefined) return condition
    refuseKnown(operator)
    throw badValue(`unknown operator: ${operator}`)
  }

  #not(operand: BSONValue, depth: number): Condition {
    if (operand instanceof BSONRegExp) return negated(this.field(operand, depth + 1))
    if (!isDocument(operand))
      throw badValue(`$not needs a regular expression or a document, not ${typeNameOf(operand)}`)
    if (operand.size === 0) throw badValue('$not cannot be empty')
    return negated(this.#operators(operand, depth + 1))
  }

  #all(operand: BSONValue, depth: number): Condition {
    if (!Array.isArray(operand)) throw badValue(`$all needs an array, not ${typeNameOf(operand)}`)
    if (operand.length === 0) return leaf(() => false)
    const elementMatches = operand.map(element => isDocument(element) && element.keys().next().value === '$elemMatch')
    return every(
      operand.map((element, index) => {
        if (elementMatches[index] !== elementMatches[0])
          throw badValue('$all takes $elemMatch for each of its elements or for none')
        if (isDocument(element) && isOperatorDocument(element) && elementMatches[index] !== true) {
          throw badValue('no $ expressions in $all, besides $elemMatch')
        }
        return this.field(element, depth + 1)
      })
    )
  }

  /** One element of the array that meets all; its index is the position. */
  #elemMatch(operand: BSONValue, depth: number): Condition {
    if (!isDocument(operand)) throw badValue(`$elemMatch needs an object, not ${typeNameOf(operand)}`)
    const matches = this.#elementTest(operand, depth)
    const indexIn = (value: BSONValue | undefined): number => (Array.isArray(value) ? value.findIndex(matches) : -1)
    return {
      onPath: (document, path, found) =>
        someValue(document, path, 'whole', (value, position) => {
          const index = indexIn(value)
          if (index < 0) return false
          record(found, position ?? index)
          return true
        }),
      onValue: value => indexIn(value) >= 0
    }
  }

  #elementTest(operand: BSONDocument, depth: number): (element: BSONValue) => boolean {
    const [first = ''] = operand.keys()
    if (isOperatorDocument(operand) && !['$and', '$or', '$nor', '$where', '$expr'].includes(first)) {
      const condition = this.#operators(operand, depth + 1)
      return element => condition.onValue(element)
    }
    if (first === '$expr') throw badValue('$expr can only be applied to the top-level document, not within $elemMatch')
    const filter = this.filter(operand, depth + 1)
    return element => {
      if (isDocument(element)) return filter(element)
      return Array.isArray(element) && filter(arrayAsDocument(element))
    }
  }
}

function refuseKnown(operator: string): void {
  const code = refusedOperators.get(operator)
  if (code !== undefined) throw new CommandFailure(code, `${operator} is not supported by the embedded deployment`)
}

function checkDepth(depth: number): void {
  if (depth > filterDepthMax) {
    throw badValue(`the filter nests deeper than ${filterDepthMax} levels (filterDepthMax)`)
  }
}
