/** Commands that two servers get, whose replies have to be the same. They are about what servers decide, not drivers. */
import { Binary, Decimal128, type Document, Long, ObjectId, UUID } from 'mongodb'

/** Sent in order on an empty database; the replies of all of them are compared. */
export interface Probe {
  readonly name: string
  readonly commands: readonly Document[]
}

const documents: readonly Document[] = [
  { _id: 0 },
  { _id: 1, a: 1, b: { c: 1, d: [1, 2] }, s: 'apple' },
  { _id: 2, a: [1, 2, 3], b: { c: null }, s: 'Banana' },
  { _id: 3, a: null, b: [{ c: 1 }, { c: 2 }], s: 'cherry\npie' },
  { _id: 4, a: '1', b: [], s: '' },
  { _id: 5, a: [], b: [[1, 2], 3], t: true },
  { _id: 6, a: 1.5, b: { d: 1, c: 1 }, t: false },
  { _id: 7, a: Long.fromNumber(3), b: 7, s: 'äpfel' },
  {
    _id: 8,
    a: Decimal128.fromString('2.5'),
    b: [1, 1],
    x: [
      { k: 1, v: 2 },
      { k: 2, v: 1 }
    ]
  },
  { _id: 9, a: new Date(0), b: new Binary(new Uint8Array([1, 2])), x: { k: [1, 2], v: 3 } },
  { _id: 10, a: new ObjectId('650000000000000000000000'), b: /^a/i, x: [[{ k: 1 }]] },
  { _id: 11, a: new UUID('00000000-0000-4000-8000-000000000000'), b: -0, x: [1, 'x', null] },
  { _id: 12, a: Number.NaN, b: Infinity, x: {} }
]

const filters: readonly Document[] = [
  {},
  { a: 1 },
  { a: null },
  { a: { $ne: null } },
  { a: [1, 2, 3] },
  { a: { $in: [1, null, '1'] } },
  { a: { $nin: [1, null] } },
  { a: { $gt: 1 } },
  { a: { $gte: 1, $lt: 3 } },
  { a: { $lte: null } },
  { a: { $gt: '0' } },
  { a: { $exists: false } },
  { a: { $exists: true, $size: 0 } },
  { a: { $type: 'number' } },
  { a: { $type: ['string', 'date', 10] } },
  { a: { $type: 'array' } },
  { a: { $mod: [2, 1] } },
  { a: { $all: [1, 2] } },
  { a: { $elemMatch: { $gt: 1, $lt: 3 } } },
  { a: { $not: { $gt: 1 } } },
  { a: Number.NaN },
  { a: { $gt: Number.NaN } },
  { 'a.0': 1 },
  { b: { c: 1, d: 1 } },
  { b: { d: 1, c: 1 } },
  { 'b.c': 1 },
  { 'b.c': null },
  { 'b.d': { $exists: false } },
  { 'b.0': 1 },
  { 'b.0.c': 1 },
  { b: { $size: 2 } },
  { b: [1, 2] },
  { b: { $elemMatch: { c: { $gt: 1 } } } },
  { b: { $elemMatch: { $elemMatch: { $gt: 1 } } } },
  { b: 0 },
  { s: /^a/ },
  { s: { $regex: 'AN', $options: 'i' } },
  { s: { $regex: '^p', $options: 'm' } },
  { s: { $in: [/e$/, ''] } },
  { s: { $not: /e/ } },
  { x: { $elemMatch: { k: 1, v: 2 } } },
  { 'x.k': 1 },
  { 'x.k': { $all: [1, 2] } },
  { 'x.v': { $gte: 2 } },
  { x: { $in: [null, {}] } },
  { $or: [{ a: 1 }, { t: true }] },
  { $nor: [{ a: { $exists: true } }, { t: false }] },
  { $and: [{ a: { $gte: 1 } }, { a: { $lte: 1 } }] },
  { $expr: { $gt: ['$a', 1] } },
  { $expr: { $eq: [{ $type: '$b' }, 'array'] } },
  { _id: { $gte: 3, $lt: 5 }, b: { $ne: [] } },
  { a: { $bitsAllSet: 1 } },
  { a: { $nothing: 1 } },
  { a: { $in: 1 } },
  { $or: [] },
  { a: { $size: -1 } },
  { a: { $mod: [0, 1] } },
  { a: { $regex: '(' } }
]

const sorts: readonly Document[] = [
  { a: 1, _id: 1 },
  { a: -1, _id: 1 },
  { b: 1, _id: 1 },
  { 'b.c': 1, _id: -1 },
  { s: 1, _id: 1 }
]

