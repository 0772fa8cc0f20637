import type { Binary, BSONRegExp, BSONType, Code, Document } from '../../bson/index.ts'
import type { IntegerType, NumericType, WithId } from './schema.ts'

/**
 * A query. The schema's own fields are checked; any other key is accepted, so that dotted paths need no cast.
 * Source: the manual's query operators.
 */
export type Filter<TSchema> = {
  [Field in keyof WithId<TSchema>]?: Condition<WithId<TSchema>[Field]>
} & RootFilterOperators<WithId<TSchema>>

/** What one field may be asked: a value to equal, part of an embedded document, or operators. */
export type Condition<T> = AlternativeType<T> | EmbeddedPart<T> | FilterOperators<AlternativeType<T>>

/**
 * The values that can match a field of type T: an array also by one of its elements, a string also by an expression,
 * a number in any numeric type, and a field that may be missing also by null.
 */
export type AlternativeType<T> = T extends readonly (infer Item)[] ? T | MatchingValue<Item> : MatchingValue<T>

/** A string can also be matched by an expression. */
export type RegExpOrString<T> = T extends string ? T | RegExp | BSONRegExp : T

/** Literal and branded numbers keep their own check: only the other numeric types are added to them. */
type MatchingValue<T> = T extends number
  ? T | Exclude<NumericType, number>
  : T extends NumericType
    ? NumericType
    : T extends undefined
      ? T | null
      : RegExpOrString<T>

/** Part of an embedded document, or of one in an array. One level: types that contain themselves stay cheap. */
type EmbeddedPart<T> = T extends readonly (infer Item)[] ? DocumentPart<Item> : DocumentPart<T>

type DocumentPart<T> = T extends OpaqueValue ? never : T extends object ? Partial<T> : never

/** Objects that are one value: they match whole. */
type OpaqueValue = Date | RegExp | Uint8Array | readonly unknown[] | { readonly _bsontype: string }

/** The operators that stand in a query beside fields. Other keys are fields. */
export interface RootFilterOperators<TSchema> extends Document {
  $and?: Filter<TSchema>[]
  $or?: Filter<TSchema>[]
  $nor?: Filter<TSchema>[]
  $expr?: Document
  $jsonSchema?: Document
  $text?: { $search: string; $language?: string; $caseSensitive?: boolean; $diacriticSensitive?: boolean }
  /** Text or Code: a function would not reach the server. */
  $where?: string | Code
  $comment?: unknown
}

/** The operators that stand in a query below a field. */
export interface FilterOperators<TValue> {
  $eq?: TValue
  $ne?: TValue
  $gt?: TValue
  $gte?: TValue
  $lt?: TValue
  $lte?: TValue
  $in?: readonly TValue[]
  $nin?: readonly TValue[]
  $not?: FilterOperators<TValue> | (TValue extends string ? RegExp | BSONRegExp : never)
  $exists?: boolean
  $type?: BSONTypeName | readonly BSONTypeName[]
  $expr?: Document
  $jsonSchema?: Document
  $mod?: readonly [divisor: IntegerType, remainder: IntegerType]
  $regex?: TValue extends string ? string | RegExp | BSONRegExp : never
  $options?: TValue extends string ? string : never
  $geoIntersects?: { $geometry: Document }
  $geoWithin?: Document
  $near?: Document | readonly number[]
  $nearSphere?: Document | readonly number[]
  /** With `$near` on a legacy coordinate pair. */
  $maxDistance?: number
  $minDistance?: number
  $all?: readonly unknown[]
  $elemMatch?: Document
  $size?: TValue extends readonly unknown[] ? IntegerType : never
  $bitsAllClear?: BitPositions
  $bitsAllSet?: BitPositions
  $bitsAnyClear?: BitPositions
  $bitsAnySet?: BitPositions
  $comment?: unknown
}

/** A type of BSON by number or name; `number` stands for all numeric types. */
type BSONTypeName = BSONType | keyof typeof BSONType | 'number'

/** A mask, or the positions of its bits from the least significant one. */
type BitPositions = IntegerType | Binary | readonly number[]
