/** A bulk write's commands: what each is, what a retry takes, and what is told of it all. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Document, DocumentWriter, ObjectIds } from '../../src/bson/index.ts'
import {
  MongoBulkWriteError,
  MongoNetworkError,
  MongoServerError,
  MongoWriteConcernError
} from '../../src/errors/index.ts'
import { moreToSend } from '../../src/operations/command.ts'
import { type BulkKind, groupStatements } from '../../src/operations/commands/bulk_groups.ts'
import { BulkWriteCommand } from '../../src/operations/commands/bulk_write.ts'
import { InsertCommand } from '../../src/operations/commands/writes.ts'
import { writeSequence } from '../../src/operations/envelope.ts'
import { writeConcernFrom } from '../../src/options/index.ts'
import { MessageWriter } from '../../src/wire/index.ts'
import { operationOf } from './attempts.ts'
import { replyOf } from './replies.ts'

const limits = { documentBytesMax: 16_777_216, messageBytesMax: 48_000_000, batchCountMax: 100_000, wireVersionMax: 25 }

interface Options {
  readonly ordered?: boolean
  readonly w?: number
}

/** One letter for each operation: i(nsert), u(pdate), U(pdate many), d(elete), D(elete many). */
function bulkOf(letters: string, { ordered = true, w = 1 }: Options = {}): BulkWriteCommand {
  const kinds: Readonly<Record<string, BulkKind>> = { i: 'insert', u: 'update', d: 'delete' }
  const statements = letters.split('').map((letter, place) => ({
    kind: kinds[letter.toLowerCase()] as BulkKind,
    multi: letter !== letter.toLowerCase(),
    bytes: new Uint8Array(100),
    id: place
  }))
  const target = { database: 'shop', collection: 'things', writeConcern: writeConcernFrom({ w }) }
  const fields = {
    ordered,
    bypassDocumentValidation: undefined,
    let: undefined,
    comment: undefined,
    maxTimeMS: undefined
  }
  return new BulkWriteCommand(target, groupStatements(statements, ordered), fields)
}

/** Sends one command and takes the reply. What the command threw is the result. */
function exchange(command: BulkWriteCommand, reply: Document, batchCountMax = 100_000, retries = 0): unknown {
  command.prepare({ ...limits, batchCountMax })
  try {
    return command.accept(replyOf({ ok: 1, ...reply }), operationOf({ kind: 'write', retries }))
  } catch (error) {
    return error
  }
}

/** How many statements the command now has, when it is sent with this limit. */
function countOf(command: BulkWriteCommand, batchCountMax: number): number {
  command.prepare({ ...limits, batchCountMax })
  return command.sequenceEnd - command.sequenceStart
}

test('each command has the name, the sequence and the collection of its kind', () => {
  const command = bulkOf('iud')
  const told: unknown[] = []
  for (const reply of [{ n: 1 }, { n: 1, nModified: 1 }, { n: 1 }]) {
    const body = new DocumentWriter()
    command.writeTo(body)
    told.push([command.name, command.sequence.identifier, Buffer.from(body.written()).includes('things')])
    exchange(command, reply)
  }
  assert.deepEqual(told, [
    ['insert', 'documents', true],
    ['update', 'updates', true],
    ['delete', 'deletes', true]
  ])
})

test('a command may be retried unless it has a statement for many documents; those of other commands do not count', () => {
  const command = bulkOf('uuUuDi')
  const told: boolean[] = []
  for (let more = true; more; ) {
    command.prepare({ ...limits, batchCountMax: 2 })
    told.push(command.traits.retryable)
    more = exchange(command, { n: 1, nModified: 1 }, 2) === moreToSend
  }
  assert.deepEqual(told, [true, false, false, true])
})

test('before a command is sent for the first time it may go as far as its kind does', () => {
  assert.equal(bulkOf('uuU').traits.retryable, false)
  assert.equal(bulkOf('uudD').traits.retryable, true)
})

test('a retry takes the statements of the first attempt, though its connection would take more', () => {
  const command = bulkOf('iiiii')
  assert.equal(countOf(command, 2), 2)
  assert.equal(countOf(command, 100), 2)
  assert.equal(exchange(command, { n: 2 }), moreToSend)
  assert.equal(countOf(command, 100), 3)
})

