/** What a filter accepts and refuses. */
import { Binary, BSONRegExp, Code, Decimal128, type Document, Long, ObjectId } from '../../../src/bson/index.ts'
import type { Condition, Filter, FilterOperators, RootFilterOperators } from '../../../src/client/types/index.ts'
import { accepts } from './assertions.ts'
import type { Account, Address, Category, Loose, Shape, Tree, User } from './schemas.ts'

const id = new ObjectId()
const address: Address = { street: 'a', city: 'b' }

export function fieldsAreChecked(): void {
  accepts<Filter<User>>({}, { _id: id }, { name: 'a', age: 5, active: true, owner: id, createdAt: new Date() })
  accepts<Filter<Account>>({ _id: 'a' }, { _id: { $in: ['a', 'b'] } })
  // @ts-expect-error: a number for a string
  accepts<Filter<User>>({ name: 5 })
  // @ts-expect-error: an ObjectId for a string
  accepts<Filter<User>>({ name: id })
  // @ts-expect-error: a Date for a string
  accepts<Filter<User>>({ name: new Date() })
  // @ts-expect-error: a value that is not in the union
  accepts<Filter<User>>({ role: 'owner' })
  // @ts-expect-error: a string for an ObjectId
  accepts<Filter<User>>({ _id: 'a' })
  // @ts-expect-error: an ObjectId for a string id
  accepts<Filter<Account>>({ _id: id })
  // @ts-expect-error: a string for a Date
  accepts<Filter<User>>({ createdAt: '2024-01-01' })
}

export function dottedPathsAndUnknownFieldsAreAccepted(path: string): void {
  accepts<Filter<User>>({ 'address.city': 'a' }, { 'visits.0.at': { $gt: new Date() } }, { [path]: 1 }, { unknown: 1 })
  const built: Filter<User> = {}
  built['address.city'] = 'a'
  built.name = 'a'
  built.createdAt = { $gte: new Date() }
  built.$and ??= []
  built.$and.push({ name: 'a' }, { 'tags.0': 'b' })
  accepts<Filter<User>>(built, { ...built, age: 5 }, { age: { [path]: 5 } })
}

export function operatorsAreCheckedByTheField(): void {
  accepts<Filter<User>>(
    { age: { $gt: 1, $lte: 5 } },
    { name: { $ne: 'a' } },
    { name: { $in: ['a', /b/], $nin: ['c'] as const } },
    { name: { $regex: 'a', $options: 'i' } },
    { name: { $regex: /a/ } },
    { name: { $not: { $regex: 'a' } } },
    { name: { $not: /a/ } },
    { age: { $exists: false } },
    { age: { $type: 'number' } },
    { age: { $type: ['int', 'long'] } },
    { age: { $mod: [2, 0] } },
    { level: { $bitsAllSet: [0, 2] } },
    { photo: { $bitsAnyClear: new Binary() } },
    { address: { $geoWithin: { $centerSphere: [[0, 0], 1] } } },
    { tags: { $size: 2 } },
    { tags: { $all: ['a', /b/] } },
    { visits: { $elemMatch: { path: 'a', at: { $gt: new Date() } } } }
  )
  // @ts-expect-error: an operator that does not exist
  accepts<Filter<User>>({ age: { $greater: 5 } })
  // @ts-expect-error: a string where the field is a number
  accepts<Filter<User>>({ age: { $gt: 'a' } })
  // @ts-expect-error: an expression where the field is a number
  accepts<Filter<User>>({ age: { $regex: 'a' } })
  // @ts-expect-error: a size where the field is no array
  accepts<Filter<User>>({ name: { $size: 1 } })
  // @ts-expect-error: a value that is not in the union
  accepts<Filter<User>>({ role: { $in: ['admin', 'owner'] } })
}

