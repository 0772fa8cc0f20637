import type { DriverName } from './drivers.ts'

/** A case in which one driver gives another result than the case expects. */
export interface Difference {
  /** Which driver. */
  readonly driver: DriverName
  /** Why. What begins with "cenote:" is a defect that is known and has to go; all others are meant to stay. */
  readonly reason: string
  readonly result: unknown
  /** Where a replica set gives yet another. */
  readonly onReplicaSet?: unknown
}

const duplicate = 'E11000 duplicate key error collection: parity.things index: _id_ dup key:'

const immutable =
  "Plan executor error during update :: caused by :: Performing an update on the path '_id' would modify the immutable field '_id'"

/** cenote's texts say more: the value, or what to do instead. */
const otherText = 'the text of an error that the driver finds by itself'

/** Every difference between the drivers, by the name of its case: nothing else may differ. */
export const differences: Readonly<Record<string, Difference>> = {
  'an unordered insertMany with two failures tells both, by their places': {
    driver: 'mongodb',
    reason: 'the text of the error: it says nothing of the second failure',
    result: {
      error: 'MongoBulkWriteError',
      message: `${duplicate} { _id: 0 }`,
      code: 11000,
      insertedCount: 2,
      insertedIds: { 0: 0, 2: 2 },
      writeErrors: [
        { index: 1, code: 11000, errmsg: `${duplicate} { _id: 0 }` },
        { index: 3, code: 11000, errmsg: `${duplicate} { _id: 2 }` }
      ]
    }
  },
  'insertMany of nothing is refused before anything is sent': {
    driver: 'mongodb',
    reason: otherText,
    result: { error: 'MongoInvalidArgumentError', message: 'Invalid BulkOperation, Batch cannot be empty' }
  },
  'insertMany of something else than an array is refused': {
    driver: 'mongodb',
    reason: otherText,
    result: { error: 'MongoInvalidArgumentError', message: 'Argument "docs" must be an array of documents' }
  },
  'a document above 16 MiB is refused': {
    driver: 'mongodb',
    reason: 'it is found out by writing past the end of a buffer, and the limit is not named',
    result: { error: 'RangeError', stored: [] }
  },
  'a sort direction that is none is refused': {
    driver: 'mongodb',
    reason: otherText,
    result: { error: 'MongoInvalidArgumentError', message: 'Invalid sort direction: 2' }
  },
  'break in for await closes the cursor, here and on the server': {
    driver: 'mongodb',
    reason: 'a cursor that was closed before its end does not say so',
    result: { openDuring: 1, openAfter: 0, closed: false }
  },
  'close ends the cursor on the server, and may be called again': {
    driver: 'mongodb',
    reason: 'a cursor that was closed before its end does not say so',
    result: { before: 1, after: 0, closed: false }
  },
  'a cursor that has been read cannot be changed': {
    driver: 'mongodb',
    reason: otherText,
    result: { error: 'MongoCursorInUseError', message: 'Cursor is already initialized' }
  },
  'a clone has the options, and nothing of what was read or mapped to': {
    driver: 'mongodb',
    reason: 'the clone of an aggregation shares its stages: what is added to one is added to the other',
    result: {
      read: 3,
      cloned: [{ _id: 3 }, { _id: 2 }],
      rest: [2, 1],
      aggregated: [],
      untouched: [],
      listed: [{ name: 'things', type: 'collection' }],
      indexes: 1
    }
  },
  'an update without operators is refused before anything is sent': {
    driver: 'mongodb',
    reason: otherText,
    result: { error: 'MongoInvalidArgumentError', message: 'Update document requires atomic operators' }
  },
  'an empty update is refused before anything is sent': {
    driver: 'mongodb',
    reason: otherText,
    result: { error: 'MongoInvalidArgumentError', message: 'Update document requires atomic operators' }
  },
  'a replacement with operators is refused before anything is sent': {
    driver: 'mongodb',
    reason: otherText,
    result: {
      error: 'MongoInvalidArgumentError',
      message: 'Replacement document must not contain atomic operators'
    }
  },
  'findOneAndUpdate without operators, and findOneAndReplace with some, are refused before anything is sent': {
    driver: 'mongodb',
    reason: otherText,
    result: [
      { error: 'MongoInvalidArgumentError', message: 'Update document requires atomic operators' },
      { error: 'MongoInvalidArgumentError', message: 'Replacement document must not contain atomic operators' }
    ]
  },
  'updates and deletes with write concern 0 are not acknowledged, and count nothing': {
    driver: 'mongodb',
    reason: 'counts that nobody knows are undefined, although their type says number',
    result: [
      { acknowledged: false, matchedCount: undefined, modifiedCount: undefined, upsertedCount: 0, upsertedId: null },
      { acknowledged: false, deletedCount: undefined }
    ]
  },
  'an unordered bulkWrite takes all six kinds of operations': {
    driver: 'mongodb',
    reason: 'the place of an upserted document is counted among the updates, not among the operations',
    result: {
      result: {
        insertedCount: 2,
        matchedCount: 5,
        modifiedCount: 5,
        deletedCount: 3,
        upsertedCount: 1,
        insertedIds: { 0: 10, 7: 12 },
        upsertedIds: { 4: 11 }
      },
      stored: [
        { _id: 0, a: 1, b: 0 },
        { _id: 1, b: 1 },
        { _id: 2, b: 2 },
        { _id: 3, c: 1 },
        { _id: 10, a: 1 },
        { _id: 11, d: 1 },
        { _id: 12 }
      ]
    }
  },
  'an ordered bulkWrite stops at the first failure, and its error tells what was done before': {
    driver: 'mongodb',
    reason:
      'the place of a failure counts as a number of inserts, so that the document that failed is among the inserted',
    result: {
      error: {
        error: 'MongoBulkWriteError',
        message: `${duplicate} { _id: 1 }`,
        code: 11000,
        insertedCount: 1,
        insertedIds: { 1: 5, 2: 1 },
        writeErrors: [{ index: 2, code: 11000, errmsg: `${duplicate} { _id: 1 }` }]
      },
      result: {
        insertedCount: 1,
        matchedCount: 1,
        modifiedCount: 1,
        deletedCount: 0,
        upsertedCount: 0,
        insertedIds: { 1: 5, 2: 1 },
        upsertedIds: {}
      },
      stored: [{ _id: 0, a: 1 }, { _id: 1 }, { _id: 2 }, { _id: 5 }]
    }
  },
  'an unordered bulkWrite goes on, and its error tells every failure by its place': {
    driver: 'mongodb',
    reason: 'the text of the error: it says nothing of the second failure',
    result: {
      error: {
        error: 'MongoBulkWriteError',
        message: `${duplicate} { _id: 1 }`,
        code: 11000,
        insertedCount: 2,
        insertedIds: { 1: 5, 4: 6 },
        writeErrors: [
          { index: 2, code: 11000, errmsg: `${duplicate} { _id: 1 }` },
          { index: 3, code: 66, errmsg: immutable }
        ]
      },
      result: {
        insertedCount: 2,
        matchedCount: 1,
        modifiedCount: 1,
        deletedCount: 1,
        upsertedCount: 0,
        insertedIds: { 1: 5, 4: 6 },
        upsertedIds: {}
      },
      stored: [{ _id: 0, a: 1 }, { _id: 1 }, { _id: 5 }, { _id: 6 }]
    }
  },
  'a bulkWrite of nothing is refused before anything is sent': {
    driver: 'mongodb',
    reason: otherText,
    result: { error: 'MongoInvalidArgumentError', message: 'Invalid BulkOperation, Batch cannot be empty' }
  },
  'a client’s bulkWrite of which nothing was done has no partial result': {
    driver: 'mongodb',
    reason: 'an error has a partial result of zeros, against the specification of bulk writes',
    result: {
      error: 'MongoClientBulkWriteError',
      codes: [[0, 11000]],
      concerns: [],
      partial: {
        acknowledged: true,
        insertedCount: 0,
        matchedCount: 0,
        modifiedCount: 0,
        deletedCount: 0,
        upsertedCount: 0,
        insertResults: undefined,
        updateResults: undefined,
        deleteResults: undefined
      },
      cause: undefined
    }
  },
  'a client’s bulkWrite of nothing, or with write concern 0 and an order, is refused before anything is sent': {
    driver: 'mongodb',
    reason: 'no models are an error of a class of their own',
    result: ['MongoClientBulkWriteExecutionError', 'MongoInvalidArgumentError']
  },
  'an option of an index that is undefined counts as one that is not given': {
    driver: 'mongodb',
    reason: 'it is sent as null, which the server refuses',
    result: { error: 'MongoServerError', code: 14, codeName: 'TypeMismatch' }
  },
  'dropIndex does not drop all indexes, and dropIndexes fails where there is no collection': {
    driver: 'mongodb',
    reason:
      'it takes * for a name, against the specification of index management, and keeps failures of dropIndexes to itself',
    result: ['done', 'done']
  },
  'options of a collection that does not exist are refused': {
    driver: 'mongodb',
    reason: otherText,
    result: { error: 'MongoAPIError', message: 'collection parity.things not found' }
  },
  'runCursorCommand of a command without a cursor fails': {
    driver: 'mongodb',
    reason: 'the text of the error: it does not say which command, nor what to do',
    result: { error: 'MongoUnexpectedServerResponseError', message: 'BSON element "cursor" is missing' }
  },
  'an operation that is explained has no write concern of its own': {
    driver: 'mongodb',
    reason: 'it leaves that to the server',
    result: 'MongoServerError'
  },
  'an option that is unknown is refused by its name': {
    driver: 'mongodb',
    reason: 'an option that is given in code counts as part of a connection string',
    result: { error: 'MongoParseError', isNamed: true }
  },
  'an operation on a client that was closed is refused': {
    driver: 'mongodb',
    reason: 'it does not tell a client that was closed from one that is not connected: connect() opens it again',
    result: { error: 'MongoNotConnectedError', message: 'Client must be connected before running operations' }
  },
  'an empty collection name is refused': {
    driver: 'mongodb',
    reason: 'it leaves the name to the server',
    result: {
      error: 'MongoServerError',
      message: 'Invalid collection name: ""',
      code: 73,
      codeName: 'InvalidNamespace'
    }
  },
  'a command whose connection closes is a MongoNetworkError': {
    driver: 'mongodb',
    reason: 'a label of its own tells its pool what to do, and one of a write stands on a command that is none',
    result: { error: 'MongoNetworkError', labels: ['ResetPool'], later: 1 },
    onReplicaSet: { error: 'MongoNetworkError', labels: ['ResetPool', 'RetryableWriteError'], later: 1 }
  }
}
