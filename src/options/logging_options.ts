import { describe } from './describe.ts'
import type { RowOf } from './option_row.ts'
import type { LoggingOptionValues } from './option_values.ts'

/** What messages of the log are about. Source: the logging specification; `client` is the official driver's. */
export const logComponents = ['command', 'topology', 'serverSelection', 'connection', 'client'] as const

export type LogComponent = (typeof logComponents)[number]

/** From nothing at all over the gravest messages to all of them. Source: the logging specification. */
export const logSeverities = [
  'off',
  'emergency',
  'alert',
  'critical',
  'error',
  'warn',
  'notice',
  'info',
  'debug',
  'trace'
] as const

export type LogSeverity = (typeof logSeverities)[number]

/** The least grave messages that are logged, by component; `default` is for those that are not named. */
export type LogComponentSeverities = {
  readonly [Name in LogComponent | 'default']?: LogSeverity | undefined
}

const severityNames: readonly string[] = [...logComponents, 'default']

/** As `mongodbLogMaxDocumentLength` where neither it nor the environment says otherwise. */
export const logDocumentLengthDefault = 1000

function severitiesProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return `must be an object with severities by component, such as { command: 'debug' }; it is ${describe(value)}`
  for (const [name, severity] of Object.entries(value)) {
    if (!severityNames.includes(name))
      return `has the component ${describe(name)}, which does not exist; the components are ${severityNames.join(', ')}`
    if (severity !== undefined && !(logSeverities as readonly unknown[]).includes(severity))
      return `says ${describe(severity)} for ${name}, and it must be one of ${logSeverities.join(', ')}`
  }
  return undefined
}

/** What is logged. Where to is the program's business: it may be an object. */
export const loggingOptions: { readonly [Name in keyof LoggingOptionValues]-?: RowOf<Name> } = {
  mongodbLogComponentSeverities: {
    group: 'Logging',
    documentation: 'The least grave messages that are logged, by component; goes before the environment.',
    kind: 'object',
    problem: severitiesProblem
  },
  mongodbLogMaxDocumentLength: {
    group: 'Logging',
    documentation: `How much of a document a message shows; ${logDocumentLengthDefault} where the environment does not say otherwise.`,
    kind: 'integer',
    unit: 'Unicode code points',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    zero: 'all of it'
  }
}
