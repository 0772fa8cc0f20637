import type {
  ClientBulkWriteModel,
  ClientBulkWriteResult,
  MongoClientBulkWriteError
} from '../../../src/client/index.ts'
import { failureOf } from '../plain.ts'
import { allOf, type Case, insertNumbered, type Subject, whileFailing } from './case.ts'

const namespace = 'parity.things'
const other = 'parity.others'

/** Of any schema, so that identifiers may be numbers. */
function modelsOf(...models: readonly object[]): readonly ClientBulkWriteModel[] {
  return models.map(model => ({ namespace, ...model })) as unknown as readonly ClientBulkWriteModel[]
}

const countFields = ['insertedCount', 'matchedCount', 'modifiedCount', 'deletedCount', 'upsertedCount'] as const

/** The results by place as documents: empty maps and none are alike. */
function toldBy(result: ClientBulkWriteResult): object {
  const counts = countFields.map(field => [field, result[field]])
  const results = (['insertResults', 'updateResults', 'deleteResults'] as const).map(field => [
    field,
    result[field] === undefined ? undefined : Object.fromEntries(result[field])
  ])
  return { acknowledged: result.acknowledged, ...Object.fromEntries([...counts, ...results]) } as object
}

async function failure(promise: Promise<unknown>): Promise<object> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason
  )
  const { writeErrors, writeConcernErrors, partialResult, cause, constructor } = error as MongoClientBulkWriteError
  return {
    error: constructor.name,
    codes: [...writeErrors].map(([place, { code }]) => [place, code]),
    concerns: writeConcernErrors.map(({ code }) => code),
    partial: partialResult === undefined ? undefined : toldBy(partialResult),
    cause: (cause as { code?: unknown } | undefined)?.code
  }
}

async function others({ db }: Subject) {
  await db.collection('others').drop()
  return db.collection('others')
}

const everyKind = modelsOf(
  { name: 'insertOne', document: { _id: 10, a: 1 } },
  { name: 'updateOne', filter: { _id: 0 }, update: { $set: { a: 1 } } },
  { name: 'insertOne', namespace: other, document: { _id: 1 } },
  { name: 'updateMany', filter: { _id: { $lt: 3 } }, update: [{ $set: { b: '$_id' } }] },
  { name: 'replaceOne', filter: { _id: 3 }, replacement: { c: 1 } },
  { name: 'deleteOne', filter: { _id: 4 } },
  { name: 'deleteMany', filter: { _id: { $in: [5, 6] } } },
  { name: 'updateOne', namespace: other, filter: { _id: 11 }, update: { $set: { d: 1 } }, upsert: true }
)

const modelCases: readonly Case[] = [true, false].map(ordered => ({
  name: `${ordered ? 'an ordered' : 'an unordered'} bulkWrite of the client takes all six kinds of operations, on any collections`,
  run: async subject => {
    const second = await others(subject)
    await insertNumbered(subject.collection, 7)
    const result = await subject.client.bulkWrite(everyKind, { ordered, verboseResults: true })
    return { result: toldBy(result), stored: await allOf(subject.collection), others: await allOf(second) }
  },
  expected: {
    result: {
      acknowledged: true,
      insertedCount: 2,
      matchedCount: 5,
      modifiedCount: 5,
      deletedCount: 3,
      upsertedCount: 1,
      insertResults: { 0: { insertedId: 10 }, 2: { insertedId: 1 } },
      updateResults: {
        1: { matchedCount: 1, modifiedCount: 1, didUpsert: false },
        3: { matchedCount: 3, modifiedCount: 3, didUpsert: false },
        4: { matchedCount: 1, modifiedCount: 1, didUpsert: false },
        7: { matchedCount: 1, modifiedCount: 0, didUpsert: true, upsertedId: 11 }
      },
      deleteResults: { 5: { deletedCount: 1 }, 6: { deletedCount: 2 } }
    },
    stored: [
      { _id: 0, a: 1, b: 0 },
      { _id: 1, b: 1 },
      { _id: 2, b: 2 },
      { _id: 3, c: 1 },
      { _id: 10, a: 1 }
    ],
    others: [{ _id: 1 }, { _id: 11, d: 1 }]
  }
}))

const sums = {
  acknowledged: true,
  insertedCount: 0,
  matchedCount: 0,
  modifiedCount: 0,
  deletedCount: 0,
  upsertedCount: 0
}
const unverbose = { insertResults: undefined, updateResults: undefined, deleteResults: undefined }

