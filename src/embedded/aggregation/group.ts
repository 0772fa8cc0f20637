import { CommandFailure } from '../failure.ts'
import { compileExpression, stringsOf } from '../query/context.ts'
import {
  type BSONDocument,
  type BSONValue,
  type Expression,
  isDocument,
  type QueryContext,
  type StringOrder
} from '../query/index.ts'
import { type Accumulator, accumulators, type MakeAccumulator } from './accumulators.ts'
import { ByValue } from './by_value.ts'
import { typeText } from './operator.ts'
import { type Stage, whole } from './stage.ts'

interface GroupField {
  readonly name: string
  readonly expression: Expression
  readonly make: MakeAccumulator
}

interface Group {
  readonly id: BSONValue
  readonly accumulators: readonly Accumulator[]
}

/** Groups come in the order of their first documents. */
export function groupStage(operand: BSONValue, context: QueryContext): Stage {
  if (!isDocument(operand)) throw new CommandFailure(15947, "a group's fields must be specified in an object")
  const idExpression = operand.get('_id')
  if (idExpression === undefined) throw new CommandFailure(15955, 'a group specification must include an _id')
  const idOf = compileExpression(context, idExpression, '$group')
  const fields = Array.from(operand).flatMap(([name, value]) =>
    name === '_id' ? [] : [compileField(name, value, context)]
  )
  const strings = stringsOf(context)
  return whole(documents => Array.from(groupsOf(documents, idOf, fields, strings), group => resultOf(group, fields)))
}

function groupsOf(
  documents: Iterable<BSONDocument>,
  idOf: Expression,
  fields: readonly GroupField[],
  strings: StringOrder
): readonly Group[] {
  const byId = new ByValue<Group>(strings)
  const groups: Group[] = []
  for (const document of documents) {
    const id = idOf(document) ?? null
    const group = byId.getOrAdd(id, () => {
      const made = { id, accumulators: fields.map(field => field.make(strings)) }
      groups.push(made)
      return made
    })
    for (const [index, field] of fields.entries()) group.accumulators[index]?.add(field.expression(document))
  }
  return groups
}

function resultOf(group: Group, fields: readonly GroupField[]): BSONDocument {
  const result: BSONDocument = new Map([['_id', group.id]])
  for (const [index, { name }] of fields.entries()) result.set(name, group.accumulators[index]?.result() ?? null)
  return result
}

function compileField(name: string, value: BSONValue, context: QueryContext): GroupField {
  if (name.includes('.')) throw new CommandFailure(40235, `the field name '${name}' cannot contain '.'`)
  if (name.startsWith('$')) throw new CommandFailure(40236, `the field name '${name}' cannot be an operator name`)
  if (!isDocument(value) || value.size === 0) {
    throw new CommandFailure(40234, `the field '${name}' must be an accumulator object`)
  }
  const [[operator, operand] = ['', null], ...others] = value
  if (others.length > 0) throw new CommandFailure(40238, `the field '${name}' must specify one accumulator`)
  const make = accumulators.get(operator)
  if (make === undefined) {
    throw new CommandFailure(
      15952,
      `unknown group operator '${operator}': the embedded deployment has no such accumulator`
    )
  }
  if (Array.isArray(operand)) throw new CommandFailure(40237, `the ${operator} accumulator is a unary operator`)
  if (operator === '$count' && !(isDocument(operand) && operand.size === 0)) {
    throw new CommandFailure('TypeMismatch', `$count takes no arguments, i.e. $count:{}; found: ${typeText(operand)}`)
  }
  return { name, make, expression: compileExpression(context, operand, `${operator} of "${name}"`) }
}
