import type { Decimal128, Document, Double, Int32, Long, ObjectId } from '../../bson/index.ts'

/** A whole number, in any type that carries one. */
export type IntegerType = number | bigint | Int32 | Long

/** A number, in any type that carries one. The server compares them all by value. */
export type NumericType = IntegerType | Double | Decimal128

/** The element of an array; any other type as it is. */
export type Flatten<Type> = Type extends readonly (infer Item)[] ? Item : Type

/** `Omit` that keeps the members of a union apart, and the named fields beside an index signature. */
export type EnhancedOmit<TRecordOrUnion, KeyUnion> = {
  [Key in keyof TRecordOrUnion as Key extends KeyUnion ? never : Key]: TRecordOrUnion[Key]
}

/** The type of `_id`: what the schema says, else ObjectId, which the driver makes. */
export type InferIdType<TSchema> = TSchema extends { _id: infer Id }
  ? Id
  : TSchema extends { _id?: infer Id }
    ? unknown extends Id
      ? ObjectId
      : Exclude<Id, undefined>
    : ObjectId

/** A document as the server returns it. It is assignable to the schema, in generic functions too. */
export type WithId<TSchema> = TSchema & { _id: InferIdType<TSchema> }

/** A document without its `_id`: what may replace another. */
export type WithoutId<TSchema> = EnhancedOmit<TSchema, '_id'>

/** A document whose `_id` may be left to the driver, even where the schema requires it. */
export type OptionalId<TSchema> = EnhancedOmit<TSchema, '_id'> & { _id?: InferIdType<TSchema> | undefined }

/**
 * What can be inserted: `_id` may be left to the driver unless the schema requires it. In generic functions a `TSchema`
 * fits as it is, unless its constraint has an `_id` of another type than ObjectId.
 */
export type OptionalUnlessRequiredId<TSchema> = TSchema & ([TSchema] extends [Document & OwnId] ? OwnId : unknown)

type OwnId = { _id?: ObjectId | undefined }
