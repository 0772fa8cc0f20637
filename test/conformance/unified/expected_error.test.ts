import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { CaseError } from '../../../conformance/unified/case_error.ts'
import { Entities } from '../../../conformance/unified/entities.ts'
import { requireError } from '../../../conformance/unified/expected_error.ts'
import type { ExpectedError } from '../../../conformance/unified/format.ts'
import { BulkWriteResult, WriteError } from '../../../src/errors/index.ts'
import {
  BSONError,
  MongoBulkWriteError,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoOperationTimeoutError,
  MongoServerError
} from '../../../src/client/index.ts'

const entities = new Entities()
const reply = { ok: 0, code: 11600, codeName: 'InterruptedAtShutdown', errmsg: 'Going Down', errorLabels: ['A', 'B'] }
const server = new MongoServerError(reply)
const network = new MongoNetworkError('the Connection broke', { errorLabels: ['A'] })
const writeErrors = [new WriteError({ index: 1, code: 11000, errmsg: 'twice' }, () => ({}))]
const bulk = new MongoBulkWriteError(
  { ok: 1, n: 1 },
  'one failed',
  writeErrors,
  new BulkWriteResult({ insertedCount: 1, insertedIds: { 0: 7 } })
)
const client = Object.assign(new MongoServerError({ ok: 0 }), {
  partialResult: { insertedCount: 2 },
  writeErrors: new Map([[0, { code: 8, message: 'no' }]]),
  writeConcernErrors: [{ code: 91, message: 'late' }]
})

/** Kind of expectation → what fits, and what does not. */
const kinds: readonly (readonly [ExpectedError, fitting: readonly unknown[], others: readonly unknown[]])[] = [
  [{ isError: true }, [server, network, new BSONError('bad')], [new TypeError('a defect'), 'text', undefined]],
  [{ isClientError: true }, [network, new MongoInvalidArgumentError('no')], [server, bulk]],
  [{ isClientError: false }, [server], [network]],
  [{ isTimeoutError: true }, [new MongoOperationTimeoutError('late')], [network, server]],
  [{ isTimeoutError: false }, [network], [new MongoOperationTimeoutError('late')]],
  [{ errorContains: 'going DOWN' }, [server], [network]],
  [{ errorCode: 11600 }, [server], [network, bulk]],
  [{ errorCode: 11000 }, [bulk], [server]],
  [{ errorCodeName: 'InterruptedAtShutdown' }, [server], [network]],
  [{ errorLabelsContain: ['A'] }, [server, network], [bulk]],
  [{ errorLabelsContain: ['A', 'B'] }, [server], [network]],
  [{ errorLabelsOmit: ['B'] }, [network], [server]],
  [{ expectResult: { insertedCount: 1 } }, [bulk], [server, client]],
  [{ expectResult: { insertedCount: 2 } }, [client], [bulk]],
  [{ errorResponse: { codeName: { $$type: 'string' } } }, [server], [network, bulk]],
  [{ writeErrors: { 0: { code: 8 } } }, [client], [server]],
  [{ writeErrors: { 0: { code: 9 } } }, [], [client]],
  [{ writeErrors: {} }, [server], [client]],
  [{ writeConcernErrors: [{ code: 91 }] }, [client], [server]],
  [{ writeConcernErrors: [] }, [], [client]],
  [{ isClientError: false, errorCode: 11600, errorLabelsOmit: ['C'] }, [server], [bulk]]
]

suite('what is expected of an error', () => {
  for (const [expected, fitting, others] of kinds)
    test(JSON.stringify(expected), () => {
      for (const error of fitting) requireError(expected, error, entities)
      for (const error of others) assert.throws(() => requireError(expected, error, entities), CaseError)
    })

  test('that this runner does not know fails the case', () => {
    assert.throws(() => requireError({ isBad: true } as ExpectedError, server, entities), /isBad is unknown/)
  })
})
