import { type ConnectionString, parseConnectionString } from './connection_string.ts'
import type { Quote } from './describe.ts'
import { type Host, malformed } from './hosts.ts'
import { nearestName } from './nearest_name.ts'
import { expectation } from './option_problem.ts'
import type { OptionName, OptionRow } from './option_row.ts'
import { optionTable } from './option_table.ts'
import type { OptionValues } from './option_values.ts'
import { isSecret, Secrets } from './secrets.ts'
import { valueFromText } from './text_values.ts'
import { Warnings } from './warnings.ts'
import { unacknowledgedProblem } from './write_concern.ts'

/** What a connection string says, frozen; nothing is filled in. */
export interface ParsedOptions {
  /** Empty with `mongodb+srv`, until they have been looked up. */
  readonly hosts: readonly Host[]
  /** The name to look up, with `mongodb+srv`. */
  readonly srvHost: string | undefined
  readonly defaultDatabase: string | undefined
  /** Options given, but for secret ones. */
  readonly values: Readonly<OptionValues>
  readonly secrets: Secrets
  /** Options that the string names with values that cannot be used. They are ignored, with a warning. */
  readonly unusable: readonly OptionName[]
  readonly warnings: readonly string[]
}

interface Occurrence {
  readonly key: string
  readonly deprecated: boolean
  readonly text: string | undefined
}

/**
 * Reads a connection string. An unknown option and a value that cannot be used are warnings, as the specification has it;
 * whether options go together is decided when they are resolved, since an options object may still change them.
 * @throws MongoParseError when the string is malformed.
 */
export function parseOptions(uri: string): ParsedOptions {
  const parts = parseConnectionString(uri)
  const warnings = new Warnings()
  const values: Record<string, unknown> = {}
  const secrets: Record<string, unknown> = { username: parts.username, password: parts.password }
  const unusable: OptionName[] = []
  for (const [name, occurrences] of occurrencesOf(parts, warnings)) {
    const value = valueOf(name, occurrences, parts.quote, warnings)
    if (value === undefined) unusable.push(name)
    else if (isSecret(name)) secrets[name] = value
    else values[name] = value
  }
  const both = unacknowledgedProblem(values['w'], values['journal'])
  if (both !== undefined) warnings.add(() => `The write concern ${both}`)
  const [first] = parts.hosts
  return Object.freeze({
    hosts: Object.freeze(parts.srv ? [] : parts.hosts.map(host => Object.freeze(host))),
    srvHost: parts.srv && first !== undefined && 'host' in first ? first.host : undefined,
    defaultDatabase: parts.database,
    values: Object.freeze(values),
    secrets: new Secrets(secrets),
    unusable: Object.freeze(unusable),
    warnings: warnings.list()
  })
}

/** Lower-case name in a connection string → option. */
const namesInURI = new Map<string, { readonly name: OptionName; readonly deprecated: boolean }>()
const readableNames: string[] = []
for (const [name, row] of Object.entries(optionTable) as [OptionName, OptionRow][]) {
  if (row.uri === undefined) continue
  readableNames.push(row.uri)
  for (const known of [row.uri, ...(row.aliases ?? [])]) namesInURI.set(lowerCase(known), { name, deprecated: false })
  for (const known of row.deprecatedNames ?? []) namesInURI.set(lowerCase(known), { name, deprecated: true })
}

/** ASCII letters only: other letters have other ideas of case. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, letter => letter.toLowerCase())
}

function occurrencesOf(parts: ConnectionString, warnings: Warnings): Map<OptionName, Occurrence[]> {
  const found = new Map<OptionName, Occurrence[]>()
  for (const { key, value } of parts.pairs) {
    const known = namesInURI.get(lowerCase(key))
    if (known === undefined) {
      if (parts.strayAt)
        throw malformed(
          'an @ follows the hosts, in or beside an option that is unknown; percent-encode / as %2F, ? as %3F and @ as %40 in user name and password'
        )
      warnings.add(
        () => `The connection string has the unknown option ${parts.quote(key)}, which is ignored${hint(key)}`
      )
      continue
    }
    const occurrence = { key, deprecated: known.deprecated, text: value }
    const others = found.get(known.name)
    if (others === undefined) found.set(known.name, [occurrence])
    else others.push(occurrence)
  }
  return found
}

function hint(key: string): string {
  const nearest = nearestName(key, readableNames)
  return nearest === undefined ? '' : `; did you mean ${nearest}?`
}

function valueOf(name: OptionName, occurrences: readonly Occurrence[], quote: Quote, warnings: Warnings): unknown {
  const row: OptionRow = optionTable[name]
  const given = withoutReplaced(name, occurrences, warnings)
  if (row.repetition === 'never' && given.length > 1)
    throw malformed(`${name} is given ${given.length} times; give it once`)
  if (row.repetition === undefined && given.length > 1)
    warnings.add(
      () => `The connection string gives ${name} ${given.length} times; the last value that can be used counts`
    )
  const read = given.map(({ text }) => readOne(name, row, text, quote, warnings))
  if (row.repetition === 'equal' && read.some(value => value !== read[0]))
    throw malformed(
      `${given.map(({ key }) => key).join(' and ')} have different values; give one of them, or the same value`
    )
  const usable = read.filter(value => value !== undefined)
  if (row.repetition === 'list') return usable.length === 0 ? undefined : Object.freeze(usable)
  return usable.at(-1)
}

/** A deprecated name counts only where the new one is not given. */
function withoutReplaced(
  name: OptionName,
  occurrences: readonly Occurrence[],
  warnings: Warnings
): readonly Occurrence[] {
  const current = occurrences.filter(({ deprecated }) => !deprecated)
  for (const { key, deprecated } of occurrences)
    if (deprecated)
      warnings.add(
        () =>
          `The option ${key} is deprecated${current.length > 0 ? ` and ignored, since ${name} is given` : `; use ${name}`}`
      )
  return current.length > 0 ? current : occurrences
}

function readOne(
  name: OptionName,
  row: OptionRow,
  text: string | undefined,
  quote: Quote,
  warnings: Warnings
): unknown {
  const shown = isSecret(name) ? () => '(not shown)' : quote
  if (text === undefined) {
    warnings.add(() => `${name} in the connection string has a % that does not begin an escape; it is ignored`)
    return undefined
  }
  const value = valueFromText(row, text, what => warnings.add(() => `${name} in the connection string: ${what}`), shown)
  if (value !== undefined) return value
  const problem = `${name} in the connection string cannot be ${shown(text)}; it takes ${expectation(row)}`
  if (row.unusable === 'error' && !(row.kind === 'w' && text === '')) throw malformed(problem)
  warnings.add(() => `${problem}; it is ignored`)
  return undefined
}
