/**
 * How the official driver tells of a bulk write that fails: two habits, both read in its version 7.9.
 *
 * Its message is that of the first failure alone. cenote adds how many more there are, since who reads a log does not see
 * the list; programs that compare messages expect it without.
 *
 * Of an ordered bulk write its `insertedIds` are as many of the inserts, in their order, as the failed operation's place
 * says. That is what was inserted only where all operations are inserts: with others among them the failed document, and
 * some that were never sent, stand there too. cenote has those that were inserted; programs that were written for the
 * official driver, mongoose among them, hand its own on.
 */
import { type BulkWriteCounts, BulkWriteResult, MongoBulkWriteError } from 'cenote'

/** The `_id` of an insert, by its place among the operations. */
export type PlacedId = readonly [place: number, id: unknown]

/**
 * The error as the official driver has it, or itself where nothing differs.
 * @param inserts All inserts of an ordered bulk write; without, its list of them is right.
 */
export function asOfficialDriver(error: unknown, inserts?: readonly PlacedId[]): unknown {
  if (!(error instanceof MongoBulkWriteError) || error.cause !== undefined) return error
  const { writeErrors, result, errorResponse } = error
  const [first] = writeErrors
  if (first === undefined || (writeErrors.length === 1 && inserts === undefined)) return error
  const insertedIds = inserts === undefined ? result.insertedIds : Object.fromEntries(inserts.slice(0, first.index))
  const concernError = result.getWriteConcernError()
  const concernErrors = concernError === undefined ? [] : [concernError]
  const counts: BulkWriteCounts = result
  const told = new BulkWriteResult({ ...counts, insertedIds }, result.acknowledged, writeErrors, concernErrors)
  const same = new MongoBulkWriteError(errorResponse, first.errmsg, writeErrors, told)
  for (const label of error.errorLabels) same.addErrorLabel(label)
  return same
}
