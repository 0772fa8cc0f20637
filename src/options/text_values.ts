import type { Quote } from './describe.ts'
import { problemOf } from './option_problem.ts'
import type { OptionRow } from './option_row.ts'

/**
 * An option's value from its decoded text in a connection string; undefined: the text cannot be used. What can be used
 * though it should be written otherwise is told to `warn`.
 * Source: the connection string specification, values.
 */
export function valueFromText(row: OptionRow, text: string, warn: (what: string) => void, quote: Quote): unknown {
  const value = converted(row, text, warn, quote)
  // One occurrence of a list of tag sets is one set of it.
  return problemOf(row, row.kind === 'tagSets' ? [value] : value) === undefined ? value : undefined
}

function converted(row: OptionRow, text: string, warn: (what: string) => void, quote: Quote): unknown {
  switch (row.kind) {
    case 'boolean':
      return booleanFrom(text, warn)
    case 'integer':
      return isInteger(text) ? Number(text) : undefined
    case 'w':
      return isInteger(text) ? Number(text) : text
    case 'list':
      return listFrom(row.choices, text, warn, quote)
    case 'pairs':
      return pairsFrom(text)
    case 'tagSets':
      return text === '' ? Object.freeze({}) : pairsFrom(text)
    case 'string':
    case 'readPreference':
    case 'object':
    case 'any':
      return text
  }
}

function isInteger(text: string): boolean {
  return /^[+-]?\d+$/.test(text)
}

/** Spellings of old drivers; ignoring `tls=1` would be worse than reading it. */
const legacyBooleans: ReadonlyMap<string, boolean> = new Map([
  ...['1', 'yes', 'y', 't'].map(text => [text, true] as const),
  ...['0', '-1', 'no', 'n', 'f'].map(text => [text, false] as const)
])

function booleanFrom(text: string, warn: (what: string) => void): boolean | undefined {
  if (text === 'true' || text === 'false') return text === 'true'
  const value = legacyBooleans.get(text)
  if (value !== undefined) warn(`the spelling ${text} is deprecated; write ${value}`)
  return value
}

function listFrom(
  choices: readonly string[],
  text: string,
  warn: (what: string) => void,
  quote: Quote
): readonly string[] | undefined {
  const parts = text.split(',')
  const known = parts.filter(part => choices.includes(part))
  if (known.length === 0) return undefined
  for (const part of parts)
    if (!choices.includes(part)) warn(`${quote(part)} is none of ${choices.join(', ')} and is ignored`)
  return Object.freeze(known)
}

/** `key:value,key:value`; a value may have colons, and no comma. */
function pairsFrom(text: string): Readonly<Record<string, string>> | undefined {
  const pairs = text.split(',').map(pair => {
    const colon = pair.indexOf(':')
    return colon < 1 ? undefined : ([pair.slice(0, colon), pair.slice(colon + 1)] as const)
  })
  const whole = pairs.filter(pair => pair !== undefined)
  return whole.length === pairs.length ? Object.freeze(Object.fromEntries(whole)) : undefined
}
