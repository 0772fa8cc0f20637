import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Decimal128, Double, Int32, Long, ObjectId } from '../../../src/bson/index.ts'
import { stagesMax } from '../../../src/embedded/aggregation/index.ts'
import { compileCollation } from '../../../src/embedded/query/index.ts'
import { assertFails, doc, type Fields, text } from '../query/documents.ts'
import { assertPipeline, pipelined } from './running.ts'

const long = (n: bigint | number) => Long.fromBigInt(BigInt(n))
const decimal = (text: string) => Decimal128.fromString(text)
const letters: Fields[] = ['b', 'a', 'c', 'a'].map((l, i) => ({ _id: i, l }))

test('countDocuments is exact: an int32 of what matches, and nothing where nothing does', () => {
  const count = [{ $match: { a: { $gte: 1 } } }, { $group: { _id: 1, n: { $sum: 1 } } }]
  assertPipeline(count, [{ a: long(1) }, { a: 0 }, { a: decimal('1.5') }, { b: 1 }], [{ _id: 1, n: new Int32(2) }])
  assertPipeline(count, [{ a: 0 }], [])
  assertPipeline([{ $match: {} }, { $skip: 1 }, { $limit: 2 }, { $group: { _id: 1, n: { $sum: 1 } } }], letters, [
    { _id: 1, n: 2 }
  ])
})

test('an empty pipeline gives what it got, with all types and in the order of its fields', () => {
  const document = { z: long(1), a: decimal('1.0'), m: new ObjectId('0123456789abcdef01234567'), d: new Double(1) }
  assertPipeline([], [document], [document])
})

test('$match is the filter of find, $expr included', () => {
  assertPipeline(
    [{ $match: { $expr: { $gt: ['$a', '$b'] } } }],
    [
      { a: long(2), b: 1 },
      { a: 1, b: 1 }
    ],
    [{ a: long(2), b: 1 }]
  )
  assertFails(15959, /object/, () => pipelined([{ $match: 1 }], []))
  assertFails(2, /\$foo/, () => pipelined([{ $match: { a: { $foo: 1 } } }], []))
})

test('$sort, $skip and $limit keep the order of equal keys', () => {
  assertPipeline([{ $sort: { l: 1 } }, { $skip: 1 }, { $limit: 2 }], letters, [letters[3]!, letters[0]!])
  assertPipeline(
    [{ $sort: { v: 1 } }],
    [10, long(9), 2, long(100), decimal('5')].map(v => ({ v })),
    [2, decimal('5'), long(9), 10, long(100)].map(v => ({ v }))
  )
  assertPipeline([{ $limit: long(1) }], letters, [letters[0]!])
  assertPipeline([{ $skip: new Double(9) }], letters, [])
  assertFails(15958, /positive/, () => pipelined([{ $limit: 0 }], []))
  assertFails(2107201, /string/, () => pipelined([{ $limit: 'x' }], []))
  assertFails(2107201, /1\.5/, () => pipelined([{ $limit: 1.5 }], []))
  assertFails(5107200, /-1/, () => pipelined([{ $skip: -1 }], []))
  assertFails(15976, /at least one/, () => pipelined([{ $sort: {} }], []))
  assertFails(15973, /object/, () => pipelined([{ $sort: 1 }], []))
})

test('$limit asks for no document more than it gives', () => {
  let asked = 0
  function* endless() {
    for (;;) yield { n: ++asked }
  }
  assert.equal(pipelined([{ $match: { n: { $gt: 2 } } }, { $limit: 2 }], endless()).length, 2)
  assert.equal(asked, 4)
})

test('$count counts in an int32, and gives nothing for nothing', () => {
  assertPipeline([{ $count: 'n' }], letters, [{ n: new Int32(4) }])
  assertPipeline([{ $count: 'n' }], [], [])
  for (const [name, code] of [
    [1, 40156],
    ['', 40157],
    ['$a', 40158],
    ['a.b', 40160]
  ] as const) {
    assertFails(code, /count field/, () => pipelined([{ $count: name }], []))
  }
})