const optionCases: readonly Case[] = [
  {
    name: 'operations of a client’s bulkWrite take hints, collations and array filters, and the whole variables and a comment',
    run: async ({ client, collection }) => {
      await collection.insertMany([
        { _id: 1, name: 'a', n: [1, 5] },
        { _id: 2, name: 'b', n: [3, 7] }
      ] as never[])
      const collation = { locale: 'en', strength: 2 }
      const result = await client.bulkWrite(
        modelsOf(
          {
            name: 'updateMany',
            filter: {},
            update: { $inc: { 'n.$[big]': 10 } },
            arrayFilters: [{ big: { $gte: 5 } }]
          },
          { name: 'replaceOne', filter: { name: 'B' }, replacement: { name: 'c' }, collation, hint: '_id_' },
          { name: 'deleteOne', filter: { $expr: { $eq: ['$_id', '$$gone'] } }, hint: { _id: 1 } }
        ),
        { let: { gone: 1 }, comment: 'test', bypassDocumentValidation: true, writeConcern: { w: 1 } }
      )
      return { result: toldBy(result), stored: await allOf(collection) }
    },
    expected: {
      result: { ...sums, ...unverbose, matchedCount: 3, modifiedCount: 3, deletedCount: 1 },
      stored: [{ _id: 2, name: 'c' }]
    }
  },
  {
    name: 'a client’s bulkWrite makes the _ids that are missing, as first fields, and tells them',
    run: async ({ client, collection, library }) => {
      const models = modelsOf({ name: 'insertOne', document: { a: 1 } })
      const { insertResults } = await client.bulkWrite(models, { verboseResults: true })
      const [document = { _id: undefined }] = await collection.find().toArray()
      const told = insertResults?.get(0)?.insertedId
      return [Object.keys(document), told instanceof library.ObjectId && told.equals(document._id as never)]
    },
    expected: [['_id', 'a'], true]
  },
  {
    name: 'a client’s bulkWrite with write concern 0 counts nothing',
    run: async ({ client }) => {
      const models = modelsOf({ name: 'deleteMany', namespace: 'parity.unheard', filter: {} })
      const { acknowledged, deletedCount } = await client.bulkWrite(models, { ordered: false, writeConcern: { w: 0 } })
      return { acknowledged, deletedCount }
    },
    expected: { acknowledged: false, deletedCount: 0 }
  }
]

const partlyTwice = modelsOf(
  { name: 'insertOne', document: { _id: 5 } },
  { name: 'insertOne', document: { _id: 1 } },
  { name: 'insertOne', document: { _id: 6 } }
)

const failureCases: readonly Case[] = [
  {
    name: 'an ordered bulkWrite of the client stops at the first failure, and its error tells what was done before',
    run: async ({ client, collection }) => {
      await insertNumbered(collection, 2)
      const error = await failure(client.bulkWrite(partlyTwice, { verboseResults: true }))
      return { error, stored: await collection.countDocuments() }
    },
    expected: {
      error: {
        error: 'MongoClientBulkWriteError',
        codes: [[1, 11000]],
        concerns: [],
        partial: {
          ...sums,
          insertedCount: 1,
          insertResults: { 0: { insertedId: 5 } },
          updateResults: {},
          deleteResults: {}
        },
        cause: undefined
      },
      stored: 3
    }
  },
  {
    name: 'an unordered bulkWrite of the client goes on, and tells every failure by its place',
    run: async ({ client, collection }) => {
      await insertNumbered(collection, 2)
      const error = await failure(client.bulkWrite([...partlyTwice, ...partlyTwice], { ordered: false }))
      return { error, stored: await collection.countDocuments() }
    },
    expected: {
      error: {
        error: 'MongoClientBulkWriteError',
        codes: [
          [1, 11000],
          [3, 11000],
          [4, 11000],
          [5, 11000]
        ],
        concerns: [],
        partial: { ...sums, ...unverbose, insertedCount: 2 },
        cause: undefined
      },
      stored: 4
    }
  },
  {
    name: 'a client’s bulkWrite of which nothing was done has no partial result',
    run: async ({ client, collection }) => {
      await insertNumbered(collection, 2)
      return failure(client.bulkWrite(partlyTwice.slice(1)))
    },
    expected: {
      error: 'MongoClientBulkWriteError',
      codes: [[0, 11000]],
      concerns: [],
      partial: undefined,
      cause: undefined
    }
  },
  {
    name: 'a client’s bulkWrite whose write concern is not reached is done, and its error says so',
    run: subject =>
      whileFailing(
        subject,
        { failCommands: ['bulkWrite'], writeConcernError: { code: 64, errmsg: 'slow' } },
        async () => {
          const { error, concerns, partial } = (await failure(
            subject.client.bulkWrite(modelsOf({ name: 'insertOne', document: { _id: 1 } }))
          )) as { error: unknown; concerns: unknown; partial: unknown }
          return { error, concerns, partial }
        }
      ),
    expected: {
      error: 'MongoClientBulkWriteError',
      concerns: [64],
      partial: { ...sums, ...unverbose, insertedCount: 1 }
    }
  },
  {
    name: 'a client’s bulkWrite of nothing, or with write concern 0 and an order, is refused before anything is sent',
    run: async ({ client }) => {
      const one = modelsOf({ name: 'deleteMany', filter: {} })
      const nothing = await failureOf(client.bulkWrite([]))
      const inOrder = await failureOf(client.bulkWrite(one, { writeConcern: { w: 0 } }))
      return [nothing, inOrder].map(each => (each as { readonly error: unknown }).error)
    },
    expected: ['MongoInvalidArgumentError', 'MongoInvalidArgumentError']
  }
]

export const clientBulkWriteCases: readonly Case[] = [...modelCases, ...optionCases, ...failureCases]
