import { describe } from './describe.ts'

/** A library built upon this one. Source: the handshake specification. */
export interface DriverInfo {
  readonly name?: string | undefined
  readonly version?: string | undefined
  readonly platform?: string | undefined
}

const fields = ['name', 'version', 'platform']

export function driverInfoProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null)
    return `must be an object with name, version or platform; it is ${describe(value)}`
  for (const [field, part] of Object.entries(value)) {
    if (part === undefined) continue
    if (!fields.includes(field)) return `has name, version and platform, and no ${describe(field)}`
    if (typeof part !== 'string') return `must have strings; its ${field} is ${describe(part)}`
  }
  return undefined
}
