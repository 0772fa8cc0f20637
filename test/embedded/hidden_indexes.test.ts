/** Indexes that collMod hides and shows again. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Document } from '../../src/bson/index.ts'
import { type Bench, withStandalone } from './bench.ts'
import { int, ok } from './raw_client.ts'
import { nearest, withReplicaSet } from './replica_bench.ts'
import { succeeds } from './transaction_bench.ts'
import { Watch, withPrimary } from './watching.ts'

const unique = { createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'a', unique: true }] }
const hide = (hidden: boolean, by: Document = { name: 'a' }): Document => ({ collMod: 'c', index: { ...by, hidden } })

function withIndex(act: (bench: Bench) => Promise<void>): Promise<void> {
  return withStandalone(async bench => {
    await bench.run(unique)
    await act(bench)
  })
}

const listed = async ({ run }: Pick<Bench, 'run'>): Promise<Document[]> =>
  (await run({ listIndexes: 'c' }))['cursor'].firstBatch

describe('an index', () => {
  test('is hidden and shown again, by its name or its key', () =>
    withIndex(async bench => {
      const { run, refused } = bench
      assert.deepEqual(await run(hide(true)), { hidden_old: false, hidden_new: true, ...ok })
      assert.deepEqual((await listed(bench))[1], {
        v: int(2),
        key: { a: int(1) },
        name: 'a',
        unique: true,
        hidden: true
      })
      await refused({ find: 'c', hint: 'a' }, 2, 'BadValue')
      assert.deepEqual(await run(hide(true)), { hidden_old: true, hidden_new: true, ...ok })
      assert.deepEqual(await run(hide(false, { keyPattern: { a: 1 } })), { hidden_old: true, hidden_new: false, ...ok })
      assert.deepEqual((await listed(bench))[1], { v: int(2), key: { a: int(1) }, name: 'a', unique: true })
      succeeds(await run({ find: 'c', hint: 'a' }))
    }))

  test('that is hidden is unique all the same', () =>
    withIndex(async ({ run }) => {
      await run({ insert: 'c', documents: [{ _id: 1, a: 1 }] })
      await run(hide(true))
      const { writeErrors } = await run({ insert: 'c', documents: [{ _id: 2, a: 1 }] })
      assert.deepEqual(writeErrors[0].code, int(11_000))
      await run({ delete: 'c', deletes: [{ q: { _id: 1 }, limit: 1 }] })
      succeeds(await run({ insert: 'c', documents: [{ _id: 2, a: 1 }] }))
    }))

  const refusals: readonly [index: Document, code: number, name: string][] = [
    [{ hidden: true }, 72, 'InvalidOptions'],
    [{ name: 'a', keyPattern: { a: 1 }, hidden: true }, 72, 'InvalidOptions'],
    [{ name: 'a' }, 72, 'InvalidOptions'],
    [{ name: 'b', hidden: true }, 27, 'IndexNotFound'],
    [{ keyPattern: { b: 1 }, hidden: true }, 27, 'IndexNotFound'],
    [{ name: '_id_', hidden: true }, 2, 'BadValue'],
    [{ name: 'a', unique: true }, 238, 'NotImplemented'],
    [{ name: 'a', prepareUnique: true }, 238, 'NotImplemented'],
    [{ name: 'a', expireAfterSeconds: 1 }, 238, 'NotImplemented'],
    [{ name: 'a', other: 1 }, 40415, 'IDLUnknownField']
  ]
  for (const [index, code, name] of refusals)
    test(`is not changed by ${JSON.stringify(index)}`, () =>
      withIndex(async bench => {
        await bench.refused({ collMod: 'c', index }, code, name)
        assert.equal((await listed(bench))[1]?.['hidden'], undefined)
      }))

  test('of a view there is none', () =>
    withStandalone(async ({ run, refused }) => {
      await run({ create: 'c', viewOn: 'd' })
      await refused(hide(true), 72, 'InvalidOptions')
    }))

  test('is hidden on all members', () =>
    withReplicaSet(async ({ member, connect }) => {
      const raw = await connect(member(0))
      await raw.command('test', unique)
      succeeds(await raw.command('test', { ...hide(true), writeConcern: { w: 3 } }))
      const secondary = await connect(member(1))
      const { cursor } = await secondary.command('test', { listIndexes: 'c', ...nearest })
      assert.equal(cursor.firstBatch[1].hidden, true)
    }))

  test('that changes is told to those who ask for all events, and nothing is told of the collection', () =>
    withPrimary(async ({ client, run }) => {
      await run(unique)
      const watch = await Watch.open(client, { showExpandedEvents: true })
      await run(hide(true))
      await run(hide(true))
      const events = await watch.more()
      assert.deepEqual(
        events.map(({ operationType, operationDescription }) => [operationType, operationDescription]),
        [['modify', { index: { name: 'a', hidden: true } }]]
      )
    }))
})
