import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Double, Int32, Long } from '../../src/bson/index.ts'
import {
  MongoAPIError,
  type MongoError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoPoolClosedError,
  MongoServerError,
  MongoUnexpectedServerResponseError,
  MongoWriteConcernError
} from '../../src/errors/index.ts'
import { errorIn } from '../../src/operations/error_replies.ts'
import { afterError, type Retry } from '../../src/operations/retry_rules.ts'
import {
  both,
  cleared,
  command,
  failing,
  type Fate,
  fateOf,
  lost,
  operationOf,
  overloaded,
  retryableWrite,
  selectionFailed
} from './attempts.ts'

/** The first error, what follows, and whether the command was sent; it was, where nothing is said. */
type Row = readonly [what: string, fate: Fate, error: () => Error, wasSent?: boolean]

const nowMS = 1000
const readCodes = [6, 7, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]

suite('the first error of a retryable read', () => {
  const rows: readonly Row[] = [
    ...readCodes.map((code): Row => [`with code ${code}`, 'retry', () => command(code)]),
    ['of a broken connection', 'retry', lost],
    ['of a connection that fell silent', 'retry', () => new MongoNetworkTimeoutError('silent')],
    ['of a connection that could not be established', 'retry', lost, false],
    ['of a handshake whose reply has a retryable code', 'retry', () => command(91), false],
    ['of a cleared pool', 'retry', cleared, false],
    ['of a connection that a clear interrupted', 'retry', cleared],
    ['of a failed authentication', 'raise', () => command(18), false],
    ['with a code that is not in the list', 'raise', () => command(11000)],
    ['with code 10058, which stands in the discovery rules only', 'raise', () => command(10058)],
    ['without a code', 'raise', () => new MongoServerError({ ok: 0, errmsg: 'not master' })],
    ['with the label for writes', 'raise', () => command(1, ['RetryableWriteError'])],
    ['with the retryable label alone', 'raise', () => command(1, ['RetryableError'])],
    ['of a selection', 'raise', selectionFailed, false],
    ['of a closed pool', 'raise', () => new MongoPoolClosedError('closed', 'a:1'), false],
    ['of a broken protocol', 'raise', () => new MongoUnexpectedServerResponseError('odd')],
    ['of a foreign class', 'raise', () => new Error('a listener')]
  ]
  for (const [what, fate, error, wasSent = true] of rows) {
    test(`${what}: ${fate}`, () => {
      assert.equal(fateOf(operationOf({ kind: 'read', wasSent }), error()), fate)
    })
  }

  for (const error of [lost, cleared, () => command(91)]) {
    test(`${error().name}: raise, when retryReads is off, or the command is none that may be repeated`, () => {
      assert.equal(fateOf(operationOf({ kind: 'read' }, { retryReads: false }), error()), 'raise')
      assert.equal(fateOf(operationOf({ kind: 'read', retryable: false }), error()), 'raise')
    })
  }

  test('is retried with retryWrites off', () => {
    assert.equal(fateOf(operationOf({ kind: 'read' }, { retryWrites: false }), lost()), 'retry')
  })

  test('is never given the label for writes', () => {
    const error = lost()
    afterError(operationOf({ kind: 'read' }), error, nowMS, 0)
    assert.deepEqual(error.errorLabels, [])
  })
})

