/** What an update accepts and refuses. */
import { Decimal128, type Document, Int32, Long, ObjectId } from '../../../src/bson/index.ts'
import type {
  MatchKeysAndValues,
  OnlyFieldsOfType,
  PullOperator,
  PushOperator,
  SetFields,
  UpdateFilter
} from '../../../src/client/types/index.ts'
import { accepts } from './assertions.ts'
import type { Account, Loose, Order, Shape, Tree, User } from './schemas.ts'

const line = { _id: new ObjectId(), sku: 'a', amount: 1 }

export function setTakesFieldsOfTheirTypesAndPaths(path: string): void {
  accepts<UpdateFilter<User>>(
    { $set: { name: 'a', age: 5 }, $setOnInsert: { createdAt: new Date() } },
    { $set: { 'address.city': 'a', [path]: 1 } },
    { $min: { age: 5 }, $max: { createdAt: new Date() } },
    { $rename: { name: 'title' } },
    { $unset: { age: '', photo: 1, 'address.position': true } }
  )
  // @ts-expect-error: a number for a string
  accepts<UpdateFilter<User>>({ $set: { name: 5 } })
  // @ts-expect-error: a string for a number
  accepts<UpdateFilter<User>>({ $max: { age: 'a' } })
  // @ts-expect-error: a value that $unset does not take
  accepts<UpdateFilter<User>>({ $unset: { age: 'yes' } })
  // @ts-expect-error: a new name that is no string
  accepts<UpdateFilter<User>>({ $rename: { name: 5 } })
}

export function onlyOperatorsMakeAnUpdate(
  anything: Document,
  pipeline: Document[],
  some: Record<string, unknown>
): void {
  accepts<UpdateFilter<User>>(anything, some, {})
  // @ts-expect-error: a document without operators
  accepts<UpdateFilter<User>>({ name: 'a' })
  // @ts-expect-error: an operator that does not exist
  accepts<UpdateFilter<User>>({ $sett: { name: 'a' } })
  // @ts-expect-error: a pipeline is another argument
  accepts<UpdateFilter<User>>(pipeline)
}

export function arithmeticIsForNumbers(): void {
  accepts<UpdateFilter<User>>(
    { $inc: { age: 1, balance: Long.ONE, 'a.b': 5n } },
    { $mul: { age: new Decimal128('1.5') } },
    { $bit: { age: { and: 5 }, level: { xor: new Int32(1) } } }
  )
  accepts<UpdateFilter<Account>>({ $inc: { count: 1 } })
  accepts<UpdateFilter<User>>({ $inc: { payload: 1 } })
  // @ts-expect-error: the field is a string
  accepts<UpdateFilter<User>>({ $inc: { name: 1 } })
  // @ts-expect-error: an increment that is no number
  accepts<UpdateFilter<User>>({ $inc: { age: 'a' } })
  // @ts-expect-error: an increment of a path that is no number
  accepts<UpdateFilter<User>>({ $inc: { 'a.b': 'a' } })
  // @ts-expect-error: an operation that does not exist
  accepts<UpdateFilter<User>>({ $bit: { age: { not: 5 } } })
}

export function currentDateIsForDates(): void {
  accepts<UpdateFilter<User>>({ $currentDate: { createdAt: true, changedAt: { $type: 'timestamp' }, deletedAt: true } })
  // @ts-expect-error: the field is a string
  accepts<UpdateFilter<User>>({ $currentDate: { name: true } })
  // @ts-expect-error: a type that is no date
  accepts<UpdateFilter<User>>({ $currentDate: { createdAt: { $type: 'string' } } })
}

