import { badValue, CommandFailure } from '../failure.ts'
import { compareStrings, type StringOrder } from './compare.ts'
import { wholeInt32 } from './numbers.ts'
import { type BSONDocument, type BSONValue, isNumber, typeNameOf } from './values.ts'

const knownFields: ReadonlySet<string> = new Set([
  'locale',
  'caseLevel',
  'caseFirst',
  'strength',
  'numericOrdering',
  'alternate',
  'maxVariable',
  'normalization',
  'backwards',
  'version'
])

/**
 * The order of strings that a command's `collation` asks for; undefined for the simple one. Orders are those of ICU as
 * Node.js has it. What `Intl.Collator` cannot do (`backwards`, `maxVariable`) is refused.
 */
export function compileCollation(collation: BSONDocument): StringOrder | undefined {
  for (const name of collation.keys()) {
    if (!knownFields.has(name)) throw new CommandFailure(40415, `the collation has an unknown field "${name}"`)
  }
  const locale = textField(collation, 'locale')
  if (locale === undefined) throw new CommandFailure(40414, 'the collation has no "locale", which is required')
  if (locale === 'simple') {
    if (collation.size > 1) throw badField('locale', '"simple" takes no other fields')
    return undefined
  }
  for (const name of ['backwards', 'maxVariable']) {
    const value = collation.get(name)
    if (value !== undefined && value !== false && value !== 'punct') {
      throw new CommandFailure('NotImplemented', `the collation's "${name}" is not supported`)
    }
  }
  const strength = strengthOf(collation.get('strength'))
  const caseFirst = choice(collation, 'caseFirst', ['off', 'upper', 'lower']) ?? 'off'
  const alternate = choice(collation, 'alternate', ['non-ignorable', 'shifted']) ?? 'non-ignorable'
  const collator = new Intl.Collator(knownLocale(locale), {
    sensitivity: sensitivityOf(strength, flag(collation, 'caseLevel')),
    numeric: flag(collation, 'numericOrdering'),
    caseFirst: caseFirst === 'off' ? 'false' : (caseFirst as 'upper' | 'lower'),
    ignorePunctuation: alternate === 'shifted'
  })
  if (strength === 5) return (left, right) => collator.compare(left, right) || compareStrings(left, right)
  return (left, right) => collator.compare(left, right)
}

function sensitivityOf(strength: number, caseLevel: boolean): 'base' | 'accent' | 'case' | 'variant' {
  if (strength === 1) return caseLevel ? 'case' : 'base'
  if (strength === 2) return caseLevel ? 'variant' : 'accent'
  return 'variant'
}

function strengthOf(value: BSONValue | undefined): number {
  if (value === undefined) return 3
  const strength = isNumber(value) ? wholeInt32(value) : undefined
  if (strength === undefined || strength < 1 || strength > 5) throw badField('strength', 'must be a number from 1 to 5')
  return strength
}

function knownLocale(locale: string): string {
  const tag = locale.replaceAll('_', '-')
  try {
    const [supported] = Intl.Collator.supportedLocalesOf(tag)
    if (supported !== undefined) return supported
  } catch {
    // No well-formed language tag: the same answer as for an unknown one.
  }
  throw badField('locale', `"${locale}" is not known`)
}

function textField(collation: BSONDocument, name: string): string | undefined {
  const value = collation.get(name)
  if (value === undefined || typeof value === 'string') return value
  throw new CommandFailure('TypeMismatch', `the collation's "${name}" must be a string, not ${typeNameOf(value)}`)
}

function choice(collation: BSONDocument, name: string, choices: readonly string[]): string | undefined {
  const value = textField(collation, name)
  if (value === undefined || choices.includes(value)) return value
  throw badField(name, `must be one of ${choices.join(', ')}`)
}

function flag(collation: BSONDocument, name: string): boolean {
  const value = collation.get(name)
  if (value === undefined || typeof value === 'boolean') return value === true
  throw new CommandFailure('TypeMismatch', `the collation's "${name}" must be a bool, not ${typeNameOf(value)}`)
}

function badField(name: string, why: string): CommandFailure {
  return badValue(`the collation's "${name}": ${why}`)
}