suite('the first error of a retryable write', () => {
  const writeConcern = (labels: readonly string[]): Error =>
    errorIn({ ok: 1, errorLabels: labels, writeConcernError: { code: 91, errmsg: 'stopped' } }) ?? assert.fail()
  const rows: readonly Row[] = [
    ['that the server labelled', 'retry', () => command(64, retryableWrite)],
    ['for the write concern, labelled at the top level', 'retry', () => writeConcern(retryableWrite)],
    ['of a broken connection', 'retry', lost],
    ['of a connection that could not be established', 'retry', lost, false],
    ['of a cleared pool', 'retry', cleared, false],
    ...readCodes.map((code): Row => [`with code ${code} and no label`, 'raise', () => command(code)]),
    ['for the write concern, without a label', 'raise', () => writeConcern([])],
    ['with the retryable label alone', 'raise', () => command(1, ['RetryableError'])],
    ['of a selection', 'raise', selectionFailed, false],
    ['of a closed pool', 'raise', () => new MongoPoolClosedError('closed', 'a:1'), false],
    ['of a broken protocol', 'raise', () => new MongoUnexpectedServerResponseError('odd')]
  ]
  for (const [what, fate, error, wasSent = true] of rows) {
    test(`${what}: ${fate}`, () => {
      assert.equal(fateOf(operationOf({ kind: 'write', wasSent }), error()), fate)
    })
  }

  for (const error of [lost, cleared, () => command(91, retryableWrite)]) {
    test(`${error().name}: raise, when retryWrites is off, or the command is none that may be repeated`, () => {
      assert.equal(fateOf(operationOf({ kind: 'write' }, { retryWrites: false }), error()), 'raise')
      assert.equal(fateOf(operationOf({ kind: 'write', retryable: false }), error()), 'raise')
    })
  }

  test('is retried with retryReads off', () => {
    assert.equal(fateOf(operationOf({ kind: 'write' }, { retryReads: false }), lost()), 'retry')
  })
})

suite('the label RetryableWriteError', () => {
  const labelled = (error: MongoError, ...setup: Parameters<typeof operationOf>): boolean => {
    afterError(operationOf(...setup), error, nowMS, 0)
    return error.hasErrorLabel('RetryableWriteError')
  }

  test('is put by the driver on errors of the network and of cleared pools', () => {
    for (const error of [lost(), cleared(), new MongoNetworkTimeoutError('silent')]) {
      assert.ok(labelled(error, { kind: 'write' }))
    }
  })

  test('is on the last error too, when no attempt is left', () => {
    assert.ok(labelled(lost(), { kind: 'write', retries: 1 }))
  })

  test('is never put on what a server replied, nor on other errors of the driver', () => {
    for (const error of [command(91), command(10107), selectionFailed(), new MongoPoolClosedError('closed', 'a:1')]) {
      assert.ok(!labelled(error, { kind: 'write' }))
    }
  })

  test('is not put with retryWrites off, nor on a write that may not be repeated, nor on a user’s own command', () => {
    assert.ok(!labelled(lost(), { kind: 'write' }, { retryWrites: false }))
    assert.ok(!labelled(lost(), { kind: 'write', retryable: false }))
    assert.ok(!labelled(lost(), { kind: 'command', retryable: false }))
  })
})

suite('without overload', () => {
  test('there is one retry, at once', () => {
    const operation = operationOf({ kind: 'read' })
    assert.deepEqual(afterError(operation, lost(), nowMS, 0.99), { do: 'retry', afterMS: 0, deprioritise: false })
    assert.equal(operation.retries, 1)
    assert.equal(fateOf(operation, lost()), 'raise')
    assert.equal(operation.retries, 1)
  })

  test('maxAdaptiveRetries neither allows more retries nor forbids the one', () => {
    for (const maxAdaptiveRetries of [0, 5]) {
      const operation = operationOf({ kind: 'write' }, { maxAdaptiveRetries })
      assert.deepEqual([fateOf(operation, lost()), fateOf(operation, lost())], ['retry', 'raise'])
    }
  })

  test('nothing is retried after the deadline', () => {
    assert.equal(fateOf(operationOf({ kind: 'read', endsMS: nowMS - 1 }), lost(), nowMS), 'raise')
  })
})

