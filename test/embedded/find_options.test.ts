/** Options of find that ask for places, keys and bounds of indexes. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Document } from '../../src/bson/index.ts'
import { type Bench, withStandalone } from './bench.ts'
import { int, long } from './raw_client.ts'

function withDocuments(act: (bench: Bench) => Promise<void>): Promise<void> {
  return withStandalone(async bench => {
    const documents = [
      { _id: 1, a: 5, b: ['y', 'x'] },
      { _id: 2, a: 7, b: 'z' },
      { _id: 3, a: 6 }
    ]
    await bench.run({ insert: 'c', documents })
    const indexes = [
      { key: { a: 1 }, name: 'a' },
      { key: { b: -1, _id: 1 }, name: 'b' },
      { key: { a: -1, _id: 1 }, name: 'sparse', sparse: true },
      { key: { _id: 1, a: 1 }, name: 'hidden', hidden: true }
    ]
    await bench.run({ createIndexes: 'c', indexes })
    await act(bench)
  })
}

const found = async ({ run }: Bench, options: Document): Promise<Document[]> => {
  const reply = await run({ find: 'c', ...options })
  assert.ok(reply['cursor'], JSON.stringify(reply))
  return reply['cursor'].firstBatch
}

test('showRecordId tells the place of each document, which it keeps', () =>
  withDocuments(async bench => {
    await bench.run({ delete: 'c', deletes: [{ q: { _id: 2 }, limit: 1 }] })
    const shown = await found(bench, { showRecordId: true, projection: { _id: 1 } })
    assert.deepEqual(shown, [
      { _id: int(1), $recordId: long(1) },
      { _id: int(3), $recordId: long(3) }
    ])
    await bench.run({ update: 'c', updates: [{ q: { _id: 3 }, u: { $set: { a: 9 } } }] })
    assert.deepEqual((await found(bench, { filter: { a: 9 }, showRecordId: true }))[0]?.['$recordId'], long(3))
  }))

describe('returnKey gives the keys of the index by which a server reads', () => {
  const cases: readonly [string, Document, Document[]][] = [
    ['the one of the hint', { hint: 'a' }, [{ a: int(5) }, { a: int(6) }, { a: int(7) }]],
    ['that of the _id asked for', { filter: { _id: 2 } }, [{ _id: int(2) }]],
    ['the one of the sort', { sort: { a: 1 } }, [{ a: int(5) }, { a: int(6) }, { a: int(7) }]],
    ['the one of the sort, backwards', { sort: { a: -1 }, limit: 1 }, [{ a: int(7) }]],
    ['of several fields', { hint: { b: -1, _id: 1 }, limit: 1 }, [{ b: 'z', _id: int(2) }]],
    ['none: nothing', { filter: { a: 5 } }, [{}]],
    ['none for the order of a hidden or a sparse one', { sort: { _id: 1, a: 1 }, limit: 1 }, [{}]],
    ['none for the order of a sparse one', { sort: { a: -1, _id: 1 }, limit: 1 }, [{}]],
    ['none that orders text otherwise', { sort: { a: 1 }, collation: { locale: 'en' }, limit: 1 }, [{}]],
    ['and nothing else', { filter: { _id: 1 }, showRecordId: true, projection: { a: 1 } }, [{ _id: int(1) }]]
  ]
  for (const [what, options, expected] of cases)
    test(what, () =>
      withDocuments(async bench => {
        assert.deepEqual(await found(bench, { ...options, returnKey: true }), expected)
      })
    )
})

describe('min and max', () => {
  const cases: readonly [string, Document, number[]][] = [
    ['min is within', { min: { a: 6 }, hint: 'a' }, [3, 2]],
    ['max is not', { max: { a: 6 }, hint: 'a' }, [1]],
    ['both, in the order of the index', { min: { a: 5 }, max: { a: 7 }, hint: { a: 1 } }, [1, 3]],
    ['in a descending order', { min: { b: 'y', _id: 0 }, max: { b: 'x', _id: 0 }, hint: 'b' }, [1]],
    ['any key of a document counts', { min: { b: 'x', _id: 0 }, max: { b: 'w', _id: 0 }, hint: 'b' }, [1]],
    [
      'with a filter, a sort, a skip',
      { filter: { a: { $gt: 5 } }, min: { _id: 0 }, max: { _id: 9 }, hint: '_id_', sort: { _id: -1 }, skip: 1 },
      [2]
    ],
    ['empty ones are none', { min: {}, max: {} }, [1, 2, 3]]
  ]
  for (const [what, options, ids] of cases)
    test(what, () =>
      withDocuments(async bench => {
        const all = await found(bench, options)
        assert.deepEqual(
          all.map(({ _id }) => Number(_id.$numberInt)),
          ids
        )
      })
    )

  const refusals: readonly [Document, number][] = [
    [{ min: { a: 1 } }, 51173],
    [{ min: { b: 1 }, hint: 'a' }, 51174],
    [{ min: { _id: 1, b: 1 }, hint: 'b' }, 51174],
    [{ max: { a: 1 }, hint: { $natural: 1 } }, 51174],
    [{ min: { a: 7 }, max: { a: 7 }, hint: 'a' }, 51175],
    [{ min: { b: 'a', _id: 1 }, max: { b: 'z', _id: 1 }, hint: 'b' }, 51175]
  ]
  for (const [options, code] of refusals)
    test(`refuses ${JSON.stringify(options)}`, () =>
      withDocuments(async ({ refused }) => {
        await refused({ find: 'c', ...options }, code, `Location${code}`)
      }))
})
