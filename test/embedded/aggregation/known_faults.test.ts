/**
 * What libraries that evaluate pipelines on plain JavaScript values are known to get wrong. Each is named by what we do
 * instead.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  Binary,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp
} from '../../../src/bson/index.ts'
import { type BSONDocument, compileCollation } from '../../../src/embedded/query/index.ts'
import { assertFails, doc } from '../query/documents.ts'
import { assertEvaluates, assertPipeline, evaluated, newAggregation, pipelined } from './running.ts'

const long = (n: bigint | number) => Long.fromBigInt(BigInt(n))
const ones = [new Int32(1), long(1), new Double(1), Decimal128.fromString('1.0')]

test('a number matches and equals those of all types with its value', () => {
  for (const left of ones) {
    for (const right of ones) {
      assertEvaluates({ $eq: [left, right] }, true)
      assertPipeline([{ $match: { v: left } }, { $project: { ok: { $literal: 1 } } }], [{ v: right }], [{ ok: 1 }])
      assertPipeline([{ $match: { v: { $gte: left } } }, { $count: 'n' }], [{ v: right }], [{ n: 1 }])
    }
  }
})

test('Long 1 and the number 1 are one group', () => {
  assertPipeline(
    [{ $group: { _id: '$v', n: { $sum: 1 } } }],
    ones.map(v => ({ v })),
    [{ _id: ones[0], n: 4 }]
  )
})

test('$sum over a Long counts it', () => {
  assertPipeline(
    [{ $group: { _id: null, n: { $sum: '$v' } } }],
    [{ v: long(1) }, { v: 2 }],
    [{ _id: null, n: long(3) }]
  )
  assertPipeline(
    [{ $group: { _id: null, n: { $avg: '$v' } } }],
    [{ v: long(1) }, { v: 2 }],
    [{ _id: null, n: new Double(1.5) }]
  )
})

test('$add with a Long adds, and an int64 beyond 2^53 loses no digit', () => {
  assertEvaluates({ $add: [long(1), 2] }, long(3))
  assertEvaluates({ $add: [long(2n ** 53n), 1] }, long(2n ** 53n + 1n))
  assertPipeline(
    [{ $set: { w: '$v' } }],
    [{ v: long(2n ** 53n + 1n) }],
    [{ v: long(2n ** 53n + 1n), w: long(2n ** 53n + 1n) }]
  )
})

test('types sort in the order of BSON, not by the names of classes', () => {
  const ordered = [
    new MinKey(),
    null,
    long(1),
    'a',
    { a: 1 },
    new Binary(new Uint8Array([1])),
    new ObjectId('0123456789abcdef01234567'),
    false,
    new Date(0),
    new Timestamp(1n),
    new MaxKey()
  ].map(v => ({ v }))
  assertPipeline([{ $sort: { v: 1 } }], ordered.toReversed(), ordered)
})

test('an array sorts by its least element ascending, and by its greatest descending', () => {
  const documents = [{ a: [3, 1] }, { a: [2] }]
  assertPipeline([{ $sort: { a: 1 } }], documents, documents)
  assertPipeline([{ $sort: { a: -1 } }], documents, documents)
})

test('$type tells int, long, double and decimal apart', () => {
  assert.deepEqual(
    ones.map(v => evaluated({ $type: '$v' }, { v })),
    ['int', 'long', 'double', 'decimal']
  )
})

test('documents with their fields in another order are not equal', () => {
  assertEvaluates(
    {
      $eq: [
        { x: 1, y: 2 },
        { y: 2, x: 1 }
      ]
    },
    false
  )
  assertPipeline(
    [{ $group: { _id: '$v' } }, { $count: 'n' }],
    [{ v: { x: 1, y: 2 } }, { v: { y: 2, x: 1 } }],
    [{ n: 2 }]
  )
})

test('a collation holds for equality as well as for order', () => {
  const strings = compileCollation(doc({ locale: 'en_US', strength: 2 }))
  assertPipeline([{ $match: { a: 'ping' } }, { $count: 'n' }], [{ a: 'PING' }], [{ n: 1 }], { strings })
  assertPipeline([{ $match: { $expr: { $eq: ['$a', 'ping'] } } }, { $count: 'n' }], [{ a: 'PING' }], [{ n: 1 }], {
    strings
  })
})

test('a $match whose only key is __proto__ looks for that field, and does not match all', () => {
  const filter: BSONDocument = new Map([['__proto__', new Int32(1)]])
  const stage: BSONDocument = new Map([['$match', filter]])
  const context = { database: 'test', documentsOf: () => [], sessions: () => [] }
  const found = [
    ...newAggregation().pipeline([stage], context)([doc({ a: 1 }), new Map([['__proto__', new Int32(1)]])])
  ]
  assert.equal(found.length, 1)
  assert.equal(found[0]?.has('__proto__'), true)
})

test('a projection keeps a field named __proto__', () => {
  const document: BSONDocument = new Map([['__proto__', new Int32(1)]])
  const stages: BSONDocument[] = [new Map([['$project', new Map([['__proto__', new Int32(1)]])]])]
  const [projected] = newAggregation().pipeline(stages, {
    database: 'test',
    documentsOf: () => [],
    sessions: () => []
  })([document])
  assert.deepEqual(projected, document)
})

test('$out and $merge give back no documents: in a pipeline by itself, which can write none, they are refused', () => {
  for (const stage of [{ $out: 'c' }, { $merge: { into: 'c' } }]) assertFails(40601, /\$/, () => pipelined([stage], []))
})

test('$toObjectId is there, and the cosine’s inverse takes 0', () => {
  assertEvaluates({ $toObjectId: '0123456789abcdef01234567' }, new ObjectId('0123456789abcdef01234567'))
  assertEvaluates({ $acos: 0 }, new Double(Math.PI / 2))
})

test('integer-like field names keep their place', () => {
  const document: BSONDocument = new Map([
    ['b', new Int32(1)],
    ['0', new Int32(2)]
  ])
  const [result] = pipelined([{ $set: { c: 1 } }], [document])
  assert.deepEqual([...(result ?? new Map()).keys()], ['b', '0', 'c'])
})
