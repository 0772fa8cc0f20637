import { describe } from './describe.ts'

/** Versions of the Stable API that this driver knows. */
export const ServerApiVersion: { readonly v1: '1' } = Object.freeze({ v1: '1' })
export type ServerApiVersion = (typeof ServerApiVersion)[keyof typeof ServerApiVersion]

/** The API that servers are to keep to, whatever their release. Source: the specification "Stable API". */
export interface ServerApi {
  readonly version: ServerApiVersion
  /** Whether servers refuse what is not part of it. */
  readonly strict?: boolean | undefined
  /** Whether servers refuse what is deprecated in it. */
  readonly deprecationErrors?: boolean | undefined
}

const fields = ['version', 'strict', 'deprecationErrors']

export function serverApiProblem(value: unknown): string | undefined {
  const { version } = (typeof value === 'object' && value !== null ? value : { version: value }) as Partial<ServerApi>
  if (version !== ServerApiVersion.v1)
    return `must be a version, or an object with one, and there is the version '1'; it is ${describe(version ?? value)}`
  if (typeof value !== 'object' || value === null) return undefined
  for (const [field, flag] of Object.entries(value)) {
    if (!fields.includes(field)) return `has version, strict and deprecationErrors, and no ${describe(field)}`
    if (field !== 'version' && flag !== undefined && typeof flag !== 'boolean')
      return `must have true or false as ${field}; it is ${describe(flag)}`
  }
  return undefined
}

/** Of what passed the check. */
export function serverApiFrom(value: ServerApi | ServerApiVersion): ServerApi {
  return Object.freeze(typeof value === 'string' ? { version: value } : { ...value })
}
