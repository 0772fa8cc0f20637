import { quoted } from './hosts.ts'

/** A value as messages show it: short, on one line, and nothing of an object's inside. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return typeof value === 'bigint' ? `${value}n` : String(value)
}
