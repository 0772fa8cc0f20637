import { createRequire } from 'node:module'
import type * as saslprepLibrary from '@mongodb-js/saslprep'

const require = createRequire(import.meta.url)
let library: typeof saslprepLibrary | undefined

/**
 * By SASLprep, RFC 4013. It changes and prohibits nothing among the printable characters of ASCII, and only for others its tables
 * are loaded: they would take a quarter of the time in which the whole driver is imported.
 * @throws {Error} for characters that it prohibits; it does not show them.
 */
export function preparedPassword(password: string): string {
  if (/^[ -~]*$/.test(password)) return password
  library ??= require('@mongodb-js/saslprep') as typeof saslprepLibrary
  return library.saslprep(password)
}