suite('an overload error', () => {
  const every = ['read', 'write', 'command'] as const
  for (const kind of every) {
    test(`lets a ${kind} that may not be repeated otherwise be tried again`, () => {
      assert.equal(fateOf(operationOf({ kind, retryable: false }), overloaded()), 'retry')
    })
  }

  const gates: readonly [boolean, boolean, readonly Fate[]][] = [
    [true, true, ['retry', 'retry', 'retry']],
    [true, false, ['retry', 'raise', 'raise']],
    [false, true, ['raise', 'retry', 'raise']],
    [false, false, ['raise', 'raise', 'raise']]
  ]
  for (const [retryReads, retryWrites, fates] of gates) {
    test(`retryReads ${retryReads}, retryWrites ${retryWrites}: ${every.map((kind, i) => `${kind} ${fates[i]}`).join(', ')}`, () => {
      for (const retryable of [false, true]) {
        const found = every.map(kind =>
          fateOf(
            operationOf({ kind, retryable: retryable && kind !== 'command' }, { retryReads, retryWrites }),
            overloaded()
          )
        )
        assert.deepEqual(found, fates)
      }
    })
  }

  test('needs both labels, unless the rules for reads or writes allow the retry', () => {
    for (const labels of [['SystemOverloadedError'], ['RetryableError']]) {
      for (const kind of every)
        assert.equal(fateOf(operationOf({ kind, retryable: false }), command(462, labels)), 'raise')
    }
    assert.equal(fateOf(operationOf({ kind: 'read' }), command(91, ['SystemOverloadedError'])), 'retry')
    const write = command(91, ['SystemOverloadedError', 'RetryableWriteError'])
    assert.equal(fateOf(operationOf({ kind: 'write' }), write), 'retry')
  })

  test('may be the network’s, when a connection could not be established', () => {
    const error = new MongoNetworkError('reset', { errorLabels: both })
    assert.equal(fateOf(operationOf({ kind: 'write', retryable: false, wasSent: false }), error), 'retry')
  })

  test('is retried as often as maxAdaptiveRetries says', () => {
    for (const maxAdaptiveRetries of [0, 1, 2, 5]) {
      for (const kind of every) {
        const operation = operationOf({ kind, retryable: false }, { maxAdaptiveRetries })
        assert.equal(failing(operation, () => overloaded()).retries, maxAdaptiveRetries)
      }
    }
  })

  test('limits the retries after other errors as well, those before it included', () => {
    const orders: readonly [string, readonly (() => Error)[], number][] = [
      ['overload, then others', [overloaded, lost, lost, lost], 2],
      ['another, then overload', [lost, overloaded, overloaded], 2],
      ['another, then overload, then others', [lost, overloaded, lost], 2],
      ['overload by one label, then others', [() => command(91, ['SystemOverloadedError']), lost, lost], 2]
    ]
    for (const [what, errors, retries] of orders) {
      const operation = operationOf({ kind: 'read' })
      for (const error of errors.slice(0, retries)) assert.equal(fateOf(operation, error()), 'retry', what)
      assert.equal(fateOf(operation, errors[retries]?.() ?? assert.fail()), 'raise', what)
    }
  })

  test('takes even the one retry away when maxAdaptiveRetries is 0', () => {
    const error = command(91, both)
    assert.equal(fateOf(operationOf({ kind: 'read' }, { maxAdaptiveRetries: 0 }), error), 'raise')
  })

  test('gives up the count of one: with maxAdaptiveRetries 1 an earlier retry was the last', () => {
    const operation = operationOf({ kind: 'read' }, { maxAdaptiveRetries: 1 })
    assert.deepEqual([fateOf(operation, lost()), fateOf(operation, overloaded())], ['retry', 'raise'])
  })

  test('makes no error retryable that follows it', () => {
    const operation = operationOf({ kind: 'read' })
    assert.equal(fateOf(operation, overloaded()), 'retry')
    assert.equal(fateOf(operation, command(2)), 'raise')
    const other = operationOf({ kind: 'write', retryable: false })
    assert.equal(fateOf(other, overloaded()), 'retry')
    assert.equal(fateOf(other, command(91, ['RetryableError'])), 'raise')
  })
})

