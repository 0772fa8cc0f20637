import type { StatementOptions } from '../operations/index.ts'
import { sortDocument } from './sorting.ts'
import type { Sorted, UpdateOptions } from './types/index.ts'

/** Of an update or a replacement. A sort is sent with updateMany too, so that the server refuses it. */
export function statementOptions(options: UpdateOptions & Sorted): StatementOptions {
  const { upsert, arrayFilters, hint, collation, sort } = options
  return { upsert, arrayFilters, hint, collation, sort: sortDocument(sort) }
}
