import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { inspect } from 'node:util'
import { type MongoClient, MongoServerError, type Span } from '../../src/client/index.ts'
import { type Bench, failureOf, withServer } from './bench.ts'
import { traced, type Tree, treeOf, treesOf } from './tracing_bench.ts'

const failed = ['error.type', 'exception.message', 'exception.stacktrace', 'exception.type']

suite('an operation', () => {
  test('has a span with what it is about, and its command one in it with where it went', () =>
    withServer(async bench => {
      const { client, tracer } = traced(bench)
      await client.db('shop').collection<{ _id: number }>('orders').insertOne({ _id: 1 })
      const [operation] = tracer.roots
      assert.ok(operation !== undefined && tracer.roots.length === 1)
      assert.deepEqual(treeOf(operation), ['insert shop.orders', 'insert'])
      assert.deepEqual(operation.attributes, {
        'db.system.name': 'mongodb',
        'db.namespace': 'shop',
        'db.collection.name': 'orders',
        'db.operation.name': 'insert',
        'db.operation.summary': 'insert shop.orders'
      })
      const { 'db.mongodb.lsid': session, ...others } = operation.nested[0]!.attributes
      const [host, port] = bench.member.address.split(':')
      assert.match(String(session), /^[\da-f]{8}-[\da-f-]{27}$/)
      const { 'db.mongodb.server_connection_id': serverConnection, ...attributes } = others
      assert.equal(typeof serverConnection, 'number')
      assert.deepEqual(attributes, {
        'db.system.name': 'mongodb',
        'db.namespace': 'shop',
        'db.collection.name': 'orders',
        'db.command.name': 'insert',
        'db.query.summary': 'insert shop.orders',
        'server.address': host,
        'server.port': Number(port),
        'network.transport': 'tcp',
        'db.mongodb.driver_connection_id': 1
      })
      for (const span of [operation, operation.nested[0]!])
        assert.deepEqual([span.kind, span.status, span.exceptions], [2, undefined, []])
    }))

  const work: Readonly<Record<string, readonly [(client: MongoClient) => Promise<unknown>, ...Tree[]]>> = {
    'a command of the user’s': [
      client =>
        client
          .db('shop')
          .command({ collStats: 'orders' })
          .catch(() => undefined),
      ['runCommand shop', 'collStats']
    ],
    'a command of the user’s with a cursor': [
      client => client.db('shop').runCursorCommand({ find: 'orders' }).toArray(),
      ['runCommand shop.orders', 'find']
    ],
    countDocuments: [
      client => client.db('shop').collection('orders').countDocuments(),
      ['countDocuments shop.orders', 'aggregate']
    ],
    estimatedDocumentCount: [
      client => client.db('shop').collection('orders').estimatedDocumentCount(),
      ['count shop.orders', 'count']
    ],
    'a bulk write of several kinds': [
      client =>
        client
          .db('shop')
          .collection('orders')
          .bulkWrite([
            { insertOne: { document: { sku: 'a1' } } },
            { updateOne: { filter: { sku: 'a1' }, update: { $set: { count: 2 } } } },
            { deleteOne: { filter: { sku: 'b2' } } }
          ]),
      ['bulkWrite shop.orders', 'insert', 'update', 'delete']
    ],
    'a bulk write of one kind': [
      client =>
        client
          .db('shop')
          .collection('orders')
          .bulkWrite([
            { updateOne: { filter: { sku: 'a1' }, update: { $set: { count: 2 } } } },
            { replaceOne: { filter: { sku: 'b2' }, replacement: {} } }
          ]),
      ['update shop.orders', 'update']
    ],
    'a collection that is renamed': [
      async client => {
        await client.db('shop').createCollection('old')
        await client.db('shop').collection('old').rename('new')
      },
      ['createCollection shop.old', 'create'],
      ['renameCollection shop.old', 'renameCollection']
    ],
    'a find that is explained': [
      client => client.db('shop').collection('orders').find().explain(),
      ['explain shop.orders', 'explain']
    ],
    'a database': [client => client.db('shop').dropDatabase(), ['dropDatabase shop', 'dropDatabase']],
    'the list of databases': [client => client.db().admin().listDatabases(), ['listDatabases admin', 'listDatabases']]
  }
  for (const [what, [run, ...expected]] of Object.entries(work))
    test(`of ${what} is called as the specification has it`, () =>
      withServer(async bench => {
        const { client, tracer } = traced(bench)
        await client.db('shop').collection('orders').insertOne({})
        tracer.forget()
        await run(client)
        assert.deepEqual(treesOf(tracer), expected)
      }))

  test('on admin is about no collection', () =>
    withServer(async bench => {
      const { client, tracer } = traced(bench)
      await client.db('admin').collection('things').findOne()
      assert.deepEqual(treesOf(tracer), [['find admin', 'find']])
      for (const { attributes } of [tracer.roots[0]!, tracer.roots[0]!.nested[0]!])
        assert.deepEqual([attributes['db.namespace'], attributes['db.collection.name']], ['admin', undefined])
    }))

  test('that is tried twice has a span for each command, of which the first says why it failed', () =>
    withServer(async bench => {
      const { client, tracer } = traced(bench)
      bench.failCommand(['find'], { errorCode: 91 })
      await client.db('shop').collection('orders').findOne()
      assert.deepEqual(treesOf(tracer), [['find shop.orders', 'find', 'find']])
      const [operation] = tracer.roots
      const [first, second] = operation!.nested
      const { attributes, exceptions, status } = first!
      assert.equal(attributes['db.response.status_code'], '91')
      assert.equal(attributes['error.type'], '91')
      assert.equal(attributes['exception.type'], 'MongoServerError')
      assert.match(String(attributes['exception.stacktrace']), /^MongoServerError: /)
      assert.deepEqual([exceptions.length, exceptions[0]?.name], [1, 'MongoServerError'])
      assert.deepEqual(status, { code: 2, message: attributes['exception.message'] })
      for (const span of [operation!, second!])
        assert.deepEqual([span.status, span.exceptions.length, 'error.type' in span.attributes], [undefined, 0, false])
    }))

  test('that fails with a server’s error says so on both levels, with its code on the command’s', () =>
    withServer(async bench => {
      const { client, tracer } = traced(bench, {}, { retryReads: false })
      bench.failCommand(['find'], { errorCode: 8 })
      const error = await failureOf(client.db('shop').collection('orders').findOne())
      const [operation] = tracer.roots
      const [command] = operation!.nested
      for (const { attributes, exceptions, status } of [operation!, command!]) {
        assert.equal(attributes['exception.message'], error.message)
        assert.deepEqual([exceptions.length, status?.message], [1, error.message])
      }
      assert.equal(command!.attributes['db.response.status_code'], '8')
      assert.equal(command!.attributes['error.type'], '8')
      assert.equal(operation!.attributes['error.type'], 'MongoServerError')
      assert.equal('db.response.status_code' in operation!.attributes, false)
    }))

  test('whose connection breaks has the class of the error as its type on both levels', () =>
    withServer(async bench => {
      const { client, tracer } = traced(bench, {}, { retryReads: false })
      bench.failCommand(['find'], { closeConnection: true })
      await failureOf(client.db('shop').collection('orders').findOne())
      const [operation] = tracer.roots
      for (const { attributes } of [operation!, operation!.nested[0]!])
        for (const name of ['error.type', 'exception.type']) assert.equal(attributes[name], 'MongoNetworkError')
    }))

  test('whose writes are refused fails, while its command succeeded', () =>
    withServer(async bench => {
      const { client, tracer } = traced(bench)
      const orders = client.db('shop').collection<{ _id: number }>('orders')
      await failureOf(orders.insertMany([{ _id: 1 }, { _id: 1 }]))
      const [operation] = tracer.roots
      assert.equal(operation!.attributes['error.type'], 'MongoBulkWriteError')
      assert.deepEqual(
        failed.filter(name => name in operation!.nested[0]!.attributes),
        []
      )
    }))

  test('that finds no server has a span, and no command in it', () =>
    withServer(async bench => {
      await bench.member.refuseDials(true)
      const { client, tracer } = traced(bench, {}, { serverSelectionTimeoutMS: 100 })
      await failureOf(client.db('shop').collection('orders').findOne())
      assert.deepEqual(treesOf(tracer), ['find shop.orders'])
      assert.equal(tracer.roots[0]!.attributes['error.type'], 'MongoServerSelectionError')
    }))

  test('that is given up says with what, whatever that is', () =>
    withServer(async bench => {
      const { client, tracer } = traced(bench)
      const aborted = client.db('shop').command({ ping: 1 }, { signal: AbortSignal.abort('enough') })
      await assert.rejects(aborted, reason => reason === 'enough')
      const { attributes } = tracer.roots[0]!
      assert.deepEqual([attributes['exception.type'], attributes['exception.message']], ['string', 'enough'])
      assert.equal('exception.stacktrace' in attributes, false)
    }))

  test('that is not acknowledged has its command', () =>
    withServer(async bench => {
      const { client, tracer } = traced(bench)
      await client
        .db('shop')
        .collection('orders')
        .insertOne({}, { writeConcern: { w: 0 } })
      assert.deepEqual(treesOf(tracer), [['insert shop.orders', 'insert']])
    }))
})

