import type { Document, Timestamp } from '../../bson/index.ts'
import type { Flatten, IntegerType, NumericType } from './schema.ts'
import type { Condition, FilterOperators } from './filter.ts'

/**
 * An update by operators. The schema's own fields are checked; any other key below an operator is accepted, so that
 * dotted paths need no cast. A document without operators is refused, as the server would.
 * Source: the manual's update operators.
 */
export interface UpdateFilter<TSchema> {
  $set?: MatchKeysAndValues<TSchema>
  $setOnInsert?: MatchKeysAndValues<TSchema>
  $unset?: OnlyFieldsOfType<TSchema, unknown, '' | true | 1>
  $rename?: Readonly<Record<string, string>>
  $inc?: OnlyFieldsOfType<TSchema, NumericType>
  $mul?: OnlyFieldsOfType<TSchema, NumericType>
  $min?: MatchKeysAndValues<TSchema>
  $max?: MatchKeysAndValues<TSchema>
  $bit?: OnlyFieldsOfType<TSchema, NumericType, { and: IntegerType } | { or: IntegerType } | { xor: IntegerType }>
  $currentDate?: OnlyFieldsOfType<TSchema, Date | Timestamp, true | { $type: 'date' | 'timestamp' }>
  $push?: PushOperator<TSchema>
  $addToSet?: SetFields<TSchema>
  $pop?: OnlyFieldsOfType<TSchema, readonly unknown[], 1 | -1>
  $pull?: PullOperator<TSchema>
  $pullAll?: PullAllOperator<TSchema>
}

/** Any of the schema's fields with a value of its type, and any other key. */
export type MatchKeysAndValues<TSchema> = Readonly<Partial<TSchema>> & Document

/** The schema's fields that can hold a FieldType, each with an AssignableType; any other key with the same. */
export type OnlyFieldsOfType<TSchema, FieldType = unknown, AssignableType = FieldType> = {
  readonly [Field in keyof TSchema]?: CanHold<TSchema[Field], FieldType> extends true ? AssignableType : never
} & Readonly<Record<string, AssignableType>>

/** What is pushed to the schema's arrays: an element, or elements with modifiers. */
export type PushOperator<TSchema> = {
  readonly [Field in keyof TSchema]?: Appended<ElementOf<TSchema[Field]>, ArrayOperator<ElementOf<TSchema[Field]>[]>>
} & Document

/** What is added to the schema's arrays unless they have it: an element, or several. */
export type SetFields<TSchema> = {
  readonly [Field in keyof TSchema]?: Appended<
    ElementOf<TSchema[Field]>,
    AddToSetOperators<ElementOf<TSchema[Field]>[]>
  >
} & Document

/** Which elements go from the schema's arrays: those that equal a value or meet conditions. */
export type PullOperator<TSchema> = {
  readonly [Field in keyof TSchema]?: Pulled<ElementOf<TSchema[Field]>>
} & Document

/** Which values go from the schema's arrays. */
export type PullAllOperator<TSchema> = {
  readonly [Field in keyof TSchema]?: IfAny<ElementOf<TSchema[Field]>, readonly ElementOf<TSchema[Field]>[]>
} & Readonly<Record<string, readonly unknown[]>>

/** The modifiers of `$push`. */
export interface ArrayOperator<Type> {
  $each: readonly Flatten<Type>[]
  $position?: number
  $slice?: number
  /** Of the elements themselves, or by their fields. */
  $sort?: 1 | -1 | Readonly<Record<string, 1 | -1>>
}

/** The modifier of `$addToSet`. */
export interface AddToSetOperators<Type> {
  $each: readonly Flatten<Type>[]
}

/** One fitting member of a union is enough; a field that may be anything can hold all. */
type CanHold<T, FieldType> = unknown extends T ? true : [Extract<T, FieldType>] extends [never] ? false : true

/** The element of a field that can be an array, else never. */
type ElementOf<T> = T extends readonly (infer Item)[] ? Item : unknown extends T ? T : never

/** A field that is no array takes nothing: without this, never would turn into an empty list or an empty condition. */
type IfAny<Element, Accepted> = [Element] extends [never] ? never : Accepted

type Appended<Element, Operators> = IfAny<Element, Element | Operators>

type Pulled<Element> = IfAny<
  Element,
  | Condition<Element>
  | (Element extends object ? { [Key in keyof Element]?: Condition<Element[Key]> } : FilterOperators<Element>)
>
