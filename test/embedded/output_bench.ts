/** What tests of pipelines that write have in common. */
import assert from 'node:assert/strict'
import { type Document, EJSON } from '../../src/bson/index.ts'
import { type Bench, withStandalone } from './bench.ts'
import { long } from './raw_client.ts'

export const merge = (more: Document = {}): Document => ({ $merge: { into: 'target', ...more } })
export const aggregate = (...pipeline: readonly Document[]): Document => ({ aggregate: 'c', pipeline, cursor: {} })

/** What a collection has, in the order of its ids and in plain values. */
export async function contents({ run }: Pick<Bench, 'run'>, collection = 'target'): Promise<Document[]> {
  const { cursor } = await run({ find: collection, sort: { _id: 1 } })
  return (EJSON.deserialize({ all: cursor.firstBatch }) as { all: Document[] }).all
}

export function withSource(act: (bench: Bench) => Promise<void>): Promise<void> {
  return withStandalone(async bench => {
    await bench.run({
      insert: 'c',
      documents: [
        { _id: 1, a: 1 },
        { _id: 2, a: 2 },
        { _id: 3, a: 3 }
      ]
    })
    await act(bench)
  })
}

export async function written({ run }: Bench, ...pipeline: readonly Document[]): Promise<void> {
  const { cursor, ok } = await run(aggregate(...pipeline))
  assert.deepEqual([cursor, ok], [{ firstBatch: [], id: long(0), ns: 'test.c' }, { $numberDouble: '1.0' }])
}
