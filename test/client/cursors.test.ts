import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { test } from 'node:test'
import { MongoNetworkError, MongoServerError } from '../../src/errors/index.ts'
import { type Bench, failureOf, withServer } from './bench.ts'

interface Numbered {
  readonly _id: number
}

/** A collection of the documents 0 to `count - 1`, and the commands that the server gets from now on. */
async function numbers({ connect }: Bench, count: number) {
  const client = connect()
  const collection = client.db('shop').collection<Numbered>('numbers')
  await collection.insertMany(Array.from({ length: count }, (_, _id) => ({ _id })))
  return collection
}

const ids = (documents: readonly Numbered[]): number[] => documents.map(({ _id }) => _id)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

test('batches gives an array for each reply, and none that is empty', () =>
  withServer(async bench => {
    const collection = await numbers(bench, 7)
    const batches: number[][] = []
    for await (const batch of collection.find({}, { batchSize: 3 }).batches()) batches.push(ids(batch))
    assert.deepEqual(batches, [[0, 1, 2], [3, 4, 5], [6]])
    for await (const batch of collection.find({ _id: -1 }).batches()) assert.fail(`an empty batch: ${batch.length}`)
  }))

test('batches begins with what is left of a batch, puts documents through map, and ends the cursor when it is left', () =>
  withServer(async bench => {
    const collection = await numbers(bench, 9)
    const cursor = collection.find({}, { batchSize: 3 }).map(({ _id }) => _id * 10)
    assert.equal(await cursor.next(), 0)
    const batches: number[][] = []
    for await (const batch of cursor.batches()) {
      batches.push(batch)
      if (batches.length === 2) break
    }
    assert.deepEqual(batches, [
      [10, 20],
      [30, 40, 50]
    ])
    assert.equal(cursor.closed, true)
    assert.equal(await cursor.next(), null)
    assert.equal(bench.member.openCursors(), 0)
  }))

test('reads of one cursor that do not wait for one another are served in turn, with one fetch at a time', () =>
  withServer(async bench => {
    const collection = await numbers(bench, 5)
    const cursor = collection.find({}, { batchSize: 2 })
    const found = await Promise.all([cursor.next(), cursor.next(), cursor.hasNext(), cursor.next(), cursor.toArray()])
    assert.deepEqual(found, [{ _id: 0 }, { _id: 1 }, true, { _id: 2 }, [{ _id: 3 }, { _id: 4 }]])
    assert.equal(await cursor.next(), null)
  }))

test('two loops over one cursor share its documents', () =>
  withServer(async bench => {
    const collection = await numbers(bench, 20)
    const cursor = collection.find({}, { batchSize: 3 })
    const seen: number[] = []
    const loop = async (): Promise<void> => {
      for await (const { _id } of cursor) seen.push(_id)
    }
    await Promise.all([loop(), loop()])
    assert.deepEqual(
      seen.toSorted((one, other) => one - other),
      upTo(20)
    )
  }))

test('a fetch that fails is told to whoever caused it; who waits behind finds the cursor at its end', () =>
  withServer(async bench => {
    const collection = await numbers(bench, 5)
    const cursor = collection.find({}, { batchSize: 2 })
    assert.equal((await cursor.next())?._id, 0)
    assert.equal((await cursor.next())?._id, 1)
    bench.failCommand(['getMore'], { errorCode: 2 })
    const [first, second] = await Promise.allSettled([cursor.next(), cursor.next()])
    assert.ok(first.status === 'rejected' && first.reason instanceof MongoServerError)
    assert.deepEqual(second, { status: 'fulfilled', value: null })
    await collection.countDocuments()
    assert.equal(bench.member.openCursors(), 0)
  }))

test('a loop rejects when a batch cannot be fetched, with the line of the loop in the stack', () =>
  withServer(async bench => {
    const collection = await numbers(bench, 5)
    bench.failCommand(['getMore'], { closeConnection: true })
    const seen: number[] = []
    const error = await failureOf(
      (async function theLoop() {
        for await (const { _id } of collection.find({}, { batchSize: 2 })) seen.push(_id)
      })()
    )
    assert.ok(error instanceof MongoNetworkError)
    assert.match(error.stack ?? '', /theLoop/)
    assert.deepEqual(seen, [0, 1])
  }))

test("a user's map runs in the caller's context, whether a document had come or not, and its error ends the loop and the cursor", () =>
  withServer(async bench => {
    const collection = await numbers(bench, 6)
    const storage = new AsyncLocalStorage<string>()
    const contexts = new Set<string | undefined>()
    const mapped = (find: ReturnType<typeof collection.find>) =>
      find.map(({ _id }) => {
        contexts.add(storage.getStore())
        if (_id === 5) throw new RangeError('five')
        return _id
      })
    await storage.run('mine', async () => {
      const cursor = mapped(collection.find({}, { batchSize: 2 }))
      const seen: number[] = []
      const error = await failureOf(
        (async () => {
          for await (const id of cursor) seen.push(id)
        })()
      )
      assert.ok(error instanceof RangeError)
      assert.deepEqual(seen, [0, 1, 2, 3, 4])
      assert.equal(cursor.closed, true)
      assert.ok((await failureOf(mapped(collection.find({}, { batchSize: 4 })).toArray())) instanceof RangeError)
      assert.deepEqual(await mapped(collection.find({ _id: { $lt: 5 } }, { batchSize: 4 })).toArray(), upTo(5))
    })
    assert.deepEqual([...contexts], ['mine'])
  }))

test('close during a fetch: what comes is not given, and the server forgets the cursor', () =>
  withServer(async bench => {
    const collection = await numbers(bench, 5)
    const cursor = collection.find({}, { batchSize: 2 })
    const next = cursor.next()
    await cursor.close()
    assert.equal(await next, null)
    assert.equal(await cursor.next(), null)
    await collection.countDocuments()
    assert.equal(bench.member.openCursors(), 0)
  }))

test('a batch of more documents than a call can have arguments', () =>
  withServer(async bench => {
    const count = 150_000
    const collection = await numbers(bench, count)
    const documents = await collection.find({}, { batchSize: count - 1 }).toArray()
    assert.equal(documents.length, count)
  }))
