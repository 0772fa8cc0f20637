import { MongoInvalidArgumentError } from '../errors/index.ts'
import { describe } from './describe.ts'
import { nearestName } from './nearest_name.ts'
import { expectation, problemOf } from './option_problem.ts'
import type { OptionName, OptionRow } from './option_row.ts'
import { optionTable } from './option_table.ts'
import type { OptionValues } from './option_values.ts'
import { isSecret, type SecretValues } from './secrets.ts'

/** An options object, checked: by canonical names, the secret ones apart. */
export interface GivenOptions {
  readonly values: Readonly<OptionValues>
  readonly secrets: SecretValues
}

/** Every spelling that an options object may use → option. */
const names = new Map<string, OptionName>()
for (const [name, row] of Object.entries(optionTable) as [OptionName, OptionRow][])
  for (const known of [name, ...(row.aliases ?? []), ...(row.deprecatedNames ?? [])]) names.set(known, name)

/**
 * Checks an options object, name by name. `others` are the names that the caller takes care of itself.
 * @throws MongoInvalidArgumentError that names the option and the value, or the nearest known name.
 */
export function checkedOptions(given: object, others: readonly string[]): GivenOptions {
  if (typeof given !== 'object' || given === null)
    throw new MongoInvalidArgumentError(`The options must be an object; they are ${describe(given)}`)
  const values: Record<string, unknown> = {}
  const secrets: Record<string, unknown> = {}
  const spellings = new Map<OptionName, string>()
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || others.includes(key)) continue
    const name = names.get(key)
    if (name === undefined) throw unknownOption(key, others)
    const spelling = spellings.get(name)
    if (spelling !== undefined)
      throw new MongoInvalidArgumentError(`The options ${spelling} and ${key} are the same option; give ${name} alone`)
    spellings.set(name, key)
    check(name, key, value)
    if (isSecret(name)) secrets[name] = value
    else values[name] = value
  }
  return { values, secrets }
}

function check(name: OptionName, key: string, value: unknown): void {
  const row: OptionRow = optionTable[name]
  // What is wrong with a secret is said without the value: a password may have been put where a number belongs.
  const problem = problemOf(row, value)
  if (problem === undefined) return
  throw new MongoInvalidArgumentError(
    `The option ${key} ${isSecret(name) && row.kind !== 'object' ? `must be ${expectation(row)}` : problem}`
  )
}

function unknownOption(key: string, others: readonly string[]): MongoInvalidArgumentError {
  const nearest = nearestName(key, [...Object.keys(optionTable), ...others])
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`
  return new MongoInvalidArgumentError(`There is no option ${describe(key)}${hint}`)
}
