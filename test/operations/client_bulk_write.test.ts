/** A client's bulk write as commands: what each reply makes of it, and what is told of it all. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Document, DocumentWriter, Long, ObjectIds } from '../../src/bson/index.ts'
import {
  MongoClientBulkWriteError,
  MongoNetworkError,
  MongoServerError,
  MongoUnexpectedServerResponseError,
  MongoWriteConcernError
} from '../../src/errors/index.ts'
import { moreToSend } from '../../src/operations/command.ts'
import { ClientBulkStatements } from '../../src/operations/commands/client_bulk_statements.ts'
import { ClientBulkWriteCommand } from '../../src/operations/commands/client_bulk_write.ts'
import { writeConcernFrom } from '../../src/options/index.ts'
import { operationOf } from './attempts.ts'
import { replyOf } from './replies.ts'

const limits = { documentBytesMax: 16_777_216, messageBytesMax: 48_000_000, batchCountMax: 100_000, wireVersionMax: 25 }
const server = { address: 'a:1' } as never

interface Options {
  readonly ordered?: boolean
  readonly verboseResults?: boolean
}

/** One letter for each operation: i(nsert), u(pdate), U(pdate many), d(elete). */
function bulkOf(letters: string, { ordered = true, verboseResults = true }: Options = {}): ClientBulkWriteCommand {
  const statements = new ClientBulkStatements(true)
  const ids = new ObjectIds(
    () => 0,
    () => undefined
  )
  for (const [place, letter] of letters.split('').entries()) {
    if (letter === 'i') statements.insert('db.a', { _id: place }, ids)
    else if (letter === 'd') statements.delete('db.a', {}, false, {})
    else statements.update('db.a', {}, { $set: { x: 1 } }, letter === 'U', {})
  }
  return new ClientBulkWriteCommand(statements.finish(), {
    ordered,
    verboseResults,
    writeConcern: writeConcernFrom({ w: 1 }),
    bypassDocumentValidation: undefined,
    let: undefined,
    comment: 'why',
    maxTimeMS: undefined
  })
}

interface Answer {
  readonly results?: readonly Document[]
  readonly id?: number
  readonly sums?: Document
}

const ns = 'admin.$cmd.bulkWrite'

/** Sends one command and takes the reply. What the command threw is the result. */
function exchange(command: ClientBulkWriteCommand, answer: Answer, batchCountMax = 100_000, retries = 0): unknown {
  const { results = [], id = 0, sums = {} } = answer
  command.prepare({ ...limits, batchCountMax })
  const batch = command.name === 'getMore' ? 'nextBatch' : 'firstBatch'
  const cursor = { id: Long.fromNumber(id), ns, [batch]: results }
  return accepted(command, { ...sums, cursor }, retries)
}

function accepted(command: ClientBulkWriteCommand, reply: Document, retries = 0): unknown {
  try {
    return command.accept(replyOf({ ok: 1, ...reply }), {
      ...operationOf({ kind: 'write', retries }),
      server,
      keepConnection: () => undefined
    })
  } catch (error) {
    return error
  }
}

function done(idx: number, more: Document = {}): Document {
  return { ok: 1, idx, n: 1, ...more }
}

const duplicate = { code: 11000, errmsg: 'E11000 duplicate key' }

function refused(idx: number): Document {
  return { ok: 0, idx, n: 0, ...duplicate, keyValue: { _id: 1 } }
}

function sumsOf(inserted: number, errors = 0): Document {
  return { nInserted: inserted, nMatched: 0, nModified: 0, nDeleted: 0, nUpserted: 0, nErrors: errors }
}

test('results that do not fit into one reply are asked for where they are, before the next command', () => {
  const command = bulkOf('iii')
  assert.equal(exchange(command, { results: [done(0)], id: 7, sums: sumsOf(2) }, 2), moreToSend)
  assert.deepEqual([command.name, command.server, command.traits.retryable], ['getMore', server, false])
  assert.deepEqual([command.sequence, command.firstSequence], [undefined, undefined])
  const body = new DocumentWriter()
  command.writeTo(body)
  const written = Buffer.from(body.written()).toString('latin1')
  for (const part of ['getMore', '$cmd.bulkWrite', 'why']) assert.ok(written.includes(part), part)
  assert.equal(exchange(command, { results: [done(1)], id: 7 }), moreToSend)
  assert.equal(exchange(command, {}), moreToSend)
  assert.deepEqual([command.name, command.server, command.openResults], ['bulkWrite', undefined, undefined])
  const result = exchange(command, { results: [done(0)], sums: sumsOf(1) }) as Document
  assert.equal(result['insertedCount'], 3)
  assert.deepEqual(
    [...result['insertResults']],
    [0, 1, 2].map(place => [place, { insertedId: place }])
  )
})

test('each success is told by its place, as what its model is', () => {
  const command = bulkOf('uid')
  assert.equal(exchange(command, { results: [done(0, { nModified: 0, upserted: { _id: null } })] }, 1), moreToSend)
  const result = exchange(command, { results: [done(0), done(1)] }) as Document
  assert.deepEqual(
    [...result['updateResults']],
    [[0, { matchedCount: 1, modifiedCount: 0, didUpsert: true, upsertedId: null }]]
  )
  assert.deepEqual([...result['insertResults']], [[1, { insertedId: 1 }]])
  assert.deepEqual([...result['deleteResults']], [[2, { deletedCount: 1 }]])
})

test('without verbose results there are sums alone', () => {
  const command = bulkOf('ii', { verboseResults: false })
  const result = exchange(command, { sums: sumsOf(2) }) as Document
  assert.equal(result['insertedCount'], 2)
  for (const which of ['insertResults', 'updateResults', 'deleteResults']) assert.equal(result[which], undefined)
})

