/** Where mongoose's program gives another result with cenote than with the official driver, and why. */
import { type Deviations, text } from '../judge.ts'

export const deviations: Deviations = {
  'bulkWrite that fails, unordered: the message, and what was inserted': {
    reason: 'the official driver takes the place of a failure for a number of inserts, and tells of the first one only',
    result: { message: text, places: ['0', '3'] }
  },
  'insertMany of plain objects gives them back with their identifiers': {
    reason: 'cenote leaves the documents that it is given as they are, and tells identifiers in the result alone',
    result: ['key', 'n']
  }
}
