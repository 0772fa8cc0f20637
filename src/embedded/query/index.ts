/**
 * Filters, projections, sorts and updates of BSON documents: pure and synchronous, compiled once for a command. Their
 * behaviour is that of the MongoDB manual for server 8.0; what they lack is refused by name with a `CommandFailure`.
 */
export { decodeDocument, decodingDepthMax, encodeDocument, fromObject, toObject } from './codec.ts'
export { compileCollation } from './collation.ts'
export { compareStrings, compareValues, equalValues, type StringOrder } from './compare.ts'
export type { MatchPosition } from './conditions.ts'
export type { Expression, QueryContext } from './context.ts'
export { documentKeys } from './keys.ts'
export { compileFilter, type Filter, filterDepthMax } from './match.ts'
export type { UpdateContext } from './modifiers.ts'
export { distinctCandidates, splitPath } from './paths.ts'
export { compileProjection, type Projection, type ProjectionPlace } from './project.ts'
export { checkStageNames } from './pipeline.ts'
export { patternBytesMax } from './regular_expression.ts'
export { compileSort, type Sort, type SortKey } from './sort.ts'
export { type InsertContext, nestingDepthMax, prepareForInsert } from './storable.ts'
export { compileUpdate, type Update, type UpdatedDocument, type UpdateOptions } from './update.ts'
export { arrayPaddingMax } from './update_tree.ts'
export { upsertDocument } from './upsert.ts'
export {
  type BSONDocument,
  type BSONNumber,
  type BSONTypeName,
  type BSONValue,
  bsonTypes,
  copyDocument,
  isDocument,
  isNumber,
  isTruthy,
  OpaqueValue,
  typeNameOf,
  typeOf
} from './values.ts'