test('ordered: the first failure ends it, and results that are left are given up', () => {
  const command = bulkOf('iii')
  const error = exchange(command, { results: [done(0), refused(1)], id: 7, sums: sumsOf(1, 1) }, 2)
  assert.ok(error instanceof MongoClientBulkWriteError)
  assert.deepEqual([...error.writeErrors], [[1, { code: 11000, message: duplicate.errmsg, keyValue: { _id: 1 } }]])
  assert.deepEqual([error.message, error.code, error.partialResult?.insertedCount], [duplicate.errmsg, 11000, 1])
  assert.deepEqual(command.openResults?.id, Long.fromNumber(7))
})

test('unordered: it goes on, and all failures are told by their places', () => {
  const command = bulkOf('iii', { ordered: false })
  assert.equal(exchange(command, { results: [refused(0), done(1)], sums: sumsOf(1, 1) }, 2), moreToSend)
  const error = exchange(command, { results: [refused(0)], sums: sumsOf(0, 1) })
  assert.ok(error instanceof MongoClientBulkWriteError)
  assert.deepEqual([...error.writeErrors.keys()], [0, 2])
  assert.equal(error.message, 'E11000 duplicate key (and 1 more)')
})

test('there is a partial result only where something is known to have been done', () => {
  const results = [refused(0)]
  for (const [letters, ordered, answers, partial] of [
    ['ii', true, [{ results, sums: sumsOf(0, 1) }], false],
    ['ii', true, [{ results: [refused(1)], sums: sumsOf(1, 1) }], true],
    ['ii', false, [{ results: [refused(0), refused(1)], sums: sumsOf(0, 2) }], false],
    ['ii', false, [{ results, sums: sumsOf(1, 1) }], true],
    ['iii', true, [{ sums: sumsOf(2) }, { results, sums: sumsOf(0, 1) }], true]
  ] as const) {
    const command = bulkOf(letters, { ordered, verboseResults: false })
    const error = answers.map(answer => exchange(command, answer, 2)).at(-1)
    assert.ok(error instanceof MongoClientBulkWriteError)
    assert.equal(error.partialResult !== undefined, partial, `${letters} ${ordered} ${JSON.stringify(answers)}`)
  }
})

const writeConcernError = { code: 64, errmsg: 'waiting for replication timed out' }

test('a write concern error stops nothing, and all of them are told at the end', () => {
  const command = bulkOf('ii')
  const cursor = { id: Long.ZERO, ns, firstBatch: [] }
  for (const last of [false, true]) {
    command.prepare({ ...limits, batchCountMax: 1 })
    const outcome = accepted(command, { ...sumsOf(1), cursor, writeConcernError })
    if (!last) assert.equal(outcome, moreToSend)
    else {
      assert.ok(outcome instanceof MongoClientBulkWriteError)
      assert.deepEqual([outcome.code, outcome.message], [64, writeConcernError.errmsg])
      assert.equal(outcome.writeConcernErrors.length, 2)
      assert.equal(outcome.cause, outcome.writeConcernErrors[0])
      assert.equal(outcome.partialResult?.insertedCount, 2)
    }
  }
})

test('a write concern error that asks for a retry counts nothing, until there was a retry', () => {
  const command = bulkOf('ii')
  const cursor = { id: Long.ZERO, ns, firstBatch: [] }
  const reply = { ...sumsOf(2), cursor, writeConcernError, errorLabels: ['RetryableWriteError'] }
  command.prepare(limits)
  assert.ok(accepted(command, reply) instanceof MongoWriteConcernError)
  const error = accepted(command, reply, 1)
  assert.ok(error instanceof MongoClientBulkWriteError)
  assert.equal(error.partialResult?.insertedCount, 2)
})

test('a retry takes the statements of the first attempt, and no fewer', () => {
  const command = bulkOf('iiii')
  command.prepare({ ...limits, batchCountMax: 3 })
  command.prepare({ ...limits, batchCountMax: 100 })
  assert.equal(command.sequenceEnd, 3)
  assert.throws(() => command.taken(2, 0), /takes 2 of the 3 statements/)
})

test('a command may be retried unless it has a statement for many documents; until it is cut it goes to the end', () => {
  const command = bulkOf('iiU')
  assert.equal(command.traits.retryable, false)
  const told: boolean[] = []
  for (let more = true; more; ) {
    command.prepare({ ...limits, batchCountMax: 2 })
    told.push(command.traits.retryable)
    more = exchange(command, {}, 2) === moreToSend
  }
  assert.deepEqual(told, [true, false])
})

test('what ends it after an answer is the cause of an error that tells what was done, with its code and labels', () => {
  const command = bulkOf('iii')
  exchange(command, { results: [done(0)], sums: sumsOf(1) }, 1)
  const reason = new MongoServerError({ ok: 0, code: 91, errmsg: 'over', errorLabels: ['RetryableWriteError'] })
  const error = command.failure(reason)
  assert.ok(error instanceof MongoClientBulkWriteError)
  assert.deepEqual([error.message, error.code], ['the bulk write ended after 1 of its 3 writes: over', 91])
  assert.equal(error.cause, reason)
  assert.equal(error.hasErrorLabel('RetryableWriteError'), true)
  assert.equal(error.partialResult?.insertedCount, 1)
})

test('what ends it before the first answer is told as it is', () => {
  const reason = new MongoNetworkError('reset')
  assert.equal(bulkOf('iu').failure(reason), reason)
})

test('a reply without a cursor is no answer', () => {
  const command = bulkOf('i')
  command.prepare(limits)
  assert.ok(accepted(command, sumsOf(1)) instanceof MongoUnexpectedServerResponseError)
})