test('$project, $addFields, $set, $unset, $replaceRoot and $replaceWith evaluate expressions', () => {
  const input = [{ _id: 1, a: { b: long(2) }, c: 3 }]
  assertPipeline([{ $project: { c: 1, double: { $multiply: ['$a.b', 2] } } }], input, [
    { _id: 1, c: 3, double: long(4) }
  ])
  assertPipeline([{ $project: { _id: 0, x: ['$c', '$none'], y: { z: '$c' } } }], input, [{ x: [3, null], y: { z: 3 } }])
  assertPipeline([{ $project: { _id: 0, 'a.b': 1 } }], input, [{ a: { b: long(2) } }])
  assertPipeline([{ $project: { c: 0 } }], input, [{ _id: 1, a: { b: long(2) } }])
  assertPipeline([{ $addFields: { 'a.n': '$c', r: '$$REMOVE' } }], input, [{ _id: 1, a: { b: long(2), n: 3 }, c: 3 }])
  assertPipeline([{ $set: { c: { $add: ['$c', 1] } } }], input, [{ _id: 1, a: { b: long(2) }, c: 4 }])
  assertPipeline([{ $unset: ['a', 'c'] }], input, [{ _id: 1 }])
  assertPipeline([{ $replaceRoot: { newRoot: '$a' } }], input, [{ b: long(2) }])
  assertPipeline([{ $replaceWith: { $mergeObjects: ['$a', { d: 1 }] } }], input, [{ b: long(2), d: 1 }])
  assertFails(40228, /object/, () => pipelined([{ $replaceWith: '$c' }], input))
})

test('$group takes numbers of all types for one key, and missing for null', () => {
  assertPipeline(
    [{ $group: { _id: '$k', n: { $sum: 1 } } }],
    [{ k: 1 }, { k: long(1) }, { k: new Double(1) }, { k: decimal('1.0') }, { k: null }, {}, { k: '1' }],
    [
      { _id: 1, n: 4 },
      { _id: null, n: 2 },
      { _id: '1', n: 1 }
    ]
  )
  assertPipeline(
    [{ $group: { _id: { x: '$a', y: '$b' }, n: { $count: {} } } }],
    [{ a: 1 }, { a: long(1) }, { a: 1, b: null }],
    [
      { _id: { x: 1 }, n: 2 },
      { _id: { x: 1, y: null }, n: 1 }
    ]
  )
})

test('$group takes strings for one key that the collation holds for equal', () => {
  const strings = compileCollation(doc({ locale: 'en_US', strength: 2 }))
  const stages = [{ $group: { _id: '$k', all: { $addToSet: '$k' } } }]
  assertPipeline(
    stages,
    [{ k: 'a' }, { k: 'A' }, { k: 'b' }],
    [
      { _id: 'a', all: ['a'] },
      { _id: 'b', all: ['b'] }
    ],
    { strings }
  )
})

test('the accumulators of $group keep the types of what they take', () => {
  const documents = [{ v: long(3), o: { a: 1 } }, { v: 1, o: { b: 2 } }, { o: null }, { v: long(1) }]
  const group = (accumulator: Fields) => pipelined([{ $group: { _id: null, r: accumulator } }], documents).map(text)[0]
  const expected = (r: unknown) => text(doc({ _id: null, r }))
  assert.equal(group({ $sum: '$v' }), expected(long(5)))
  assert.equal(group({ $avg: '$v' }), expected(new Double(5 / 3)))
  assert.equal(group({ $min: '$v' }), expected(1))
  assert.equal(group({ $max: '$v' }), expected(long(3)))
  assert.equal(group({ $first: '$v' }), expected(long(3)))
  assert.equal(group({ $first: '$o.b' }), expected(null))
  assert.equal(group({ $last: '$v' }), expected(long(1)))
  assert.equal(group({ $last: '$o' }), expected(null))
  assert.equal(group({ $push: '$v' }), expected([long(3), 1, long(1)]))
  assert.equal(group({ $addToSet: '$v' }), expected([long(3), 1]))
  assert.equal(group({ $count: {} }), expected(4))
  assert.equal(group({ $mergeObjects: '$o' }), expected({ a: 1, b: 2 }))
  assert.equal(group({ $stdDevPop: 1 }), expected(new Double(0)))
  assert.equal(group({ $push: { v: '$v', n: '$none' } }), expected([{ v: long(3) }, { v: 1 }, {}, { v: long(1) }]))
})

