/** Validators of collections in the embedded deployment. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Document } from '../../src/bson/index.ts'
import { type Bench, withStandalone } from './bench.ts'
import { int } from './raw_client.ts'
import { nearest, withReplicaSet } from './replica_bench.ts'
import { failureOf, succeeds, Txn, withOne } from './transaction_bench.ts'

const validator = { a: { $type: 'string' } }
const wrong = { _id: 1, a: 1 }

function withValidator(options: Document, act: (bench: Bench) => Promise<void>): Promise<void> {
  return withStandalone(async bench => {
    succeeds(await bench.run({ create: 'c', validator, ...options }))
    await act(bench)
  })
}

const inserted = async ({ run }: Pick<Bench, 'run'>, document: Document, more: Document = {}): Promise<Document> =>
  run({ insert: 'c', documents: [document], ...more })

function assertRefused(failure: Document | undefined, id: number): void {
  assert.ok(failure !== undefined)
  const specifiedAs = { a: { $type: 'string' } }
  const reason = 'the document does not match the validator of the collection'
  const errInfo = { failingDocumentId: int(id), details: { specifiedAs, reason } }
  assert.deepEqual([failure['code'], failure['errInfo']], [int(121), errInfo])
  assert.match(String(failure['errmsg']), /Document failed validation$/)
}

describe('a validator refuses', () => {
  test('an insert, and takes what matches', () =>
    withValidator({}, async bench => {
      assertRefused((await inserted(bench, wrong))['writeErrors'][0], 1)
      assert.deepEqual((await inserted(bench, { _id: 1, a: 'x' }))['n'], int(1))
    }))

  const changes: readonly (readonly [what: string, command: Document, id: number])[] = [
    ['an update', { update: 'c', updates: [{ q: { _id: 9 }, u: { $set: { a: 1 } } }] }, 9],
    ['a replacement', { update: 'c', updates: [{ q: { _id: 9 }, u: { b: 1 } }] }, 9],
    ['a pipeline', { update: 'c', updates: [{ q: { _id: 9 }, u: [{ $unset: 'a' }] }] }, 9],
    ['an upsert', { update: 'c', updates: [{ q: { _id: 1 }, u: { $set: { a: 1 } }, upsert: true }] }, 1]
  ]
  for (const [what, command, id] of changes)
    test(what, () =>
      withValidator({}, async bench => {
        await inserted(bench, { _id: 9, a: 'x' })
        assertRefused((await bench.run(command))['writeErrors'][0], id)
        assert.deepEqual((await bench.run({ find: 'c' }))['cursor'].firstBatch, [{ _id: int(9), a: 'x' }])
        assert.deepEqual((await bench.run({ ...command, bypassDocumentValidation: true }))['n'], int(1))
      })
    )

  test('findAndModify, a bulk write, $merge and $out', () =>
    withValidator({}, async ({ run, client }) => {
      await run({ insert: 'source', documents: [wrong] })
      await run({ insert: 'c', documents: [{ _id: 9, a: 'x' }] })
      const bypassDocumentValidation = true
      const modify = { findAndModify: 'c', query: { _id: 9 }, update: { $set: { a: 1 } } }
      assertRefused(await run(modify), 9)
      const pipeline = (stage: Document): Document => ({ aggregate: 'source', pipeline: [stage], cursor: {} })
      for (const stage of [{ $merge: 'c' }, { $merge: { into: 'c', whenMatched: 'fail' } }, { $out: 'c' }])
        assertRefused(await run(pipeline(stage)), 1)
      assert.deepEqual((await run({ count: 'c' }))['n'], int(1))
      const bulk = { bulkWrite: 1, ops: [{ insert: 0, document: wrong }], nsInfo: [{ ns: 'test.c' }] }
      assertRefused((await client.command('admin', bulk))['cursor'].firstBatch[0], 1)
      const bypassed = await client.command('admin', { ...bulk, bypassDocumentValidation })
      assert.deepEqual(bypassed['nErrors'], int(0))
      succeeds(await run({ ...modify, bypassDocumentValidation }))
      succeeds(await run({ ...pipeline({ $merge: 'c' }), bypassDocumentValidation }))
      succeeds(await run({ ...pipeline({ $out: 'c' }), bypassDocumentValidation }))
      assert.deepEqual((await run({ find: 'c' }))['cursor'].firstBatch, [{ _id: int(1), a: int(1) }])
      assertRefused((await run({ insert: 'c', documents: [{ _id: 2 }] }))['writeErrors'][0], 2)
    }))

  test('nothing that stays as it is, and nothing that is there already', () =>
    withStandalone(async bench => {
      await inserted(bench, wrong)
      succeeds(await bench.run({ collMod: 'c', validator }))
      assert.deepEqual((await bench.run({ count: 'c' }))['n'], int(1))
      const same = await bench.run({ update: 'c', updates: [{ q: { _id: 1 }, u: { $set: { a: 1 } } }] })
      assert.deepEqual([same['n'], same['nModified']], [int(1), int(0)])
    }))
})

test('moderate: what is wrong already may stay wrong', () =>
  withStandalone(async bench => {
    await inserted(bench, wrong)
    await inserted(bench, { _id: 2, a: 'x' })
    succeeds(await bench.run({ collMod: 'c', validator, validationLevel: 'moderate' }))
    const update = (_id: number): Document => ({ update: 'c', updates: [{ q: { _id }, u: { $set: { a: 5 } } }] })
    assert.deepEqual((await bench.run(update(1)))['nModified'], int(1))
    assertRefused((await bench.run(update(2)))['writeErrors'][0], 2)
    assertRefused((await inserted(bench, { _id: 3 }))['writeErrors'][0], 3)
  }))

for (const options of [{ validationLevel: 'off' }, { validationAction: 'warn' }])
  test(`${JSON.stringify(options)} takes everything`, () =>
    withValidator(options, async bench => {
      assert.deepEqual((await inserted(bench, wrong))['n'], int(1))
      const listed = await bench.run({ listCollections: 1 })
      assert.deepEqual(listed['cursor'].firstBatch[0].options, { validator, ...options })
    }))

test('collMod takes a validator away, and leaves it where it says nothing of it', () =>
  withValidator({}, async bench => {
    succeeds(await bench.run({ collMod: 'c', changeStreamPreAndPostImages: { enabled: true } }))
    assertRefused((await inserted(bench, wrong))['writeErrors'][0], 1)
    succeeds(await bench.run({ collMod: 'c', validator: {} }))
    assert.deepEqual((await inserted(bench, wrong))['n'], int(1))
  }))

const refusals: readonly [Document, number, string][] = [
  [{ validator: 1 }, 14, 'TypeMismatch'],
  [{ validator: { a: { $nope: 1 } } }, 2, 'BadValue'],
  [{ validator: { $jsonSchema: {} } }, 238, 'NotImplemented'],
  [{ validator: { $expr: { $gt: ['$a', 1] } } }, 238, 'NotImplemented'],
  [{ validationLevel: 'low' }, 2, 'BadValue'],
  [{ validationAction: 'errorAndLog' }, 2, 'BadValue'],
  [{ validator, viewOn: 'x' }, 72, 'InvalidOptions']
]
for (const [options, code, name] of refusals)
  test(`${JSON.stringify(options)} is refused, and makes nothing`, () =>
    withStandalone(async ({ refused, run }) => {
      await refused({ create: 'c', ...options }, code, name)
      assert.deepEqual((await run({ listCollections: 1 }))['cursor'].firstBatch, [])
      await run({ create: 'd' })
      await refused({ collMod: 'd', ...options }, code, name)
      assert.deepEqual((await run({ listCollections: 1 }))['cursor'].firstBatch[0].options, {})
    }))

test('a validator is on all members, and outlives an election', () =>
  withReplicaSet(async ({ deployment, member, connect, primary, runtime }) => {
    const raw = await connect(member(0))
    succeeds(await raw.command('test', { create: 'c', validator }))
    await raw.command('test', {
      insert: 'c',
      documents: [wrong],
      bypassDocumentValidation: true,
      writeConcern: { w: 3 }
    })
    await deployment.stepDown()
    const elected = await connect(member(await primary()))
    await runtime.sleep(50)
    assertRefused((await elected.command('test', { insert: 'c', documents: [{ _id: 2 }] }))['writeErrors'][0], 2)
    const { cursor } = await elected.command('test', { find: 'c', ...nearest })
    assert.deepEqual(cursor.firstBatch, [{ _id: int(1), a: int(1) }])
  }))

test('in a transaction it fails the transaction', () =>
  withOne(async raw => {
    succeeds(await raw.command('test', { collMod: 'c', validator: { n: { $gte: 0 } } }))
    const txn = new Txn(raw, 1)
    succeeds(await txn.increment(1))
    const reply = await txn.command({ update: 'c', updates: [{ q: { _id: 2 }, u: { $set: { n: -1 } } }] })
    assert.deepEqual(reply['writeErrors'][0].code, int(121))
    assert.equal(failureOf(await txn.commit()).code, 251)
  }))
