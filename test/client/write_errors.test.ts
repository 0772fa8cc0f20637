/** What is told of the writes of a batch that the server refused. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { inspect } from 'node:util'
import { type Collection, MongoBulkWriteError, MongoServerError } from '../../src/client/index.ts'
import { failureOf, withServer } from './bench.ts'

const secret = 'a value of the user'

async function refusedBy(write: (things: Collection) => Promise<unknown>): Promise<MongoBulkWriteError> {
  let failure: unknown
  await withServer(async ({ connect }) => {
    const things = connect().db('shop').collection('things')
    await things.insertMany([{ _id: 'a' }, { _id: 'b' }] as never)
    await things.createIndex('n', { unique: true, sparse: true })
    await things.updateOne({ _id: 'a' as never }, { $set: { n: 1 } })
    failure = await failureOf(write(things))
  })
  assert.ok(failure instanceof MongoBulkWriteError)
  return failure
}

suite('a write that was refused', () => {
  test('is told with the document or the statement as it was sent', async () => {
    const update = { updateOne: { filter: { _id: 'b' }, update: { $set: { n: 1 } } } }
    const replacement = { replaceOne: { filter: { _id: 'b' }, replacement: { n: 1 } } }
    const inserts = [{ insertOne: { document: { _id: 'c' } } }, { insertOne: { document: { _id: 'a', secret } } }]
    const operations = [...inserts, update, replacement] as never
    const { writeErrors } = await refusedBy(things => things.bulkWrite(operations, { ordered: false }))
    assert.deepEqual(
      writeErrors.map(({ index, code, err }) => [index, code, err.op]),
      [
        [1, 11000, { _id: 'a', secret }],
        [2, 11000, { q: { _id: 'b' }, u: { $set: { n: 1 } }, multi: false }],
        [3, 11000, { q: { _id: 'b' }, u: { n: 1 }, multi: false }]
      ]
    )
  })

  test('of insertMany is told with the document, its _id included', async () => {
    const documents = [{ _id: 'c' }, { n: 1 }] as never
    const { writeErrors } = await refusedBy(things => things.insertMany(documents))
    const [refused] = writeErrors
    assert.ok(refused)
    const { _id, ...others } = refused.getOperation() as Record<string, unknown>
    assert.deepEqual([others, typeof _id, refused.index], [{ n: 1 }, 'object', 1])
    assert.deepEqual([refused.keyPattern, refused.keyValue, refused.errInfo], [{ n: 1 }, { n: 1 }, undefined])
  })

  test('shows the document to nobody who does not ask: it is the user’s data', async () => {
    const documents = [{ _id: 'a', secret }] as never
    const error = await refusedBy(things => things.insertMany(documents))
    for (const text of [
      inspect(error, { depth: null }),
      JSON.stringify(error.writeErrors),
      JSON.stringify(error.result)
    ])
      assert.doesNotMatch(text, new RegExp(secret))
    assert.deepEqual(JSON.parse(JSON.stringify(error.writeErrors[0])).code, 11000)
  })

  test('can be replaced in the list of the error, which is nobody else’s', async () => {
    const error = await refusedBy(things => things.insertMany([{ _id: 'a' }] as never))
    const [refused] = error.writeErrors
    assert.ok(refused)
    error.writeErrors.pop()
    assert.deepEqual(error.result.getWriteErrors(), [refused])
  })
})

test('an error that a program makes of a message has that message', () => {
  const error = new MongoServerError({ message: 'made by hand', errorLabels: ['TransientTransactionError'] })
  assert.equal(error.message, 'made by hand')
  assert.equal(error.hasErrorLabel('TransientTransactionError'), true)
})
