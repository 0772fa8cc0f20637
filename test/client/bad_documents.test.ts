import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Document, MongoInvalidArgumentError, MongoServerError } from '../../src/client/index.ts'
import { acknowledge, assertWhole, failureOf, type MongoClient, withServer } from './bench.ts'

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

async function refusedBeforeItIsSent(begin: (client: MongoClient) => Promise<unknown>, says: RegExp): Promise<void> {
  await withServer(async ({ connect, nowMS }) => {
    const client = connect()
    await acknowledge(client)
    const beganMS = nowMS()
    const error = await failureOf(begin(client))
    assert.equal(nowMS(), beganMS)
    assert.ok(error instanceof MongoInvalidArgumentError, `${error.name}: ${error.message.slice(0, 200)}`)
    assert.match(error.message, says)
    assert.equal(client.pools()[0]?.counters.checkOutsStarted, 1)
    await assertWhole(client, 1)
  })
}

for (const [what, begin] of uses) {
  test(`a document with a cycle: ${what} refuses it before anything is sent, and says where the cycle is`, () =>
    refusedBeforeItIsSent(
      client => begin(client, cyclic),
      /(?:cannot be encoded|is no BSON) at "(?:.*\.)?self": it contains a cycle/
    ))

  test(`a document over the size limit: ${what} refuses it before anything is sent, and says both sizes`, () =>
    refusedBeforeItIsSent(
      client => begin(client, { text: 'x'.repeat(17 * 1024 * 1024) }),
      /takes (?:17825\d{3}|more than 16793600) bytes; a command's limit is 16793600/
    ))
}

test('a document over the size limit that only a command could hold: insertOne refuses it, and says both sizes', () =>
  refusedBeforeItIsSent(
    client =>
      client
        .db()
        .collection('a')
        .insertOne({ text: 'x'.repeat(16 * 1024 * 1024) }),
    /takes 167772\d\d bytes; the server takes 16777216 \(16 MiB\) at most/
  ))

test('keys like __proto__ in replies: fields of the document and nothing else', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const collection = client.db().collection('a')
    const sent: Document = JSON.parse(
      '{"_id":1,"__proto__":{"polluted":true},"constructor":1,"toString":2}'
    ) as Document
    await collection.insertOne(sent)
    const found = await collection.findOne()
    assert.ok(found !== null)
    assert.deepEqual(Object.keys(found), ['_id', '__proto__', 'constructor', 'toString'])
    assert.equal(Object.getPrototypeOf(found), Object.prototype)
    assert.equal((found as { polluted?: unknown }).polluted, undefined)
    assert.equal(({} as { polluted?: unknown }).polluted, undefined)
    await assertWhole(client, 0)
  }))

test('keys like __proto__ in error replies: under errorResponse and nowhere else', () =>
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
    assert.equal(({} as { polluted?: unknown }).polluted, undefined)
    await assertWhole(client, 0)
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
    assert.equal(client.db('$external').databaseName, '$external', 'where users are made')
    for (const name of ['', 'a b', 'a.b', 'a/b', '$a', '$external.a', '$externals'])
      assert.throws(() => client.db(name), MongoInvalidArgumentError)
    assert.throws(() => client.db().collection(''), MongoInvalidArgumentError)
    assert.ok((await failureOf(client.db().collection('a').insertMany([]))) instanceof MongoInvalidArgumentError)
  }))

test('the maxTimeMS of a command contradicts timeoutMS', () =>
  withServer(async ({ connect }) => {
    const error = await failureOf(connect().db().command({ ping: 1, maxTimeMS: 5 }, { timeoutMS: 100 }))
    assert.ok(error instanceof MongoInvalidArgumentError)
    assert.match(error.message, /maxTimeMS.*timeoutMS 100/)
  }))
