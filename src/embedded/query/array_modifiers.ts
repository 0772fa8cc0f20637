import { BSONRegExp } from '../../bson/index.ts'
import { badValue, CommandFailure } from '../failure.ts'
import { compareValues, equalValues } from './compare.ts'
import { isOperatorDocument } from './conditions.ts'
import { type QueryContext, stringsOf } from './context.ts'
import { compileCondition, compileFilter } from './match.ts'
import { wholeInt64 } from './numbers.ts'
import { compileSort } from './sort.ts'
import { always, never, type Modifier, type Place } from './update_tree.ts'
import { type BSONDocument, type BSONValue, copyValue, isDocument, isNumber, typeNameOf } from './values.ts'

/** What `$push` does after it has put the values in. */
type Arrange = (array: BSONValue[]) => BSONValue[]

const asItIs: Arrange = array => array

export function pushModifier(operand: BSONValue, path: string, context: QueryContext): Modifier {
  const clauses = isDocument(operand) && operand.has('$each') ? operand : undefined
  const values = clauses === undefined ? [operand] : eachOf('$push', clauses, 'BadValue')
  let position: number | undefined
  let sort = asItIs
  let slice = asItIs
  for (const [clause, value] of clauses ?? []) {
    if (clause === '$position') position = wholeNumber('$push', clause, value)
    else if (clause === '$slice') slice = slicing(wholeNumber('$push', clause, value))
    else if (clause === '$sort') sort = sorting(value, context)
    else if (clause !== '$each') throw badValue(`unrecognized clause in $push of '${path}': ${clause}`)
  }
  return {
    creates: always,
    apply: (current, place) => {
      const array = arrayAt('$push', current ?? [], place)
      const at = position === undefined ? array.length : position
      // A negative position counts from the end; splice cuts both kinds to the array.
      return slice(sort(array.toSpliced(at, 0, ...values.map(copyValue))))
    }
  }
}

function slicing(count: number): Arrange {
  return array => (count < 0 ? array.slice(count) : array.slice(0, count))
}

function sorting(specification: BSONValue, context: QueryContext): Arrange {
  const strings = stringsOf(context)
  if (isDocument(specification)) {
    if (specification.size === 0) throw badValue('the $sort pattern of $push is empty')
    const sort = compileSort(specification, strings)
    return array => sort.sorted(array, element => (isDocument(element) ? element : new Map()))
  }
  const direction = isNumber(specification) ? wholeInt64(specification) : undefined
  if (direction !== 1n && direction !== -1n) throw badValue('the $sort of $push must be 1, -1 or a document of such')
  return array => array.toSorted((left, right) => compareValues(left, right, strings) * Number(direction))
}

export function addToSetModifier(operand: BSONValue, path: string, context: QueryContext): Modifier {
  const strings = stringsOf(context)
  const clauses = isDocument(operand) && operand.keys().next().value === '$each' ? operand : undefined
  if (clauses !== undefined && clauses.size > 1) throw badValue(`$addToSet of '${path}' takes no fields besides $each`)
  const values = clauses === undefined ? [operand] : eachOf('$addToSet', clauses, 'TypeMismatch')
  return {
    creates: always,
    apply: (current, place) => {
      const array = [...arrayAt('$addToSet', current ?? [], place)]
      for (const value of values) {
        if (!array.some(element => equalValues(element, value, strings))) array.push(copyValue(value))
      }
      return array
    }
  }
}

export function popModifier(operand: BSONValue, path: string): Modifier {
  const end = isNumber(operand) ? wholeInt64(operand) : undefined
  if (end !== 1n && end !== -1n) throw new CommandFailure('FailedToParse', `$pop of '${path}' expects 1 or -1`)
  return {
    creates: never,
    apply: (current, place) => {
      if (current === undefined) return undefined
      const array = arrayAt('$pop', current, place, 'TypeMismatch')
      return end === 1n ? array.slice(0, -1) : array.slice(1)
    }
  }
}

export function pullModifier(operand: BSONValue, _path: string, context: QueryContext): Modifier {
  const matches = pullTest(operand, context)
  return removal('$pull', matches)
}

/**
 * A document without operators is a filter of the elements that are documents; operators and regular expressions ask
 * each element itself; any other value is compared.
 */
function pullTest(operand: BSONValue, context: QueryContext): (element: BSONValue) => boolean {
  const logical = isDocument(operand) && ['$and', '$or', '$nor'].includes(operand.keys().next().value ?? '')
  if (isDocument(operand) && (logical || !isOperatorDocument(operand))) {
    const filter = compileFilter(operand, context)
    return element => isDocument(element) && filter(element)
  }
  if (!isDocument(operand) && !(operand instanceof BSONRegExp)) {
    const strings = stringsOf(context)
    return element => equalValues(element, operand, strings)
  }
  const condition = compileCondition(operand, context)
  return element => condition.onPath(wrapped(element), [''], undefined)
}

/** An element as the only field of a document: an array among the elements is gone through, too. */
function wrapped(element: BSONValue): BSONDocument {
  return new Map([['', element]])
}

export function pullAllModifier(operand: BSONValue, _path: string, context: QueryContext): Modifier {
  if (!Array.isArray(operand))
    throw badValue(`$pullAll requires an array argument but was given ${typeNameOf(operand)}`)
  const strings = stringsOf(context)
  return removal('$pullAll', element => operand.some(value => equalValues(element, value, strings)))
}

function removal(operator: string, matches: (element: BSONValue) => boolean): Modifier {
  return {
    creates: never,
    apply: (current, place) =>
      current === undefined ? undefined : arrayAt(operator, current, place).filter(element => !matches(element))
  }
}

function eachOf(operator: string, clauses: BSONDocument, code: 'BadValue' | 'TypeMismatch'): readonly BSONValue[] {
  const each = clauses.get('$each') ?? null
  if (Array.isArray(each)) return each
  throw new CommandFailure(code, `the argument to $each in ${operator} must be an array, not ${typeNameOf(each)}`)
}

function wholeNumber(operator: string, clause: string, value: BSONValue): number {
  const whole = isNumber(value) ? wholeInt64(value) : undefined
  if (whole === undefined) throw badValue(`the value of ${clause} in ${operator} must be a whole number`)
  return Number(whole)
}

function arrayAt(
  operator: string,
  value: BSONValue,
  place: Place,
  code: 'BadValue' | 'TypeMismatch' = 'BadValue'
): BSONValue[] {
  if (Array.isArray(value)) return value
  throw new CommandFailure(
    code,
    `${operator}: the field '${place.path}' must be an array but is of type ${typeNameOf(value)}`
  )
}