export function arraysTakeElements(): void {
  accepts<UpdateFilter<User>>(
    { $push: { tags: 'a' } },
    { $push: { tags: { $each: ['a', 'b'], $slice: -5, $position: 0, $sort: 1 } } },
    { $push: { visits: { $each: [{ at: new Date(), path: 'a' }], $sort: { at: -1 } } } },
    { $push: { 'deep.list': 5 } },
    { $addToSet: { tags: 'a', grid: { $each: [1, 2] } } },
    { $pop: { tags: 1, grid: -1 } },
    { $pullAll: { tags: ['a', 'b'], 'deep.list': [1] } }
  )
  // @ts-expect-error: an element of another type
  accepts<UpdateFilter<User>>({ $push: { tags: 5 } })
  // @ts-expect-error: elements of another type
  accepts<UpdateFilter<User>>({ $push: { tags: { $each: [5] } } })
  // @ts-expect-error: the field is no array
  accepts<UpdateFilter<User>>({ $push: { name: 'a' } })
  // @ts-expect-error: an element of another type
  accepts<UpdateFilter<User>>({ $addToSet: { tags: 5 } })
  // @ts-expect-error: neither the first nor the last element
  accepts<UpdateFilter<User>>({ $pop: { tags: 2 } })
  // @ts-expect-error: the field is no array
  accepts<UpdateFilter<User>>({ $pop: { name: 1 } })
  // @ts-expect-error: elements of another type
  accepts<UpdateFilter<User>>({ $pullAll: { tags: [5] } })
  // @ts-expect-error: the field is no array
  accepts<UpdateFilter<User>>({ $pullAll: { name: ['a'] } })
}

export function elementsArePulledByValueOrConditions(): void {
  accepts<UpdateFilter<User>>(
    { $pull: { tags: 'a' } },
    { $pull: { tags: { $in: ['a', 'b'] } } },
    { $pull: { tags: /a/ } },
    { $pull: { grid: { $gt: 5 } } },
    { $pull: { visits: { path: 'a', at: { $lt: new Date() } } } }
  )
  accepts<UpdateFilter<Order>>(
    { $pull: { lines: { amount: { $gt: 5 } } } },
    { $pull: { lines: { sku: { $in: ['a'] } } } }
  )
  // @ts-expect-error: an element of another type
  accepts<UpdateFilter<User>>({ $pull: { tags: 5 } })
  // @ts-expect-error: a condition of another type
  accepts<UpdateFilter<User>>({ $pull: { visits: { path: { $gt: 5 } } } })
  // @ts-expect-error: the field is no array
  accepts<UpdateFilter<User>>({ $pull: { name: 'a' } })
}

export function elementsThatAreDocumentsAreWhole(): void {
  accepts<UpdateFilter<Order>>({ $push: { lines: line } }, { $addToSet: { lines: { $each: [line] } } })
  // @ts-expect-error: the server gives no id to an element
  accepts<UpdateFilter<Order>>({ $push: { lines: { sku: 'a', amount: 1 } } })
  // @ts-expect-error: nor to one in a set
  accepts<UpdateFilter<Order>>({ $addToSet: { lines: { sku: 'a', amount: 1 } } })
}

export function schemasOfAllKindsWork(partial: Partial<User>, operator: string): void {
  accepts<UpdateFilter<Document>>({
    $set: { a: 1 },
    $inc: { b: 1 },
    $push: { c: 'd', e: { $each: [1] } },
    $pull: { f: 1 }
  })
  accepts<UpdateFilter<Document>>({
    $addToSet: { a: 1 },
    $pop: { b: 1 },
    $pullAll: { c: [1] },
    $currentDate: { d: true }
  })
  accepts<UpdateFilter<User>>({ $push: { payload: 1 }, $pull: { payload: { $gt: 1 } }, $pop: { payload: 1 } })
  accepts<UpdateFilter<Loose>>({ $set: { name: 'a', other: 1 }, $inc: { other: 1 }, $push: { other: 1 } })
  accepts<UpdateFilter<Shape>>({ $set: { kind: 'circle', radius: 5 } }, { $inc: { side: 1 } })
  accepts<UpdateFilter<User>>({ $set: partial }, { [operator]: { name: 'a' } })
  accepts<UpdateFilter<Tree>>({ $set: { json: [1, { a: null }] }, $push: { nodes: { json: 1, nodes: [] } } })
  accepts<MatchKeysAndValues<User>>(partial, { 'a.b': 1 })
  accepts<OnlyFieldsOfType<User, string, 1>>({ name: 1, role: 1 })
  accepts<PushOperator<User>>({ tags: 'a' })
  accepts<SetFields<User>>({ tags: 'a' })
  accepts<PullOperator<User>>({ tags: 'a' })
  // @ts-expect-error: fields of a loose schema that have a name are checked
  accepts<UpdateFilter<Loose>>({ $inc: { name: 1 } })
}
