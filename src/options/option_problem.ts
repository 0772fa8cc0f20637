import { describe } from './describe.ts'
import type { AnyKind, BooleanKind, IntegerKind, ListKind, OptionRow, PairsKind, StringKind } from './option_row.ts'
import { readPreferenceModes, readPreferenceProblem, tagSetsProblem } from './read_preference.ts'
import { wProblem } from './write_concern.ts'

/** What is wrong with a value, as the end of the sentence that begins with the option's name; undefined: nothing. */
export function problemOf(row: OptionRow, value: unknown): string | undefined {
  switch (row.kind) {
    case 'object':
      return row.problem(value)
    case 'readPreference':
      return readPreferenceProblem(value)
    case 'tagSets':
      return tagSetsProblem(value)
    case 'w':
      return wProblem(value)
    case 'boolean':
    case 'integer':
    case 'string':
    case 'list':
    case 'pairs':
    case 'any':
      return fits(row, value) ? undefined : `must be ${expectation(row)}; it is ${describe(value)}`
  }
}

type PlainRow = Extract<OptionRow, BooleanKind | IntegerKind | StringKind | ListKind | PairsKind | AnyKind>

function fits(row: PlainRow, value: unknown): boolean {
  switch (row.kind) {
    case 'boolean':
      return typeof value === 'boolean'
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value) && value >= row.min && value <= row.max
    case 'string':
      if (typeof value !== 'string' || value === '') return false
      if (row.bytesMax !== undefined && Buffer.byteLength(value) > row.bytesMax) return false
      return row.choices === undefined || row.choices.includes(value)
    case 'list':
      return Array.isArray(value) && value.every(part => row.choices.includes(part))
    case 'pairs':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'any':
      return true
  }
}

/** What an option takes, in words: for errors and for the reference page. */
export function expectation(row: OptionRow): string {
  switch (row.kind) {
    case 'boolean':
      return 'true or false'
    case 'integer':
      return `an integer from ${row.min} to ${row.max} (${unitOf(row.unit)}${row.zero === undefined ? '' : `; 0: ${row.zero}`})`
    case 'string':
      if (row.choices !== undefined) return `one of ${row.choices.join(', ')}`
      return row.bytesMax === undefined ? 'a string with something in it' : `a string of 1 to ${row.bytesMax} bytes`
    case 'list':
      return `a list of ${row.choices.join(', ')}`
    case 'pairs':
      return 'pairs of key and value'
    case 'tagSets':
      return 'a list of sets of tags'
    case 'w':
      return 'an integer from 0, majority, or the name of a mode'
    case 'readPreference':
      return `one of ${readPreferenceModes.join(', ')}`
    case 'object':
      return 'an object'
    case 'any':
      return 'not said yet'
  }
}

function unitOf(unit: string): string {
  return unit === 'ms' ? 'milliseconds' : unit === 's' ? 'seconds' : unit
}
