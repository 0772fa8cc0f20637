/** Reads a file of a suite, and refuses what the runner does not know: a field that is passed over would be a case not run. */
export type Fields = Readonly<Record<string, unknown>>

/** `value` as an object that has no other fields than `known`. */
export function fieldsOf(value: unknown, where: string, known: readonly string[]): Fields {
  const fields = objectOf(value, where)
  for (const name of Object.keys(fields)) {
    if (!known.includes(name)) throw new Error(`${where} has the field "${name}", which this runner does not know`)
  }
  return fields
}

export function objectOf(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${where} is not an object`)
  return value as Fields
}

export function listOf(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${where} is not an array`)
  return value
}

export function textOf(value: unknown, where: string): string {
  if (typeof value !== 'string') throw new Error(`${where} is not a string`)
  return value
}

export function numberOf(value: unknown, where: string): number {
  if (typeof value !== 'number') throw new Error(`${where} is not a number`)
  return value
}

/** The name of a file without its folder and ending: for cases that have no description. */
export function caseNameOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1).replace(/\.json$/, '')
}
