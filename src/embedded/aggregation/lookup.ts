import { CommandFailure } from '../failure.ts'
import { stringsOf } from '../query/context.ts'
import { checkFieldPath } from '../query/field_path.ts'
import { type BSONDocument, type BSONValue, splitPath, type StringOrder } from '../query/index.ts'
import { addLeaf, applyTree, emptyBranch } from '../query/projection_tree.ts'
import { someValue } from '../query/paths.ts'
import { ByValue } from './by_value.ts'
import { isNullish } from './operator.ts'
import { type CompilePipeline, each, fieldsOf, type Stage, type StageContext, stagesField, textField } from './stage.ts'
import { compileVariables, withVariables } from './variables.ts'

/** The documents of another collection that belong to one document. */
type Joined = (document: BSONDocument) => readonly BSONDocument[]

/** Joins by equal fields, by a pipeline that sees variables, or by both. */
export function lookupStage(operand: BSONValue, context: StageContext, compilePipeline: CompilePipeline): Stage {
  const fields = fieldsOf('$lookup', operand, ['from', 'as'], ['localField', 'foreignField', 'let', 'pipeline'])
  const from = textField('$lookup', fields, 'from')
  const as = textField('$lookup', fields, 'as')
  checkFieldPath(as)
  if (fields.has('localField') !== fields.has('foreignField')) {
    throw new CommandFailure(
      'FailedToParse',
      '$lookup requires both or neither of localField and foreignField to be specified'
    )
  }
  if (!fields.has('localField') && !fields.has('pipeline')) {
    throw new CommandFailure('FailedToParse', '$lookup requires localField and foreignField, or a pipeline')
  }
  if (fields.has('let') && !fields.has('pipeline')) {
    throw new CommandFailure('FailedToParse', '$lookup with a let argument must also specify a pipeline')
  }
  const refine = fields.has('pipeline') ? subPipeline(fields, context, compilePipeline) : undefined
  return documents => {
    const joined = fields.has('localField') ? joinByFields(fields, from, context) : joinAll(from, context)
    return each(document => [
      withField(document, as, [...(refine === undefined ? joined(document) : refine(document, joined(document)))])
    ])(documents)
  }
}

/** Puts the array where the path says, through documents and arrays on the way. */
function withField(document: BSONDocument, path: string, value: BSONValue): BSONDocument {
  const root = emptyBranch()
  addLeaf(root, path, { kind: 'compute', expression: () => value })
  return applyTree(root, 'add', document)
}

function joinAll(from: string, context: StageContext): Joined {
  let all: readonly BSONDocument[] | undefined
  return () => (all ??= [...context.documentsOf(from)])
}

/** Foreign documents are found by the values at their field; each is given once, in the collection's order. */
function joinByFields(fields: BSONDocument, from: string, context: StageContext): Joined {
  const localField = pathField(fields, 'localField')
  const foreignField = pathField(fields, 'foreignField')
  const strings = stringsOf(context)
  let foreign: Foreign | undefined
  return document => {
    foreign ??= new Foreign(context.documentsOf(from), foreignField, strings)
    return foreign.having(localValues(document, localField))
  }
}

class Foreign {
  readonly #documents: readonly BSONDocument[]
  readonly #byValue: ByValue<number[]>

  constructor(documents: Iterable<BSONDocument>, path: readonly string[], strings: StringOrder) {
    this.#documents = [...documents]
    this.#byValue = new ByValue(strings)
    for (const [place, document] of this.#documents.entries()) {
      someValue(document, path, 'expanded', value => {
        this.#byValue.getOrAdd(isNullish(value) ? null : value, () => []).push(place)
        return false
      })
    }
  }

  having(values: readonly BSONValue[]): readonly BSONDocument[] {
    const places = new Set(values.flatMap(value => this.#byValue.get(value) ?? []))
    return this.#documents.filter((_, place) => places.has(place))
  }
}

/** Of an array its elements, and null where there is nothing. */
function localValues(document: BSONDocument, path: readonly string[]): readonly BSONValue[] {
  const values: BSONValue[] = []
  let missing = true
  someValue(document, path, 'whole', value => {
    if (value !== undefined) missing = false
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined) values.push(isNullish(each) ? null : each)
    }
    return false
  })
  return missing ? [null] : values
}

function pathField(fields: BSONDocument, name: string): readonly string[] {
  const path = textField('$lookup', fields, name)
  checkFieldPath(path)
  return splitPath(path)
}

type SubPipeline = (document: BSONDocument, foreign: readonly BSONDocument[]) => Iterable<BSONDocument>

/** The variables of `let` differ from document to document, so its pipeline is compiled for each. */
function subPipeline(fields: BSONDocument, context: StageContext, compilePipeline: CompilePipeline): SubPipeline {
  const stages = stagesField('$lookup', fields.get('pipeline'))
  const variables = compileVariables('$lookup', fields.get('let'), context)
  const compileWith = (document: BSONDocument): Stage =>
    compilePipeline(stages, variables.length === 0 ? context : withVariables(context, variables, document))
  const checked = compileWith(new Map())
  return (document, foreign) => (variables.length === 0 ? checked : compileWith(document))(foreign)
}
