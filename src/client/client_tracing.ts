import { driverName, driverVersion } from '../connection/index.ts'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import type { ClientTracer } from '../operations/index.ts'
import { OpenTelemetryMissingError, type Runtime } from '../runtime/index.ts'
import { spanTracerOf, type TracingOptions, tracingSettingsOf } from '../tracing/index.ts'

/**
 * What traces the client; undefined: nothing does.
 * @throws MongoInvalidArgumentError where spans are asked for, and what makes them by default is not installed.
 */
export function clientTracerOf(options: TracingOptions | undefined, runtime: Runtime): ClientTracer | undefined {
  const { warnings, ...settings } = tracingSettingsOf(options ?? {}, runtime.host.env)
  for (const warning of warnings) runtime.warn(warning, 'CENOTE_TRACING_ENVIRONMENT')
  try {
    return spanTracerOf(settings, runtime, { name: driverName, version: driverVersion })
  } catch (error) {
    if (!(error instanceof OpenTelemetryMissingError)) throw error
    throw new MongoInvalidArgumentError(
      `tracing is enabled: ${error.message}, give a tracer of your own as tracing.tracer, or do not enable it`,
      { cause: error }
    )
  }
}