test('a retry whose connection takes fewer is not sent: the server would take the others for new ones', () => {
  const command = bulkOf('iiiii')
  command.prepare({ ...limits, batchCountMax: 4 })
  command.taken(4, 0)
  command.prepare({ ...limits, batchCountMax: 2 })
  assert.throws(() => command.taken(2, 0), /takes 2 of the 4 statements/)
})

test('counts of all commands are added up, and n of an update is not what was upserted', () => {
  const command = bulkOf('iiuud')
  assert.equal(exchange(command, { n: 2 }), moreToSend)
  const upserted = [{ index: 1, _id: 'new' }]
  assert.equal(exchange(command, { n: 3, nModified: 1, upserted }), moreToSend)
  assert.deepEqual(
    { ...(exchange(command, { n: 4 }) as object) },
    {
      acknowledged: true,
      insertedCount: 2,
      matchedCount: 2,
      modifiedCount: 1,
      deletedCount: 4,
      upsertedCount: 1,
      insertedIds: { 0: 0, 1: 1 },
      upsertedIds: { 3: 'new' }
    }
  )
})

const duplicate = { code: 11000, errmsg: 'E11000 duplicate key' }

test('ordered: the first failure ends it, by its place, and only what came before it was inserted', () => {
  const command = bulkOf('uiiid')
  exchange(command, { n: 1, nModified: 1 })
  const error = exchange(command, { n: 1, writeErrors: [{ index: 1, ...duplicate }] })
  assert.ok(error instanceof MongoBulkWriteError)
  const [refused] = error.writeErrors
  assert.deepEqual({ ...refused?.err }, { index: 2, ...duplicate })
  assert.deepEqual([refused?.index, refused?.code, refused?.errmsg], [2, duplicate.code, duplicate.errmsg])
  assert.deepEqual(
    [error.message, error.code, error.matchedCount, error.insertedCount, error.insertedIds],
    [duplicate.errmsg, 11000, 1, 1, { 1: 1 }]
  )
  assert.equal(error.result.hasWriteErrors(), true)
  assert.equal(error.result.getWriteErrorAt(0), refused)
})

test('unordered: it goes on, and the failures of every command are told by their places', () => {
  const command = bulkOf('iuiui', { ordered: false })
  assert.equal(
    exchange(command, {
      n: 1,
      writeErrors: [
        { index: 0, ...duplicate },
        { index: 2, ...duplicate }
      ]
    }),
    moreToSend
  )
  const error = exchange(command, { n: 1, nModified: 1, writeErrors: [{ index: 1, code: 66, errmsg: 'immutable' }] })
  assert.ok(error instanceof MongoBulkWriteError)
  assert.deepEqual(
    error.writeErrors.map(({ index, code }) => [index, code]),
    [
      [0, 11000],
      [4, 11000],
      [3, 66]
    ]
  )
  assert.equal(error.message, 'E11000 duplicate key (and 2 more)')
  assert.deepEqual(error.insertedIds, { 2: 2 })
  assert.equal(error.result.getWriteErrorCount(), 3)
})

const writeConcernError = { code: 64, errmsg: 'waiting for replication timed out', errInfo: { wtimeout: true } }

test('a write concern error stops nothing, and is told at the end', () => {
  const command = bulkOf('iu')
  assert.equal(exchange(command, { n: 1, writeConcernError }), moreToSend)
  const error = exchange(command, { n: 1, nModified: 1 })
  assert.ok(error instanceof MongoBulkWriteError)
  assert.deepEqual([error.code, error.message, error.writeErrors], [64, writeConcernError.errmsg, []])
  assert.ok(error.cause instanceof MongoWriteConcernError)
  assert.equal(error.result.getWriteConcernError(), error.cause)
  assert.deepEqual([error.insertedCount, error.modifiedCount], [1, 1])
})

test('a write concern error that asks for a retry is one attempt’s, until there was a retry', () => {
  const command = bulkOf('iu')
  const reply = { n: 1, writeConcernError, errorLabels: ['RetryableWriteError'] }
  assert.ok(exchange(command, reply) instanceof MongoWriteConcernError)
  assert.equal(exchange(command, reply, 100, 1), moreToSend)
  const error = exchange(command, { n: 1, nModified: 1 })
  assert.ok(error instanceof MongoBulkWriteError)
  assert.deepEqual([error.insertedCount, error.insertedIds], [1, { 0: 0 }], 'the first attempt counts nothing')
})

