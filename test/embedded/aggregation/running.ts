import assert from 'node:assert/strict'
import type { Aggregation } from '../../../src/embedded/aggregation.ts'
import { createAggregation } from '../../../src/embedded/aggregation/index.ts'
import type { PipelineContext } from '../../../src/embedded/aggregation.ts'
import {
  type BSONDocument,
  type BSONValue,
  decodeDocument,
  encodeDocument,
  type StringOrder
} from '../../../src/embedded/query/index.ts'
import { virtualRuntime } from '../../../src/runtime/virtual/index.ts'
import { doc, type Fields, text, value } from '../query/documents.ts'

export const aggregationNow: Date = new Date('2024-02-29T12:34:56.789Z')

export function newAggregation(seed = 1): Aggregation {
  const { chance } = virtualRuntime({ seed })
  return createAggregation({ clock: { epochMS: () => aggregationNow.getTime() }, chance })
}

/** What the expression gives for the document; undefined is missing. */
export function evaluated(
  expression: unknown,
  document: Fields | BSONDocument = {},
  options: { variables?: Fields; strings?: StringOrder } = {}
): BSONValue | undefined {
  const compile = newAggregation().expressions(doc(options.variables ?? {}), options.strings)
  return compile(value(expression))(document instanceof Map ? document : doc(document))
}

/** Compares types, too: an int32 1 is not a double 1. `undefined` says that nothing is to come. */
export function assertEvaluates(expression: unknown, expected: unknown, document: Fields | BSONDocument = {}): void {
  const actual = evaluated(expression, document)
  const place = JSON.stringify(expression)
  if (expected === undefined || actual === undefined) assert.equal(actual, expected, place)
  else assert.equal(shown(actual), shown(value(expected)), place)
}

/** One row for each expression of a table, all over the same document. */
export function assertTable(
  rows: readonly (readonly [expression: unknown, expected: unknown])[],
  document: Fields = {}
): void {
  for (const [expression, expected] of rows) assertEvaluates(expression, expected, document)
}

function shown(of: BSONValue): string {
  return text(new Map([['v', of]]))
}

export interface PipelineTest {
  readonly others?: Readonly<Record<string, Fields[]>>
  readonly variables?: Fields
  readonly strings?: StringOrder | undefined
  readonly seed?: number
}

export function pipelined(
  stages: Fields[],
  documents: Iterable<Fields | BSONDocument>,
  { others = {}, variables = {}, strings, seed }: PipelineTest = {}
): BSONDocument[] {
  const aggregation = newAggregation(seed)
  const context: PipelineContext = {
    strings,
    compileExpression: aggregation.expressions(doc(variables), strings),
    database: 'test',
    documentsOf: collection => (others[collection] ?? []).map(doc),
    sessions: () => [doc({ _id: 'a session' })]
  }
  const pipeline = aggregation.pipeline(stages.map(doc), context)
  return Array.from(pipeline(inputs(documents)), each => decodeDocument(encodeDocument(each)))
}

function* inputs(documents: Iterable<Fields | BSONDocument>): Generator<BSONDocument> {
  for (const each of documents) yield each instanceof Map ? each : doc(each)
}

export function assertPipeline(
  stages: Fields[],
  documents: Fields[],
  expected: Fields[],
  options?: PipelineTest
): void {
  assert.deepEqual(
    pipelined(stages, documents, options).map(text),
    expected.map(each => text(doc(each)))
  )
}
