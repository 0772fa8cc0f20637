/** What goes wrong with a command before it looks at a document is told as it is; what goes wrong later says when. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Document } from '../../src/bson/index.ts'
import { withStandalone } from './bench.ts'
import { int } from './raw_client.ts'

const documents = [
  { _id: 1, n: 1 },
  { _id: 2, n: 'x' }
]

/** Whose evaluation fails, but not for the first document. */
const failing = { $expr: { $eq: [{ $add: ['$n', 1] }, 0] } }

const unknown = { $nope: 1 }

function updated(q: Document, u: Document, further: Document = {}): Document {
  return { update: 'c', updates: [{ q, u, ...further }] }
}

const duringExecution: Readonly<Record<string, readonly [command: Document, says: RegExp]>> = {
  find: [{ find: 'c', filter: failing }, /^Executor error during find command: test\.c :: caused by :: \$add/],
  'the projection of a find': [
    { find: 'c', projection: { sum: { $add: ['$n', 1] } } },
    /^Executor error during find command: test\.c :: caused by :: \$add/
  ],
  count: [
    { count: 'c', query: failing },
    /^Executor error during count command on namespace: test\.c :: caused by :: \$add/
  ],
  distinct: [
    { distinct: 'c', key: 'n', query: failing },
    /^Executor error during distinct command on namespace: test\.c :: caused by :: \$add/
  ],
  aggregate: [
    { aggregate: 'c', pipeline: [{ $match: failing }], cursor: {} },
    /^Executor error during aggregate command on namespace: test\.c :: caused by :: \$add/
  ],
  update: [
    updated({ _id: 1 }, { $set: { _id: 3 } }),
    /^Plan executor error during update :: caused by :: Performing an update on the path '_id'/
  ],
  'an upsert': [
    updated({ n: 9 }, { $set: { _id: 1 } }, { upsert: true }),
    /^Plan executor error during update :: caused by :: E11000 duplicate key/
  ],
  delete: [
    { delete: 'c', deletes: [{ q: failing, limit: 0 }] },
    /^Plan executor error during delete :: caused by :: \$add/
  ],
  findAndModify: [
    { findAndModify: 'c', query: { _id: 2 }, update: { $inc: { n: 1 } } },
    /^Plan executor error during findAndModify :: caused by :: Cannot apply \$inc/
  ],
  'findAndModify that removes': [
    { findAndModify: 'c', query: failing, remove: true },
    /^Plan executor error during findAndModify :: caused by :: \$add/
  ]
}

const before: Readonly<Record<string, Document>> = {
  'the filter of a find': { find: 'c', filter: { n: unknown } },
  'the hint of a find': { find: 'c', hint: 'nothing' },
  'the hint of a find with a sort': { find: 'c', hint: 'nothing', sort: { n: 1 } },
  'the query of a count': { count: 'c', query: { n: unknown } },
  'the hint of a distinct': { distinct: 'c', key: 'n', hint: 'nothing' },
  'the hint of an aggregate': { aggregate: 'c', pipeline: [], cursor: {}, hint: 'nothing' },
  'the operators of an update': updated({ _id: 1 }, { $nope: { n: 1 } }),
  'the hint of an update': updated({ _id: 1 }, { $set: { n: 1 } }, { hint: 'nothing' }),
  'the hint of a delete': { delete: 'c', deletes: [{ q: {}, limit: 1, hint: 'nothing' }] },
  'the hint of a findAndModify': { findAndModify: 'c', query: {}, remove: true, hint: 'nothing' }
}

async function textOf(command: Document): Promise<string> {
  let text = ''
  await withStandalone(async ({ run }) => {
    await run({ insert: 'c', documents })
    const reply = await run(command)
    text = String(reply['errmsg'] ?? reply['writeErrors']?.[0]?.errmsg)
    assert.deepEqual((await run({ count: 'c' }))['n'], int(documents.length))
  })
  return text
}

describe('a failure in the middle of its work says so', () => {
  for (const [what, [command, says]] of Object.entries(duringExecution))
    test(what, async () => assert.match(await textOf(command), says))
})

describe('a failure before any document was looked at says only what is wrong', () => {
  for (const [what, command] of Object.entries(before))
    test(what, async () => assert.doesNotMatch(await textOf(command), /executor|undefined/i))
})

test('a collection’s name of another type than text is refused as no namespace, by all commands that have one', () =>
  withStandalone(async ({ run }) => {
    for (const command of ['find', 'insert', 'drop', 'listIndexes', 'findAndModify']) {
      const further = command === 'insert' ? { documents: [{}] } : command === 'findAndModify' ? { remove: true } : {}
      const { code, errmsg } = await run({ [command]: 1, ...further })
      assert.deepEqual([code, errmsg], [int(73), 'collection name has invalid type int'], command)
    }
    assert.deepEqual((await run({ explain: { find: 1 }, verbosity: 'queryPlanner' }))['code'], int(73))
  }))
