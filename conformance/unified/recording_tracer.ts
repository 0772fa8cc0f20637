import type {
  Span,
  SpanAttributes,
  SpanException,
  SpanOptions,
  SpanStatus,
  Tracer,
  TracingContext
} from '../../src/client/index.ts'

/** Where OpenTelemetry's API keeps the span of a context. */
const spanKey = Symbol.for('OpenTelemetry Context Key SPAN')

/** A span, and those that stand in it. */
export class RecordedSpan implements Span {
  readonly name: string
  readonly kind: number | undefined
  readonly parent: RecordedSpan | undefined
  readonly nested: RecordedSpan[] = []
  readonly attributes: Record<string, string | number | boolean> = {}
  readonly exceptions: SpanException[] = []
  status: SpanStatus | undefined
  hasEnded = false

  constructor(name: string, options: Partial<SpanOptions>, parent: RecordedSpan | undefined) {
    this.name = name
    this.kind = options.kind
    this.parent = parent
    this.setAttributes(options.attributes ?? {})
  }

  setAttributes(attributes: SpanAttributes): this {
    if (this.hasEnded) throw new Error(`the span ${this.name} has ended`)
    Object.assign(this.attributes, attributes)
    return this
  }

  setStatus(status: SpanStatus): this {
    this.status = status
    return this
  }

  recordException(exception: SpanException): void {
    this.exceptions.push(exception)
  }

  isRecording(): boolean {
    return !this.hasEnded
  }

  end(): void {
    if (this.hasEnded) throw new Error(`the span ${this.name} has ended before`)
    this.hasEnded = true
  }
}

/** In the place of an SDK: keeps the spans, as trees. */
export class RecordingTracer implements Tracer {
  readonly roots: RecordedSpan[] = []
  readonly #active: () => RecordedSpan | undefined
  #stopped = false

  /** `active`: the span of whoever calls, for what is begun without a context. */
  constructor(active: () => RecordedSpan | undefined = () => undefined) {
    this.#active = active
  }

  startSpan(name: string, options: Partial<SpanOptions> = {}, context?: TracingContext): RecordedSpan {
    const parent = context === undefined ? this.#active() : (context.getValue(spanKey) as RecordedSpan | undefined)
    const span = new RecordedSpan(name, options, parent)
    if (!this.#stopped) (parent?.nested ?? this.roots).push(span)
    return span
  }

  forget(): void {
    this.roots.length = 0
  }

  /** What comes from now on is not kept. */
  stop(): void {
    this.#stopped = true
  }
}
