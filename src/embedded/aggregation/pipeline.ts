import { Int32 } from '../../bson/index.ts'
import { CommandFailure } from '../failure.ts'
import { outputStages } from '../output_stages.ts'
import { compileExpression, stringsOf } from '../query/context.ts'
import { type BSONDocument, type BSONValue, compileFilter, compileSort, isDocument } from '../query/index.ts'
import { compileUpdatePipeline } from '../query/pipeline.ts'
import { searchNotEnabled, searchStages } from '../search.ts'
import { bucketStage } from './bucket.ts'
import { collectionStatisticsStage } from './collection_statistics.ts'
import { groupStage } from './group.ts'
import { lookupStage } from './lookup.ts'
import { integerResult } from './numeric.ts'
import { typeText } from './operator.ts'
import {
  type CompilePipeline,
  countOperand,
  each,
  fieldsOf,
  type Stage,
  type StageContext,
  stagesField,
  textField,
  whole
} from './stage.ts'
import { unwindStage } from './unwind.ts'

/** How many stages a pipeline may have, as on the server. */
export const stagesMax = 1000

type CompileStage = (operand: BSONValue, context: StageContext, name: string) => Stage

/** Stages that turn each document into one are those of updates. */
const documentStage: CompileStage = (operand, context, name) => {
  const apply = compileUpdatePipeline([new Map([[name, operand]])], context)
  return each(document => [apply(document)])
}

/** All there are. What does not stand here is refused by name. */
const stageCompilers: ReadonlyMap<string, CompileStage> = new Map<string, CompileStage>([
  ['$match', matchStage],
  ['$sort', sortStage],
  ['$limit', operand => limitStage(countOperand('$limit', operand, 0, 2107201))],
  ['$skip', operand => skipStage(countOperand('$skip', operand, 0, 5107200))],
  ['$count', countStage],
  ['$project', documentStage],
  ['$addFields', documentStage],
  ['$set', documentStage],
  ['$unset', documentStage],
  ['$replaceRoot', documentStage],
  ['$replaceWith', documentStage],
  ['$group', groupStage],
  ['$sortByCount', sortByCountStage],
  ['$bucket', bucketStage],
  ['$unwind', unwindStage],
  [
    '$lookup',
    (operand, context) => lookupStage(operand, context, (stages, inner) => compileStages(stages, inner, inLookup))
  ],
  ['$unionWith', unionStage],
  ['$facet', facetStage],
  ['$sample', sampleStage],
  ['$documents', documentsStage],
  ['$collStats', collectionStatisticsStage],
  ['$listLocalSessions', sessionsStage]
])

/** Stages that bring the documents. */
const onlyFirst = ['$documents', '$collStats', '$listLocalSessions', '$changeStream']

/** A stage that has a pipeline inside: what may not stand in that, and what a server says of it. */
interface Around {
  readonly refused: readonly string[]
  readonly code: number
  readonly text: string
}

const inFacet: Around = {
  refused: ['$facet', ...onlyFirst, ...outputStages],
  code: 40600,
  text: 'is not allowed to be used within a $facet stage'
}
const inLookup: Around = {
  refused: outputStages,
  code: 51047,
  text: "is not allowed within a $lookup's sub-pipeline"
}
const inUnion: Around = {
  refused: outputStages,
  code: 31441,
  text: "is not allowed within a $unionWith's sub-pipeline"
}

/** Compiles all stages before the first document is looked at. One that writes is none of them: it comes behind. */
export const compilePipeline: CompilePipeline = (stages, context) => compileStages(stages, context, undefined)

function compileStages(stages: readonly BSONDocument[], context: StageContext, around: Around | undefined): Stage {
  if (stages.length > stagesMax) {
    throw new CommandFailure(7749501, `a pipeline has up to ${stagesMax} stages (stagesMax), not ${stages.length}`)
  }
  const compiled = stages.map((stage, index) => {
    const [first, ...others] = stage
    if (first === undefined || others.length > 0) {
      throw new CommandFailure(40323, 'A pipeline stage specification object must contain exactly one field.')
    }
    const [name, operand] = first
    if (onlyFirst.includes(name) && index > 0)
      throw new CommandFailure(40602, `${name} is only valid as the first stage in a pipeline`)
    if (outputStages.includes(name) && (around === undefined || index < stages.length - 1))
      throw new CommandFailure(40601, `${name} can only be the final stage in the pipeline`)
    if (around?.refused.includes(name) === true) throw new CommandFailure(around.code, `${name} ${around.text}`)
    if (name === '$documents' && around !== undefined) throw documentsElsewhere()
    if (name === '$collStats' && around !== undefined)
      throw new CommandFailure('NotImplemented', '$collStats is not supported within another stage')
    return compilerOf(name)(operand, context, name)
  })
  return documents => compiled.reduce((current, stage) => stage(current), documents)
}

function compilerOf(name: string): CompileStage {
  const compile = stageCompilers.get(name)
  if (compile !== undefined) return compile
  if (name === '$changeStream') {
    const text =
      'The $changeStream stage is only supported on replica sets, and neither in an explain nor within a stage'
    throw new CommandFailure(40573, text)
  }
  if (searchStages.includes(name)) throw searchNotEnabled(name)
  throw new CommandFailure(
    40324,
    `Unrecognized pipeline stage name: '${name}': the embedded deployment has no such stage`
  )
}

function matchStage(operand: BSONValue, context: StageContext): Stage {
  if (!isDocument(operand)) throw new CommandFailure(15959, 'the match filter must be an expression in an object')
  const matches = compileFilter(operand, context)
  return each(document => (matches(document) ? [document] : []))
}