suite('what is not traced', () => {
  test('handshakes and checks of servers', () =>
    withServer(async bench => {
      const { client, tracer } = traced(bench, {}, { minPoolSize: 3, heartbeatFrequencyMS: 500 })
      await client.warmUp()
      await bench.runtime.sleep(5_000)
      assert.deepEqual(treesOf(tracer), [])
    }))

  for (const [what, command] of [
    ['a command that carries credentials', { SaslStart: 1, mechanism: 'PLAIN', payload: 'hunter2' }],
    ['a hello that authenticates', { hello: 1, speculativeAuthenticate: { saslStart: 1, payload: 'hunter2' } }],
    ['a command whose refusal quotes it', { saslStart: 1, mechanism: 'PLAIN', payload: 5, hunter2: 1 }],
    ['a user who is made', { createUser: 'hunter2', pwd: 'hunter2', roles: 'hunter2' }]
  ] as const)
    test(`${what}: neither its span nor its text, and of its failure no more than is harmless`, () =>
      withServer(async bench => {
        const { client, tracer } = traced(bench, { queryTextMaxLength: 1_000 })
        await client
          .db('admin')
          .command(command)
          .catch(() => undefined)
        assert.deepEqual(treesOf(tracer), ['runCommand admin'])
        assert.doesNotMatch(inspect(tracer.roots, { depth: 9 }), /hunter2/)
      }))

  test('anything, unless it is enabled', () =>
    withServer(async bench => {
      for (const enabled of [undefined, false]) {
        const { client, tracer } = traced(bench, { enabled })
        await client.db().command({ ping: 1 })
        assert.deepEqual(treesOf(tracer), [])
      }
    }))

  test('the commands of an operation whose span nobody will see', () =>
    withServer(async bench => {
      const begun: string[] = []
      const unseen = { isRecording: () => false } as Span
      const tracer = {
        startSpan: (name: string) => {
          begun.push(name)
          return unseen
        }
      }
      const { client } = traced(bench, { tracer })
      await client.db('shop').collection('orders').findOne()
      assert.deepEqual(begun, ['find shop.orders'])
    }))
})

