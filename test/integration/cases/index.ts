import type { Case } from './case.ts'
import { administrationCases } from './administration.ts'
import { aggregationCases } from './aggregations.ts'
import { bulkWriteCases } from './bulk_writes.ts'
import { catalogCases } from './catalog.ts'
import { clientBulkWriteCases } from './client_bulk_writes.ts'
import { countCases } from './counts.ts'
import { cursorShapeCases } from './cursor_shapes.ts'
import { cursorCases } from './cursors.ts'
import { explanationCases } from './explanations.ts'
import { failureCases } from './failures.ts'
import { findCases } from './finds.ts'
import { insertCases } from './inserts.ts'
import { replacementCases } from './replacements.ts'
import { sessionCases } from './sessions.ts'
import { valueCases } from './values.ts'
import { writeCases } from './writes.ts'

/** Every case: what a user does with collections, databases and cursors, in the order in which they run. */
export const cases: readonly Case[] = [
  ...insertCases,
  ...findCases,
  ...cursorCases,
  ...cursorShapeCases,
  ...writeCases,
  ...replacementCases,
  ...bulkWriteCases,
  ...clientBulkWriteCases,
  ...countCases,
  ...valueCases,
  ...administrationCases,
  ...catalogCases,
  ...explanationCases,
  ...failureCases,
  ...aggregationCases,
  ...sessionCases
]
