import { messageOf } from '../events/index.ts'
import type { Runtime, Span, SpanAttributes, Tracer, TracingContext } from '../runtime/index.ts'
import { failureOf, type SpanStart } from './attributes.ts'

/** `SpanKind.CLIENT` and `SpanStatusCode.ERROR` of the API. */
const kindOfClient = 2
const codeOfError = 2

/** Makes spans and ends them. Tracers and spans are others' code: what they throw disturbs nothing, and is told once. */
export class Spans {
  readonly #tracer: Tracer
  readonly #runtime: Pick<Runtime, 'warn'>
  #reported = false

  constructor(tracer: Tracer, runtime: Pick<Runtime, 'warn'>) {
    this.#tracer = tracer
    this.#runtime = runtime
  }

  /** Undefined: nobody will see it. */
  begin({ name, attributes }: SpanStart, context: TracingContext | undefined): Span | undefined {
    return this.guarded(() => {
      const span = this.#tracer.startSpan(name, { kind: kindOfClient, attributes }, context)
      return span.isRecording() ? span : undefined
    })
  }

  add(span: Span, attributes: SpanAttributes): void {
    this.guarded(() => span.setAttributes(attributes))
  }

  /** `reason`: why what the span stands for has failed. */
  fail(span: Span, reason: unknown, level: 'command' | 'operation'): void {
    this.guarded(() => {
      const { attributes, exception } = failureOf(reason, level)
      span.recordException(exception)
      span.setAttributes(attributes)
      span.setStatus({ code: codeOfError, message: exception.message })
    })
  }

  /** As `fail`, for a span that has no attributes. */
  mark(span: Span, reason: unknown): void {
    this.guarded(() => {
      const { message } = failureOf(reason, 'operation').exception
      span.setStatus({ code: codeOfError, message })
    })
  }

  end(span: Span): void {
    this.guarded(() => span.end())
  }

  /** What `work` returns; undefined where it throws. */
  guarded<Result>(work: () => Result): Result | undefined {
    try {
      return work()
    } catch (thrown) {
      this.#report(thrown)
      return undefined
    }
  }

  #report(thrown: unknown): void {
    if (this.#reported) return
    this.#reported = true
    this.#runtime.warn(
      `tracing: the tracer failed: ${messageOf(thrown)}. Everything else went on; further failures of it are not reported.`,
      'CENOTE_TRACER_FAILED'
    )
  }
}
