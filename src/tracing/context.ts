import type { Span, TracingContext } from '../runtime/index.ts'

/** Under this key OpenTelemetry's API keeps the span of a context; being `Symbol.for`, it is the same in all copies of the package. */
const spanKey = Symbol.for('OpenTelemetry Context Key SPAN')

/** The context in which what is done belongs to that span; all else is as in `outer`. */
export function contextWith(span: Span, outer: TracingContext | undefined): TracingContext {
  return new ContextWithValue(outer, spanKey, span)
}

/** A context as the API has it, which need not be loaded for it. */
class ContextWithValue implements TracingContext {
  readonly #outer: TracingContext | undefined
  readonly #key: symbol
  readonly #value: unknown

  constructor(outer: TracingContext | undefined, key: symbol, value: unknown) {
    this.#outer = outer
    this.#key = key
    this.#value = value
  }

  getValue(key: symbol): unknown {
    return key === this.#key ? this.#value : this.#outer?.getValue(key)
  }

  setValue(key: symbol, value: unknown): TracingContext {
    return new ContextWithValue(this, key, value)
  }

  deleteValue(key: symbol): TracingContext {
    return new ContextWithValue(this, key, undefined)
  }
}
