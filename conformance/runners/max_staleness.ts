import type { Runner } from '../runner.ts'
import { serverSelection } from './server_selection.ts'

/** The format is the server selection suite's, with `heartbeatFrequencyMS` and `error`. */
export const maxStaleness: Runner = serverSelection
