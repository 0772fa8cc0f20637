/**
 * What is used of OpenTelemetry's API, in interfaces of our own: the objects of the package `@opentelemetry/api` fit them, and so
 * does whatever else has these methods.
 */

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

export interface SpanOptions {
  /** `SpanKind.CLIENT`. */
  readonly kind: 2
  readonly attributes: SpanAttributes
}

export interface SpanStatus {
  /** `SpanStatusCode.ERROR`. */
  readonly code: 2
  readonly message: string
}

export interface SpanException {
  readonly name: string
  readonly message: string
  readonly stack?: string
}

/** One piece of work, in time and among others. */
export interface Span {
  setAttributes(attributes: SpanAttributes): unknown
  setStatus(status: SpanStatus): unknown
  recordException(exception: SpanException): void
  /** Whether anybody will see it. */
  isRecording(): boolean
  end(): void
}

/** What comes along with work in progress, the span that it belongs to among it. Immutable. */
export interface TracingContext {
  getValue(key: symbol): unknown
  setValue(key: symbol, value: unknown): TracingContext
  deleteValue(key: symbol): TracingContext
}

/** Makes spans. */
export interface Tracer {
  /** `context` has the span that it stands in; undefined: the context that is active where this is called. */
  startSpan(name: string, options?: SpanOptions, context?: TracingContext): Span
}

/** The package itself, as far as it is used. */
export interface OpenTelemetry {
  readonly trace: { getTracer(name: string, version?: string): Tracer }
  readonly context: { active(): TracingContext }
}

/** The message is what to do about it. */
export class OpenTelemetryMissingError extends Error {
  override get name(): string {
    return 'OpenTelemetryMissingError'
  }
}
