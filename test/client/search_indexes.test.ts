import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoInvalidArgumentError, MongoServerError } from '../../src/errors/index.ts'
import type { Collection, Document, MongoClientOptions } from '../../src/client/index.ts'
import { encodeDocument } from '../../src/bson/index.ts'
import { failureOf, withServer } from './bench.ts'
import { type Middleman, withMiddleman } from './middleman.ts'

const definition = { mappings: { dynamic: true } }
const concerns: MongoClientOptions = { readConcernLevel: 'majority', writeConcern: { w: 1, journal: true } }

function withThings(act: (things: Collection, middleman: Middleman) => Promise<void>): Promise<void> {
  return withServer(bench =>
    withMiddleman(bench.runtime, bench.member.address, async middleman => {
      await act(middleman.client(concerns).db('shop').collection('things'), middleman)
    })
  )
}

/** The last command of that name, without what every command carries. */
function sent(middleman: Middleman, name: string): Document {
  const { lsid: _, $db: __, ...command } = middleman.sent(name).at(-1) as Document
  return command
}

/** The next reply to the command has this document in the place of its own. */
function answer(middleman: Middleman, command: string, document: Document): void {
  middleman.changeReplyTo(command, reply => {
    const body = encodeDocument(document)
    const changed = Buffer.alloc(21 + body.length)
    changed.set(reply.subarray(0, 21))
    changed.set(body, 21)
    changed.writeInt32LE(changed.length, 0)
    return changed
  })
}

const calls: readonly (readonly [name: string, run: (things: Collection) => Promise<unknown>, sent: Document])[] = [
  [
    'createSearchIndexes',
    things => things.createSearchIndex({ name: 'a', type: 'search', definition }),
    { createSearchIndexes: 'things', indexes: [{ name: 'a', type: 'search', definition }] }
  ],
  [
    'createSearchIndexes',
    things => things.createSearchIndexes([{ definition }, { definition, type: 'vectorSearch' }]),
    { createSearchIndexes: 'things', indexes: [{ definition }, { definition, type: 'vectorSearch' }] }
  ],
  ['createSearchIndexes', things => things.createSearchIndexes([]), { createSearchIndexes: 'things', indexes: [] }],
  [
    'updateSearchIndex',
    things => things.updateSearchIndex('a', definition),
    { updateSearchIndex: 'things', name: 'a', definition }
  ],
  ['dropSearchIndex', things => things.dropSearchIndex('a'), { dropSearchIndex: 'things', name: 'a' }],
  [
    'aggregate',
    things => things.listSearchIndexes().toArray(),
    { aggregate: 'things', pipeline: [{ $listSearchIndexes: {} }], cursor: {} }
  ],
  [
    'aggregate',
    things => things.listSearchIndexes({ batchSize: 5 }).toArray(),
    { aggregate: 'things', pipeline: [{ $listSearchIndexes: {} }], cursor: { batchSize: 5 } }
  ],
  [
    'aggregate',
    things => things.listSearchIndexes('a', { comment: 'why' }).toArray(),
    { aggregate: 'things', pipeline: [{ $listSearchIndexes: { name: 'a' } }], cursor: {}, comment: 'why' }
  ]
]
for (const [name, run, expected] of calls)
  test(`${JSON.stringify(expected)} is sent without concerns, and outside Atlas it is an error that names Atlas`, () =>
    withThings(async (things, middleman) => {
      const error = await failureOf(run(things))
      assert.ok(error instanceof MongoServerError, String(error))
      assert.deepEqual([error.code, error.codeName], [31082, 'SearchNotEnabled'])
      assert.match(error.message, /Atlas/)
      assert.deepEqual(sent(middleman, name), expected)
    }))

test('a causally consistent session tells listSearchIndexes no time', () =>
  withServer(
    async ({ connect }) => {
      const client = connect()
      const told: unknown[] = []
      client.on('commandStarted', ({ command }) => told.push(command['readConcern']))
      const session = client.startSession()
      const things = client.db('shop').collection('things')
      await things.findOne({}, { session })
      await failureOf(things.listSearchIndexes({ session }).toArray())
      await things.aggregate([], { session }).toArray()
      const afterClusterTime = session.operationTime
      assert.ok(afterClusterTime !== undefined)
      assert.deepEqual(told, [undefined, undefined, { afterClusterTime }])
    },
    { kind: 'replicaSet' }
  ))

test('the names of what was made are those of the reply', () =>
  withThings(async (things, middleman) => {
    const indexesCreated = [
      { id: '1', name: 'default' },
      { id: '2', name: 'b' }
    ]
    answer(middleman, 'createSearchIndexes', { ok: 1, indexesCreated })
    assert.deepEqual(await things.createSearchIndexes([{ definition }, { name: 'b', definition }]), ['default', 'b'])
    answer(middleman, 'createSearchIndexes', { ok: 1, indexesCreated })
    assert.equal(await things.createSearchIndex({ definition }), 'default')
    answer(middleman, 'updateSearchIndex', { ok: 1 })
    assert.equal(await things.updateSearchIndex('b', definition), undefined)
  }))

test('an index that is not there has been dropped', () =>
  withThings(async (things, middleman) => {
    for (const reply of [{ ok: 1 }, { ok: 0, code: 26, codeName: 'NamespaceNotFound', errmsg: 'no such index' }]) {
      answer(middleman, 'dropSearchIndex', reply)
      assert.equal(await things.dropSearchIndex('a'), undefined)
    }
    answer(middleman, 'updateSearchIndex', { ok: 0, code: 26, codeName: 'NamespaceNotFound', errmsg: 'no such index' })
    assert.ok((await failureOf(things.updateSearchIndex('a', definition))) instanceof MongoServerError)
  }))

test('names and definitions that can be none are refused before anything is sent', () =>
  withThings(async (things, middleman) => {
    const wrong = things as unknown as Record<string, (...given: readonly unknown[]) => Promise<unknown>>
    for (const [method, ...given] of [
      ['createSearchIndex', undefined],
      ['createSearchIndex', { name: 'a' }],
      ['createSearchIndex', { name: '', definition }],
      ['createSearchIndexes', { definition }],
      ['updateSearchIndex', '', definition],
      ['updateSearchIndex', 'a', []],
      ['dropSearchIndex', undefined]
    ] as const)
      assert.ok((await failureOf(wrong[method]?.(...given) as Promise<unknown>)) instanceof MongoInvalidArgumentError)
    assert.deepEqual([...middleman.sent('createSearchIndexes'), ...middleman.sent('dropSearchIndex')], [])
  }))
