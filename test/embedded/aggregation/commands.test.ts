import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Document, Long } from '../../../src/bson/index.ts'
import { createAggregation } from '../../../src/embedded/aggregation/index.ts'
import { Member } from '../../../src/embedded/member.ts'
import { UserDirectory } from '../../../src/embedded/users.ts'
import { virtualRuntime } from '../../../src/runtime/virtual/index.ts'
import { int, long, RawClient } from '../raw_client.ts'

/** A member with aggregation, and a client that asks it over the wire. */
async function withMember(run: (client: RawClient) => Promise<void>): Promise<void> {
  const runtime = virtualRuntime({ seed: 1 })
  await runtime.run(async () => {
    const member = await Member.start({
      runtime,
      host: '127.0.0.1',
      port: 0,
      aggregation: createAggregation(runtime),
      users: await UserDirectory.from([], runtime)
    })
    const client = await RawClient.connect(runtime, member)
    const documents = [1, 2, 3].map(_id => ({ _id, n: Long.fromNumber(_id * 10), tags: ['a', 'b'].slice(0, _id - 1) }))
    await client.command('test', { insert: 'c', documents })
    await run(client)
    await member.stop()
  })
  assert.deepEqual(runtime.warnings, [])
}

async function aggregated(client: RawClient, pipeline: Document[], fields: Document = {}): Promise<Document> {
  const reply = await client.command('test', { aggregate: 'c', pipeline, cursor: {}, ...fields })
  return reply['cursor']?.firstBatch ?? reply
}

test('an aggregate answers with exact types, sums of longs included', () =>
  withMember(async client => {
    const group = { _id: 1, n: { $sum: 1 }, total: { $sum: '$n' } }
    const result = await aggregated(client, [{ $match: { n: { $gte: 20 } } }, { $group: group }])
    assert.deepEqual(result, [{ _id: int(1), n: int(2), total: long(50) }])
  }))

test('$lookup joins a collection of the same database', () =>
  withMember(async client => {
    await client.command('test', { insert: 'other', documents: [{ _id: 1, ref: 20 }] })
    const lookup = { from: 'other', localField: 'n', foreignField: 'ref', as: 'joined' }
    const result = await aggregated(client, [
      { $lookup: lookup },
      { $match: { joined: { $ne: [] } } },
      { $project: { joined: 1 } }
    ])
    assert.deepEqual(result, [{ _id: int(2), joined: [{ _id: int(1), ref: int(20) }] }])
  }))

test('a filter, a projection and a pipeline update evaluate expressions with the variables of let', () =>
  withMember(async client => {
    const command = {
      find: 'c',
      filter: { $expr: { $gt: ['$n', '$$least'] } },
      projection: { size: { $size: '$tags' }, _id: 0 },
      let: { least: 15 }
    }
    assert.deepEqual((await client.command('test', command))['cursor'].firstBatch, [{ size: int(1) }, { size: int(2) }])
    const update = { q: { _id: 1 }, u: [{ $set: { n: { $add: ['$n', '$$step'] } } }] }
    assert.deepEqual(
      (await client.command('test', { update: 'c', updates: [update], let: { step: 5 } }))['nModified'],
      int(1)
    )
    assert.deepEqual(await aggregated(client, [{ $match: { _id: 1 } }, { $project: { n: 1 } }]), [
      { _id: int(1), n: long(15) }
    ])
  }))

test('what a pipeline gives is a copy: the next one finds the documents as they were stored', () =>
  withMember(async client => {
    const before = await aggregated(client, [])
    await aggregated(client, [{ $set: { 'tags.x': 1, n: 0 } }, { $unwind: '$tags' }])
    assert.deepEqual(await aggregated(client, []), before)
  }))

test('stages and operators that are not built are answered with the server’s codes and names', () =>
  withMember(async client => {
    const stage = await aggregated(client, [{ $nope: 1 }])
    assert.deepEqual([stage['ok'], stage['code']], [{ $numberDouble: '0.0' }, int(40324)])
    assert.match(String(stage['errmsg']), /Unrecognized pipeline stage name: '\$nope'/)
  }))

test('an operator that there is not has a code of its own right in a projection, and the general one elsewhere', () =>
  withMember(async client => {
    const refused = (reply: Document, code: number, text: RegExp) => {
      assert.deepEqual(reply['code'], int(code))
      assert.match(String(reply['errmsg']), text)
    }
    const unknown = { a: { $nope: 1 } }
    const further = { a: { $add: [1, { $nope: 1 }] } }
    refused(
      await aggregated(client, [{ $project: unknown }]),
      31325,
      /^Invalid \$project :: caused by :: Unknown expression \$nope/
    )
    refused(
      await aggregated(client, [{ $project: { b: unknown } }]),
      31325,
      /^Invalid \$project :: caused by :: Unknown expression \$nope/
    )
    refused(
      await aggregated(client, [{ $project: further }]),
      168,
      /^Invalid \$project :: caused by :: Unrecognized expression '\$nope'/
    )
    for (const stage of ['$addFields', '$set'])
      refused(
        await aggregated(client, [{ [stage]: unknown }]),
        168,
        new RegExp(`^Invalid \\${stage} :: caused by :: Unrecognized expression '\\$nope'`)
      )
    for (const stage of [
      { $replaceWith: { $nope: 1 } },
      { $match: { $expr: { $nope: 1 } } },
      { $group: { _id: { $nope: 1 } } }
    ])
      refused(await aggregated(client, [stage]), 168, /^Unrecognized expression '\$nope'/)
    refused(await client.command('test', { find: 'c', projection: unknown }), 31325, /^Unknown expression \$nope/)
    refused(await client.command('test', { find: 'c', projection: further }), 168, /^Unrecognized expression '\$nope'/)
  }))

test('aggregate takes the name of a collection or 1', () =>
  withMember(async client => {
    const replyTo = (aggregate: unknown) => client.command('test', { aggregate, pipeline: [], cursor: {} })
    assert.deepEqual((await replyTo(1))['cursor'].ns, 'test.$cmd.aggregate')
    assert.deepEqual((await replyTo(2))['code'], int(9))
    assert.deepEqual((await replyTo({}))['code'], int(14))
  }))

test('an error in an expression fails the command and leaves the connection usable', () =>
  withMember(async client => {
    const reply = await aggregated(client, [{ $project: { a: { $divide: ['$n', 0] } } }])
    assert.deepEqual(reply['code'], int(2))
    assert.equal((await aggregated(client, [{ $limit: 1 }]))['length'], 1)
  }))
