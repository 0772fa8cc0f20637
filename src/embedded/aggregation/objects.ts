import { CommandFailure } from '../failure.ts'
import { type BSONDocument, type BSONValue, isDocument } from '../query/index.ts'
import { mergeInto } from './accumulators.ts'
import type { Compiler } from './compiler.ts'
import {
  arrayOperand,
  compileNamed,
  compileOperands,
  isNullish,
  namedOperands,
  type Operator,
  type Operators,
  strict,
  typeText
} from './operator.ts'
import type { Evaluate } from './scope.ts'

export const objectOperators: Operators = [
  ['$mergeObjects', mergeObjects],
  ['$objectToArray', strict(1, 1, objectToArray)],
  ['$arrayToObject', strict(1, 1, arrayToObject)],
  ['$getField', getField],
  ['$setField', setField],
  ['$unsetField', setField]
]

/** One operand that is an array merges its elements. */
function mergeObjects(...[operand, compiler, name]: Parameters<Operator>): ReturnType<Operator> {
  const operands = compileOperands(operand, compiler, name, 0, Number.MAX_SAFE_INTEGER)
  return scope => {
    const merged: BSONDocument = new Map()
    const values = operands.map(evaluate => evaluate(scope))
    const [only] = values
    for (const value of values.length === 1 && Array.isArray(only) ? only : values) mergeInto(merged, value)
    return merged
  }
}

function objectToArray(object: BSONValue): BSONValue {
  if (!isDocument(object)) {
    throw new CommandFailure(40390, `$objectToArray requires a document input, found: ${typeText(object)}`)
  }
  return Array.from(
    object,
    ([name, value]): BSONDocument =>
      new Map<string, BSONValue>([
        ['k', name],
        ['v', value]
      ])
  )
}

/** Takes `{ k, v }` documents or `[k, v]` pairs; of a name that comes twice the later value counts. */
function arrayToObject(array: BSONValue): BSONValue {
  const object: BSONDocument = new Map()
  for (const entry of arrayOperand('$arrayToObject', array, 40386)) {
    const [name, value, ...others] = isDocument(entry) ? fieldsOf(entry) : Array.isArray(entry) ? entry : []
    if (value === undefined || others.length > 0) {
      throw new CommandFailure(
        40392,
        `$arrayToObject requires documents with k and v, or pairs; found: ${typeText(entry)}`
      )
    }
    if (typeof name !== 'string') {
      throw new CommandFailure(40394, `$arrayToObject requires strings as field names, found: ${typeText(name)}`)
    }
    if (name.includes('\0')) throw new CommandFailure(4940400, '$arrayToObject: a field name holds a null byte')
    object.set(name, value)
  }
  return object
}

function fieldsOf(entry: BSONDocument): readonly (BSONValue | undefined)[] {
  return entry.size === 2 && entry.has('k') ? [entry.get('k'), entry.get('v')] : []
}

/** A field by its exact name: dots and `$` in it are no path. */
function getField(...[operand, compiler, name]: Parameters<Operator>): ReturnType<Operator> {
  const named = isDocument(operand) && operand.has('field')
  const operands = named ? namedOperands(operand, name, ['field'], ['input']) : new Map([['field', operand]])
  const field = fieldName(operands, compiler, name)
  const input = compileNamed(operands, 'input', compiler)
  return scope => {
    const object = operands.has('input') ? input(scope) : scope.root
    if (isNullish(object)) return object
    return isDocument(object) ? object.get(field(scope)) : undefined
  }
}

function setField(...[operand, compiler, name]: Parameters<Operator>): ReturnType<Operator> {
  const sets = name === '$setField'
  const operands = namedOperands(operand, name, sets ? ['field', 'input', 'value'] : ['field', 'input'])
  const field = fieldName(operands, compiler, name)
  const input = compileNamed(operands, 'input', compiler)
  const value = compileNamed(operands, 'value', compiler)
  return scope => {
    const object = input(scope)
    if (isNullish(object)) return null
    if (!isDocument(object)) {
      throw new CommandFailure(4161105, `${name} requires 'input' to evaluate to an object, found: ${typeText(object)}`)
    }
    const result: BSONDocument = new Map(object)
    const set = sets ? value(scope) : undefined
    if (set === undefined) result.delete(field(scope))
    else result.set(field(scope), set)
    return result
  }
}

function fieldName(
  operands: BSONDocument,
  compiler: Compiler,
  name: string
): (...scope: Parameters<Evaluate>) => string {
  const field = compileNamed(operands, 'field', compiler)
  return scope => {
    const text = field(scope)
    if (typeof text === 'string') return text
    throw new CommandFailure(3041704, `${name} requires 'field' to evaluate to a string, found: ${typeText(text)}`)
  }
}
