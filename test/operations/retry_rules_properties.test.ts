import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MongoNetworkError, MongoServerError } from '../../src/errors/index.ts'
import { afterError } from '../../src/operations/retry_rules.ts'
import { cleared, command, failing, operationOf, selectionFailed, type TestOperation } from './attempts.ts'

const label = fc.constantFrom('SystemOverloadedError', 'RetryableError', 'RetryableWriteError', 'NoWritesPerformed')
const labels = fc.uniqueArray(label)

const attempt: fc.Arbitrary<{ readonly error: Error; readonly wasSent: boolean }> = fc.oneof(
  fc.record({
    error: fc.tuple(fc.constantFrom(2, 20, 91, 134, 462, 10107), labels).map(([code, given]) => command(code, given)),
    wasSent: fc.boolean()
  }),
  fc.record({
    error: labels.map(errorLabels => new MongoNetworkError('reset', { errorLabels })),
    wasSent: fc.boolean()
  }),
  fc.record({ error: fc.constant(0).map(cleared), wasSent: fc.constant(false) }),
  fc.record({ error: fc.constant(0).map(selectionFailed), wasSent: fc.constant(false) })
)

const operation: fc.Arbitrary<TestOperation> = fc
  .tuple(
    fc.constantFrom('read' as const, 'write' as const, 'command' as const),
    fc.boolean(),
    fc.record({
      retryReads: fc.boolean(),
      retryWrites: fc.boolean(),
      maxAdaptiveRetries: fc.nat({ max: 4 }),
      enableOverloadRetargeting: fc.boolean()
    })
  )
  .map(([kind, retryable, options]) => operationOf({ kind, retryable: retryable && kind !== 'command' }, options))

const settings = { numRuns: 2000, seed: 4_621 }

/** Attempts that fail in the order given, and forever like the last. */
const story = fc.tuple(operation, fc.array(attempt, { minLength: 1, maxLength: 6 }))

function told([run, attempts]: [TestOperation, { error: Error; wasSent: boolean }[]]): ReturnType<typeof failing> {
  return failing(run, index => {
    const { error, wasSent } = attempts[Math.min(index, attempts.length - 1)] as { error: Error; wasSent: boolean }
    run.wasSent = wasSent
    return error
  })
}

test('there are never more retries than the limit: one, or maxAdaptiveRetries once there was overload', () => {
  fc.assert(
    fc.property(story, parts => {
      const [run] = parts
      const { retries } = told(parts)
      assert.ok(retries <= Math.max(1, run.retryOptions.maxAdaptiveRetries))
      if (!run.overloaded) assert.ok(retries <= 1)
      assert.equal(run.retries, retries)
    }),
    settings
  )
})

test('nothing is retried with both options off', () => {
  fc.assert(
    fc.property(story, ([run, attempts]) => {
      const off = { ...run, retryOptions: { ...run.retryOptions, retryReads: false, retryWrites: false } }
      assert.equal(told([off, attempts]).retries, 0)
    }),
    settings
  )
})

test('the error that is raised is one that occurred', () => {
  fc.assert(
    fc.property(story, parts => {
      const { errors, raised } = told(parts)
      assert.ok(errors.includes(raised))
    }),
    settings
  )
})

test('an error of a write that was sent and may have written is never hidden by one that did not', () => {
  fc.assert(
    fc.property(story, ([run, attempts]) => {
      const sentFor: boolean[] = []
      const { errors, raised } = failing(run, index => {
        const { error, wasSent } = attempts[Math.min(index, attempts.length - 1)] as { error: Error; wasSent: boolean }
        run.wasSent = wasSent
        sentFor.push(wasSent)
        return error
      })
      if (run.kind === 'read') return
      const ran = (error: Error, index: number): boolean =>
        sentFor[index] === true &&
        !(error instanceof MongoServerError || error instanceof MongoNetworkError
          ? error.hasErrorLabel('NoWritesPerformed')
          : false)
      assert.equal(raised, errors[errors.findLastIndex(ran)] ?? errors[0])
    }),
    settings
  )
})

test('a wait ends before the deadline, lies within the limits, and follows overload only', () => {
  const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(
      operation,
      attempt,
      fraction,
      fc.nat({ max: 3 }),
      fc.nat({ max: 500 }),
      (run, { error }, jitter, retries, leftMS) => {
        Object.assign(run, { retries, overloaded: retries > 1, endsMS: 1000 + leftMS })
        const verdict = afterError(run, error, 1000, jitter)
        if (verdict.do === 'raise') return
        assert.ok(verdict.afterMS >= 0 && 1000 + verdict.afterMS <= run.endsMS)
        assert.ok(verdict.afterMS < 100 * 2 ** (retries + 1) || verdict.afterMS === 0)
        if (verdict.afterMS > 0) {
          assert.ok(error instanceof MongoServerError || error instanceof MongoNetworkError)
          assert.ok(error.hasErrorLabel('SystemOverloadedError'))
        }
      }
    ),
    settings
  )
})
