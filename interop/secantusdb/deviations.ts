/** Where SecantusDB 0.7.0b3 gives another result than a case of the integration tests expects, on both of its personas. */
import type { DriverName } from '../../test/integration/drivers.ts'
import { officialDriverDeviations } from '../expected.ts'
import { type Deviations, text } from '../judge.ts'

const noSingleBatch = 'singleBatch is not heeded: the cursor goes on to its end'

const byIdThroughIndex = 'a find by _id is planned as one through any index: its stages have other names'

const waitsAstray = 'a getMore that waits is answered on another connection, or not at all'

/** Cases that go otherwise each time. */
export const leftOut: Readonly<Record<string, string>> = {
  'a cursor that awaits data gives a document that is inserted meanwhile': waitsAstray,
  'tryNext of a cursor that awaits data gives null when the server has waited': waitsAstray,
  'a tailable cursor in an empty capped collection is over at once': waitsAstray,
  'runCursorCommand follows a capped collection as well': waitsAstray
}

const withBoth: Deviations = {
  'a capped collection keeps its newest documents, and says what it is': {
    reason: 'a capped collection keeps more documents than its max',
    result: { kept: [0, 1, 2, 3, 4], capped: true, options: { capped: true, size: 4096, max: 2 } }
  },
  'stages can be added to a pipeline one by one': {
    reason: 'a path does not go into the documents of an array',
    result: [
      [
        { _id: 2, tags: 'x', price: 3 },
        { _id: 1, tags: 'x', price: 2 }
      ],
      [
        { _id: 'a', total: 7 },
        { _id: 'b', total: 3 }
      ],
      [{}],
      3
    ]
  },
  'a negative limit with a smaller batchSize is one batch of batchSize': {
    reason: noSingleBatch,
    result: [0, 1, 2, 3]
  },
  'a negative batchSize is one batch of so many': { reason: noSingleBatch, result: [0, 1, 2, 3, 4, 5] },
  'singleBatch ends after the first batch': { reason: noSingleBatch, result: [0, 1, 2, 3, 4, 5] },
  'rename to a name that is taken is error 48, unless the other one is dropped': {
    reason: 'the text of an error names the collection'
  },
  'a unique index over documents that are equal in it is error 11000, of the command': {
    reason: 'the text of an error names the build of the index, as a server’s does: numbers that are drawn by chance'
  },
  'a stage that does not exist is the server’s error 40324': { reason: 'the embedded deployment’s text names itself' },
  'distinct gives each value once, those of arrays one by one': {
    reason: 'a path does not go into the documents of an array',
    result: { all: [1, 2, { b: 3 }, 'x', null], some: ['x'], nested: [], none: [] }
  },
  'round trip: dates, before 1970 and far off too': {
    reason: 'it reads dates as Python’s, and refuses what lies outside the years 1 to 9999',
    result: { thrown: 'MongoServerError', message: text }
  },
  'createIndexes of which one cannot be makes none': {
    reason: 'an index that could be made stays when another of the same command could not',
    result: { failed: { error: 'MongoServerError', code: 11000, codeName: 'DuplicateKey' }, names: ['_id_', 'b_1'] }
  },
  'createCollection makes a collection, which listCollections lists': {
    reason: 'idIndex has the field ns, which servers before 4.4 had',
    result: {
      namespace: 'parity.made',
      info: {
        name: 'made',
        type: 'collection',
        options: {},
        info: { readOnly: false },
        idIndex: { v: 2, key: { _id: 1 }, name: '_id_', ns: 'parity.made' }
      },
      isIdentified: true,
      others: [],
      names: ['made', 'other']
    }
  },
  'a collection with options that the server cannot have is refused by it': {
    reason: 'it has what the embedded deployment has not',
    result: { thrown: 'AssertionError', message: text }
  },
  'buildInfo and serverStatus are the server’s replies': {
    reason: 'its process has a name of its own',
    result: [4, 'secantus']
  },
  'explain of a cursor tells how it would find its documents, which it gives all the same': {
    reason: byIdThroughIndex,
    result: {
      find: 'FETCH',
      options: 'FETCH',
      least: 'FETCH',
      aggregate: 'COLLSCAN',
      executed: 2,
      documents: [{ _id: 1 }]
    }
  },
  'the option explain gives an explanation in place of the result, and nothing is written': {
    reason: byIdThroughIndex,
    result: {
      stages: ['COLLSCAN', 'COLLSCAN', 'LIMIT', ...Array.from({ length: 8 }, () => 'COLLSCAN')],
      stored: [{ _id: 0 }, { _id: 1 }, { _id: 2 }]
    }
  }
}

/** Where the official driver sends another command than cenote, or judges a reply by itself. */
const withOfficialDriver: Deviations = {
  'an empty collection name is refused': {
    reason: 'an empty name is taken for a collection’s',
    result: { thrown: 'AssertionError', message: text }
  },
  'an operation that is explained has no write concern of its own': {
    reason: 'a write concern is taken with an explanation',
    result: { thrown: 'AssertionError', message: text }
  },
  ...officialDriverDeviations
}

/** The other driver sends such a batchSize as a limit. */
const onlyWithCenote: readonly string[] = ['a negative batchSize is one batch of so many']

/** By the driver that does the work. */
export const deviations: Readonly<Record<DriverName, Deviations>> = {
  cenote: withBoth,
  mongodb: {
    ...Object.fromEntries(Object.entries(withBoth).filter(([name]) => !onlyWithCenote.includes(name))),
    ...withOfficialDriver
  }
}
