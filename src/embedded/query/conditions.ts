import { BSONRegExp, BSONSymbol } from '../../bson/index.ts'
import { badValue, CommandFailure } from '../failure.ts'
import { bitTest, isBitOperator } from './bits.ts'
import { equalValues, rankOf, compareValues, type StringOrder } from './compare.ts'
import { truncatedInt64, wholeInt64 } from './numbers.ts'
import { type LeafArrays, someValue } from './paths.ts'
import { compileRegularExpression } from './regular_expression.ts'
import {
  type BSONDocument,
  type BSONTypeName,
  type BSONValue,
  bsonTypes,
  isDocument,
  isNumber,
  isTruthy,
  typeName,
  typeNameOf,
  typeOf
} from './values.ts'

/** Where in an array the filter matched, for the positional operator. A match fills it in. */
export interface MatchPosition {
  index?: number
}

/** What a filter asks of a field. */
export interface Condition {
  /** Of what stands at a path of a document, arrays gone through. */
  onPath(document: BSONDocument, path: readonly string[], found: MatchPosition | undefined): boolean
  /** Of one value as it is; undefined is a missing field. */
  onValue(value: BSONValue | undefined): boolean
}

export function leaf(test: (value: BSONValue | undefined) => boolean, leafArrays: LeafArrays = 'expanded'): Condition {
  return {
    onPath: (document, path, found) =>
      someValue(document, path, leafArrays, (value, position) => {
        if (!test(value)) return false
        record(found, position)
        return true
      }),
    onValue: test
  }
}

export function record(found: MatchPosition | undefined, position: number | undefined): void {
  if (found !== undefined && position !== undefined) found.index = position
}

export function negated(condition: Condition): Condition {
  return {
    onPath: (document, path) => !condition.onPath(document, path, undefined),
    onValue: value => !condition.onValue(value)
  }
}

export function every(conditions: readonly Condition[]): Condition {
  return {
    onPath: (document, path, found) => conditions.every(condition => condition.onPath(document, path, found)),
    onValue: value => conditions.every(condition => condition.onValue(value))
  }
}

/** The conditions of operators that look at one value and take no filters. Undefined: there is none of this name. */
export function valueCondition(operator: string, operand: BSONValue, strings: StringOrder): Condition | undefined {
  switch (operator) {
    case '$eq':
      return equality(operand, strings)
    case '$ne':
      refuseRegularExpression(operator, operand)
      return negated(equality(operand, strings))
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return range(operator, operand, strings)
    case '$in':
      return membership(operator, operand, strings)
    case '$nin':
      return negated(membership(operator, operand, strings))
    case '$exists': {
      const exists = leaf(value => value !== undefined, 'whole')
      return isTruthy(operand) ? exists : negated(exists)
    }
    case '$type':
      return ofType(operand)
    case '$mod':
      return modulo(operand)
    case '$size':
      return ofSize(operand)
    default:
      return isBitOperator(operator) ? leaf(bitTest(operator, operand)) : undefined
  }
}

/** Equal to the operand, which may be of any type: a missing field equals null. */
export function equality(operand: BSONValue, strings: StringOrder): Condition {
  refuseUndefined('$eq', operand)
  return leaf(value => (value === undefined ? operand === null : equalValues(value, operand, strings)))
}

/** A range holds values of the operand's rank only; null and a missing field are in `$gte: null` and `$lte: null`. */
function range(operator: '$gt' | '$gte' | '$lt' | '$lte', operand: BSONValue, strings: StringOrder): Condition {
  refuseRegularExpression(operator, operand)
  refuseUndefined(operator, operand)
  const rank = rankOf(operand)
  const edge = rank === rankOfMinKey || rank === rankOfMaxKey
  const inclusive = operator === '$gte' || operator === '$lte'
  const upwards = operator === '$gt' || operator === '$gte'
  return leaf(value => {
    if (value === undefined) return operand === null && inclusive
    if (rankOf(value) !== rank) return edge && upwards === (rank === rankOfMinKey)
    if (isNotANumber(value) || isNotANumber(operand)) return inclusive && equalValues(value, operand)
    const difference = compareValues(value, operand, strings)
    return difference === 0 ? inclusive : upwards === difference > 0
  })
}

const rankOfMinKey = 0
const rankOfMaxKey = 16

function isNotANumber(value: BSONValue): boolean {
  return isNumber(value) && value.toString() === 'NaN'
}