suite('the text of a command', () => {
  async function textOf(bench: Bench, queryTextMaxLength: number | undefined): Promise<unknown> {
    const { client, tracer } = traced(bench, { queryTextMaxLength })
    await client.db('shop').collection('orders').findOne({ text: '😀€ß' })
    const [operation] = tracer.roots
    assert.equal('db.query.text' in operation!.attributes, false)
    return operation!.nested[0]!.attributes['db.query.text']
  }

  test('is its relaxed Extended JSON, without what every command carries', () =>
    withServer(async bench => {
      assert.equal(
        await textOf(bench, 1_000),
        '{"find":"orders","filter":{"text":"😀€ß"},"limit":1,"singleBatch":true}'
      )
    }))

  test('is cut after so many code points, and is left out by default', () =>
    withServer(async bench => {
      assert.equal(await textOf(bench, 37), '{"find":"orders","filter":{"text":"😀€...')
      assert.equal(await textOf(bench, 0), undefined)
      assert.equal(await textOf(bench, undefined), undefined)
    }))

  test('has the number of a transaction', () =>
    withServer(
      async bench => {
        const { client, tracer } = traced(bench, { queryTextMaxLength: 1_000 })
        await client
          .db('shop')
          .collection('orders')
          .insertOne({ _id: 1 as never })
        assert.equal(
          tracer.roots[0]!.nested[0]!.attributes['db.query.text'],
          '{"insert":"orders","ordered":true,"txnNumber":1,"documents":[{"_id":1}]}'
        )
      },
      { kind: 'replicaSet' }
    ))
})

suite('a tracer that fails', () => {
  const warnings = /^tracing: the tracer failed: no space left\. Everything else went on/
  const fail = (): never => {
    throw new RangeError('no space left')
  }
  const span: Span = {
    setAttributes: fail,
    setStatus: fail,
    recordException: fail,
    isRecording: () => true,
    end: fail
  }
  for (const [what, startSpan] of [
    ['when a span begins', fail],
    ['whenever a span is told anything', () => span],
    ['by giving what is no span', () => undefined as unknown as Span]
  ] as const)
    test(`${what}: disturbs nothing, and is told once`, () =>
      withServer(
        async bench => {
          const { client } = traced(bench, { tracer: { startSpan } })
          const orders = client.db('shop').collection<{ _id: number }>('orders')
          await orders.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }])
          const error = await failureOf(client.db('shop').command({ noSuchCommand: 1 }))
          assert.ok(error instanceof MongoServerError)
          assert.equal((await orders.find({}, { batchSize: 2 }).toArray()).length, 3)
          assert.equal(bench.runtime.warnings.length, 1)
          assert.equal(bench.runtime.warnings[0]?.code, 'CENOTE_TRACER_FAILED')
        },
        { warnings: what.startsWith('by giving') ? /^tracing: the tracer failed: Cannot read/ : warnings }
      ))
})
