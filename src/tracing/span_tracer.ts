import type { Document } from '../bson/index.ts'
import { documentText } from '../logging/index.ts'
import type {
  ClientTracer,
  CommandFacts,
  OperationTrace,
  TracedOperation,
  TransactionTrace
} from '../operations/index.ts'
import type { Runtime, Span, TracingContext } from '../runtime/index.ts'
import type { Reply } from '../wire/index.ts'
import { commandStart, operationStart, transactionStart } from './attributes.ts'
import { contextWith } from './context.ts'
import type { TracingSettings } from './settings.ts'
import { Spans } from './spans.ts'

export interface TracerIdentity {
  readonly name: string
  readonly version: string
}

/**
 * What traces a client; undefined where nothing is to be traced. `identity`: under which the global tracer is asked for.
 * @throws {OpenTelemetryMissingError} where that is asked for, and OpenTelemetry's API cannot be loaded.
 */
export function spanTracerOf(
  { enabled, tracer, queryTextLengthMax }: Omit<TracingSettings, 'warnings'>,
  runtime: Pick<Runtime, 'warn' | 'openTelemetry'>,
  { name, version }: TracerIdentity
): ClientTracer | undefined {
  if (!enabled) return undefined
  if (tracer !== undefined) return new SpanTracer(new Spans(tracer, runtime), () => undefined, queryTextLengthMax)
  const { trace, context } = runtime.openTelemetry()
  return new SpanTracer(new Spans(trace.getTracer(name, version), runtime), () => context.active(), queryTextLengthMax)
}

/** Makes the spans of a client. */
class SpanTracer implements ClientTracer {
  readonly spans: Spans
  readonly queryTextLengthMax: number
  readonly #activeContext: () => TracingContext | undefined

  /** `activeContext`: undefined where the tracer alone knows which one is active. */
  constructor(spans: Spans, activeContext: () => TracingContext | undefined, queryTextLengthMax: number) {
    this.spans = spans
    this.#activeContext = activeContext
    this.queryTextLengthMax = queryTextLengthMax
  }

  operationBegins(operation: TracedOperation): OperationTrace | undefined {
    return this.operationWithin(this.#active(), operation)
  }

  operationWithin(context: TracingContext | undefined, operation: TracedOperation): OperationTrace | undefined {
    const span = this.spans.begin(operationStart(operation), context)
    return span === undefined ? undefined : new OperationSpan(this, span, contextWith(span, context))
  }

  transactionBegins(): TransactionTrace | undefined {
    const context = this.#active()
    const span = this.spans.begin(transactionStart, context)
    return span === undefined ? undefined : new TransactionSpan(this, span, contextWith(span, context))
  }

  #active(): TracingContext | undefined {
    return this.spans.guarded(this.#activeContext)
  }
}

/** The span of a transaction, or of all tries of one. */
class TransactionSpan implements TransactionTrace {
  readonly #tracer: SpanTracer
  readonly #span: Span
  readonly #context: TracingContext
  #ended = false

  constructor(tracer: SpanTracer, span: Span, context: TracingContext) {
    this.#tracer = tracer
    this.#span = span
    this.#context = context
  }

  operationBegins(operation: TracedOperation): OperationTrace | undefined {
    return this.#tracer.operationWithin(this.#context, operation)
  }

  ended(failure?: { readonly reason: unknown }): void {
    if (this.#ended) return
    this.#ended = true
    const { spans } = this.#tracer
    if (failure !== undefined) spans.mark(this.#span, failure.reason)
    spans.end(this.#span)
  }
}

/** The span of an operation, with one at a time within it for its commands. */
class OperationSpan implements OperationTrace {
  readonly #tracer: SpanTracer
  readonly #span: Span
  readonly #context: TracingContext
  /** Of the command that is under way. */
  #command: Span | undefined

  constructor(tracer: SpanTracer, span: Span, context: TracingContext) {
    this.#tracer = tracer
    this.#span = span
    this.#context = context
  }

  commandStarted(facts: CommandFacts, operation: TracedOperation, document: () => Document): void {
    const { spans, queryTextLengthMax } = this.#tracer
    const text = queryTextLengthMax === 0 ? undefined : spans.guarded(() => queryText(document(), queryTextLengthMax))
    this.#command = spans.begin(commandStart(facts, operation, text), this.#context)
  }

  commandSucceeded(reply: Reply | undefined): void {
    const span = this.#takeCommand()
    if (span === undefined) return
    const { spans } = this.#tracer
    // A getMore tells which cursor it goes on with, also where that is at its end.
    if (reply?.hasCursor === true && !reply.cursorId().isZero())
      spans.add(span, { 'db.mongodb.cursor_id': reply.cursorId().toString() })
    spans.end(span)
  }

  commandFailed(error: Error): void {
    const span = this.#takeCommand()
    if (span === undefined) return
    const { spans } = this.#tracer
    spans.fail(span, error, 'command')
    spans.end(span)
  }

  ended(failure?: { readonly reason: unknown }): void {
    const { spans } = this.#tracer
    if (failure !== undefined) spans.fail(this.#span, failure.reason, 'operation')
    spans.end(this.#span)
  }

  #takeCommand(): Span | undefined {
    const span = this.#command
    this.#command = undefined
    return span
  }
}

/** A command without what every command carries; the rest as the command monitoring shows it, `txnNumber` and all. */
function queryText(command: Document, codePointsMax: number): string {
  const { lsid: _session, $db: _database, $clusterTime: _time, ...shown } = command
  return documentText(shown, codePointsMax)
}
