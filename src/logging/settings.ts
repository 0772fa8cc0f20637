import {
  EnvironmentVariables,
  type LogComponent,
  logComponents,
  logDocumentLengthDefault,
  logSeverities,
  type LogSeverity,
  type ResolvedOptions,
  wholeNumberIn
} from '../options/index.ts'
import type { StandardStream } from '../runtime/index.ts'
import type { LogSink } from './record.ts'

export type LogDestination = StandardStream | LogSink

/** What is logged, and where to. */
export interface LogSettings {
  readonly severities: Readonly<Record<LogComponent, LogSeverity>>
  /** Code points of a document; 0: all of it. */
  readonly documentLengthMax: number
  readonly destination: LogDestination
  /** What in the environment could not be used. */
  readonly warnings: readonly string[]
}

type Environment = Readonly<Record<string, string | undefined>>
type LoggingOptions = Pick<ResolvedOptions, 'mongodbLogComponentSeverities' | 'mongodbLogMaxDocumentLength'>

const severityVariables: Readonly<Record<LogComponent, string>> = {
  command: 'MONGODB_LOG_COMMAND',
  topology: 'MONGODB_LOG_TOPOLOGY',
  serverSelection: 'MONGODB_LOG_SERVER_SELECTION',
  connection: 'MONGODB_LOG_CONNECTION',
  client: 'MONGODB_LOG_CLIENT'
}
const allVariable = 'MONGODB_LOG_ALL'
const lengthVariable = 'MONGODB_LOG_MAX_DOCUMENT_LENGTH'
const pathVariable = 'MONGODB_LOG_PATH'

/**
 * Options, and where they are silent the environment. A variable that cannot be used counts as not set, with a warning.
 * Source: the logging specification.
 */
export function logSettingsOf(
  options: LoggingOptions,
  destination: LogDestination | undefined,
  environment: Environment
): LogSettings {
  const variables = new EnvironmentVariables(environment)
  const readSeverity = (variable: string): LogSeverity | undefined =>
    variables.read(variable, severityOf, `one of ${logSeverities.join(', ')}`)
  const given = options.mongodbLogComponentSeverities
  const all = readSeverity(allVariable)
  const severities = logComponents.map(component => {
    const ofEnvironment = readSeverity(severityVariables[component])
    return [component, given?.[component] ?? given?.default ?? ofEnvironment ?? all ?? 'off'] as const
  })
  const length = variables.read(lengthVariable, wholeNumberIn, 'a number of Unicode code points, 0 for no limit')
  const stream = variables.read(
    pathVariable,
    streamOf,
    'stderr or stdout; to write to a file, give the option mongodbLogPath an object with a method write'
  )
  return {
    severities: Object.fromEntries(severities) as Record<LogComponent, LogSeverity>,
    documentLengthMax: options.mongodbLogMaxDocumentLength ?? length ?? logDocumentLengthDefault,
    destination: destination ?? stream ?? 'stderr',
    warnings: variables.warnings
  }
}

/** Whether messages of this severity are logged. */
export function isLogged({ severities }: LogSettings, component: LogComponent, severity: LogSeverity): boolean {
  return logSeverities.indexOf(severity) <= logSeverities.indexOf(severities[component])
}

/** What is wrong with a destination that a program gives, as the end of the sentence that begins with the option's name. */
export function destinationProblem(value: unknown): string | undefined {
  if (value === 'stderr' || value === 'stdout') return undefined
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
  if (isObject && 'write' in value && typeof value.write === 'function') return undefined
  return `must be 'stderr', 'stdout', or an object with a method write(record), which can write to a file`
}

function severityOf(text: string): LogSeverity | undefined {
  return logSeverities.find(severity => severity === text.toLowerCase())
}

function streamOf(text: string): StandardStream | undefined {
  const name = text.toLowerCase()
  return name === 'stderr' || name === 'stdout' ? name : undefined
}
