import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Int32, Timestamp } from '../../src/bson/index.ts'
import { CommandFailure } from '../../src/embedded/failure.ts'
import { type BSONDocument, type BSONValue, decodeDocument, encodeDocument } from '../../src/embedded/query/index.ts'
import {
  SnapshotHistory,
  snapshotHistoryMSMax,
  undoBytesMax,
  undoStepBytes
} from '../../src/embedded/replication/snapshot_history.ts'
import { IndexDefinition, type Namespace, Store } from '../../src/embedded/store/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { withReplicaSet } from './replica_bench.ts'
import { seeded } from './query/arbitraries.ts'

const nearest = { $readPreference: { mode: 'nearest' } }

/** One change of a store; what does not apply does nothing. */
type Change = readonly [what: number, collection: number, id: number]

const changes = fc.array(fc.tuple(fc.nat(6), fc.nat(2), fc.nat(5)), { minLength: 1, maxLength: 40 })

function placeOf(collection: number): Namespace {
  return { database: 'db', collection: `c${collection}` }
}

function documentOf(id: number, value: number): BSONDocument {
  return new Map<string, BSONValue>([
    ['_id', new Int32(id)],
    ['value', new Int32(value)]
  ])
}

const index = new IndexDefinition(
  new Map<string, BSONValue>([
    ['key', new Map([['value', new Int32(1)]])],
    ['name', 'value_1']
  ])
)

function make(store: Store, [what, collection, id]: Change, value: number): void {
  const place = placeOf(collection)
  const found = store.find(place)
  const record = found?.recordOf(new Int32(id))
  const before = record === undefined ? undefined : decodeDocument(found?.bytesOf(record) ?? new Uint8Array())
  if (what === 0 && before === undefined) store.findOrCreate(place).insert(documentOf(id, value))
  else if (what === 1 && found !== undefined && record !== undefined && before !== undefined) {
    const after = documentOf(id, value)
    found.replace(record, before, after, encodeDocument(after))
  } else if (what === 2 && found !== undefined && record !== undefined && before !== undefined)
    found.remove(record, before)
  else if (what === 3) store.drop(place)
  else if (what === 4 && found !== undefined && store.find(placeOf(id)) === undefined) store.rename(place, placeOf(id))
  else if (what === 5 && found !== undefined && !hasIndex(store, place)) found.createIndex(index)
  else if (what === 6 && hasIndex(store, place)) found?.dropIndex(index.name)
}

function hasIndex(store: Store, place: Namespace): boolean {
  return store.find(place)?.indexes.some(({ name }) => name === index.name) === true
}

/** All that is in a store, whatever the order of its documents. */
function contentOf(store: Store): unknown {
  const collections = [...store.databases().values()].flatMap(each => [...each.values()])
  return collections
    .map(collection => ({
      namespace: collection.namespace,
      uuid: collection.uuid.toString('hex'),
      indexes: collection.indexes.map(({ name }) => name).sort(),
      documents: [...collection.records()].map(([, bytes]) => Buffer.from(bytes).toString('hex')).sort()
    }))
    .sort((one, other) => (one.namespace < other.namespace ? -1 : 1))
}

describe('the history of a store', () => {
  test('gives back each state that it has seen, whatever has changed since', () => {
    fc.assert(
      fc.property(changes, made => {
        const store = new Store(virtualRuntime({ seed: 1 }).chance)
        const history = new SnapshotHistory()
        let time = 1n
        store.recorder = (_change, undo) => history.record(time, 0, undo)
        const states = made.map((change, at) => {
          time += 1n
          make(store, change, at)
          return [time, contentOf(store)] as const
        })
        for (const [at, content] of states) assert.deepEqual(contentOf(history.storeAt(at, store)), content)
        assert.deepEqual(contentOf(history.storeAt(1n, store)), [])
        assert.deepEqual(contentOf(store), states.at(-1)?.[1], 'the store itself is as it was')
      }),
      seeded
    )
  })

  test('goes back for as long as it says, and no further', () => {
    const store = new Store(virtualRuntime({ seed: 1 }).chance)
    const history = new SnapshotHistory()
    let [time, wallMS] = [1n << 32n, 1_000]
    store.recorder = (_change, undo) => history.record(time, wallMS, undo)
    const collection = store.create(placeOf(0))
    collection.insert(documentOf(1, 0))
    const insertedAt = time
    ;[time, wallMS] = [2n << 32n, wallMS + snapshotHistoryMSMax + 1]
    collection.insert(documentOf(2, 0))
    assert.equal(history.storeAt(insertedAt, store).find(placeOf(0))?.size, 1)
    assert.throws(
      () => history.storeAt(insertedAt - 1n, store),
      (error: unknown) => error instanceof CommandFailure && error.codeName === 'SnapshotTooOld'
    )
    history.restartAt(time)
    assert.throws(() => history.storeAt(insertedAt, store), /before 2 s, the earliest that this member can read at/)
    assert.equal(history.storeAt(time, store), store)
  })

  test('has a limit for changes that are taken back without a document too, as inserts are', () => {
    const store = new Store(virtualRuntime({ seed: 1 }).chance)
    const history = new SnapshotHistory()
    const stepsMax = undoBytesMax / undoStepBytes
    for (let time = 1; time <= stepsMax; time++) history.record(BigInt(time), 0, [])
    assert.deepEqual(contentOf(history.storeAt(0n, store)), [])
    history.record(BigInt(stepsMax + 1), 0, [])
    assert.throws(
      () => history.storeAt(0n, store),
      (error: unknown) => error instanceof CommandFailure && error.codeName === 'SnapshotTooOld'
    )
  })
})

