/** Where SecantusDB 0.7.0b3 replies otherwise than the embedded deployment: path → its value and the embedded one's. */
import type { Differing } from '../differing.ts'
import type { Deviation } from '../judge.ts'

/** A reason that begins with "embedded:" is a doubt about our side. All others are SecantusDB's deviations from MongoDB. */
export type Exemption = Deviation & { readonly result: Differing }

const none = '(none)'
const noWayIntoArrays = 'a path does not go into each document of an array'
const notRefused = { '1.cursor': ['(document)', none] } as const

export const exemptions: Readonly<Record<string, Exemption>> = {
  'find {"x.k":{"$all":[1,2]}}': {
    reason: noWayIntoArrays,
    result: { '1.cursor.firstBatch': ['(array of 1)', '(array of 2)'] }
  },
  'project {"a.":1}': {
    reason: 'a path that ends with a dot is not refused',
    result: { ...notRefused, '1.code': [none, '(document)'], '1.codeName': [none, 'Location40353'] }
  },
  'project {"a":{"$nothing":1}}': {
    reason: 'an unknown expression has the code of a projection only in a pipeline, not in a find',
    result: { '1.code.Int32': ['168', '31325'], '1.codeName': ['InvalidPipelineOperator', 'Location31325'] }
  },
  'aggregate [{"$unwind":{"path":"$b","includeArrayIndex":"at","preserveNullAndEmptyArrays":true}},{"$project":{"b":1,"at":1}}]':
    {
      reason: 'the place in an array is an integer of 32 bits instead of 64',
      result: Object.fromEntries([3, 6, 10].flatMap(row => [...numberTypes(row, '0'), ...numberTypes(row + 1, '1')]))
    },
  'aggregate [{"$match":{"_id":{"$lt":4}}},{"$addFields":{"b.new":{"$ifNull":["$a","none"]}}}]': {
    reason: noWayIntoArrays,
    result: {
      '1.cursor.firstBatch.3.b.0.new': [none, 'none'],
      '1.cursor.firstBatch.3.b.1.new': [none, 'none']
    }
  },
  'aggregate [{"$match":{"a":77}},{"$count":"count"}]': {
    reason: '$count of nothing gives a document with 0 instead of no document',
    result: { '1.cursor.firstBatch': ['(array of 1)', '(array of 0)'] }
  },
  'aggregate [{"$project":{"a":"$b.c","_id":0}},{"$match":{"a":{"$ne":null}}}]': {
    reason: noWayIntoArrays,
    result: { '1.cursor.firstBatch': ['(array of 2)', '(array of 6)'] }
  },
  'command {"insert":"things","documents":[{"_id":[1]}]}': {
    reason: 'an array is taken for an _id',
    result: {
      '1.n.Int32': ['1', '0'],
      '1.writeErrors': [none, '(array of 1)'],
      '2.cursor.firstBatch': ['(array of 14)', '(array of 13)']
    }
  },
  'command {"insert":"things"}': {
    reason: 'a field that is missing counts as one that is empty',
    result: { '1.code.Int32': ['16', '40414'], '1.codeName': ['InvalidLength', 'IDLFailedToParse'] }
  },
  'command {"distinct":"things","key":"b.c"}': {
    reason: noWayIntoArrays,
    result: { '1.values': ['(array of 2)', '(array of 3)'] }
  },
  'command {"find":"things","unknownField":1}': {
    reason: 'a field that the command has not is not refused',
    result: { ...notRefused, '1.code': [none, '(document)'], '1.codeName': [none, 'IDLUnknownField'] }
  },
  'command {"find":1}': {
    reason: 'the name of a collection of another type than text is a failure within the server',
    result: { '1.code.Int32': ['1', '73'], '1.codeName': ['InternalError', 'InvalidNamespace'] }
  },
  'command {"aggregate":2,"pipeline":[],"cursor":{}}': {
    reason: 'any number is taken for the 1 that stands for no collection',
    result: { ...notRefused, '1.code': [none, '(document)'], '1.codeName': [none, 'FailedToParse'] }
  },
  'command {"aggregate":{},"pipeline":[],"cursor":{}}': {
    reason: 'what is no name of a collection is taken for none',
    result: { ...notRefused, '1.code': [none, '(document)'], '1.codeName': [none, 'TypeMismatch'] }
  },
  'command {"killCursors":"things","cursors":["12345"]}': {
    reason: 'identifiers of cursors are told as integers of 32 bits where they fit',
    result: { '1.cursorsNotFound.0.Int32': ['12345', none], '1.cursorsNotFound.0.Long': [none, '12345'] }
  }
}

function numberTypes(row: number, place: string): (readonly [string, readonly [string, string]])[] {
  const path = `1.cursor.firstBatch.${row}.at`
  return [
    [`${path}.Int32`, [place, none]],
    [`${path}.Long`, [none, place]]
  ]
}
