import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Span, TracingContext } from '../../src/runtime/index.ts'
import { contextWith } from '../../src/tracing/context.ts'

const spanKey = Symbol.for('OpenTelemetry Context Key SPAN')
const other = Symbol('other')
const span = {} as Span

test('a context has its span, and all else as the one around it', () => {
  const outer = contextWith({} as Span, undefined).setValue(other, 'kept')
  const inner = contextWith(span, outer)
  assert.deepEqual([inner.getValue(spanKey) === span, inner.getValue(other)], [true, 'kept'])
  assert.equal(contextWith(span, undefined).getValue(other), undefined)
})

test('what is set or deleted in a context is so in the one that is returned, and in no other', () => {
  const first: TracingContext = contextWith(span, undefined)
  const set = first.setValue(other, 1)
  const deleted = set.deleteValue(other).deleteValue(spanKey)
  assert.deepEqual(
    [set, deleted, first].map(each => each.getValue(other)),
    [1, undefined, undefined]
  )
  assert.deepEqual(
    [set, deleted].map(each => each.getValue(spanKey)),
    [span, undefined]
  )
})