test('malformed groups are refused by the server’s codes', () => {
  for (const [group, code] of [
    [1, 15947],
    [{ n: { $sum: 1 } }, 15955],
    [{ _id: 1, 'a.b': { $sum: 1 } }, 40235],
    [{ _id: 1, $a: { $sum: 1 } }, 40236],
    [{ _id: 1, a: 1 }, 40234],
    [{ _id: 1, a: { $sum: 1, $avg: 1 } }, 40238],
    [{ _id: 1, a: { $accumulator: {} } }, 15952],
    [{ _id: 1, a: { $topN: {} } }, 15952],
    [{ _id: 1, a: { $sum: [1, 2] } }, 40237],
    [{ _id: 1, a: { $count: 1 } }, 14]
  ] as const) {
    assertFails(code, /./, () => pipelined([{ $group: group }], []))
  }
})

test('$sortByCount and $bucket are groups in an order', () => {
  assertPipeline([{ $sortByCount: '$l' }], letters, [
    { _id: 'a', count: 2 },
    { _id: 'b', count: 1 },
    { _id: 'c', count: 1 }
  ])
  assertFails(40149, /\$-prefixed/, () => pipelined([{ $sortByCount: 'l' }], []))
  const bucket = { groupBy: '$v', boundaries: [0, long(10), 20] }
  const documents = [{ v: 15 }, { v: long(0) }, { v: 9.5 }, { v: 20 }]
  assertPipeline([{ $bucket: { ...bucket, default: 'other', output: { all: { $push: '$v' } } } }], documents, [
    { _id: 0, all: [long(0), 9.5] },
    { _id: long(10), all: [15] },
    { _id: 'other', all: [20] }
  ])
  assertPipeline([{ $bucket: bucket }], documents.slice(0, 1), [{ _id: long(10), count: 1 }])
  assertFails(40066, /matching branch/, () => pipelined([{ $bucket: bucket }], documents))
  assertFails(40194, /sorted/, () => pipelined([{ $bucket: { groupBy: '$v', boundaries: [1, 1] } }], []))
  assertFails(40192, /at least 2/, () => pipelined([{ $bucket: { groupBy: '$v', boundaries: [1] } }], []))
})

test('$unwind gives one document for each element, and drops what has none unless told otherwise', () => {
  const documents = [
    { _id: 1, a: [long(1), 2] },
    { _id: 2, a: 'x' },
    { _id: 3, a: [] },
    { _id: 4, a: null },
    { _id: 5 }
  ]
  assertPipeline([{ $unwind: '$a' }], documents, [
    { _id: 1, a: long(1) },
    { _id: 1, a: 2 },
    { _id: 2, a: 'x' }
  ])
  assertPipeline([{ $unwind: { path: '$a', preserveNullAndEmptyArrays: true, includeArrayIndex: 'i' } }], documents, [
    { _id: 1, a: long(1), i: long(0) },
    { _id: 1, a: 2, i: long(1) },
    { _id: 2, a: 'x', i: null },
    { _id: 3, i: null },
    { _id: 4, a: null, i: null },
    { _id: 5, i: null }
  ])
  assertPipeline(
    [{ $unwind: '$o.a' }],
    [{ o: { a: [1, 2], b: 3 } }, { o: [{ a: [1] }] }],
    [{ o: { a: 1, b: 3 } }, { o: { a: 2, b: 3 } }]
  )
  for (const [operand, code] of [
    ['a', 28818],
    [1, 28808],
    [{}, 28812],
    [{ path: '$a', other: 1 }, 28811],
    [{ path: '$a', includeArrayIndex: '$i' }, 28822],
    [{ path: '$a', includeArrayIndex: 1 }, 28810],
    [{ path: '$a', preserveNullAndEmptyArrays: 1 }, 28809]
  ] as const) {
    assertFails(code, /./, () => pipelined([{ $unwind: operand }], []))
  }
})

const others = {
  stock: [
    { _id: 1, sku: 'a', n: 5 },
    { _id: 2, sku: long(7), n: 6 },
    { _id: 3, n: 7 },
    { _id: 4, sku: ['a', 'b'], n: 8 }
  ]
}
const join = { $lookup: { from: 'stock', localField: 'item', foreignField: 'sku', as: 'stock' } }

