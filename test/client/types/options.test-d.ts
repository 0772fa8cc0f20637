/** What sorts, indexes, options and results accept and refuse. */
import { Resolver } from 'node:dns/promises'
import type { Document, ObjectId } from '../../../src/bson/index.ts'
import type {
  AggregateOptions,
  BulkWriteOptions,
  CommandOperationOptions,
  CountDocumentsOptions,
  CreateIndexesOptions,
  DeleteOptions,
  DropCollectionOptions,
  FindOptions,
  IndexDescription,
  IndexSpecification,
  InsertManyResult,
  InsertOneOptions,
  InsertOneResult,
  RunCommandOptions,
  Sort,
  UpdateOptions,
  UpdateResult
} from '../../../src/client/types/index.ts'
import type { NameResolver } from '../../../src/client/index.ts'
import { accepts, same } from './assertions.ts'
import type { Account, User } from './schemas.ts'

export function sortsAreFieldsWithDirections(): void {
  accepts<Sort>(
    'a',
    ['a', 'b'],
    ['a', -1],
    [
      ['a', 1],
      ['b', 'desc']
    ],
    { a: 1, 'b.c': 'ascending' },
    new Map([['a', 1]])
  )
  accepts<Sort>({ score: { $meta: 'textScore' } }, { a: 1, b: -1 } as const)
  // @ts-expect-error: a direction that does not exist
  accepts<Sort>({ a: 2 })
  // @ts-expect-error: a direction without a field
  accepts<Sort>(1)
}

export function indexesAreFieldsWithKinds(): void {
  accepts<IndexSpecification>(
    'a',
    ['a', 'b'],
    ['a', 1],
    { a: 1, b: 'text' },
    [{ a: 1 }, { b: -1 }],
    [
      ['a', 1],
      ['b', '2d']
    ]
  )
  accepts<IndexSpecification>(new Map([['a', 'hashed']]))
  accepts<IndexDescription>({ key: { a: 1 }, name: 'a', unique: true })
  // @ts-expect-error: a kind that does not exist
  accepts<IndexSpecification>({ a: 'sorted' })
  // @ts-expect-error: an index without fields
  accepts<IndexDescription>({ name: 'a' })
}

export function everyOperationTakesASignalAndATimeout(signal: AbortSignal): void {
  const common = { signal, timeoutMS: 100 }
  accepts<InsertOneOptions>(common)
  accepts<BulkWriteOptions>({ ...common, ordered: false, comment: 'why', writeConcern: { w: 'majority' } })
  accepts<FindOptions>({
    ...common,
    sort: { a: 1 },
    projection: { a: 1 },
    skip: 1,
    limit: 2,
    batchSize: 3,
    hint: 'a_1'
  })
  accepts<UpdateOptions>({ ...common, upsert: true, arrayFilters: [{ 'a.b': 1 }], hint: { a: 1 }, let: { a: 1 } })
  accepts<DeleteOptions>({ ...common, collation: { locale: 'en', strength: 2 } })
  accepts<CountDocumentsOptions>({ ...common, skip: 1, limit: 2 })
  accepts<AggregateOptions>({ ...common, allowDiskUse: true, readConcern: 'majority', writeConcern: { w: 1 } })
  accepts<CreateIndexesOptions>({ ...common, unique: true, expireAfterSeconds: 60, partialFilterExpression: { a: 1 } })
  accepts<DropCollectionOptions>(common)
  accepts<RunCommandOptions>({ ...common, readPreference: 'secondary' })
}

export function undefinedIsAsGoodAsAbsent(limit: number | undefined, signal: AbortSignal | undefined): void {
  accepts<FindOptions>({ limit, signal, readPreference: undefined })
  accepts<CommandOperationOptions>({ signal, writeConcern: undefined, readConcern: undefined })
}

export function misplacedAndUnknownOptionsAreRefused(): void {
  // @ts-expect-error: a find writes nothing
  accepts<FindOptions>({ writeConcern: { w: 1 } })
  // @ts-expect-error: an insert goes to the primary
  accepts<InsertOneOptions>({ readPreference: 'secondary' })
  // @ts-expect-error: a name that does not exist
  accepts<FindOptions>({ limits: 5 })
  // @ts-expect-error: a mode that does not exist
  accepts<FindOptions>({ readPreference: 'slave' })
  // @ts-expect-error: a collation has a locale
  accepts<FindOptions>({ collation: { strength: 2 } })
}

export function resultsKnowTheTypeOfTheId(many: InsertManyResult<Account>, first: string | undefined): void {
  same<InsertOneResult<User>['insertedId'], ObjectId>(true)
  same<InsertOneResult['insertedId'], ObjectId>(true)
  same<UpdateResult<Account>['upsertedId'], string | null>(true)
  accepts<typeof first>(many.insertedIds[0])
  accepts<Document>(many)
}

export function nodesResolverIsOne(): void {
  accepts<NameResolver>(new Resolver())
}
