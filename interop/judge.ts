/** Whether a stranger's result is the expected one, or deviates exactly as its table says. Pure. */
import { isDeepStrictEqual } from 'node:util'
import { untold } from '../test/integration/cases/case.ts'

/** A case in which a stranger is known to give another result. The texts of errors are not compared: they are its own. */
export interface Deviation {
  readonly reason: string
  /** Without: nothing but the texts of errors differs. Texts in it are `text`. */
  readonly result?: unknown
}

export type Deviations = Readonly<Record<string, Deviation>>

export type Outcome = 'passed' | 'failed' | 'deviates'

export interface Judgement {
  readonly outcome: Outcome
  /** What is wrong, or why it deviates; empty when it passed. */
  readonly reason: string
}

/** Stands for any text of an error in a deviation's result. */
export const text = '(text)'

/** Of `actual`, in plain form, by what was expected and by what the stranger is known for. */
export function judge(actual: unknown, expected: unknown, deviation: Deviation | undefined): Judgement {
  const asExpected = isDeepStrictEqual(actual, withoutUntold(expected, actual))
  if (deviation === undefined) {
    return asExpected ? passed : failed(`${show(actual)}\nis not\n${show(expected)}`)
  }
  if (asExpected)
    return failed(`the table says that it deviates (${deviation.reason}), and it does not: delete the entry`)
  const known = 'result' in deviation ? deviation.result : withoutTexts(expected)
  if (isDeepStrictEqual(withoutTexts(actual), withoutUntold(known, actual)))
    return { outcome: 'deviates', reason: deviation.reason }
  return failed(
    `it deviates in another way than the table says:\n${show(withoutTexts(actual))}\nis not\n${show(known)}`
  )
}

const passed: Judgement = { outcome: 'passed', reason: '' }

function failed(reason: string): Judgement {
  return { outcome: 'failed', reason }
}

/** Entries of a table for which there is no case: as wrong as one that no longer deviates. */
export function entriesWithoutCase(table: Readonly<Record<string, unknown>>, names: readonly string[]): string[] {
  return Object.keys(table).filter(name => !names.includes(name))
}

const textFields: ReadonlySet<string> = new Set(['message', 'errmsg'])

export function withoutTexts(value: unknown): unknown {
  return mapped(value, (field, key) => (textFields.has(key) && typeof field === 'string' ? text : withoutTexts(field)))
}

/** `expected`, but for what the server tells nobody. */
function withoutUntold(expected: unknown, actual: unknown): unknown {
  if (actual === untold) return untold
  if (!isObject(actual)) return expected
  return mapped(expected, (field, key) => withoutUntold(field, actual[key]))
}

function mapped(value: unknown, map: (field: unknown, key: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((each, index) => map(each, String(index)))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, map(field, key)]))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** So much of a result is shown: some are documents of megabytes. */
const shownCharactersMax = 4000

function show(value: unknown): string {
  const all = JSON.stringify(value) ?? 'undefined'
  return all.length <= shownCharactersMax ? all : `${all.slice(0, shownCharactersMax)}… (${all.length} characters)`
}