test('$lookup joins by equal fields: numbers by value, arrays by their elements, missing with null', () => {
  const ids = (document: Fields) => {
    const [joined] = pipelined([join, { $project: { ids: '$stock._id' } }], [document], { others })
    return text(joined!)
  }
  for (const [item, found] of [
    ['a', [1, 4]],
    [7, [2]],
    [new Double(7), [2]],
    [
      ['b', 7],
      [2, 4]
    ],
    [null, [3]],
    [[], []],
    ['z', []]
  ] as const) {
    assert.equal(ids({ item }), text(doc({ ids: found })))
  }
  assert.equal(ids({}), text(doc({ ids: [3] })))
  assertPipeline(
    [{ $lookup: { from: 'none', localField: 'a', foreignField: 'b', as: 'x.y' } }],
    [{ _id: 1, x: { z: 1 } }],
    [{ _id: 1, x: { z: 1, y: [] } }]
  )
})

test('$lookup runs a pipeline that sees the variables of let, those of the command, and not the outer document', () => {
  const lookup = {
    from: 'stock',
    let: { want: '$want', none: '$none' },
    pipeline: [
      { $match: { $expr: { $gte: ['$n', '$$want'] } } },
      { $project: { _id: 0, n: 1, want: { $add: ['$$want', '$$extra'] }, none: '$$none', outer: '$item' } }
    ],
    as: 'stock'
  }
  assertPipeline(
    [{ $lookup: lookup }],
    [{ want: long(8), item: 'a' }, { want: 9 }],
    [
      { want: long(8), item: 'a', stock: [{ n: 8, want: long(9) }] },
      { want: 9, stock: [] }
    ],
    { others, variables: { extra: 1 } }
  )
})

test('$lookup by fields and by a pipeline at once refines what the fields join', () => {
  const lookup = { ...join.$lookup, pipeline: [{ $sort: { n: -1 } }, { $limit: 1 }, { $unset: ['_id', 'sku'] }] }
  assertPipeline([{ $lookup: lookup }], [{ item: 'a' }], [{ item: 'a', stock: [{ n: 8 }] }], { others })
})

test('a $lookup inside a $lookup sees the variables of both', () => {
  const inner = {
    from: 'stock',
    let: { b: '$n' },
    pipeline: [{ $match: { $expr: { $eq: ['$n', { $add: ['$$a', '$$b'] }] } } }, { $project: { n: 1 } }],
    as: 'deep'
  }
  const outer = {
    from: 'stock',
    let: { a: '$a' },
    pipeline: [{ $match: { _id: 1 } }, { $lookup: inner }, { $project: { deep: 1 } }],
    as: 'joined'
  }
  assertPipeline([{ $lookup: outer }], [{ a: 3 }], [{ a: 3, joined: [{ _id: 1, deep: [{ _id: 4, n: 8 }] }] }], {
    others
  })
})

test('malformed lookups are refused, their pipelines before any document', () => {
  const from = { from: 'stock', as: 'x' }
  assertFails(9, /both or neither/, () => pipelined([{ $lookup: { ...from, localField: 'a' } }], []))
  assertFails(9, /or a pipeline/, () => pipelined([{ $lookup: from }], []))
  assertFails(9, /must also specify a pipeline/, () => pipelined([{ $lookup: { ...join.$lookup, let: {} } }], []))
  assertFails(40414, /'\$lookup\.as' is missing/, () => pipelined([{ $lookup: { from: 'a' } }], []))
  assertFails(40415, /'\$lookup\.other'/, () => pipelined([{ $lookup: { ...join.$lookup, other: 1 } }], []))
  assertFails(9, /must be a string, not object/, () =>
    pipelined([{ $lookup: { ...join.$lookup, from: { db: 'a', coll: 'b' } } }], [])
  )
  assertFails(40324, /\$nope/, () => pipelined([{ $lookup: { ...from, let: { a: 1 }, pipeline: [{ $nope: 1 }] } }], []))
  assertFails(17276, /b/, () =>
    pipelined([{ $lookup: { ...from, let: { a: 1 }, pipeline: [{ $match: { $expr: '$$b' } }] } }], [])
  )
})

