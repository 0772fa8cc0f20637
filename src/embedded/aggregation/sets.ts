import type { BSONValue, StringOrder } from '../query/index.ts'
import { ByValue, distinctValues } from './by_value.ts'
import { isTrue } from './logic.ts'
import { arrayOperand, compileOperands, isNullish, type Operator, type Operators, strict } from './operator.ts'

type Sets = readonly (readonly BSONValue[])[]

/** Arrays as sets: order and repetition do not count, and numbers are equal by value. */
export const setOperators: Operators = [
  ['$setUnion', ofSets(0, Number.MAX_SAFE_INTEGER, (sets, strings) => distinctValues(sets.flat(), strings))],
  ['$setIntersection', ofSets(0, Number.MAX_SAFE_INTEGER, intersection)],
  ['$setDifference', ofSets(2, 2, (sets, strings) => difference(sets, strings))],
  ['$setIsSubset', ofSets(2, 2, (sets, strings) => difference(sets, strings).length === 0)],
  ['$setEquals', ofSets(2, Number.MAX_SAFE_INTEGER, allEqual, 17044)],
  ['$anyElementTrue', strict(1, 1, array => arrayOperand('$anyElementTrue', array, 17041).some(isTrue))],
  ['$allElementsTrue', strict(1, 1, array => arrayOperand('$allElementsTrue', array, 17040).every(isTrue))]
]

/** Null for a null operand, unless a code says that such a one is an error, too. */
function ofSets(
  least: number,
  most: number,
  apply: (sets: Sets, strings: StringOrder) => BSONValue,
  nullCode?: number
): Operator {
  return (operand, compiler, name) => {
    const operands = compileOperands(operand, compiler, name, least, most)
    return scope => {
      const values = operands.map(each => each(scope))
      if (values.some(isNullish) && nullCode === undefined) return null
      return apply(
        values.map(value => arrayOperand(name, value, nullCode ?? 17043)),
        compiler.strings
      )
    }
  }
}

function membersOf(set: readonly BSONValue[], strings: StringOrder): ByValue<true> {
  const members = new ByValue<true>(strings)
  for (const value of set) members.getOrAdd(value, () => true)
  return members
}

function intersection(sets: Sets, strings: StringOrder): BSONValue[] {
  const [first = [], ...others] = sets
  const members = others.map(set => membersOf(set, strings))
  const common = first.filter(value => members.every(each => each.get(value) !== undefined))
  return distinctValues(common, strings)
}

/** What is in the first set and not in the second. */
function difference([first = [], second = []]: Sets, strings: StringOrder): BSONValue[] {
  const members = membersOf(second, strings)
  return distinctValues(
    first.filter(value => members.get(value) === undefined),
    strings
  )
}

function allEqual(sets: Sets, strings: StringOrder): boolean {
  const [first = [], ...others] = sets
  return others.every(
    other => difference([first, other], strings).length === 0 && difference([other, first], strings).length === 0
  )
}
