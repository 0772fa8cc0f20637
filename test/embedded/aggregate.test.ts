import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Int32, Long } from '../../src/bson/index.ts'
import type { Aggregation } from '../../src/embedded/aggregation.ts'
import { Member } from '../../src/embedded/member.ts'
import { UserDirectory } from '../../src/embedded/users.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { int, long, ok, RawClient } from './raw_client.ts'

/** Knows one stage, `$double`, and one expression, `'$$x'`. */
const aggregation: Aggregation = {
  expressions: variables => () => () => variables.get('x'),
  pipeline: (stages, context) => documents => {
    const joined = [...context.documentsOf('other')]
    const all = [...documents, ...joined]
    return stages.reduce(current => [...current, ...current], all)
  }
}

async function withAggregation(run: (client: RawClient) => Promise<void>): Promise<void> {
  const runtime = virtualRuntime({ seed: 1 })
  await runtime.run(async () => {
    const member = await Member.start({
      runtime,
      host: '127.0.0.1',
      port: 0,
      aggregation,
      users: await UserDirectory.from([], runtime)
    })
    const client = await RawClient.connect(runtime, member)
    await client.command('test', { insert: 'c', documents: [{ _id: 1 }, { _id: 2 }] })
    await run(client)
    await member.stop()
  })
  assert.deepEqual(runtime.warnings, [])
}

test('aggregate runs the pipeline over the collection, joins others, and opens a cursor for what is left', () =>
  withAggregation(async client => {
    await client.command('test', { insert: 'other', documents: [{ _id: 3 }] })
    const first = await client.command('test', { aggregate: 'c', pipeline: [{ $double: 1 }], cursor: { batchSize: 4 } })
    assert.equal(first['cursor'].ns, 'test.c')
    assert.deepEqual(
      first['cursor'].firstBatch.map((each: { _id: unknown }) => each._id),
      [1, 2, 3, 1].map(int)
    )
    const getMore = { getMore: Long.fromString(first['cursor'].id.$numberLong), collection: 'c' }
    const rest = await client.command('test', getMore)
    assert.deepEqual(rest['cursor'], { nextBatch: [{ _id: int(2) }, { _id: int(3) }], id: long(0), ns: 'test.c' })
  }))

test('an aggregate of no collection begins with nothing, under a namespace of its own', () =>
  withAggregation(async client => {
    const reply = await client.command('test', { aggregate: 1, pipeline: [], cursor: {} })
    assert.deepEqual(reply, { cursor: { firstBatch: [], id: long(0), ns: 'test.$cmd.aggregate' }, ...ok })
  }))

test('an aggregate without a cursor, or with a stage that is no document, is refused', () =>
  withAggregation(async client => {
    assert.deepEqual((await client.command('test', { aggregate: 'c', pipeline: [] }))['code'], int(9))
    assert.deepEqual((await client.command('test', { aggregate: 'c', pipeline: [1], cursor: {} }))['code'], int(14))
  }))

test("expressions see the variables of the command's let", () =>
  withAggregation(async client => {
    const command = { count: 'c', query: { $expr: '$$x' } }
    const find = { find: 'c', filter: { $expr: '$$x' }, let: { x: new Int32(1) } }
    assert.equal((await client.command('test', find))['cursor'].firstBatch.length, 2)
    assert.deepEqual(await client.command('test', command), { n: int(0), ...ok })
  }))
