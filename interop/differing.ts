/** Two replies, field by field. Pure. */
import { isDeepStrictEqual } from 'node:util'

/** Path → both values, where they differ; a document or an array that the other side has not is only named. */
export type Differing = Readonly<Record<string, readonly [unknown, unknown]>>

/** Of values in plain form. Arrays of different lengths differ as wholes: what is missing would shift all the rest. */
export function differing(one: unknown, other: unknown, path = ''): Differing {
  if (isDeepStrictEqual(one, other)) return {}
  const names = namesOfBoth(one, other)
  if (names === undefined) return { [path]: [brief(one), brief(other)] }
  const fields = names.map(name =>
    differing(fieldOf(one, name), fieldOf(other, name), [path, name].filter(String).join('.'))
  )
  return Object.assign({}, ...fields) as Differing
}

/** Undefined: they are not two documents, nor two arrays of the same length. */
function namesOfBoth(one: unknown, other: unknown): string[] | undefined {
  if (!isObject(one) || !isObject(other) || Array.isArray(one) !== Array.isArray(other)) return undefined
  if (Array.isArray(one) && Array.isArray(other) && one.length !== other.length) return undefined
  return [...new Set([...Object.keys(one), ...Object.keys(other)])]
}

function fieldOf(value: unknown, name: string): unknown {
  return isObject(value) && name in value ? value[name] : '(none)'
}

function brief(value: unknown): unknown {
  if (Array.isArray(value)) return `(array of ${value.length})`
  return isObject(value) ? '(document)' : value
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
