import { connectionString } from './connection_string.ts'
import type { Runner } from '../runner.ts'

/** The URI options suite has the format of the connection string suite. */
export const uriOptions: Runner = connectionString