test('what ends it between commands is the cause of an error that tells what was done, with its code and labels', () => {
  const command = bulkOf('iiu', { ordered: false })
  exchange(command, { n: 1, writeErrors: [{ index: 1, ...duplicate }] })
  const reason = new MongoServerError({
    ok: 0,
    code: 91,
    errmsg: 'shutting down',
    errorLabels: ['RetryableWriteError']
  })
  const error = command.failure(reason)
  assert.ok(error instanceof MongoBulkWriteError)
  assert.equal(error.message, 'the bulk write ended after 2 of its 3 writes: shutting down')
  assert.equal(error.cause, reason)
  assert.equal(error.code, 91)
  assert.deepEqual(error.errorLabels, ['RetryableWriteError'])
  assert.deepEqual([error.insertedIds, error.writeErrors.length], [{ 0: 0 }, 1])
})

test('what ends it before the first answer is told as it is', () => {
  const reason = new MongoNetworkError('reset')
  assert.equal(bulkOf('iu').failure(reason), reason)
})

test('unacknowledged: all commands are sent, nothing is counted, and the _ids are those that were sent', () => {
  const command = bulkOf('iui', { w: 0 })
  const results: unknown[] = []
  for (let index = 0; index < 3; index++) {
    command.prepare(limits)
    results.push(command.unacknowledged())
  }
  assert.deepEqual(results.slice(0, 2), [moreToSend, moreToSend])
  const { acknowledged, insertedCount, insertedIds } = results[2] as Document
  assert.deepEqual(
    { acknowledged, insertedCount, insertedIds },
    {
      acknowledged: false,
      insertedCount: 0,
      insertedIds: { 0: 0, 2: 2 }
    }
  )
})

// ───────────────────────── insertMany, whose commands are all of one kind ─────────────────────────

function insertOf(count: number, ordered = true): InsertCommand {
  const target = { database: 'shop', collection: 'things', writeConcern: writeConcernFrom({ w: 1 }) }
  const ids = new ObjectIds(
    () => 0,
    () => undefined
  )
  return new InsertCommand(
    target,
    Array.from({ length: count }, (_, _id) => ({ _id })),
    ids,
    ordered,
    {}
  )
}

/** As a connection does that takes so many at once. */
function send(command: InsertCommand, batchCountMax: number): number {
  const message = new MessageWriter()
  const body = message.begin(1)
  command.writeTo(body)
  message.endBody()
  const before = command.sequenceStart
  writeSequence(message, command, { ...limits, batchCountMax })
  return command.sequenceEnd - before
}

function answered(command: InsertCommand, reply: Document, retries = 0): unknown {
  try {
    return command.accept(replyOf({ ok: 1, ...reply }), operationOf({ kind: 'write', retries }) as never)
  } catch (error) {
    return error
  }
}

test('insertMany: a retry takes the documents of the first attempt, and no fewer', () => {
  const command = insertOf(5)
  assert.equal(send(command, 2), 2)
  assert.equal(send(command, 100), 2)
  assert.throws(() => send(command, 1), /takes 1 of the 2 statements/)
  assert.equal(answered(command, { n: 2 }), moreToSend)
  assert.equal(send(command, 100), 3)
})

test('insertMany: what ends it between commands is the cause of an error that tells what was inserted', () => {
  const command = insertOf(5)
  send(command, 2)
  assert.equal(answered(command, { n: 2 }), moreToSend)
  const reason = new MongoNetworkError('reset')
  const error = command.failure(reason)
  assert.ok(error instanceof MongoBulkWriteError)
  assert.deepEqual([error.cause, error.insertedIds], [reason, { 0: 0, 1: 1 }])
  assert.match(error.message, /^the bulk write ended after 2 of its 5 writes: reset$/)
})

test('insertMany: a write concern error that asks for a retry counts nothing, another one is told at the end', () => {
  const command = insertOf(2)
  send(command, 100)
  const labelled = { n: 2, writeConcernError, errorLabels: ['RetryableWriteError'] }
  assert.ok(answered(command, labelled) instanceof MongoWriteConcernError)
  send(command, 100)
  const error = answered(command, labelled, 1)
  assert.ok(error instanceof MongoBulkWriteError)
  assert.deepEqual([error.code, error.insertedCount, error.insertedIds], [64, 2, { 0: 0, 1: 1 }])
  assert.ok(error.result.getWriteConcernError() instanceof MongoWriteConcernError)
})