test('$unionWith appends another collection, through a pipeline if there is one', () => {
  assertPipeline([{ $match: { _id: 1 } }, { $unionWith: 'a' }], [{ _id: 1 }], [{ _id: 1 }, { _id: 2 }], {
    others: { a: [{ _id: 2 }] }
  })
  assertPipeline(
    [{ $unionWith: { coll: 'stock', pipeline: [{ $match: { n: 7 } }, { $project: { n: 1 } }] } }],
    [],
    [{ _id: 3, n: 7 }],
    { others }
  )
})

test('each pipeline of $facet gets all documents', () => {
  assertPipeline(
    [
      {
        $facet: {
          count: [{ $count: 'n' }],
          first: [{ $sort: { l: 1 } }, { $limit: 1 }],
          none: [{ $match: { l: 'z' } }]
        }
      }
    ],
    letters,
    [{ count: [{ n: 4 }], first: [letters[1]!], none: [] }]
  )
  assertFails(40169, /non-empty/, () => pipelined([{ $facet: {} }], []))
  assertFails(40170, /facet/, () => pipelined([{ $facet: { 'a.b': [] } }], []))
  assertFails(40600, /\$facet/, () => pipelined([{ $facet: { a: [{ $facet: { b: [] } }] } }], []))
  assertFails(14, /int/, () => pipelined([{ $facet: { a: 1 } }], []))
})

test('$sample gives different documents by the Runtime’s chance, the same for the same seed', () => {
  const documents = Array.from({ length: 20 }, (_, _id) => ({ _id }))
  const sample = (seed: number) => pipelined([{ $sample: { size: 5 } }], documents, { seed }).map(text)
  assert.equal(new Set(sample(1)).size, 5)
  assert.deepEqual(sample(1), sample(1))
  assert.notDeepEqual(sample(1), sample(2))
  const all = pipelined([{ $sample: { size: 99 } }], documents).map(text)
  assert.deepEqual(all.toSorted(), documents.map(each => text(doc(each))).toSorted())
  assertFails(28745, /size/, () => pipelined([{ $sample: {} }], []))
  assertFails(28747, /-1/, () => pipelined([{ $sample: { size: -1 } }], []))
})

test('a stage that is not built is refused by name, before any document is looked at', () => {
  for (const name of ['$nope', '$graphLookup', '$currentOp', '$setWindowFields', '$__proto__', 'match']) {
    assertFails(40324, new RegExp(`Unrecognized pipeline stage name: '\\${name}'`), () =>
      pipelined([{ [name]: 1 }], [])
    )
  }
  assertFails(40573, /replica sets/, () => pipelined([{ $changeStream: {} }], []))
  assertFails(40323, /exactly one field/, () => pipelined([{}], []))
  assertFails(40323, /exactly one field/, () => pipelined([{ $match: {}, $limit: 1 }], []))
  assertFails(7749501, /stagesMax/, () =>
    pipelined(
      Array.from({ length: stagesMax + 1 }, () => ({ $skip: 0 })),
      []
    )
  )
})

test('no stage changes a document in place', () => {
  const document = doc({ _id: 1, a: [{ b: 1 }, { b: 2 }], o: { x: 1 } })
  const before = text(document)
  pipelined(
    [
      { $set: { 'o.y': 1, 'a.c': '$o' } },
      { $facet: { one: [{ $unwind: { path: '$a', includeArrayIndex: 'o.i' } }], two: [{ $unset: 'o.x' }] } },
      { $unwind: '$one' },
      { $group: { _id: null, merged: { $mergeObjects: '$one' } } }
    ],
    [document]
  )
  assert.equal(text(document), before)
})

test('$listLocalSessions gives what the member knows, and has to be the first', () => {
  const documents = pipelined([{ $listLocalSessions: {} }, { $limit: 1 }, { $project: { _id: 1 } }], [])
  assert.equal(documents.map(text).join(), text(doc({ _id: 'a session' })))
  assertFails(40602, /first stage/, () => pipelined([{ $limit: 1 }, { $listLocalSessions: {} }], []))
  assertFails(40415, /users/, () => pipelined([{ $listLocalSessions: { users: [] } }], []))
  assertFails(40600, /\$facet/, () => pipelined([{ $facet: { a: [{ $listLocalSessions: {} }] } }], []))
})
