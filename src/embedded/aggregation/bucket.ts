import { Int32 } from '../../bson/index.ts'
import { CommandFailure } from '../failure.ts'
import { stringsOf } from '../query/context.ts'
import {
  type BSONDocument,
  type BSONValue,
  compareValues,
  compileSort,
  isDocument,
  type QueryContext,
  type StringOrder
} from '../query/index.ts'
import { groupStage } from './group.ts'
import { typeText } from './operator.ts'
import { fieldsOf, type Stage } from './stage.ts'

/** Groups by the boundary below a value, in the order of the boundaries. */
export function bucketStage(operand: BSONValue, context: QueryContext): Stage {
  const fields = fieldsOf('$bucket', operand, ['groupBy', 'boundaries'], ['default', 'output'])
  const boundaries = boundariesOf(fields, stringsOf(context))
  const output = fields.get('output') ?? document('count', document('$sum', new Int32(1)))
  if (!isDocument(output))
    throw new CommandFailure(40196, `$bucket's output must be an object, not ${typeText(output)}`)
  const id = bucketOf(fields.get('groupBy') ?? null, boundaries, fields.get('default'))
  const group = groupStage(new Map<string, BSONValue>([['_id', id], ...output]), context)
  const sort = compileSort(document('_id', new Int32(1)), stringsOf(context))
  return documents => sort.sorted([...group(documents)], bucket => bucket)
}

function boundariesOf(fields: BSONDocument, strings: StringOrder): readonly BSONValue[] {
  const boundaries = fields.get('boundaries')
  if (!Array.isArray(boundaries) || boundaries.length < 2) {
    throw new CommandFailure(40192, "$bucket's boundaries must be an array of at least 2 values")
  }
  for (const [index, boundary] of boundaries.entries()) {
    const next = boundaries[index + 1]
    if (next !== undefined && compareValues(boundary, next, strings) >= 0) {
      throw new CommandFailure(
        40194,
        `$bucket's boundaries must be sorted, but those at ${index} and ${index + 1} are not`
      )
    }
  }
  return boundaries
}

function bucketOf(groupBy: BSONValue, boundaries: readonly BSONValue[], otherwise: BSONValue | undefined): BSONValue {
  const branches = boundaries.slice(0, -1).map((boundary, index): BSONValue => {
    const least = document('$gte', [groupBy, document('$literal', boundary)])
    const below = document('$lt', [groupBy, document('$literal', boundaries[index + 1] ?? null)])
    return new Map<string, BSONValue>([
      ['case', document('$and', [least, below])],
      ['then', document('$literal', boundary)]
    ])
  })
  const choice = document('branches', branches)
  if (otherwise !== undefined) choice.set('default', document('$literal', otherwise))
  return document('$switch', choice)
}

function document(name: string, value: BSONValue): BSONDocument {
  return new Map([[name, value]])
}
