/** What the types of a document and its `_id` accept and refuse. */
import { type Document, ObjectId } from '../../../src/bson/index.ts'
import type {
  EnhancedOmit,
  Flatten,
  InferIdType,
  OptionalId,
  OptionalUnlessRequiredId,
  WithId,
  WithoutId
} from '../../../src/client/types/index.ts'
import { accepts, same } from './assertions.ts'
import type { Account, Loose, Order, Shape } from './schemas.ts'

export function idIsTheSchemasElseObjectId(): void {
  same<InferIdType<Account>, string>(true)
  same<InferIdType<Order>, ObjectId>(true)
  same<InferIdType<{ _id?: ObjectId | undefined }>, ObjectId>(true)
  same<InferIdType<{ name: string }>, ObjectId>(true)
  same<InferIdType<Document>, ObjectId>(true)
  same<InferIdType<Loose>, string>(true)
  same<InferIdType<{ _id: { day: string; shop: number } }>, { day: string; shop: number }>(true)
  same<InferIdType<Shape>, ObjectId>(true)
}

export function returnedDocumentsHaveAnId(order: WithId<Order>, shape: WithId<Shape>, loose: WithId<Loose>): void {
  accepts<ObjectId>(order._id, shape._id)
  accepts<Order>(order)
  accepts<string>(loose._id, loose.name)
  if (shape.kind === 'circle') accepts<number>(shape.radius)
  // @ts-expect-error: the id of a loose document is a string
  accepts<ObjectId>(loose._id)
}

export function omissionKeepsUnionsAndNamedFields(shape: WithoutId<Shape>, loose: WithoutId<Loose>): void {
  same<EnhancedOmit<{ a: 1; b?: 2; readonly c: 3 }, 'a'>, { b?: 2; readonly c: 3 }>(true)
  if (shape.kind === 'square') accepts<number>(shape.side)
  accepts<string>(loose.name)
  // @ts-expect-error: the name is a string beside the index signature too
  accepts<number>(loose.name)
}

export function idMayBeLeftToTheDriverUnlessRequired(): void {
  accepts<OptionalUnlessRequiredId<Order>>({ sku: 'a', lines: [] }, { _id: new ObjectId(), sku: 'a', lines: [] })
  accepts<OptionalUnlessRequiredId<{ name: string }>>({ name: 'a' }, { _id: new ObjectId(), name: 'a' })
  accepts<OptionalUnlessRequiredId<{ name: string }>>({ name: 'a', _id: undefined })
  accepts<OptionalUnlessRequiredId<Shape>>({ kind: 'circle', radius: 1 }, { kind: 'square', side: 1 })
  accepts<OptionalUnlessRequiredId<Document>>({}, { anything: [1] }, { _id: new ObjectId() })
  accepts<OptionalId<{ _id: string; name: string }>>({ name: 'a' }, { _id: 'x', name: 'a' })
  // @ts-expect-error: a required id cannot be left out
  accepts<OptionalUnlessRequiredId<{ _id: string; name: string }>>({ name: 'a' })
  // @ts-expect-error: an id of another type
  accepts<OptionalUnlessRequiredId<{ name: string }>>({ _id: 'x', name: 'a' })
  // @ts-expect-error: a field that the schema does not have
  accepts<OptionalUnlessRequiredId<{ name: string }>>({ name: 'a', nmae: 'b' })
  // @ts-expect-error: a field that is missing
  accepts<OptionalUnlessRequiredId<{ name: string }>>({})
}

export function elementsOfArrays(): void {
  same<Flatten<string[]>, string>(true)
  same<Flatten<readonly number[]>, number>(true)
  same<Flatten<string>, string>(true)
}
