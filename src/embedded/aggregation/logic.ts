import { Int32 } from '../../bson/index.ts'
import { CommandFailure } from '../failure.ts'
import {
  type BSONValue,
  bsonTypes,
  compareValues,
  isDocument,
  isTruthy,
  OpaqueValue,
  type StringOrder
} from '../query/index.ts'
import {
  compileNamed,
  compileOperands,
  isNullish,
  lenient,
  namedOperands,
  type Operator,
  type Operators,
  typeText
} from './operator.ts'

export const logicOperators: Operators = [
  ['$cmp', comparison(order => new Int32(Math.sign(order)))],
  ['$eq', comparison(order => order === 0)],
  ['$ne', comparison(order => order !== 0)],
  ['$gt', comparison(order => order > 0)],
  ['$gte', comparison(order => order >= 0)],
  ['$lt', comparison(order => order < 0)],
  ['$lte', comparison(order => order <= 0)],
  ['$and', junction(false)],
  ['$or', junction(true)],
  ['$not', lenient(1, 1, value => !isTrue(value))],
  ['$cond', conditional],
  ['$ifNull', firstKnown],
  ['$switch', choice],
  ['$literal', operand => () => operand],
  ['$let', letIn]
]

export function isTrue(value: BSONValue | undefined): boolean {
  return value !== undefined && isTruthy(value)
}

/** Below null, as the type undefined is: no comparison of expressions takes a missing value for null. */
const missing = new OpaqueValue(bsonTypes.undefined, new Uint8Array(0))

function compareOperands(left: BSONValue | undefined, right: BSONValue | undefined, strings: StringOrder): number {
  return compareValues(left === undefined ? missing : left, right === undefined ? missing : right, strings)
}

function comparison(answer: (order: number) => BSONValue): Operator {
  return (operand, compiler, name) => {
    const [left, right] = compileOperands(operand, compiler, name, 2, 2)
    return scope => answer(compareOperands(left?.(scope), right?.(scope), compiler.strings))
  }
}

/** The operands are evaluated one by one up to the first that is `decisive`, so that one may guard the next. */
function junction(decisive: boolean): Operator {
  return (operand, compiler, name) => {
    const operands = compileOperands(operand, compiler, name, 0, Number.MAX_SAFE_INTEGER)
    return scope => operands.some(each => isTrue(each(scope)) === decisive) === decisive
  }
}

/** `{ if, then, else }`, or the three in an array. Only the branch that is taken is evaluated. */
function conditional(...[operand, compiler, name]: Parameters<Operator>): ReturnType<Operator> {
  const [condition, then, otherwise] = isDocument(operand)
    ? conditionalFields.map(field => compileNamed(namedOperands(operand, name, conditionalFields), field, compiler))
    : compileOperands(operand, compiler, name, 3, 3)
  return scope => (isTrue(condition?.(scope)) ? then?.(scope) : otherwise?.(scope))
}

const conditionalFields = ['if', 'then', 'else'] as const

/** The first operand that is not null, else the last. */
function firstKnown(...[operand, compiler, name]: Parameters<Operator>): ReturnType<Operator> {
  const operands = compileOperands(operand, compiler, name, 0, Number.MAX_SAFE_INTEGER)
  if (operands.length < 2)
    throw new CommandFailure(1257300, `$ifNull needs at least two arguments, had: ${operands.length}`)
  return scope => {
    let value: BSONValue | undefined
    for (const each of operands) {
      value = each(scope)
      if (!isNullish(value)) return value
    }
    return value
  }
}

function choice(...[operand, compiler, name]: Parameters<Operator>): ReturnType<Operator> {
  const operands = namedOperands(operand, name, ['branches'], ['default'])
  const given = operands.get('branches')
  if (!Array.isArray(given)) {
    throw new CommandFailure(40061, `$switch expected an array for 'branches', found: ${typeText(given)}`)
  }
  const branches = given.map(branch => {
    const fields = namedOperands(branch, '$switch branch', ['case', 'then'])
    return { condition: compileNamed(fields, 'case', compiler), value: compileNamed(fields, 'then', compiler) }
  })
  if (branches.length === 0) throw new CommandFailure(40068, '$switch requires at least one branch')
  const otherwise = operands.has('default') ? compileNamed(operands, 'default', compiler) : undefined
  return scope => {
    const taken = branches.find(branch => isTrue(branch.condition(scope)))
    if (taken !== undefined) return taken.value(scope)
    if (otherwise !== undefined) return otherwise(scope)
    throw new CommandFailure(
      40066,
      '$switch could not find a matching branch for an input, and no default was specified'
    )
  }
}

/** The variables do not see each other, only those around. */
function letIn(...[operand, compiler, name]: Parameters<Operator>): ReturnType<Operator> {
  const operands = namedOperands(operand, name, ['vars', 'in'])
  const given = operands.get('vars')
  if (!isDocument(given)) throw new CommandFailure(16876, `the vars of $let must be an object, not ${typeText(given)}`)
  const variables = Array.from(given, ([variable, value]) => {
    checkVariableName(variable)
    return { variable, value: compiler.compile(value) }
  })
  const body = compileNamed(operands, 'in', compiler.within(...variables.map(({ variable }) => variable)))
  return scope => body(variables.reduce((inner, { variable, value }) => inner.bind(variable, value(scope)), scope))
}

/** Names that begin with a capital are the server's own. */
export function checkVariableName(name: string): void {
  if (/^(?:[a-z]|[^\0-\x7f])(?:\w|[^\0-\x7f])*$/.test(name)) return
  throw new CommandFailure(
    'FailedToParse',
    `'${name}' is no name for a variable: it starts with a lower case letter and goes on with letters, digits and "_"`
  )
}
