/** What the DNS adds to the options of a `mongodb+srv` client. Source: the initial DNS seedlist discovery specification. */
import { MongoParseError } from '../errors/index.ts'
import { takesAuthSource } from './credentials.ts'
import { quoted } from './describe.ts'
import { type NetworkHost, percentDecoded } from './hosts.ts'
import type { OptionRow } from './option_row.ts'
import { optionTable } from './option_table.ts'
import type { OptionValues } from './option_values.ts'
import type { ParsedOptions } from './parse_options.ts'
import { valueFromText } from './text_values.ts'
import { Warnings } from './warnings.ts'

export interface SeedList {
  readonly hosts: readonly NetworkHost[]
  /** The text of the name's TXT record; undefined where it has none. */
  readonly txt: string | undefined
}

const txtNames = ['authSource', 'replicaSet', 'loadBalanced'] as const

type TXTValues = Pick<OptionValues, (typeof txtNames)[number]>

/**
 * The options with the hosts that were found, and what the TXT record says beneath what they say themselves. `authMechanism`
 * is the one in force: where it leaves no choice of `authSource`, the record's default is not for this client.
 * @throws MongoParseError for a TXT record that is malformed or sets anything else than it may.
 */
export function withSeedList(
  parsed: ParsedOptions,
  { hosts, txt }: SeedList,
  authMechanism: string | undefined
): ParsedOptions {
  const warnings = new Warnings()
  const { authSource, ...others } = txt === undefined ? {} : txtValues(txt, parsed.srvHost ?? '', warnings)
  const defaults = authSource !== undefined && takesAuthSource(authMechanism) ? { ...others, authSource } : others
  return Object.freeze({
    ...parsed,
    hosts: Object.freeze(hosts.map(host => Object.freeze({ ...host }))),
    values: Object.freeze({ ...defaults, ...parsed.values }),
    warnings: Object.freeze([...parsed.warnings, ...warnings.list()])
  })
}

function txtValues(text: string, srvHost: string, warnings: Warnings): TXTValues {
  const values: Record<string, unknown> = {}
  const record = `the TXT record of ${srvHost}`
  for (const pair of text.split('&').filter(part => part !== '')) {
    const equals = pair.indexOf('=')
    if (equals <= 0) throw unreadable(record, `${quoted(pair)} is no name=value`)
    const key = pair.slice(0, equals)
    const name = txtNames.find(known => known.toLowerCase() === key.toLowerCase())
    if (name === undefined)
      throw unreadable(
        record,
        `it sets ${quoted(key)}, and a TXT record may set ${txtNames.join(', ')} alone; other options stand in the connection string`
      )
    const decoded = percentDecoded(pair.slice(equals + 1))
    if (decoded === undefined) throw unreadable(record, `${name} has a % that does not begin an escape`)
    const value = valueIn(record, name, decoded, warnings)
    if (value !== undefined) values[name] = value
  }
  return values
}

function valueIn(record: string, name: keyof TXTValues, text: string, warnings: Warnings): unknown {
  const row: OptionRow = optionTable[name]
  const value = valueFromText(row, text, what => warnings.add(() => `${name} in ${record}: ${what}`), quoted)
  if (value === undefined) warnings.add(() => `${name} in ${record} cannot be ${quoted(text)}; it is ignored`)
  return value
}

function unreadable(record: string, what: string): MongoParseError {
  return new MongoParseError(`mongodb+srv: ${record} cannot be used: ${what}`)
}
