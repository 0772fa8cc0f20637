/** `mongodb/lib/bson`: the BSON library of the driver. The classes are the very ones that cenote gives and takes. */
import { BSON } from 'cenote'

export {
  Binary,
  BSON,
  BSONError,
  BSONRegExp,
  BSONSymbol,
  BSONType,
  Code,
  DBRef,
  Decimal128,
  Double,
  EJSON,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID
} from 'cenote'

export const ByteUtils: typeof BSON.ByteUtils = BSON.ByteUtils
export const NumberUtils: typeof BSON.NumberUtils = BSON.NumberUtils
export const calculateObjectSize: typeof BSON.calculateObjectSize = BSON.calculateObjectSize
export const deserialize: typeof BSON.deserialize = BSON.deserialize
export const serialize: typeof BSON.serialize = BSON.serialize
