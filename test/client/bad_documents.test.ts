import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Document, MongoInvalidArgumentError, MongoServerError } from '../../src/client/index.ts'
import { failureOf, type MongoClient, withServer } from './bench.ts'

const cyclic: Document = { name: 'a' }
cyclic['self'] = cyclic

const uses: readonly (readonly [what: string, begin: (client: MongoClient, document: Document) => Promise<unknown>])[] =
  [
    ['insertOne', (client, document) => client.db().collection('a').insertOne(document)],
    ['insertMany', (client, document) => client.db().collection('a').insertMany([document])],
    ['findOne', (client, document) => client.db().collection('a').findOne(document)],
    ['find', (client, document) => client.db().collection('a').find(document).toArray()],
    ['updateOne', (client, document) => client.db().collection('a').updateOne({}, { $set: document })],
    ['deleteMany', (client, document) => client.db().collection('a').deleteMany(document)],
    [
      'aggregate',
      (client, document) =>
        client
          .db()
          .collection('a')
          .aggregate([{ $match: document }])
          .toArray()
    ],
    ['command', (client, document) => client.db().command({ ping: 1, comment: document })]
  ]

for (const [what, begin] of uses) {
  test(`a document with a cycle is refused by ${what} before anything is sent`, () =>
    withServer(async ({ connect }) => {
      const client = await connect().connect()
      const error = await failureOf(begin(client, cyclic))
      assert.match(error.message, /circular|cycle|itself/i)
      assert.equal(client.pools()[0]?.counters.checkOutsStarted, 0)
    }))

  test(`a document over the size limit is refused by ${what} before anything is sent`, () =>
    withServer(async ({ connect }) => {
      const client = await connect().connect()
      const error = await failureOf(begin(client, { text: 'x'.repeat(17 * 1024 * 1024) }))
      assert.ok(error instanceof MongoInvalidArgumentError, `${error.name}: ${error.message.slice(0, 200)}`)
      assert.match(error.message, /takes (?:17825\d{3}|more than 16793600) bytes; a command's limit is 16793600/)
      assert.equal(client.pools()[0]?.counters.checkOutsStarted, 0)
    }))
}

test('a document that only a command could hold is refused by insertOne with both sizes', () =>
  withServer(async ({ connect }) => {
    const client = await connect().connect()
    const error = await failureOf(
      client
        .db()
        .collection('a')
        .insertOne({ text: 'x'.repeat(16 * 1024 * 1024) })
    )
    assert.ok(error instanceof MongoInvalidArgumentError)
    assert.match(error.message, /takes 167772\d\d bytes; the server takes 16777216 \(16 MiB\) at most/)
    assert.equal(client.pools()[0]?.counters.checkOutsStarted, 0)
  }))

test('keys like __proto__ in a reply are fields of the document and nothing else', () =>
  withServer(async ({ connect }) => {
    const collection = connect().db().collection('a')
    const sent: Document = JSON.parse(
      '{"_id":1,"__proto__":{"polluted":true},"constructor":1,"toString":2}'
    ) as Document
    await collection.insertOne(sent)
    const found = await collection.findOne()
    assert.ok(found !== null)
    assert.deepEqual(Object.keys(found), ['_id', '__proto__', 'constructor', 'toString'])
    assert.equal(Object.getPrototypeOf(found), Object.prototype)
    assert.equal((found as { polluted?: unknown }).polluted, undefined)
  }))

test('keys like __proto__ in an error reply stand under errorResponse only', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = connect()
    const errorExtraInfo = JSON.parse(
      '{"__proto__":{"polluted":true},"toString":1,"stack":"forged","message":"forged"}'
    ) as Document
    failCommand(['ping'], { errorCode: 8, errorExtraInfo })
    const error = await failureOf(client.db().command({ ping: 1 }))
    assert.ok(error instanceof MongoServerError)
    assert.equal((error as { polluted?: unknown }).polluted, undefined)
    assert.equal(typeof error.toString(), 'string')
    assert.notEqual(error.message, 'forged')
    assert.notEqual(error.stack, 'forged')
    assert.equal(error.errorResponse['message'], 'forged')
    assert.ok(Object.hasOwn(error.errorResponse, '__proto__'))
  }))

test('an update without operators, and one that is empty, are refused with what to write', () =>
  withServer(async ({ connect }) => {
    const collection = connect().db().collection('a')
    for (const update of [{ a: 1 }, {}]) {
      const error = await failureOf(collection.updateOne({}, update as never))
      assert.ok(error instanceof MongoInvalidArgumentError)
      assert.match(error.message, /\$set/)
    }
  }))

test('names that no database or collection can have are refused', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    for (const name of ['', 'a b', 'a.b', 'a/b', '$a']) assert.throws(() => client.db(name), MongoInvalidArgumentError)
    assert.throws(() => client.db().collection(''), MongoInvalidArgumentError)
    assert.ok((await failureOf(client.db().collection('a').insertMany([]))) instanceof MongoInvalidArgumentError)
  }))

test('the maxTimeMS of a command contradicts timeoutMS', () =>
  withServer(async ({ connect }) => {
    const error = await failureOf(connect().db().command({ ping: 1, maxTimeMS: 5 }, { timeoutMS: 100 }))
    assert.ok(error instanceof MongoInvalidArgumentError)
    assert.match(error.message, /maxTimeMS.*timeoutMS 100/)
  }))
