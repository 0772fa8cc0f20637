/** `$merge` in the embedded deployment, by the wire: what it writes, and what it refuses. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BSON, type Document } from '../../src/bson/index.ts'
import { withStandalone } from './bench.ts'
import { aggregate, contents, merge, withSource, written } from './output_bench.ts'
import { int } from './raw_client.ts'

describe('$merge', () => {
  const target = [
    { _id: 2, a: 20, b: 'kept' },
    { _id: 7, a: 70 }
  ]
  const untouched = { _id: 7, a: 70 }
  const modes: readonly [what: string, more: Document, expected: Document[]][] = [
    ['by default merges and inserts', {}, [{ _id: 1, a: 1 }, { _id: 2, a: 2, b: 'kept' }, { _id: 3, a: 3 }, untouched]],
    ['merge, discard', { whenNotMatched: 'discard' }, [{ _id: 2, a: 2, b: 'kept' }, untouched]],
    ['replace, insert', { whenMatched: 'replace' }, [{ _id: 1, a: 1 }, { _id: 2, a: 2 }, { _id: 3, a: 3 }, untouched]],
    ['replace, discard', { whenMatched: 'replace', whenNotMatched: 'discard' }, [{ _id: 2, a: 2 }, untouched]],
    [
      'keepExisting, insert',
      { whenMatched: 'keepExisting' },
      [{ _id: 1, a: 1 }, { _id: 2, a: 20, b: 'kept' }, { _id: 3, a: 3 }, untouched]
    ],
    [
      'a pipeline over what is there, which sees the document that comes; what is inserted is that as it is',
      { whenMatched: [{ $set: { a: { $add: ['$a', '$$new.a'] } } }] },
      [{ _id: 1, a: 1 }, { _id: 2, a: 22, b: 'kept' }, { _id: 3, a: 3 }, untouched]
    ],
    [
      'a pipeline with variables, discard',
      {
        let: { more: { $multiply: ['$a', 100] }, none: '$none' },
        whenMatched: [{ $set: { a: '$$more', none: '$$none' } }],
        whenNotMatched: 'discard'
      },
      [{ _id: 2, a: 200, b: 'kept' }, untouched]
    ]
  ]
  for (const [what, more, expected] of modes)
    test(what, () =>
      withSource(async bench => {
        await bench.run({ insert: 'target', documents: target })
        await written(bench, merge(more))
        assert.deepEqual(await contents(bench), expected)
      })
    )

  test('fails where a document is not matched, and has written all others', () =>
    withSource(async bench => {
      await bench.run({
        insert: 'target',
        documents: [
          { _id: 3, a: 30 },
          { _id: 1, a: 10 }
        ]
      })
      const command = aggregate(merge({ whenMatched: 'replace', whenNotMatched: 'fail' }))
      await bench.refused(command, 13_113, 'MergeStageNoMatchingDocument')
      assert.deepEqual(await contents(bench), [
        { _id: 1, a: 1 },
        { _id: 3, a: 3 }
      ])
    }))

  test('fails where a document is matched, with its key, and has inserted all others', () =>
    withSource(async bench => {
      await bench.run({ insert: 'target', documents: [{ _id: 2 }] })
      const reply = await bench.run(aggregate(merge({ whenMatched: 'fail' })))
      assert.deepEqual(
        [reply['code'], reply['keyValue'], reply['keyPattern']],
        [int(11_000), { _id: int(2) }, { _id: int(1) }]
      )
      assert.deepEqual(await contents(bench), [{ _id: 1, a: 1 }, { _id: 2 }, { _id: 3, a: 3 }])
    }))

  test('into: a name, a collection, a collection of another database; nothing makes none', () =>
    withSource(async bench => {
      await written(bench, { $match: { _id: 1 } }, { $merge: 'target' })
      await written(bench, { $match: { _id: 2 } }, { $merge: { into: { coll: 'target' } } })
      assert.deepEqual(await contents(bench), [
        { _id: 1, a: 1 },
        { _id: 2, a: 2 }
      ])
      await written(bench, { $merge: { into: { db: 'other', coll: 'target' } } })
      assert.deepEqual((await bench.client.command('other', { count: 'target' }))['n'], int(3))
      await written(bench, { $match: { _id: 9 } }, { $merge: 'none' })
      const { cursor } = await bench.run({ listCollections: 1, filter: { name: 'none' } })
      assert.deepEqual(cursor.firstBatch, [])
    }))

  test('into the collection that it reads', () =>
    withSource(async bench => {
      await written(bench, { $set: { a: { $multiply: ['$a', 2] } } }, { $merge: 'c' })
      assert.deepEqual(await contents(bench, 'c'), [
        { _id: 1, a: 2 },
        { _id: 2, a: 4 },
        { _id: 3, a: 6 }
      ])
    }))

  test('on fields of a unique index, in any order, elements of arrays of the target among them', () =>
    withSource(async bench => {
      const { run } = bench
      const key = { 'o.x': 1, a: -1 }
      await run({ createIndexes: 'target', indexes: [{ key, name: 'xa', unique: true }] })
      await run({ insert: 'target', documents: [{ _id: 'one', a: 1, o: [{ x: 5 }, { x: 6 }], b: 1 }] })
      const shape = { $project: { _id: 0, a: 1, o: { x: { $literal: 5 } } } }
      await written(
        bench,
        shape,
        { $match: { a: { $lt: 3 } } },
        merge({ on: ['a', 'o.x'], whenMatched: 'keepExisting' })
      )
      const [kept, inserted] = await contents(bench)
      assert.deepEqual(kept, { _id: 'one', a: 1, o: [{ x: 5 }, { x: 6 }], b: 1 })
      assert.deepEqual(
        [inserted?.['a'], inserted?.['o'], inserted?.['_id'] instanceof BSON.ObjectId],
        [2, { x: 5 }, true]
      )
    }))

  test('a document without the _id that it is to be matched by is a new one', () =>
    withSource(async bench => {
      await written(bench, { $project: { _id: 0 } }, merge({ whenNotMatched: 'insert' }))
      const all = await contents(bench)
      assert.deepEqual(all.map(({ a }) => String(a)).toSorted(), ['1', '2', '3'])
      assert.ok(all.every(({ _id }) => _id instanceof BSON.ObjectId))
    }))

  test('looks at all documents before it writes the first', () =>
    withSource(async bench => {
      const { run, refused } = bench
      await run({ createIndexes: 'target', indexes: [{ key: { 'b.c': 1 }, name: 'b', unique: true }] })
      for (const [b, code] of [
        [{ c: [1] }, 51185],
        [{ c: null }, 51132],
        [[{ c: 1 }], 51132],
        [{}, 51132],
        [1, 51132]
      ] as const) {
        const choice = { $cond: [{ $eq: ['$_id', 3] }, { $literal: b }, { c: '$_id' }] }
        await refused(aggregate({ $set: { b: choice } }, merge({ on: 'b.c' })), code, `Location${code}`)
      }
      assert.deepEqual(await contents(bench), [])
    }))

  test('cannot change an _id', () =>
    withSource(async bench => {
      await bench.run({ createIndexes: 'target', indexes: [{ key: { a: 1 }, name: 'a', unique: true }] })
      await bench.run({ insert: 'target', documents: [{ _id: 9, a: 1 }] })
      for (const whenMatched of ['replace', 'merge'])
        await bench.refused(aggregate(merge({ on: 'a', whenMatched, whenNotMatched: 'discard' })), 66, 'ImmutableField')
      assert.deepEqual(await contents(bench), [{ _id: 9, a: 1 }])
    }))

  test('needs a unique index that covers all documents and orders text as the command does', () =>
    withSource(async ({ run, refused }) => {
      const lacking = (more: Document, options: Document = {}): Promise<string> =>
        refused({ ...aggregate(merge(more)), ...options }, 51183, 'Location51183')
      await lacking({ on: 'a' })
      await run({ createIndexes: 'target', indexes: [{ key: { a: 1 }, name: 'a' }] })
      await lacking({ on: 'a' })
      const partialFilterExpression = { a: { $gt: 1 } }
      const partial = { key: { b: 1 }, name: 'b', unique: true, partialFilterExpression }
      await run({ createIndexes: 'target', indexes: [partial, { key: { c: 1, d: 1 }, name: 'cd', unique: true }] })
      await lacking({ on: 'b' })
      await lacking({ on: 'c' })
      await lacking({ on: ['c', 'd', '_id'] })
      await lacking({ on: ['c', 'd'] }, { collation: { locale: 'en', strength: 2 } })
    }))

  const pipeline: readonly Document[] = [{ $set: { x: 1 } }]
  const refusals: readonly [operand: unknown, code: number, name: string][] = [
    [1, 14, 'TypeMismatch'],
    [{}, 40414, 'IDLFailedToParse'],
    [{ into: 'x', more: 1 }, 40415, 'IDLUnknownField'],
    [{ into: 1 }, 51178, 'Location51178'],
    [{ into: '' }, 5786800, 'Location5786800'],
    [{ into: { db: 'x' } }, 5786801, 'Location5786801'],
    [{ into: { db: 'a.b', coll: 'c' } }, 73, 'InvalidNamespace'],
    [{ into: 'system.x' }, 31319, 'Location31319'],
    [{ into: { db: 'config', coll: 'x' } }, 31320, 'Location31320'],
    [{ into: 'x', on: 1 }, 51186, 'Location51186'],
    [{ into: 'x', on: [] }, 51187, 'Location51187'],
    [{ into: 'x', on: ['a', 1] }, 51134, 'Location51134'],
    [{ into: 'x', on: ['a', 'a'] }, 31465, 'Location31465'],
    [{ into: 'x', whenMatched: 1 }, 51191, 'Location51191'],
    [{ into: 'x', whenMatched: 'pipeline' }, 2, 'BadValue'],
    [{ into: 'x', whenMatched: [1] }, 14, 'TypeMismatch'],
    [{ into: 'x', whenNotMatched: 'keep' }, 2, 'BadValue'],
    [{ into: 'x', whenNotMatched: 1 }, 14, 'TypeMismatch'],
    [{ into: 'x', whenMatched: 'fail', whenNotMatched: 'discard' }, 51181, 'Location51181'],
    [{ into: 'x', whenMatched: 'keepExisting', whenNotMatched: 'fail' }, 51181, 'Location51181'],
    [{ into: 'x', let: { a: 1 } }, 51199, 'Location51199'],
    [{ into: 'x', let: 1, whenMatched: pipeline }, 14, 'TypeMismatch'],
    [{ into: 'x', let: { New: 1 }, whenMatched: pipeline }, 9, 'FailedToParse'],
    [{ into: 'x', let: { new: '$a' }, whenMatched: pipeline }, 51273, 'Location51273']
  ]
  for (const [operand, code, name] of refusals)
    test(`refuses ${JSON.stringify(operand)}`, () =>
      withStandalone(async ({ refused }) => {
        await refused(aggregate({ $merge: operand }), code, name)
      }))

  test('has no $$new beside variables of its own where nothing is inserted', () =>
    withSource(async bench => {
      await bench.run({ insert: 'target', documents: [{ _id: 1 }] })
      const stage = merge({ let: { x: 1 }, whenMatched: [{ $set: { y: '$$new.a' } }], whenNotMatched: 'discard' })
      await bench.refused(aggregate(stage), 17276, 'Location17276')
      await written(bench, merge({ let: { x: 1 }, whenMatched: [{ $set: { y: '$$new.a' } }] }))
      assert.deepEqual((await contents(bench))[0], { _id: 1, y: 1 })
    }))
})
