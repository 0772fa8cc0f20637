import { Decimal128, Double, Int32, Long, type Timestamp } from '../../bson/index.ts'
import { badValue, CommandFailure } from '../failure.ts'
import { addToSetModifier, popModifier, pullAllModifier, pullModifier, pushModifier } from './array_modifiers.ts'
import { compareValues } from './compare.ts'
import { type QueryContext, stringsOf } from './context.ts'
import { addNumbers, multiplyNumbers, textOfNumber } from './numbers.ts'
import { always, never, type Modifier, type Place } from './update_tree.ts'
import { type BSONNumber, type BSONValue, isDocument, isNumber, typeNameOf } from './values.ts'

/** What an update takes from the server it runs on. */
export interface UpdateContext extends QueryContext {
  /** The time of `$currentDate`. */
  readonly now: () => Date
  /** The timestamp of `$currentDate`, and of empty timestamps in documents that are stored. */
  readonly timestamp: () => Timestamp
}

/** Compiles an operator for one path. `$rename` is not among them: it has two paths. */
export type CompileModifier = (operand: BSONValue, path: string, context: UpdateContext) => Modifier

export const modifiers: ReadonlyMap<string, CompileModifier> = new Map<string, CompileModifier>([
  ['$set', operand => ({ creates: always, apply: () => operand })],
  ['$setOnInsert', operand => ({ creates: always, onInsertOnly: true, apply: () => operand })],
  ['$unset', () => ({ creates: never, apply: () => undefined })],
  ['$inc', (operand, path) => arithmetic('$inc', operand, path)],
  ['$mul', (operand, path) => arithmetic('$mul', operand, path)],
  ['$min', (operand, _, context) => extreme(operand, -1, context)],
  ['$max', (operand, _, context) => extreme(operand, 1, context)],
  ['$currentDate', currentDate],
  ['$bit', bit],
  ['$push', pushModifier],
  ['$addToSet', addToSetModifier],
  ['$pop', popModifier],
  ['$pull', pullModifier],
  ['$pullAll', pullAllModifier]
])

function arithmetic(operator: '$inc' | '$mul', operand: BSONValue, path: string): Modifier {
  const adds = operator === '$inc'
  if (!isNumber(operand)) {
    throw new CommandFailure(
      'TypeMismatch',
      `Cannot ${adds ? 'increment' : 'multiply'} with non-numeric argument: ${path} is of type ${typeNameOf(operand)}`
    )
  }
  return {
    creates: always,
    apply: (current, place) => {
      if (current === undefined) return adds ? operand : zeroLike(operand)
      if (!isNumber(current)) {
        throw new CommandFailure(
          'TypeMismatch',
          `Cannot apply ${operator} to a value of non-numeric type: the field '${place.path}' is of type ${typeNameOf(current)}`
        )
      }
      const result = adds ? addNumbers(current, operand) : multiplyNumbers(current, operand)
      if (result !== undefined) return result
      throw badValue(
        `Failed to apply ${operator} to the current value ${textOfNumber(current)} of '${place.path}' with ${textOfNumber(operand)}: the result is beyond an int64`
      )
    }
  }
}

function zeroLike(value: BSONNumber): BSONNumber {
  if (value instanceof Decimal128) return Decimal128.fromString('0')
  if (value instanceof Double) return new Double(0)
  return value instanceof Long ? Long.fromBigInt(0n) : new Int32(0)
}

/** `$min` and `$max`: the operand takes the field's place if it is beyond it in the order of all values. */
function extreme(operand: BSONValue, direction: 1 | -1, context: QueryContext): Modifier {
  const strings = stringsOf(context)
  return {
    creates: always,
    apply: current =>
      current === undefined || compareValues(operand, current, strings) * direction > 0 ? operand : current
  }
}

function currentDate(operand: BSONValue, path: string, context: UpdateContext): Modifier {
  const asTimestamp = isDocument(operand) ? namesTimestamp(Array.from(operand)) : false
  if (!isDocument(operand) && typeof operand !== 'boolean') {
    throw badValue(
      `${typeNameOf(operand)} is not valid for $currentDate of '${path}': use true or {$type: 'timestamp'} or {$type: 'date'}`
    )
  }
  return { creates: always, apply: () => (asTimestamp ? context.timestamp() : context.now()) }
}

function namesTimestamp(entries: readonly (readonly [string, BSONValue])[]): boolean {
  const [first, ...others] = entries
  if (first === undefined || first[0] !== '$type' || others.length > 0) {
    throw badValue("the only valid field of $currentDate's option is '$type'")
  }
  if (first[1] !== 'date' && first[1] !== 'timestamp') {
    throw badValue("the '$type' of $currentDate is required to be 'date' or 'timestamp'")
  }
  return first[1] === 'timestamp'
}

const bitwise: ReadonlyMap<string, (left: bigint, right: bigint) => bigint> = new Map([
  ['and', (left: bigint, right: bigint) => left & right],
  ['or', (left: bigint, right: bigint) => left | right],
  ['xor', (left: bigint, right: bigint) => left ^ right]
])

/** Works on int32 and int64 only; an int64 on either side makes the result one. */
function bit(operand: BSONValue, path: string): Modifier {
  if (!isDocument(operand)) {
    throw badValue(`$bit takes a document such as {${path}: {and: 1}}, not ${typeNameOf(operand)}`)
  }
  if (operand.size === 0) throw badValue(`$bit of '${path}' needs at least one of "and", "or" and "xor"`)
  const steps = Array.from(operand, ([name, mask]) => {
    const combine = bitwise.get(name)
    if (combine === undefined) throw badValue(`$bit only supports "and", "or" and "xor", not "${name}"`)
    if (!(mask instanceof Int32) && !isLong(mask)) {
      throw badValue(`$bit takes int and long values, and "${name}" of '${path}' is of type ${typeNameOf(mask)}`)
    }
    return { combine, mask }
  })
  return {
    creates: always,
    apply: (current, place) => {
      const start = current ?? new Int32(0)
      if (!(start instanceof Int32) && !isLong(start)) throw notIntegral(start, place)
      const wide = [start, ...steps.map(step => step.mask)].some(isLong)
      const result = steps.reduce((bits, { combine, mask }) => combine(bits, integerOf(mask)), integerOf(start))
      return wide ? Long.fromBigInt(result) : new Int32(Number(result))
    }
  }
}

function isLong(value: BSONValue): value is Long {
  return isNumber(value) && value instanceof Long
}

function integerOf(value: Int32 | Long): bigint {
  return value instanceof Long ? value.toBigInt() : BigInt(value.value)
}

function notIntegral(value: BSONValue, place: Place): CommandFailure {
  return badValue(`Cannot apply $bit to a value of non-integral type: '${place.path}' is of type ${typeNameOf(value)}`)
}
