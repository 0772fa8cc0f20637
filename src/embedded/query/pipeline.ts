import { CommandFailure, during } from '../failure.ts'
import { compileExpression, type QueryContext } from './context.ts'
import { checkFieldPath } from './field_path.ts'
import { compileProjection } from './project.ts'
import { addLeaf, applyTree, emptyBranch, type ProjectionBranch } from './projection_tree.ts'
import { type BSONDocument, type BSONValue, isDocument, typeNameOf } from './values.ts'

/** A compiled stage that turns one document into one. */
export type DocumentStage = (document: BSONDocument) => BSONDocument

/** Stages of the manual that no update may have, for which the server answers otherwise than for unknown names. */
const otherStages: ReadonlySet<string> = new Set(
  (
    '$bucket $bucketAuto $changeStream $collStats $count $currentOp $densify $documents $facet $fill $geoNear ' +
    '$graphLookup $group $indexStats $limit $listLocalSessions $listSessions $lookup $match $merge $out ' +
    '$planCacheStats $redact $sample $search $searchMeta $setWindowFields $skip $sort $sortByCount $unionWith ' +
    '$unwind $vectorSearch'
  ).split(' ')
)

/** Stages that turn one document into one. */
const updateStages: ReadonlySet<string> = new Set([
  '$set',
  '$addFields',
  '$unset',
  '$project',
  '$replaceRoot',
  '$replaceWith'
])

/** The server reads the names of stages with the command, before any of its statements runs: a wrong one fails all of it. */
export function checkStageNames(stages: readonly BSONValue[]): void {
  for (const stage of stages) {
    const [name] = stageOf(stage)
    if (!updateStages.has(name) && !otherStages.has(name)) throw unrecognised(name)
  }
}

/** Compiles an update given as a pipeline. Only stages that turn one document into one are allowed in it. */
export function compileUpdatePipeline(stages: readonly BSONValue[], context: QueryContext): DocumentStage {
  const compiled = stages.map(stage => compileDocumentStage(stage, context))
  return document => compiled.reduce((current, stage) => stage(current), document)
}

function compileDocumentStage(stage: BSONValue, context: QueryContext): DocumentStage {
  const [name, operand] = stageOf(stage)
  switch (name) {
    case '$set':
    case '$addFields':
      return addFieldsStage(name, operand, context)
    case '$unset':
      return unsetStage(operand)
    case '$project':
      if (!isDocument(operand)) throw new CommandFailure(15969, '$project specification must be an object')
      return during(`Invalid ${name}`, () => compileProjection(operand, context, 'stage'))
    case '$replaceRoot': {
      const newRoot = isDocument(operand) && operand.size === 1 ? operand.get('newRoot') : undefined
      if (newRoot === undefined) throw new CommandFailure(40231, '$replaceRoot takes one option, newRoot')
      return replaceStage(name, newRoot, context)
    }
    case '$replaceWith':
      return replaceStage(name, operand, context)
    default:
      if (!otherStages.has(name)) throw unrecognised(name)
      throw new CommandFailure('InvalidOptions', `${name} is not allowed to be used within an update`)
  }
}

function stageOf(stage: BSONValue): readonly [string, BSONValue] {
  const [first, ...others] = isDocument(stage) ? stage : []
  if (first === undefined || others.length > 0)
    throw new CommandFailure(40323, 'a pipeline stage specification object must contain exactly one field')
  return first
}

function unrecognised(name: string): CommandFailure {
  return new CommandFailure(40324, `Unrecognized pipeline stage name: '${name}'`)
}

function addFieldsStage(name: string, operand: BSONValue, context: QueryContext): DocumentStage {
  if (!isDocument(operand)) {
    throw new CommandFailure(40272, `${name} specification stage must be an object, got ${typeNameOf(operand)}`)
  }
  const root = emptyBranch()
  during(`Invalid ${name}`, () => addComputed(root, operand, '', name, context))
  return document => applyTree(root, 'add', document)
}

/** A document that is no expression names fields below; `{ a: { b: 1 } }` adds to `a`, it does not replace it. */
function addComputed(
  root: ProjectionBranch,
  fields: BSONDocument,
  prefix: string,
  stage: string,
  context: QueryContext
): void {
  for (const [name, value] of fields) {
    const path = `${prefix}${name}`
    checkFieldPath(path)
    if (isDocument(value) && value.size > 0 && !value.keys().next().value?.startsWith('$')) {
      addComputed(root, value, `${path}.`, stage, context)
    } else {
      const isEmptyDocument = isDocument(value) && value.size === 0
      const expression = isEmptyDocument ? () => value : compileExpression(context, value, `${stage} of "${path}"`)
      addLeaf(root, path, { kind: 'compute', expression })
    }
  }
}

function unsetStage(operand: BSONValue): DocumentStage {
  const paths = Array.isArray(operand) ? operand : [operand]
  if (paths.length === 0) throw new CommandFailure(31119, '$unset specification must name at least one field')
  const root = emptyBranch()
  for (const path of paths) {
    if (typeof path !== 'string') {
      throw new CommandFailure(31120, `$unset takes strings, not ${typeNameOf(path)}`)
    }
    checkFieldPath(path)
    addLeaf(root, path, { kind: 'exclude' })
  }
  return document => applyTree(root, 'exclude', document)
}

function replaceStage(name: string, operand: BSONValue, context: QueryContext): DocumentStage {
  const expression = compileExpression(context, operand, name)
  return document => {
    const value = expression(document)
    if (isDocument(value)) return value
    throw new CommandFailure(
      40228,
      `the expression of ${name} must evaluate to an object, but it gave ${value === undefined ? 'nothing' : typeNameOf(value)}`
    )
  }
}