const projections: readonly Document[] = [
  { a: 1 },
  { a: 0, b: 0 },
  { _id: 0, 'b.c': 1 },
  { 'b.c': 0 },
  { a: { $slice: 1 } },
  { a: { $slice: [1, 1] } },
  { x: { $elemMatch: { k: 1 } } },
  { twice: { $multiply: [{ $cond: [{ $isNumber: '$a' }, '$a', 0] }, 2] } },
  { a: 1, b: 0 },
  { a: { $nothing: 1 } },
  { 'a.': 1 }
]

/** Each on one document, which is read afterwards. */
const updates: readonly Document[] = [
  { $set: { a: 1, 'b.e.f': 2 } },
  { $set: { 'list.1': 9 } },
  { $set: { 'list.6': 9 } },
  { $unset: { a: '', 'list.0': '' } },
  { $inc: { n: 2, missing: 1 } },
  { $inc: { n: 0.5 } },
  { $inc: { s: 1 } },
  { $mul: { n: 3, missing: 3 } },
  { $min: { n: 1, s: 'a', missing: 1 } },
  { $max: { n: 'x', list: 3 } },
  { $rename: { n: 'm', missing: 'other' } },
  { $rename: { n: 'b.n' } },
  { $push: { list: 4, fresh: 1 } },
  { $push: { list: { $each: [9, 0], $position: 1 } } },
  { $push: { list: { $each: [9, 0], $sort: -1, $slice: 3 } } },
  { $push: { objects: { $each: [{ k: 0 }], $sort: { k: 1 }, $slice: -2 } } },
  { $push: { n: 1 } },
  { $addToSet: { list: { $each: [1, 8, 8] } } },
  { $pull: { list: { $gte: 2 } } },
  { $pull: { objects: { k: 1 } } },
  { $pullAll: { list: [1, 3] } },
  { $pop: { list: -1, objects: 1 } },
  { $bit: { n: { xor: 3 } } },
  { $set: { 'objects.$[].k': 0 } },
  { $set: { a: 1 }, $unset: { a: '' } },
  { $set: { 's.deep': 1 } },
  { $setOnInsert: { a: 1 } },
  { $nothing: { a: 1 } },
  { replaced: true }
]

const updated: Document = { _id: 1, n: 5, s: 'b', b: { c: 1 }, list: [1, 2, 3, 1], objects: [{ k: 2, v: 1 }, { k: 1 }] }

const pipelines: readonly (readonly Document[])[] = [
  [{ $group: { _id: { $type: '$a' }, ids: { $push: '$_id' } } }, { $sort: { _id: 1 } }],
  [
    { $group: { _id: null, sum: { $sum: '$a' }, average: { $avg: '$a' }, least: { $min: '$a' }, most: { $max: '$a' } } }
  ],
  [{ $unwind: '$a' }, { $project: { a: 1 } }],
  [
    { $unwind: { path: '$b', includeArrayIndex: 'at', preserveNullAndEmptyArrays: true } },
    { $project: { b: 1, at: 1 } }
  ],
  [{ $match: { _id: { $lt: 4 } } }, { $addFields: { 'b.new': { $ifNull: ['$a', 'none'] } } }],
  [{ $project: { size: { $cond: [{ $isArray: '$b' }, { $size: '$b' }, -1] } } }],
  [{ $match: { s: { $exists: true } } }, { $project: { upper: { $toUpper: '$s' }, long: { $strLenCP: '$s' } } }],
  [{ $sort: { _id: -1 } }, { $skip: 1 }, { $limit: 2 }, { $count: 'count' }],
  [{ $match: { a: 77 } }, { $count: 'count' }],
  [{ $match: { _id: 1 } }, { $replaceRoot: { newRoot: '$b' } }],
  [{ $match: { _id: 0 } }, { $replaceRoot: { newRoot: '$b' } }],
  [{ $group: { _id: '$t', first: { $first: '$_id' }, all: { $addToSet: '$missing' } } }, { $sort: { _id: 1 } }],
  [{ $sortByCount: '$t' }, { $sort: { _id: 1 } }],
  [{ $project: { a: '$b.c', _id: 0 } }, { $match: { a: { $ne: null } } }],
  [{ $match: { _id: 1 } }, { $project: { q: { $divide: [1, 0] } } }],
  [{ $match: { _id: 1 } }, { $project: { q: { $nothing: 1 } } }],
  [{ $match: { _id: 1 } }, { $project: { q: { $add: [1, { $nothing: 1 }] } } }],
  [{ $match: { _id: 1 } }, { $addFields: { q: { $nothing: 1 } } }],
  [{ $match: { $expr: { $nothing: 1 } } }],
  [{ $group: { _id: { $nothing: 1 } } }],
  [{ $limit: 0 }]
]