export function stringsMatchExpressionsAndArraysMatchElements(): void {
  accepts<Filter<User>>(
    { name: /a/ },
    { name: new BSONRegExp('a') },
    { tags: 'a' },
    { tags: ['a', 'b'] },
    { tags: /a/ }
  )
  accepts<Filter<User>>(
    { tags: { $in: ['a', /b/] } },
    { grid: 5 },
    { grid: { $gt: 5 } },
    { visits: { at: new Date(), path: 'a' } }
  )
  // @ts-expect-error: an expression for a number
  accepts<Filter<User>>({ age: /a/ })
  // @ts-expect-error: a number for an array of strings
  accepts<Filter<User>>({ tags: 5 })
}

export function numbersMatchEveryNumericType(): void {
  accepts<Filter<User>>({ age: Long.fromNumber(5) }, { age: { $gt: new Decimal128('5') } }, { balance: 5 }, { age: 5n })
  accepts<Filter<User>>({ level: 2 }, { level: Long.fromNumber(2) })
  // @ts-expect-error: a literal that is not in the union
  accepts<Filter<User>>({ level: 4 })
}

export function nullFindsWhatMayBeMissing(): void {
  accepts<Filter<User>>({ age: null }, { age: { $ne: null } }, { photo: { $in: [null] } }, { deletedAt: null })
  // @ts-expect-error: a field that is always there
  accepts<Filter<User>>({ name: null })
}

export function embeddedDocumentsMatchWholeOrInPart(): void {
  accepts<Filter<User>>({ address }, { address: { city: 'a' } }, { address: { $exists: true } })
  accepts<Filter<User>>({ visits: { path: 'a' } }, { 'address.city': { $gt: 'a' } })
  accepts<Filter<Category>>({ parent: { name: 'a' } }, { children: { $elemMatch: { name: 'a' } } }, { parent: null })
  // @ts-expect-error: a number for a string, one level down
  accepts<Filter<User>>({ address: { city: 5 } })
  // @ts-expect-error: a field that the embedded document does not have
  accepts<Filter<User>>({ address: { town: 'a' } })
}

export function rootOperatorsStandBesideFields(): void {
  accepts<Filter<User>>(
    { $or: [{ name: 'a' }, { age: { $gt: 5 } }], active: true },
    { $nor: [{ $and: [{ name: 'a' }] }] },
    { $expr: { $gt: ['$a', '$b'] } },
    { $text: { $search: 'a', $caseSensitive: true } },
    { $where: 'this.a > this.b' },
    { $where: new Code('return true') },
    { $jsonSchema: { required: ['name'] } },
    { $comment: 'why' }
  )
  // @ts-expect-error: fields are checked within $or
  accepts<Filter<User>>({ $or: [{ name: 5 }] })
  // @ts-expect-error: a function would not reach the server
  accepts<Filter<User>>({ $where: () => true })
}

export function schemasOfAllKindsWork(
  anything: Document,
  range: Record<string, Date>,
  some: Record<string, unknown>
): void {
  accepts<Filter<Document>>({}, { a: 1 }, { a: { $gt: 'b' } }, { _id: id }, anything)
  accepts<Filter<Loose>>({ _id: 'a', name: 'b', other: 1 })
  accepts<Filter<Shape>>({ kind: 'circle' }, { kind: { $in: ['circle', 'square'] } }, { radius: { $gt: 1 } })
  accepts<Filter<User>>(anything, { createdAt: range }, { payload: 5 }, { payload: { $gt: 5 } })
  accepts<Filter<Document>>(some, range)
  accepts<Filter<Tree>>(
    { json: { a: [1] } },
    { json: 5, nodes: { $elemMatch: { json: null } } },
    { nodes: { json: 1 } }
  )
  accepts<Condition<string>>('a', /a/, { $in: ['a'] })
  accepts<FilterOperators<Date>>({ $gt: new Date() }, range)
  accepts<RootFilterOperators<User>>({ $or: [{ name: 'a' }] })
  // @ts-expect-error: fields of a loose schema that have a name are checked
  accepts<Filter<Loose>>({ name: 5 })
  // @ts-expect-error: no member of the union has this kind
  accepts<Filter<Shape>>({ kind: 'line' })
}