function membership(operator: string, operand: BSONValue, strings: StringOrder): Condition {
  if (!Array.isArray(operand)) throw badValue(`${operator} needs an array, not ${typeNameOf(operand)}`)
  const tests = operand.map(element => {
    if (isDocument(element) && isOperatorDocument(element)) throw badValue(`cannot nest $ under ${operator}`)
    return element instanceof BSONRegExp
      ? regularExpression(element.pattern, element.options)
      : equality(element, strings)
  })
  return leaf(value => tests.some(test => test.onValue(value)))
}

/** A string that the pattern is found in, or the same regular expression stored as a value. */
export function regularExpression(pattern: string, options: string): Condition {
  const compiled = compileRegularExpression(pattern, options)
  const itself = new BSONRegExp(pattern, options)
  return leaf(value => {
    if (typeof value === 'string') return compiled.test(value)
    if (value instanceof BSONSymbol) return compiled.test(value.value)
    return value instanceof BSONRegExp && equalValues(value, itself)
  })
}

/** `$regex` with its `$options`, either of which may carry the flags, but not both. */
export function regexOperator(expression: BSONDocument): Condition {
  const pattern = expression.get('$regex')
  const options = expression.get('$options')
  if (options !== undefined && typeof options !== 'string') throw badValue('$options has to be a string')
  if (pattern instanceof BSONRegExp) {
    if (options !== undefined && pattern.options !== '') {
      throw new CommandFailure(51075, 'the options of the regular expression stand in both $regex and $options')
    }
    return regularExpression(pattern.pattern, options ?? pattern.options)
  }
  if (typeof pattern !== 'string') throw badValue('$regex has to be a string')
  return regularExpression(pattern, options ?? '')
}

function ofType(operand: BSONValue): Condition {
  const wanted = Array.isArray(operand) ? operand : [operand]
  if (wanted.length === 0) throw new CommandFailure('FailedToParse', '$type must match at least one type')
  const types = new Set(wanted.flatMap(typesOf))
  return leaf(value => value !== undefined && types.has(typeOf(value)))
}

function typesOf(operand: BSONValue): readonly number[] {
  if (operand === 'number') return [bsonTypes.double, bsonTypes.int, bsonTypes.long, bsonTypes.decimal]
  if (typeof operand === 'string') {
    if (Object.hasOwn(bsonTypes, operand)) return [bsonTypes[operand as BSONTypeName]]
    throw badValue(`unknown type name alias: ${operand}`)
  }
  if (!isNumber(operand)) {
    throw new CommandFailure('TypeMismatch', `a type must be a number or a string, not ${typeNameOf(operand)}`)
  }
  const type = Number(wholeInt64(operand) ?? Number.NaN)
  if (typeName(type) === undefined) throw badValue(`invalid numerical type code: ${operand.toString()}`)
  return [type]
}

function modulo(operand: BSONValue): Condition {
  if (!Array.isArray(operand)) throw badValue('malformed mod, needs to be an array')
  if (operand.length < 2) throw badValue('malformed mod, not enough elements')
  if (operand.length > 2) throw badValue('malformed mod, too many elements')
  const [divisor, remainder] = operand.map((element, index) => {
    const truncated = isNumber(element) ? truncatedInt64(element) : undefined
    if (truncated !== undefined) return truncated
    throw badValue(`malformed mod, ${index === 0 ? 'divisor' : 'remainder'} is not a number that an int64 holds`)
  })
  if (divisor === undefined || divisor === 0n) throw badValue('divisor cannot be 0')
  return leaf(value => {
    const dividend = isNumber(value) ? truncatedInt64(value) : undefined
    return dividend !== undefined && dividend % divisor === remainder
  })
}

function ofSize(operand: BSONValue): Condition {
  const size = isNumber(operand) ? wholeInt64(operand) : undefined
  if (size === undefined || size < 0n) throw badValue('failed to parse $size: expected a non-negative whole number')
  return leaf(value => Array.isArray(value) && BigInt(value.length) === size, 'whole')
}

/** Whether a document in a filter is operators rather than a value: `{ $gt: 1 }`, but not a DBRef. */
export function isOperatorDocument(document: BSONDocument): boolean {
  const [first] = document.keys()
  return first?.startsWith('$') === true && !['$ref', '$id', '$db'].includes(first)
}

function refuseRegularExpression(operator: string, operand: BSONValue): void {
  if (operand instanceof BSONRegExp) throw badValue(`cannot have a regular expression as the argument of ${operator}`)
}

function refuseUndefined(operator: string, operand: BSONValue): void {
  if (typeOf(operand) === bsonTypes.undefined) throw badValue(`${operator} cannot compare to undefined`)
}
