import { CommandFailure } from '../failure.ts'
import { type BSONDocument, type BSONValue, isDocument, isNumber } from '../query/index.ts'
import { wholeInt64 } from '../query/numbers.ts'
import type { Chance } from '../../runtime/index.ts'
import type { PipelineContext } from '../aggregation.ts'
import { typeText } from './operator.ts'

/** A compiled stage: it takes documents one by one where it can, and gives them on so. It changes none in place. */
export type Stage = (documents: Iterable<BSONDocument>) => Iterable<BSONDocument>

/** What stages are compiled with. */
export interface StageContext extends PipelineContext {
  readonly chance: Pick<Chance, 'fraction'>
}

/** Compiles the pipeline inside a stage such as `$lookup`. */
export type CompilePipeline = (stages: readonly BSONDocument[], context: StageContext) => Stage

/** A stage of one document at a time: none, one or several come of it. */
export function each(apply: (document: BSONDocument) => Iterable<BSONDocument>): Stage {
  return function* (documents) {
    for (const document of documents) yield* apply(document)
  }
}

/** A stage that needs all documents before it gives the first. It waits until it is asked for one. */
export function whole(apply: (documents: Iterable<BSONDocument>) => Iterable<BSONDocument>): Stage {
  return function* (documents) {
    yield* apply(documents)
  }
}

/** The fields of a stage's specification. Whatever is unknown or lacking is refused. */
export function fieldsOf(
  stage: string,
  operand: BSONValue,
  required: readonly string[],
  optional: readonly string[]
): BSONDocument {
  if (!isDocument(operand)) {
    throw new CommandFailure(
      'FailedToParse',
      `the ${stage} stage specification must be an object, not ${typeText(operand)}`
    )
  }
  for (const field of operand.keys()) {
    if (!required.includes(field) && !optional.includes(field)) {
      throw new CommandFailure('IDLUnknownField', `BSON field '${stage}.${field}' is an unknown field.`)
    }
  }
  const lacking = required.find(field => !operand.has(field))
  if (lacking === undefined) return operand
  throw new CommandFailure('IDLFailedToParse', `BSON field '${stage}.${lacking}' is missing but a required field`)
}

export function textField(stage: string, fields: BSONDocument, name: string): string {
  const value = fields.get(name)
  if (typeof value === 'string') return value
  throw new CommandFailure('FailedToParse', `the '${name}' of ${stage} must be a string, not ${typeText(value)}`)
}

/** A pipeline that stands inside a stage. */
export function stagesField(stage: string, value: BSONValue | undefined): readonly BSONDocument[] {
  if (Array.isArray(value) && value.every(isDocument)) return value
  throw new CommandFailure('TypeMismatch', `a pipeline of ${stage} must be an array of objects, not ${typeText(value)}`)
}

/** A whole number from `least` on that an int64 holds. */
export function countOperand(stage: string, operand: BSONValue, least: number, code: number): number {
  const whole = isNumber(operand) ? wholeInt64(operand) : undefined
  if (whole !== undefined && whole >= least) return Number(whole)
  const shown = isNumber(operand) ? operand.toString() : typeText(operand)
  throw new CommandFailure(
    code,
    `invalid argument to ${stage} stage: a whole number from ${least} on is wanted, not ${shown}`
  )
}
