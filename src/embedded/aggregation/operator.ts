import { CommandFailure } from '../failure.ts'
import {
  type BSONDocument,
  type BSONNumber,
  type BSONValue,
  bsonTypes,
  isDocument,
  isNumber,
  typeNameOf,
  typeOf
} from '../query/index.ts'
import { wholeInt32 } from '../query/numbers.ts'
import type { Compiler } from './compiler.ts'
import type { Evaluate } from './scope.ts'

/** Compiles one operator's operand. */
export type Operator = (operand: BSONValue, compiler: Compiler, name: string) => Evaluate

/** The operators of one family, by name. */
export type Operators = readonly (readonly [name: string, operator: Operator])[]

type Operand = BSONValue | undefined

/** Null, undefined and missing count as unknown: most operators answer null for them. */
export function isNullish(value: Operand): value is null | undefined {
  return value === undefined || value === null || typeOf(value) === bsonTypes.undefined
}

/** An operator whose operands are evaluated first, missing ones included. `least` to `most` of them are taken. */
export function lenient(least: number, most: number, apply: (...operands: Operand[]) => Operand): Operator {
  return (operand, compiler, name) => {
    const operands = compileOperands(operand, compiler, name, least, most)
    return scope => apply(...operands.map(evaluate => evaluate(scope)))
  }
}

/** An operator that answers null as soon as one operand is null or missing. */
export function strict(least: number, most: number, apply: (...operands: BSONValue[]) => Operand): Operator {
  return (operand, compiler, name) => {
    const operands = compileOperands(operand, compiler, name, least, most)
    return scope => {
      const values: BSONValue[] = []
      for (const evaluate of operands) {
        const value = evaluate(scope)
        if (isNullish(value)) return null
        values.push(value)
      }
      return apply(...values)
    }
  }
}

/** The operands of an operator: an array holds several, anything else is one. */
export function compileOperands(
  operand: BSONValue,
  compiler: Compiler,
  name: string,
  least: number,
  most: number
): readonly Evaluate[] {
  const operands = Array.isArray(operand) ? operand : [operand]
  if (operands.length < least || operands.length > most) {
    if (least === most) {
      throw new CommandFailure(
        16020,
        `Expression ${name} takes exactly ${least} arguments. ${operands.length} were passed in.`
      )
    }
    throw new CommandFailure(
      28667,
      `Expression ${name} takes at least ${least} arguments, and at most ${most}, but ${operands.length} were passed in.`
    )
  }
  return operands.map(each => compiler.compile(each))
}

/** The fields of an operator that names its operands. Whatever is unknown or lacking is refused. */
export function namedOperands(
  operand: BSONValue,
  name: string,
  required: readonly string[],
  optional: readonly string[] = []
): BSONDocument {
  if (!isDocument(operand)) {
    throw new CommandFailure('FailedToParse', `${name} takes an object, not ${typeNameOf(operand)}`)
  }
  for (const field of operand.keys()) {
    if (!required.includes(field) && !optional.includes(field)) {
      throw new CommandFailure('FailedToParse', `${name} has no argument "${field}"`)
    }
  }
  const lacking = required.find(field => !operand.has(field))
  if (lacking !== undefined) throw new CommandFailure('FailedToParse', `${name} lacks its argument "${lacking}"`)
  return operand
}

/** A named operand; absent ones evaluate to nothing. */
export function compileNamed(operands: BSONDocument, field: string, compiler: Compiler): Evaluate {
  const operand = operands.get(field)
  return operand === undefined ? () => undefined : compiler.compile(operand)
}

/** The type's name as messages tell it. */
export function typeText(value: Operand): string {
  return value === undefined ? 'missing' : typeNameOf(value)
}

export function numberOperand(name: string, value: BSONValue, code: number): BSONNumber {
  if (isNumber(value)) return value
  throw new CommandFailure(code, `${name} only supports numeric types, not ${typeText(value)}`)
}

export function stringOperand(name: string, value: Operand, code: number): string {
  if (typeof value === 'string') return value
  throw new CommandFailure(code, `${name} requires a string, found: ${typeText(value)}`)
}

export function arrayOperand(name: string, value: Operand, code: number): readonly BSONValue[] {
  if (Array.isArray(value)) return value
  throw new CommandFailure(code, `${name} requires an array, found: ${typeText(value)}`)
}

/** A whole number that an int32 holds, of any numeric type. */
export function int32Operand(name: string, value: Operand, code: number): number {
  const whole = isNumber(value) ? wholeInt32(value) : undefined
  if (whole !== undefined) return whole
  throw new CommandFailure(code, `${name} requires a whole number that an int32 holds, found: ${typeText(value)}`)
}