suite('the back-off', () => {
  const waitOf = (error: Error, retries: number, fraction = 1, endsMS = Infinity): number | undefined => {
    const operation = operationOf({ kind: 'read', retries, endsMS }, { maxAdaptiveRetries: 100 })
    operation.overloaded = true
    const verdict = afterError(operation, error, nowMS, fraction)
    return verdict.do === 'retry' ? verdict.afterMS : undefined
  }

  test('doubles with each retry from 200 ms for the first, up to 10 s', () => {
    const waits = [0, 1, 2, 3, 4, 5, 6, 7, 99].map(retries => waitOf(overloaded(), retries))
    assert.deepEqual(waits, [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000])
  })

  test('counts retries for other reasons', () => {
    const operation = operationOf({ kind: 'read' })
    afterError(operation, lost(), nowMS, 1)
    assert.equal((afterError(operation, overloaded(), nowMS, 1) as Retry).afterMS, 400)
  })

  test('is multiplied by the jitter', () => {
    assert.equal(waitOf(overloaded(), 0, 0), 0)
    assert.equal(waitOf(overloaded(), 1, 0.25), 100)
    assert.equal(waitOf(overloaded(), 50, 0.5), 5000)
  })

  test('begins with the error’s own base, whatever number type that has', () => {
    for (const base of [50, 50n, Long.fromNumber(50), new Int32(50), new Double(50)]) {
      assert.equal(waitOf(overloaded({ baseBackoffMS: base }), 0), 100)
      assert.equal(waitOf(overloaded({ baseBackoffMS: base }), 1), 200)
    }
    assert.equal(waitOf(overloaded({ baseBackoffMS: Long.fromNumber(60_000) }), 0), 10_000)
  })

  test('begins with 100 ms when the error’s base is no positive number', () => {
    for (const base of [0, -5, Long.ZERO, Long.fromNumber(-1), 0n, NaN, Infinity, '50', null, undefined, {}]) {
      assert.equal(waitOf(overloaded({ baseBackoffMS: base }), 0), 200)
    }
  })

  test('belongs to overload errors alone, also when there was one before', () => {
    assert.equal(waitOf(lost(), 1), 0)
    assert.equal(waitOf(command(91, ['RetryableError']), 1), 0)
  })

  test('belongs to errors with the overload label that the rules for reads and writes retry', () => {
    assert.equal(waitOf(command(91, ['SystemOverloadedError']), 0), 200)
  })

  test('is not begun when it would pass the deadline: the error is raised at once', () => {
    assert.equal(waitOf(overloaded(), 0, 1, nowMS + 199), undefined)
    assert.equal(waitOf(overloaded(), 0, 1, nowMS + 200), 200)
    assert.equal(waitOf(lost(), 0, 1, nowMS), 0)
  })
})

suite('the server that failed is avoided', () => {
  const avoided = (sharded: boolean, enableOverloadRetargeting: boolean, error: Error): boolean => {
    const verdict = afterError(operationOf({ kind: 'read', sharded }, { enableOverloadRetargeting }), error, nowMS, 0)
    assert.equal(verdict.do, 'retry')
    return (verdict as Retry).deprioritise
  }

  test('in a sharded cluster after every error that is retried', () => {
    for (const retargeting of [false, true]) {
      for (const error of [lost(), cleared(), command(91), overloaded()]) assert.ok(avoided(true, retargeting, error))
    }
  })

  test('elsewhere after an overload error only, and only with enableOverloadRetargeting', () => {
    assert.ok(avoided(false, true, overloaded()))
    assert.ok(avoided(false, true, command(91, ['SystemOverloadedError'])))
    assert.ok(!avoided(false, false, overloaded()))
    for (const error of [lost(), cleared(), command(91), command(91, ['RetryableError'])]) {
      assert.ok(!avoided(false, true, error))
    }
  })
})

test('a write concern error is judged by its label, not by its code', () => {
  const error = new MongoWriteConcernError({ ok: 1, errorLabels: [] })
  error.code = 91
  assert.equal(fateOf(operationOf({ kind: 'write' }), error), 'raise')
})

test('a user’s own command is retried after overload only', () => {
  for (const error of [lost(), cleared(), command(91), command(91, retryableWrite), new MongoAPIError('bad')]) {
    assert.equal(fateOf(operationOf({ kind: 'command', retryable: false }), error), 'raise')
  }
})

suite('with timeoutMS', () => {
  test('time limits retries, not their number', () => {
    const operation = operationOf({ kind: 'read', retriesUntilTimeout: true, endsMS: nowMS })
    for (let retry = 0; retry < 100; retry++) assert.equal(fateOf(operation, lost(), nowMS), 'retry')
    assert.equal(fateOf(operation, lost(), nowMS + 1), 'raise')
  })

  test('overload limits their number all the same', () => {
    const operation = operationOf({ kind: 'read', retriesUntilTimeout: true, retries: 5 })
    assert.equal(fateOf(operation, overloaded()), 'raise')
  })
})
