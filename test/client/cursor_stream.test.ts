import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { type Collection, MongoAPIError, MongoClientClosedError, MongoNetworkError } from '../../src/client/index.ts'
import { type Bench, failureOf, type MongoClient, withServer } from './bench.ts'

interface Numbered {
  readonly _id: number
}

interface Streamed {
  readonly bench: Bench
  readonly client: MongoClient
  readonly collection: Collection<Numbered>
  /** How many of these commands have been sent. */
  readonly sent: (name: string) => number
}

/** A capped collection of the documents 0 to `count - 1`. */
function withNumbers(count: number, act: (streamed: Streamed) => Promise<void>): Promise<void> {
  return withServer(async bench => {
    const client = bench.connect()
    const db = client.db('shop')
    await db.createCollection('numbers', { capped: true, size: 1_000_000 })
    const collection = db.collection<Numbered>('numbers')
    await collection.insertMany(Array.from({ length: count }, (_, _id) => ({ _id })))
    const names: string[] = []
    client.on('commandStarted', ({ commandName }) => names.push(commandName))
    await act({ bench, client, collection, sent: name => names.filter(each => each === name).length })
  })
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
const idOf = ({ _id }: Numbered): number => _id

/** A writer that takes a millisecond of virtual time for each object. */
function slow({ runtime }: Bench, taken: unknown[]): Writable {
  return new Writable({
    objectMode: true,
    highWaterMark: 1,
    write(object, _encoding, done) {
      taken.push(object)
      const written = (): void => done()
      void runtime.sleep(1).then(written)
    }
  })
}

test('a stream asks for nothing before it is read, and for no more than it is read for', () =>
  withNumbers(200, async ({ bench, collection, sent }) => {
    const cursor = collection.find({}, { batchSize: 5 })
    const stream = cursor.stream()
    await bench.runtime.sleep(100)
    assert.equal(sent('find'), 0)
    stream.once('readable', () => undefined)
    await bench.runtime.sleep(1_000)
    // It holds sixteen, and the cursor what is left of the batch with the last of them.
    assert.equal(stream.readableLength, 16)
    assert.equal(stream.readableLength + cursor.bufferedCount(), 20)
    assert.equal(sent('getMore'), 3)
    for (let times = 0; times < 16; times++) stream.read()
    await bench.runtime.sleep(1_000)
    assert.ok(stream.readableLength <= 16)
    assert.ok(sent('getMore') <= 7, `${sent('getMore')} getMores`)
    stream.destroy()
    await once(stream, 'close')
    assert.equal(bench.member.openCursors(), 0)
  }))

test('a slow reader gets all documents in their order, and then the end and the close', () =>
  withNumbers(100, async ({ bench, collection }) => {
    const stream = collection.find({}, { batchSize: 7 }).map(idOf).stream()
    const told: string[] = []
    for (const name of ['end', 'close', 'error']) stream.on(name, () => told.push(name))
    const taken: unknown[] = []
    await pipeline(stream, slow(bench, taken))
    assert.deepEqual(taken, upTo(100))
    await bench.runtime.sleep(1)
    assert.deepEqual(told, ['end', 'close'])
    assert.equal(bench.member.openCursors(), 0)
  }))

test('transform comes after map, and what either throws or cannot be carried ends the stream and the cursor', () =>
  withNumbers(20, async ({ bench, collection }) => {
    const read: unknown[] = []
    const texts = collection
      .find({}, { batchSize: 3, limit: 4 })
      .map(idOf)
      .stream({ transform: id => `#${id}` })
    for await (const text of texts) read.push(text)
    assert.deepEqual(read, ['#0', '#1', '#2', '#3'])
    const fail = (id: number): never => {
      throw new RangeError(`${id}`)
    }
    const streams = [
      collection
        .find({}, { batchSize: 3 })
        .map(idOf)
        .stream({ transform: id => (id === 4 ? fail(id) : id) }),
      collection
        .find({}, { batchSize: 3 })
        .map(({ _id }) => (_id === 4 ? fail(_id) : _id))
        .stream()
    ]
    for (const stream of streams) {
      const seen: unknown[] = []
      const error = await failureOf(
        (async () => {
          for await (const id of stream) seen.push(id)
        })()
      )
      assert.ok(error instanceof RangeError)
      assert.equal(error.message, '4')
      await bench.runtime.sleep(10)
      assert.equal(bench.member.openCursors(), 0)
    }
    for (const nothing of [null, undefined]) {
      const error = await failureOf(pipeline(collection.find().stream({ transform: () => nothing }), slow(bench, [])))
      assert.ok(error instanceof MongoAPIError)
      assert.match(error.message, new RegExp(`a document became ${nothing}, which a stream cannot carry`))
    }
  }))

test('a stream that waits for documents is closed at once when it is destroyed', () =>
  withNumbers(2, async ({ bench, collection }) => {
    const stream = collection.find({}, { tailable: true, awaitData: true, maxAwaitTimeMS: 60_000 }).stream()
    const seen: unknown[] = []
    stream.on('data', ({ _id }: Numbered) => seen.push(_id))
    await bench.runtime.sleep(500)
    await collection.insertOne({ _id: 2 })
    await bench.runtime.sleep(500)
    assert.deepEqual(seen, [0, 1, 2])
    const beganMS = bench.nowMS()
    stream.destroy()
    await once(stream, 'close')
    assert.ok(bench.nowMS() - beganMS < 20)
    assert.equal(bench.member.openCursors(), 0)
  }))

test('what ends the cursor is the error of the stream: the connection, the client, a signal', () =>
  withNumbers(20, async ({ bench, client, collection }) => {
    bench.failCommand(['getMore'], { closeConnection: true })
    const cut = pipeline(collection.find({}, { batchSize: 3 }).stream(), slow(bench, []))
    assert.ok((await failureOf(cut)) instanceof MongoNetworkError)
    for (const reason of [new RangeError('enough'), 'enough']) {
      const controller = new AbortController()
      const options = { tailable: true, awaitData: true, signal: controller.signal }
      const aborted = failureOf(pipeline(collection.find({}, options).stream(), slow(bench, [])))
      await bench.runtime.sleep(500)
      controller.abort(reason)
      const error = await aborted
      if (reason instanceof Error) assert.equal(error, reason)
      else assert.ok(error instanceof MongoAPIError && error.cause === reason)
    }
    const taken: unknown[] = []
    const left = failureOf(pipeline(collection.find({}, { batchSize: 3 }).stream(), slow(bench, taken)))
    await bench.runtime.sleep(5)
    await client.shutdown()
    assert.ok((await left) instanceof MongoClientClosedError)
    assert.deepEqual(
      taken.map(each => idOf(each as Numbered)),
      upTo(taken.length)
    )
    assert.ok(taken.length < 20)
  }))

test('streams and other readers of one cursor share its documents', () =>
  withNumbers(50, async ({ bench, collection }) => {
    const cursor = collection.find({}, { batchSize: 3 }).map(idOf)
    const taken: unknown[] = []
    const loop = async (): Promise<void> => {
      for await (const id of cursor) taken.push(id)
    }
    await Promise.all([
      pipeline(cursor.stream(), slow(bench, taken)),
      loop(),
      pipeline(cursor.stream(), slow(bench, taken))
    ])
    assert.deepEqual(
      (taken as number[]).toSorted((one, other) => one - other),
      upTo(50)
    )
  }))