const commands: readonly Document[] = [
  { insert: 'things', documents: [] },
  { insert: 'things', documents: [{ _id: 20 }, { _id: 20 }, { _id: 21 }] },
  { insert: 'things', documents: [{ _id: 20 }, { _id: 20 }, { _id: 21 }], ordered: false },
  { insert: 'things', documents: [{ _id: [1] }] },
  { insert: 'things', documents: [{ _id: 30, $a: 1 }] },
  { insert: 'things' },
  { delete: 'things', deletes: [{ q: { a: { $gt: 0 } }, limit: 1 }] },
  { delete: 'things', deletes: [{ q: {}, limit: 2 }] },
  { update: 'things', updates: [{ q: { _id: 99, a: 1 }, u: { $setOnInsert: { b: 2 } }, upsert: true }] },
  { update: 'things', updates: [{ q: {}, u: { a: 1 }, multi: true }] },
  { update: 'things', updates: [{ q: { x: { $elemMatch: { k: 2 } } }, u: { $set: { 'x.$.v': 9 } } }] },
  {
    update: 'things',
    updates: [{ q: { _id: 8 }, u: { $set: { 'x.$[e].v': 9 } }, arrayFilters: [{ 'e.k': { $gt: 1 } }] }]
  },
  { update: 'things', updates: [{ q: { _id: 1 }, u: [{ $set: { sum: { $add: ['$a', '$b.c'] } } }, { $unset: 'b' }] }] },
  { findAndModify: 'things', query: { a: 1 }, sort: { _id: -1 }, update: { $inc: { hits: 1 } }, new: true },
  { findAndModify: 'things', query: { _id: 98 }, update: { $set: { a: 1 } }, upsert: true },
  { findAndModify: 'things', query: { _id: 1 }, remove: true, fields: { s: 1 } },
  { findAndModify: 'things', query: { _id: 97 }, remove: true },
  { findAndModify: 'things', query: {}, remove: true, new: true },
  { count: 'things', query: { a: { $gt: 0 } }, skip: 1 },
  { count: 'missing' },
  { distinct: 'things', key: 'a' },
  { distinct: 'things', key: 'b.c' },
  { distinct: 'things', key: 'x.k', query: { _id: { $lt: 10 } } },
  { find: 'things', limit: 2, skip: 1, sort: { _id: 1 } },
  { find: 'things', batchSize: 0 },
  { find: 'missing' },
  { find: 'things', unknownField: 1 },
  { find: 1 },
  { aggregate: 2, pipeline: [], cursor: {} },
  { aggregate: {}, pipeline: [], cursor: {} },
  { getMore: Long.fromNumber(12_345), collection: 'things' },
  { killCursors: 'things', cursors: [Long.fromNumber(12_345)] },
  { create: 'things' },
  { drop: 'missing' },
  { createIndexes: 'things', indexes: [{ key: { s: 1 }, name: 's_1', sparse: true }] },
  { createIndexes: 'things', indexes: [{ key: { a: 1 }, name: 'u', unique: true }] },
  { createIndexes: 'things', indexes: [{ key: {}, name: 'none' }] },
  { createIndexes: 'things', indexes: [{ key: { s: 1 }, name: 's_1', partialFilterExpression: null }] },
  { dropIndexes: 'things', index: 'none' },
  { listIndexes: 'missing' },
  { ping: 1 },
  { noSuchCommand: 1 }
]

/** What is there after a write. */
const readAll: Document = { find: 'things', sort: { _id: 1 } }

function named(what: string, sent: unknown): string {
  return `${what} ${JSON.stringify(sent, (_, value: unknown) => (hasNoJSON(value) ? String(value) : value))}`
}

function hasNoJSON(value: unknown): boolean {
  return value instanceof RegExp || value instanceof Long || (typeof value === 'number' && !Number.isFinite(value))
}

function onDocuments(name: string, ...sent: readonly Document[]): Probe {
  return { name, commands: [{ insert: 'things', documents }, ...sent] }
}

export const probes: readonly Probe[] = [
  ...filters.map(filter => onDocuments(named('find', filter), { ...readAll, filter, projection: { _id: 1 } })),
  ...sorts.map(sort => onDocuments(named('sort', sort), { find: 'things', sort, projection: { _id: 1 } })),
  ...projections.map(projection => onDocuments(named('project', projection), { ...readAll, projection })),
  ...updates.map(u => ({
    name: named('update', u),
    commands: [
      { insert: 'things', documents: [updated] },
      { update: 'things', updates: [{ q: { _id: 1 }, u }] },
      readAll
    ]
  })),
  ...pipelines.map(pipeline =>
    onDocuments(named('aggregate', pipeline), {
      aggregate: 'things',
      pipeline: [{ $sort: { _id: 1 } }, ...pipeline],
      cursor: {}
    })
  ),
  ...commands.map(command => onDocuments(named('command', command), command, readAll))
]
