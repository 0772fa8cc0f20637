import { CommandFailure } from '../failure.ts'
import { compileExpression } from '../query/context.ts'
import { type BSONDocument, type BSONValue, isDocument } from '../query/index.ts'
import { fields, int32, int64 } from '../reply.ts'
import type { CollectionStatistics } from '../aggregation.ts'
import { typeText } from './operator.ts'
import { countOperand, fieldsOf, type Stage, type StageContext, whole } from './stage.ts'

const stage = '$collStats'

/**
 * One document with what is known of the collection. Of its storage that is how many documents and bytes there are, and how many
 * of both there can be: nothing is stored otherwise than in memory, and nothing is measured.
 */
export function collectionStatisticsStage(operand: BSONValue, context: StageContext): Stage {
  const given = fieldsOf(stage, operand, [], ['count', 'storageStats', 'latencyStats', 'queryExecStats'])
  for (const unmeasured of ['latencyStats', 'queryExecStats'])
    if (given.has(unmeasured))
      throw new CommandFailure('NotImplemented', `${stage}.${unmeasured}: the embedded deployment measures nothing`)
  const counts = optionsOf(given, 'count', 40480, []) !== undefined
  const storage = optionsOf(given, 'storageStats', 40279, ['scale'])
  const scale = storage?.has('scale') === true ? countOperand(stage, storage.get('scale') ?? null, 1, 40279) : 1
  const now = compileExpression(context, '$$NOW', stage)
  const { statistics } = context
  if (statistics === undefined)
    throw new CommandFailure('InvalidNamespace', `${stage} is for a pipeline over a collection`)
  return whole(() => {
    const known = statistics()
    const { namespace, host, count } = known
    const document = fields<BSONValue>({ ns: namespace, host, localTime: now(new Map()) ?? null })
    if (storage !== undefined) document.set('storageStats', storageStatistics(known, scale))
    if (counts) document.set('count', int64(count))
    return [document]
  })
}

function optionsOf(
  given: BSONDocument,
  field: string,
  code: number,
  known: readonly string[]
): BSONDocument | undefined {
  const options = given.get(field)
  if (options === undefined) return undefined
  if (isDocument(options)) return fieldsOf(`${stage}.${field}`, options, [], known)
  throw new CommandFailure(code, `the ${field} of ${stage} must be an object, not ${typeText(options)}`)
}

function storageStatistics({ bytes, count, indexes, capped }: CollectionStatistics, scale: number): BSONDocument {
  const scaled = (size: number): BSONValue => sizeOf(Math.floor(size / scale))
  return fields<BSONValue>({
    size: scaled(bytes),
    count: sizeOf(count),
    ...(count === 0 ? {} : { avgObjSize: sizeOf(Math.floor(bytes / count)) }),
    nindexes: int32(indexes),
    capped: capped !== undefined,
    ...(capped === undefined ? {} : { maxSize: scaled(capped.bytesMax) }),
    ...(capped === undefined || capped.documentsMax === Infinity ? {} : { max: sizeOf(capped.documentsMax) }),
    scaleFactor: int32(scale)
  })
}

function sizeOf(size: number): BSONValue {
  return size > 0x7fffffff ? int64(size) : int32(size)
}