const insert = { insert: 'c', documents: [{ _id: 1 }] }

function timeOf({ $timestamp }: { readonly $timestamp: { readonly t: number; readonly i: number } }): Timestamp {
  return new Timestamp($timestamp)
}

describe('a read concern of the level snapshot', () => {
  test('reads what a majority has, says as of when, and can be read again on any member that has got so far', () =>
    withReplicaSet(async ({ member, connect, runtime }) => {
      const raw = await connect(member(0))
      await raw.command('test', { ...insert, writeConcern: { w: 3 } })
      for (const each of [1, 2]) member(each).replicationDelayMS = 400
      await raw.command('test', { insert: 'c', documents: [{ _id: 2 }], writeConcern: { w: 1 } })
      const beganMS = runtime.clock.nowMS()
      const first = await raw.command('test', { find: 'c', readConcern: { level: 'snapshot' } })
      assert.ok(runtime.clock.nowMS() - beganMS < 5, 'nothing is waited for')
      assert.equal(first['cursor'].firstBatch.length, 1)
      const atClusterTime = timeOf(first['cursor'].atClusterTime)
      await raw.command('test', { update: 'c', updates: [{ q: {}, u: { $set: { a: 1 } }, multi: true }] })
      const readConcern = { level: 'snapshot', atClusterTime }
      for (const index of [0, 1]) {
        const client = await connect(member(index))
        const found = await client.command('test', { find: 'c', readConcern, ...nearest })
        assert.deepEqual(found['cursor'].firstBatch, [{ _id: { $numberInt: '1' } }])
        assert.deepEqual(found['cursor'].atClusterTime, first['cursor'].atClusterTime)
        const pipeline = { aggregate: 'c', pipeline: [{ $project: { a: 1 } }], cursor: {}, readConcern, ...nearest }
        assert.deepEqual((await client.command('test', pipeline))['cursor'].firstBatch, [{ _id: { $numberInt: '1' } }])
        const values = await client.command('test', { distinct: 'c', key: '_id', readConcern, ...nearest })
        assert.deepEqual(values['values'], [{ $numberInt: '1' }])
        assert.deepEqual(values['atClusterTime'], first['cursor'].atClusterTime)
      }
    }))

  test('at a time that a majority has not got yet waits for it', () =>
    withReplicaSet(async ({ member, connect, runtime }) => {
      for (const each of [1, 2]) member(each).replicationDelayMS = 400
      const raw = await connect(member(0))
      const { operationTime } = await raw.command('test', { ...insert, writeConcern: { w: 1 } })
      const beganMS = runtime.clock.nowMS()
      const readConcern = { level: 'snapshot', atClusterTime: timeOf(operationTime) }
      const found = await raw.command('test', { find: 'c', readConcern })
      assert.equal(found['cursor'].firstBatch.length, 1)
      assert.ok(runtime.clock.nowMS() - beganMS > 390)
    }))

  test('is refused where a server refuses it', () =>
    withReplicaSet(async ({ member, connect }) => {
      const raw = await connect(member(0))
      const { operationTime } = await raw.command('test', insert)
      const time = timeOf(operationTime)
      const far = new Timestamp({ t: time.t + 1_000, i: 1 })
      const refused = async (command: object, codeName: string): Promise<void> =>
        assert.equal((await raw.command('test', command))['codeName'], codeName, JSON.stringify(command))
      const snapshot = { readConcern: { level: 'snapshot' } }
      for (const command of [insert, { count: 'c' }, { listIndexes: 'c' }, { ping: 1 }])
        await refused({ ...command, ...snapshot }, 'InvalidOptions')
      const read = (readConcern: object): object => ({ find: 'c', readConcern })
      await refused(read({ atClusterTime: time }), 'InvalidOptions')
      await refused(read({ level: 'majority', atClusterTime: time }), 'InvalidOptions')
      await refused(read({ level: 'snapshot', atClusterTime: time, afterClusterTime: time }), 'InvalidOptions')
      await refused(read({ level: 'snapshot', atClusterTime: far }), 'InvalidOptions')
      await refused(read({ level: 'snapshot', atClusterTime: 5 }), 'TypeMismatch')
      await refused(read({ level: 'linearizable' }), 'NotImplemented')
    }))

  test('is too old for a member that has copied its data since', () =>
    withReplicaSet(async ({ member, connect, runtime }) => {
      const raw = await connect(member(0))
      await raw.command('test', { ...insert, writeConcern: { w: 3 } })
      const first = await raw.command('test', { find: 'c', readConcern: { level: 'snapshot' } })
      const readConcern = { level: 'snapshot', atClusterTime: timeOf(first['cursor'].atClusterTime) }
      await member(2).stop()
      const text = 'x'.repeat(10_000_000)
      for (let _id = 10; _id < 17; _id++) await raw.command('test', { insert: 'c', documents: [{ _id, text }] })
      await member(2).restart()
      await runtime.sleep(1_000)
      await raw.command('test', { insert: 'c', documents: [{ _id: 20 }], writeConcern: { w: 3 } })
      const secondary = await connect(member(2))
      const found = await secondary.command('test', { find: 'c', readConcern, ...nearest })
      assert.equal(found['codeName'], 'SnapshotTooOld')
    }))
})