function sortStage(operand: BSONValue, context: StageContext): Stage {
  if (!isDocument(operand)) throw new CommandFailure(15973, 'the $sort key specification must be an object')
  if (operand.size === 0) throw new CommandFailure(15976, '$sort stage must have at least one sort key')
  const sort = compileSort(operand, stringsOf(context))
  return whole(documents => sort.sorted([...documents], document => document))
}

/** Asks for no document more than it gives. */
function limitStage(limit: number): Stage {
  if (limit === 0) throw new CommandFailure(15958, 'the limit must be positive')
  return function* (documents) {
    let count = 0
    for (const document of documents) {
      yield document
      count += 1
      if (count === limit) return
    }
  }
}

function skipStage(skip: number): Stage {
  return function* (documents) {
    let count = 0
    for (const document of documents) {
      if (count < skip) count += 1
      else yield document
    }
  }
}

/** No documents give no count. */
function countStage(operand: BSONValue): Stage {
  if (typeof operand !== 'string') throw new CommandFailure(40156, 'the count field must be a non-empty string')
  if (operand === '') throw new CommandFailure(40157, 'the count field must be a non-empty string')
  if (operand.startsWith('$')) throw new CommandFailure(40158, 'the count field cannot be a $-prefixed path')
  if (operand.includes('\0')) throw new CommandFailure(40159, 'the count field cannot contain a null byte')
  if (operand.includes('.')) throw new CommandFailure(40160, "the count field cannot contain '.'")
  return whole(documents => {
    let count = 0n
    for (const _ of documents) count += 1n
    return count === 0n ? [] : [new Map([[operand, integerResult(count, false)]])]
  })
}

function sortByCountStage(operand: BSONValue, context: StageContext): Stage {
  const isExpression = isDocument(operand)
    ? operand.keys().next().value?.startsWith('$') === true
    : typeof operand === 'string' && operand.startsWith('$')
  if (!isExpression) {
    throw new CommandFailure(
      40149,
      `the $sortByCount field must be a $-prefixed path or an expression, not ${typeText(operand)}`
    )
  }
  const counted: BSONDocument = new Map<string, BSONValue>([
    ['_id', operand],
    ['count', new Map([['$sum', new Int32(1)]])]
  ])
  const group = groupStage(counted, context)
  const sort = compileSort(new Map([['count', new Int32(-1)]]))
  return whole(documents => sort.sorted([...group(documents)], document => document))
}

function unionStage(operand: BSONValue, context: StageContext): Stage {
  const fields = typeof operand === 'string' ? new Map([['coll', operand]]) : operand
  const checked = fieldsOf('$unionWith', fields, ['coll'], ['pipeline'])
  const from = textField('$unionWith', checked, 'coll')
  const stages = checked.has('pipeline') ? stagesField('$unionWith', checked.get('pipeline')) : []
  const pipeline = compileStages(stages, context, inUnion)
  return function* (documents) {
    yield* documents
    yield* pipeline(context.documentsOf(from))
  }
}

/** Each of its pipelines gets the same documents; all results are one document. */
function facetStage(operand: BSONValue, context: StageContext): Stage {
  if (!isDocument(operand) || operand.size === 0) {
    throw new CommandFailure(40169, 'the $facet specification must be a non-empty object')
  }
  const facets = Array.from(operand, ([name, stages]) => {
    if (name.startsWith('$') || name.includes('.') || name === '') {
      throw new CommandFailure(40170, `the name '${name}' of a facet is empty, holds a dot or starts with "$"`)
    }
    return { name, pipeline: compileStages(stagesField('$facet', stages), context, inFacet) }
  })
  return whole(documents => {
    const all = [...documents]
    return [new Map(facets.map(({ name, pipeline }): [string, BSONValue] => [name, [...pipeline(all)]]))]
  })
}

/** What it gives is said in the stage itself. */
function documentsStage(operand: BSONValue, context: StageContext, name: string): Stage {
  const list = compileExpression(context, operand, name)
  return whole(() => {
    const documents = list(new Map())
    if (!Array.isArray(documents))
      throw new CommandFailure(5858203, `$documents takes an array of objects, not ${typeText(documents)}`)
    return documents.map(document => {
      if (isDocument(document)) return document
      throw new CommandFailure(40228, `the elements of $documents must be objects, not ${typeText(document)}`)
    })
  })
}

/** A pipeline over a collection has documents already. */
export function documentsElsewhere(): CommandFailure {
  return new CommandFailure('InvalidNamespace', '$documents is for a pipeline without a collection: {aggregate: 1}')
}

/** What it gives comes from the member, not from the stages before it: it has to be the first. */
function sessionsStage(operand: BSONValue, context: StageContext, name: string): Stage {
  fieldsOf(name, operand, [], [])
  return whole(() => context.sessions())
}

/** Different documents, each with the same chance, in an order by chance. */
function sampleStage(operand: BSONValue, { chance }: StageContext): Stage {
  const size = isDocument(operand) && operand.size === 1 ? operand.get('size') : undefined
  if (size === undefined)
    throw new CommandFailure(28745, 'the $sample stage takes an object with its size, and nothing else')
  const count = countOperand('$sample', size, 1, 28747)
  return whole(documents => {
    const pool = [...documents]
    return Array.from({ length: Math.min(count, pool.length) }, (_, taken) => {
      const at = taken + Math.floor(chance.fraction() * (pool.length - taken))
      const [chosen, first] = [pool[at], pool[taken]]
      if (first !== undefined) pool[at] = first
      return chosen ?? new Map()
    })
  })
}
