import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  MongoClientClosedError,
  type MongoError,
  MongoInvalidArgumentError,
  MongoOperationTimeoutError,
  MongoPoolClosedError,
  MongoServerError
} from '../../src/errors/index.ts'
import { afterError, errorToRaise } from '../../src/operations/retry_rules.ts'
import { cleared, command, lost, operationOf, overloaded, retryableWrite, selectionFailed } from './attempts.ts'

const nowMS = 1000

suite('the error that is raised', () => {
  /** The error of each attempt, and whether the command was sent in it. */
  type Attempt = readonly [MongoError, 'sent' | 'not sent']
  const noWrites = ['RetryableWriteError', 'NoWritesPerformed']

  const writes: readonly [string, readonly Attempt[], number][] = [
    [
      'the newest of two that servers replied',
      [
        [command(91, retryableWrite), 'sent'],
        [command(10107), 'sent']
      ],
      1
    ],
    [
      'the first, when the retry wrote nothing',
      [
        [command(91, retryableWrite), 'sent'],
        [command(64, noWrites), 'sent']
      ],
      0
    ],
    [
      'the first, when no attempt wrote anything',
      [
        [command(91, noWrites), 'sent'],
        [command(64, noWrites), 'sent']
      ],
      0
    ],
    [
      'the retry’s, when only the first wrote nothing',
      [
        [command(91, noWrites), 'sent'],
        [command(64), 'sent']
      ],
      1
    ],
    [
      'the first, when no server could be selected then',
      [
        [command(91, retryableWrite), 'sent'],
        [selectionFailed(), 'not sent']
      ],
      0
    ],
    [
      'the first, when the pool was cleared then',
      [
        [command(91, retryableWrite), 'sent'],
        [cleared(), 'not sent']
      ],
      0
    ],
    [
      'the first, when the retry could not connect',
      [
        [command(91, retryableWrite), 'sent'],
        [lost(), 'not sent']
      ],
      0
    ],
    [
      'the first, when the retry could not authenticate',
      [
        [lost(), 'sent'],
        [command(18), 'not sent']
      ],
      0
    ],
    [
      'the first, when the command could not be built again',
      [
        [lost(), 'sent'],
        [new MongoInvalidArgumentError('too large'), 'not sent']
      ],
      0
    ],
    [
      'the retry’s, when only it was sent',
      [
        [cleared(), 'not sent'],
        [command(11000), 'sent']
      ],
      1
    ],
    [
      'the first, when nothing was ever sent',
      [
        [cleared(), 'not sent'],
        [selectionFailed(), 'not sent']
      ],
      0
    ],
    [
      'the first, when nothing was sent after writing nothing',
      [
        [command(91, noWrites), 'sent'],
        [cleared(), 'not sent']
      ],
      0
    ]
  ]
  const reads: readonly [string, readonly Attempt[], number][] = [
    [
      'the newest of two that servers replied',
      [
        [command(91), 'sent'],
        [command(10107), 'sent']
      ],
      1
    ],
    [
      'the retry’s, when it lost the connection',
      [
        [command(91), 'sent'],
        [lost(), 'sent']
      ],
      1
    ],
    [
      'the retry’s, when it could not connect',
      [
        [command(91), 'sent'],
        [lost(), 'not sent']
      ],
      1
    ],
    [
      'the retry’s, when it could not authenticate',
      [
        [command(91), 'sent'],
        [command(18), 'not sent']
      ],
      1
    ],
    [
      'the retry’s, whatever the label for writes says',
      [
        [command(91), 'sent'],
        [command(2, noWrites), 'sent']
      ],
      1
    ],
    [
      'the retry’s, when its connection was interrupted',
      [
        [command(91), 'sent'],
        [cleared(), 'sent']
      ],
      1
    ],
    [
      'the first, when the pool was cleared then',
      [
        [command(91), 'sent'],
        [cleared(), 'not sent']
      ],
      0
    ],
    [
      'the first, when no server could be selected then',
      [
        [lost(), 'sent'],
        [selectionFailed(), 'not sent']
      ],
      0
    ],
    [
      'the first, when the pool was closed then',
      [
        [lost(), 'sent'],
        [new MongoPoolClosedError('closed', 'a:1'), 'not sent']
      ],
      0
    ]
  ]
  for (const [kind, rows] of [
    ['write', writes],
    ['read', reads]
  ] as const) {
    for (const [what, attempts, raised] of rows) {
      test(`of a ${kind} is ${what}`, () => {
        const operation = operationOf({ kind })
        const verdicts = attempts.map(([error, wasSent]) => {
          operation.wasSent = wasSent === 'sent'
          return afterError(operation, error, nowMS, 0)
        })
        assert.deepEqual(
          verdicts.map(verdict => verdict.do),
          ['retry', 'raise']
        )
        assert.deepEqual(verdicts.at(-1), { do: 'raise', error: attempts[raised]?.[0] })
        assert.equal(errorToRaise(operation), attempts[raised]?.[0])
      })
    }
  }

  test('after several overload errors is the newest that may have written', () => {
    const [first, ...rest] = [
      overloaded(),
      overloaded({}, ['NoWritesPerformed']),
      overloaded({}, ['NoWritesPerformed'])
    ]
    const operation = operationOf({ kind: 'write' })
    const verdicts = [first, ...rest].map(error => afterError(operation, error ?? assert.fail(), nowMS, 0))
    assert.deepEqual(verdicts.at(-1), { do: 'raise', error: first })
  })

  test('is known before the operation has ended: there is none before the first error', () => {
    const operation = operationOf({ kind: 'write', wasSent: false })
    assert.equal(errorToRaise(operation), undefined)
    const error = cleared()
    afterError(operation, error, nowMS, 0)
    assert.equal(errorToRaise(operation), error)
  })

  for (const end of [new MongoOperationTimeoutError('out of time'), new MongoClientClosedError('closed')]) {
    test(`is ${end.name} whatever came before, and the attempts’ error stays known`, () => {
      for (const wasSent of [false, true]) {
        const operation = operationOf({ kind: 'write' })
        const before = command(91, retryableWrite)
        afterError(operation, before, nowMS, 0)
        operation.wasSent = wasSent
        assert.deepEqual(afterError(operation, end, nowMS, 0), { do: 'raise', error: end })
        assert.equal(errorToRaise(operation), before)
      }
    })
  }
})

