import { createRequire } from 'node:module'
import { type OpenTelemetry, OpenTelemetryMissingError } from '../open_telemetry.ts'

const require = createRequire(import.meta.url)

/** Loaded with the first client that traces. Whichever copy it is, copies of the package share what was registered with one. */
export function nodeOpenTelemetry(): OpenTelemetry {
  try {
    return require('@opentelemetry/api') as OpenTelemetry
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
    throw new OpenTelemetryMissingError(
      `spans need the package "@opentelemetry/api", which cannot be loaded (${why}); npm install @opentelemetry/api`,
      { cause }
    )
  }
}
