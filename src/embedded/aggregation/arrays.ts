import { Int32 } from '../../bson/index.ts'
import { CommandFailure } from '../failure.ts'
import { type BSONValue, equalValues } from '../query/index.ts'
import {
  arrayOperand,
  compileOperands,
  int32Operand,
  isNullish,
  lenient,
  type Operator,
  type Operators,
  strict,
  typeText
} from './operator.ts'

/** How many elements `$range` may make. */
export const rangeElementsMax = 1_000_000

export const arrayOperators: Operators = [
  ['$size', lenient(1, 1, value => new Int32(arrayOperand('$size', value, 17124).length))],
  ['$isArray', lenient(1, 1, value => Array.isArray(value))],
  [
    '$arrayElemAt',
    strict(2, 2, (array, index) => elementAt('$arrayElemAt', array, int32Operand('$arrayElemAt', index, 28690)))
  ],
  ['$first', strict(1, 1, array => elementAt('$first', array, 0))],
  ['$last', strict(1, 1, array => elementAt('$last', array, -1))],
  [
    '$concatArrays',
    strict(0, Number.MAX_SAFE_INTEGER, (...arrays) =>
      arrays.flatMap(each => [...arrayOperand('$concatArrays', each, 28664)])
    )
  ],
  ['$reverseArray', strict(1, 1, array => [...arrayOperand('$reverseArray', array, 34435)].reverse())],
  ['$slice', strict(2, 3, slice)],
  ['$range', lenient(2, 3, range)],
  ['$in', membership],
  ['$indexOfArray', position]
]

/** Nothing where the index, which counts from the end if negative, is outside the array. */
function elementAt(name: string, array: BSONValue, index: number): BSONValue | undefined {
  const elements = arrayOperand(name, array, 28689)
  return elements.at(index)
}

/** The first or last `n` elements, or `n` of them from a position on, which counts from the end if negative. */
function slice(array: BSONValue, first: BSONValue, count: BSONValue | undefined): BSONValue {
  const elements = arrayOperand('$slice', array, 28724)
  const start = int32Operand('$slice', first, 28725)
  if (count === undefined) return start < 0 ? elements.slice(start) : elements.slice(0, start)
  const length = int32Operand('$slice', count, 28727)
  if (length <= 0) throw new CommandFailure(28729, `the third argument of $slice must be positive, not ${length}`)
  const from = start < 0 ? Math.max(0, elements.length + start) : start
  return elements.slice(from, from + length)
}

function range(from: BSONValue | undefined, to: BSONValue | undefined, by: BSONValue | undefined): BSONValue {
  const start = int32Operand('$range', from, 34444)
  const end = int32Operand('$range', to, 34446)
  const step = by === undefined ? 1 : int32Operand('$range', by, 34448)
  if (step === 0) throw new CommandFailure(34449, '$range requires a step that is not zero')
  const length = Math.max(0, Math.ceil((end - start) / step))
  if (length > rangeElementsMax) {
    throw new CommandFailure(
      'ExceededMemoryLimit',
      `$range would make ${length} elements; the embedded deployment makes up to ${rangeElementsMax} (rangeElementsMax)`
    )
  }
  return Array.from({ length }, (_, index) => new Int32(start + index * step))
}

function membership(...[operand, compiler, name]: Parameters<Operator>): ReturnType<Operator> {
  const [wanted, array] = compileOperands(operand, compiler, name, 2, 2)
  return scope => {
    const value = wanted?.(scope)
    const elements = arrayOperand(name, array?.(scope), 40081)
    return value !== undefined && elements.some(element => equalValues(element, value, compiler.strings))
  }
}

/** The index of the first equal element, between a start and an end if they are given; -1 if there is none. */
function position(...[operand, compiler, name]: Parameters<Operator>): ReturnType<Operator> {
  const operands = compileOperands(operand, compiler, name, 2, 4)
  return scope => {
    const [array, wanted, from, to] = operands.map(each => each(scope))
    if (isNullish(array)) return null
    const elements = arrayOperand(name, array, 40090)
    const start = from === undefined ? 0 : bound(name, from)
    const end = to === undefined ? elements.length : bound(name, to)
    const index = elements.findIndex(
      (element, at) => at >= start && at < end && wanted !== undefined && equalValues(element, wanted, compiler.strings)
    )
    return new Int32(index)
  }
}

function bound(name: string, value: BSONValue): number {
  const index = int32Operand(name, value, 40096)
  if (index >= 0) return index
  throw new CommandFailure(40097, `${name} requires a bound that is not negative, found: ${index} (${typeText(value)})`)
}