suite('a deployment without transaction numbers', () => {
  const refusal = (
    errmsg = 'Transaction numbers are only allowed on a replica set member or mongos'
  ): MongoServerError =>
    new MongoServerError({ ok: 0, code: 20, codeName: 'IllegalOperation', errmsg, errorLabels: retryableWrite })
  const advice =
    'This MongoDB deployment does not support retryable writes. Please add retryWrites=false to your connection string.'

  test('is told in words that help, on the same error, and nothing is retried', () => {
    const error = refusal()
    assert.deepEqual(afterError(operationOf({ kind: 'write' }), error, nowMS, 0), { do: 'raise', error })
    assert.equal(error.message, advice)
    assert.equal(error.code, 20)
    assert.match(error.errmsg ?? '', /^Transaction numbers/)
  })

  test('is told so on a retry too', () => {
    const operation = operationOf({ kind: 'write' })
    afterError(operation, lost(), nowMS, 0)
    const error = refusal()
    assert.deepEqual(afterError(operation, error, nowMS, 0), { do: 'raise', error })
    assert.equal(error.message, advice)
  })

  test('is not what code 20 with other words means, nor these words with another code', () => {
    for (const error of [refusal('Illegal: Transaction numbers'), command(21, [], 'Transaction numbers')]) {
      const { message } = error
      afterError(operationOf({ kind: 'write' }), error, nowMS, 0)
      assert.equal(error.message, message)
    }
  })

  test('is not told to whoever wrote the transaction number himself', () => {
    for (const operation of [
      operationOf({ kind: 'command', retryable: false }),
      operationOf({ kind: 'write', retryable: false }),
      operationOf({ kind: 'write' }, { retryWrites: false })
    ]) {
      const error = refusal()
      afterError(operation, error, nowMS, 0)
      assert.match(error.message, /^Transaction numbers/)
    }
  })
})
