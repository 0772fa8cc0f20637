import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Double, Int32, Long } from '../../src/bson/index.ts'
import { MongoServerError, MongoWriteConcernError } from '../../src/errors/index.ts'
import { errorIn, errorOf } from '../../src/operations/error_replies.ts'
import { factsOf } from '../../src/topology/index.ts'
import { replyOf } from './replies.ts'

const refused = {
  ok: 0,
  errmsg: 'shutting down',
  code: 91,
  codeName: 'ShutdownInProgress',
  errorLabels: ['RetryableWriteError', 'Custom']
}
const notReplicated = {
  ok: 1,
  n: 1,
  errorLabels: ['RetryableWriteError'],
  writeConcernError: {
    code: 91,
    codeName: 'ShutdownInProgress',
    errmsg: 'replication stopped',
    errInfo: { writeConcern: { w: 2 } },
    errorLabels: ['Inner']
  }
}

suite('a command that failed', () => {
  for (const [how, error] of [
    ['from the reply', errorOf(replyOf(refused))],
    ['from the decoded document', errorIn(refused)]
  ] as const) {
    test(`is a server error with the reply's fields and labels, ${how}`, () => {
      assert.ok(error instanceof MongoServerError)
      assert.ok(!(error instanceof MongoWriteConcernError))
      assert.equal(error.message, 'shutting down')
      assert.equal(error.code, 91)
      assert.equal(error.codeName, 'ShutdownInProgress')
      assert.deepEqual(error.errorLabels, ['RetryableWriteError', 'Custom'])
      assert.deepEqual(error.errorResponse, refused)
    })
  }

  test('counts as a whole, even if it has a write concern error too', () => {
    const error = errorIn({ ...notReplicated, ok: 0, code: 112, errmsg: 'conflict' })
    assert.ok(!(error instanceof MongoWriteConcernError))
    assert.equal(error?.code, 112)
  })

  test('is one without `ok`, or with one that is no success', () => {
    for (const reply of [{}, { ok: 'yes' }, { ok: 0.5 }, { ok: null }]) {
      assert.ok(errorIn(reply) instanceof MongoServerError)
      assert.ok(errorOf(replyOf(reply)) instanceof MongoServerError)
    }
  })

  test('keeps its error when the bytes of the reply are used again', () => {
    const error = errorOf(replyOf(refused))
    replyOf({ ok: 1, errmsg: 'other words' })
    assert.equal(error?.errmsg, 'shutting down')
  })
})

suite('a command that succeeded', () => {
  test('has no error, whatever number type its `ok` has', () => {
    for (const ok of [1, true, new Int32(1), new Double(1), Long.ONE]) {
      assert.equal(errorOf(replyOf({ ok })), undefined)
      assert.equal(errorIn({ ok }), undefined)
    }
  })

  test('is not decoded to look for a write concern error', () => {
    assert.equal(errorOf(replyOf(notReplicated)), undefined)
  })

  test('has no error for the errors of its single writes', () => {
    assert.equal(errorIn({ ok: 1, writeErrors: [{ index: 0, code: 11000, errmsg: 'duplicate key' }] }), undefined)
  })

  test('has no error for a write concern error that is no document', () => {
    for (const writeConcernError of [null, [], 'none', 0])
      assert.equal(errorIn({ ok: 1, writeConcernError }), undefined)
  })
})

suite('a write concern error', () => {
  const error = errorIn(notReplicated)

  test('has the number, the name, the message and the details of the write concern error', () => {
    assert.ok(error instanceof MongoWriteConcernError)
    assert.equal(error.code, 91)
    assert.equal(error.codeName, 'ShutdownInProgress')
    assert.equal(error.message, 'replication stopped')
    assert.equal(error.errmsg, 'replication stopped')
    assert.deepEqual(error.errInfo, { writeConcern: { w: 2 } })
  })

  test('has the labels of the top level, and none from within', () => {
    assert.deepEqual(error?.errorLabels, ['RetryableWriteError'])
  })

  test('keeps the whole reply', () => {
    assert.equal(error?.errorResponse, notReplicated)
  })

  test('tells the topology the same number and message', () => {
    assert.ok(error !== undefined)
    const { kind, code, message } = factsOf(error)
    assert.deepEqual({ kind, code, message }, { kind: 'command', code: 91, message: 'replication stopped' })
  })

  test('says so when the server gave no message and no number', () => {
    const bare = errorIn({ ok: 1, writeConcernError: {} })
    assert.equal(bare?.message, 'the server did not say why the write concern was not reached')
    assert.equal(bare?.code, undefined)
    for (const field of ['codeName', 'errmsg', 'errInfo']) assert.ok(!Object.hasOwn(bare ?? {}, field))
  })

  test('survives a reply that says everything twice', () => {
    const twice = errorIn({ ...notReplicated, codeName: 'Outer', errmsg: 'outer', code: 1 })
    assert.equal(twice?.message, 'replication stopped')
    assert.equal(twice?.code, 91)
    assert.equal(twice?.codeName, 'Outer')
  })
})
