import { CommandFailure } from '../failure.ts'
import { type BSONDocument, type BSONValue, compareValues, compileSort, isDocument, isNumber } from '../query/index.ts'
import { wholeInt32 } from '../query/numbers.ts'
import { checkVariableName, isTrue } from './logic.ts'
import {
  arrayOperand,
  compileNamed,
  int32Operand,
  isNullish,
  namedOperands,
  type Operator,
  type Operators,
  typeText
} from './operator.ts'

export const iterationOperators: Operators = [
  ['$map', map],
  ['$filter', filter],
  ['$reduce', reduce],
  ['$sortArray', sortArray]
]

/** What the elements are called inside; `this` unless the operator says otherwise. */
function elementVariable(operands: BSONDocument): string {
  const name = operands.get('as')
  if (name === undefined) return 'this'
  if (typeof name !== 'string') throw new CommandFailure('TypeMismatch', `'as' must be a string, not ${typeText(name)}`)
  checkVariableName(name)
  return name
}

function map(...[operand, compiler, name]: Parameters<Operator>): ReturnType<Operator> {
  const operands = namedOperands(operand, name, ['input', 'in'], ['as'])
  const variable = elementVariable(operands)
  const input = compileNamed(operands, 'input', compiler)
  const each = compileNamed(operands, 'in', compiler.within(variable))
  return scope => {
    const array = input(scope)
    if (isNullish(array)) return null
    return arrayOperand(name, array, 16883).map(element => each(scope.bind(variable, element)) ?? null)
  }
}

function filter(...[operand, compiler, name]: Parameters<Operator>): ReturnType<Operator> {
  const operands = namedOperands(operand, name, ['input', 'cond'], ['as', 'limit'])
  const variable = elementVariable(operands)
  const input = compileNamed(operands, 'input', compiler)
  const condition = compileNamed(operands, 'cond', compiler.within(variable))
  const limit = compileNamed(operands, 'limit', compiler)
  return scope => {
    const array = input(scope)
    if (isNullish(array)) return null
    const most = limitOf(name, limit(scope))
    const kept: BSONValue[] = []
    for (const element of arrayOperand(name, array, 28651)) {
      if (kept.length === most) break
      if (isTrue(condition(scope.bind(variable, element)))) kept.push(element)
    }
    return kept
  }
}

function limitOf(name: string, limit: BSONValue | undefined): number {
  if (isNullish(limit)) return Number.POSITIVE_INFINITY
  const most = int32Operand(name, limit, 327391)
  if (most >= 1) return most
  throw new CommandFailure(327392, `${name} requires a limit greater than 0, found: ${most}`)
}

function reduce(...[operand, compiler, name]: Parameters<Operator>): ReturnType<Operator> {
  const operands = namedOperands(operand, name, ['input', 'initialValue', 'in'])
  const input = compileNamed(operands, 'input', compiler)
  const initial = compileNamed(operands, 'initialValue', compiler)
  const step = compileNamed(operands, 'in', compiler.within('this', 'value'))
  return scope => {
    const array = input(scope)
    if (isNullish(array)) return null
    let value = initial(scope)
    for (const element of arrayOperand(name, array, 40080)) {
      value = step(scope.bind('this', element).bind('value', value))
    }
    return value
  }
}

/** Sorts by 1 or -1 the values themselves, or by fields of the documents. */
function sortArray(...[operand, compiler, name]: Parameters<Operator>): ReturnType<Operator> {
  const operands = namedOperands(operand, name, ['input', 'sortBy'])
  const input = compileNamed(operands, 'input', compiler)
  const order = elementOrder(operands.get('sortBy'), compiler.strings)
  return scope => {
    const array = input(scope)
    return isNullish(array) ? null : [...arrayOperand(name, array, 2942504)].sort(order)
  }
}

type ElementOrder = (left: BSONValue, right: BSONValue) => number

function elementOrder(sortBy: BSONValue | undefined, strings: Parameters<typeof compareValues>[2]): ElementOrder {
  if (isDocument(sortBy)) {
    const sort = compileSort(sortBy, strings)
    const keyOf = (element: BSONValue) => sort.keyOf(isDocument(element) ? element : new Map())
    return (left, right) => sort.compareKeys(keyOf(left), keyOf(right))
  }
  const direction = isNumber(sortBy) ? wholeInt32(sortBy) : undefined
  if (direction !== 1 && direction !== -1) {
    throw new CommandFailure(2942503, `$sortArray sorts by 1, -1 or a document of fields, not by ${typeText(sortBy)}`)
  }
  return (left, right) => compareValues(left, right, strings) * direction
}
