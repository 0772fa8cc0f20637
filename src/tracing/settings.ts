import { EnvironmentVariables, wholeNumberIn } from '../options/index.ts'
import type { Tracer } from '../runtime/index.ts'

/** Spans of what a client does, after the drivers' specification of OpenTelemetry. */
export interface TracingOptions {
  /** Undefined: as the environment says (`OTEL_NODEJS_INSTRUMENTATION_MONGODB_ENABLED`), and without that false. */
  readonly enabled?: boolean | undefined
  /**
   * How many Unicode code points of a command its span shows as `db.query.text`; 0: there is no such attribute. Undefined: as the
   * environment says (`OTEL_NODEJS_INSTRUMENTATION_MONGODB_QUERY_TEXT_MAX_LENGTH`), and without that 0.
   */
  readonly queryTextMaxLength?: number | undefined
  /**
   * What makes the spans, such as a `Tracer` of `@opentelemetry/api`. By default it is that of the tracer provider which the program
   * has registered with that package; it is loaded only for that. Without `enabled` it changes nothing.
   */
  readonly tracer?: Tracer | undefined
}

export interface TracingSettings {
  readonly enabled: boolean
  /** Code points; 0: commands are not shown. */
  readonly queryTextLengthMax: number
  readonly tracer: Tracer | undefined
  /** What in the environment could not be used. */
  readonly warnings: readonly string[]
}

const enabledVariable = 'OTEL_NODEJS_INSTRUMENTATION_MONGODB_ENABLED'
const lengthVariable = 'OTEL_NODEJS_INSTRUMENTATION_MONGODB_QUERY_TEXT_MAX_LENGTH'

const truths: Readonly<Record<string, boolean>> = {
  1: true,
  true: true,
  yes: true,
  0: false,
  false: false,
  no: false
}

/** Options, and where they are silent the environment. */
export function tracingSettingsOf(
  { enabled, queryTextMaxLength, tracer }: TracingOptions,
  environment: Readonly<Record<string, string | undefined>>
): TracingSettings {
  const variables = new EnvironmentVariables(environment)
  const ofEnvironment = variables.read(enabledVariable, truthIn, '1, true or yes, or 0, false or no')
  const length = variables.read(lengthVariable, wholeNumberIn, 'a number of Unicode code points, 0 for none')
  return {
    enabled: enabled ?? ofEnvironment ?? false,
    queryTextLengthMax: queryTextMaxLength ?? length ?? 0,
    tracer,
    warnings: variables.warnings
  }
}

function truthIn(text: string): boolean | undefined {
  const lower = text.toLowerCase()
  return Object.hasOwn(truths, lower) ? truths[lower] : undefined
}

const optionNames: readonly string[] = ['enabled', 'queryTextMaxLength', 'tracer']

/** What is wrong with the option, as the end of the sentence that begins with its name. */
export function tracingProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return ' must be an object, such as { enabled: true }'
  const unknown = Object.keys(value).find(name => !optionNames.includes(name))
  if (unknown !== undefined) return ` has no ${JSON.stringify(unknown)}; it takes ${optionNames.join(', ')}`
  const { enabled, queryTextMaxLength, tracer } = value as Readonly<Record<string, unknown>>
  if (enabled !== undefined && typeof enabled !== 'boolean') return '.enabled must be true or false'
  const isLength = Number.isSafeInteger(queryTextMaxLength) && Number(queryTextMaxLength) >= 0
  if (queryTextMaxLength !== undefined && !isLength)
    return '.queryTextMaxLength must be a number of Unicode code points, 0 for no text'
  if (tracer !== undefined && !isTracer(tracer))
    return '.tracer must have a method startSpan(name, options, context), as a Tracer of @opentelemetry/api'
  return undefined
}

function isTracer(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'startSpan' in value && typeof value.startSpan === 'function'
}
