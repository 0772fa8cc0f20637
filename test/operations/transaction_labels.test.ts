import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoOperationTimeoutError,
  MongoPoolClearedError,
  type MongoServerError,
  MongoServerSelectionError,
  MongoWaitQueueTimeoutError,
  MongoWriteConcernError
} from '../../src/errors/index.ts'
import {
  endedByTime,
  isRetryableOverload,
  labelInTransaction,
  type TransactionPart
} from '../../src/operations/transaction_labels.ts'
import { command, overloaded } from './attempts.ts'

const transient = 'TransientTransactionError'
const unknown = 'UnknownTransactionCommitResult'

function concernError(code: number): MongoWriteConcernError {
  const error = new MongoWriteConcernError({ ok: 1 }, 'not reached')
  error.code = code
  return error
}

/** What each error is labelled with in an operation, in an abort and in a commit. */
const cases: readonly (readonly [what: string, error: () => Error, ofPart: string[], ofCommit: string[]])[] = [
  ['a broken connection', () => new MongoNetworkError('reset'), [transient], [unknown]],
  ['a server that does not answer', () => new MongoNetworkTimeoutError('late'), [transient], [unknown]],
  ['no server to be found', () => new MongoServerSelectionError('nobody', undefined), [transient], [unknown]],
  ['a pool that was cleared', () => new MongoPoolClearedError('cleared', 'a:1'), [transient], [unknown]],
  ['no connection in time', () => new MongoWaitQueueTimeoutError('full', { address: 'a:1' } as never), [], [unknown]],
  ['timeoutMS that ran out', () => new MongoOperationTimeoutError('late'), [], [unknown]],
  ['a command that ran out of maxTimeMS', () => command(50), [], [unknown]],
  [
    'what a server says may be retried',
    () => command(91, ['RetryableWriteError']),
    ['RetryableWriteError'],
    ['RetryableWriteError', unknown]
  ],
  ['what a server labels', () => command(251, [transient]), [transient], [transient]],
  ['another refusal of a server', () => command(11_000), [], []],
  ['a write concern that was not reached in time', () => concernError(64), [], [unknown]],
  ['a write concern with a mode that nobody knows', () => concernError(79), [], []],
  ['a write concern that no set of this size can reach', () => concernError(100), [], []],
  ['an argument that was wrong', () => new MongoInvalidArgumentError('too large'), [], []]
]

describe('labels in a transaction', () => {
  for (const [what, make, ofPart, ofCommit] of cases)
    test(`of ${what}`, () => {
      const labelled = (part: TransactionPart): string[] => {
        const error = make()
        labelInTransaction(part, error)
        return (error as MongoServerError).errorLabels
      }
      assert.deepEqual(labelled('part'), ofPart)
      assert.deepEqual(labelled('abort'), ofPart)
      assert.deepEqual(labelled('commit'), ofCommit)
    })

  test('an error that is none of the driver’s stays as it is', () => {
    const error = new RangeError('of a caller')
    labelInTransaction('commit', error)
    assert.deepEqual(Object.keys(error), [])
  })
})

test('time ends a commit for good: the server’s limit, in a write concern error too, and the caller’s', () => {
  assert.deepEqual(
    [command(50), concernError(50), new MongoOperationTimeoutError('late'), command(64), lostInstead()].map(
      endedByTime
    ),
    [true, true, true, false, false]
  )
})

function lostInstead(): Error {
  return new MongoNetworkError('reset')
}

test('an overload may be retried only with both labels', () => {
  assert.equal(isRetryableOverload(overloaded()), true)
  assert.equal(isRetryableOverload(command(462, ['SystemOverloadedError'])), false)
  assert.equal(isRetryableOverload(new RangeError('other')), false)
})
