/** A second door: what other entries of the package need of a client, and its users do not. */
export type { ClientCore } from './core.ts'
export { type DbInternals, internalsOf } from './db.ts'
