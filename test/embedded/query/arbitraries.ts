import fc from 'fast-check'
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp
} from '../../../src/bson/index.ts'
import {
  type BSONDocument,
  type BSONNumber,
  type BSONValue,
  bsonTypes,
  OpaqueValue
} from '../../../src/embedded/query/index.ts'

const int64Edges = [0n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 31n]
const doubleEdges = [0, -0, 2 ** 53, -(2 ** 53), 2 ** 63, 0.1, -0.1, 5e-324, Number.MAX_VALUE, NaN, Infinity, -Infinity]
const decimalEdges = [
  '0',
  '-0',
  '0E+10',
  'NaN',
  'Infinity',
  '-Infinity',
  '9007199254740993',
  '9007199254740992.5',
  '0.1',
  '1.0',
  '1.00',
  '9E+6144',
  '1E-6176',
  '9223372036854775807.5'
]

export const bsonNumber: fc.Arbitrary<BSONNumber> = fc.oneof(
  fc.integer({ min: -5, max: 5 }).map(n => new Int32(n)),
  fc.integer().map(n => new Int32(n)),
  fc
    .oneof(fc.constantFrom(...int64Edges), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))
    .map(n => Long.fromBigInt(n)),
  fc.oneof(fc.constantFrom(...doubleEdges), fc.double(), fc.integer({ min: -5, max: 5 })).map(n => new Double(n)),
  fc
    .oneof(
      fc.constantFrom(...decimalEdges),
      fc
        .tuple(fc.bigInt({ min: -(10n ** 33n), max: 10n ** 33n }), fc.integer({ min: -40, max: 40 }))
        .map(([c, e]) => `${c}E${e}`),
      fc.integer({ min: -5, max: 5 }).map(String)
    )
    .map(digits => Decimal128.fromString(digits))
)

const shortText = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.string({ maxLength: 2, unit: 'binary' }),
  fc.constantFrom('\u{1f600}', '\uffff', 'a', 'B')
)
const bytes = fc.uint8Array({ maxLength: 3 })
export const fieldName: fc.Arbitrary<string> = fc.constantFrom('a', 'b', 'c', '7', '__proto__', 'constructor', 'é')

const scalar: fc.Arbitrary<BSONValue> = fc.oneof(
  { weight: 4, arbitrary: bsonNumber },
  { weight: 2, arbitrary: shortText },
  fc.boolean(),
  fc.constant(null),
  fc.integer({ min: -3, max: 3 }).map(ms => new Date(ms)),
  shortText.map(text => new BSONSymbol(text)),
  bytes.map(b => new ObjectId(Uint8Array.from({ length: 12 }, (_, i) => b[i] ?? 0))),
  fc.tuple(bytes, fc.constantFrom(0, 2, 4, 128)).map(([b, subtype]) => new Binary(b, subtype)),
  fc.tuple(fc.constantFrom('a', '^b', ''), fc.constantFrom('', 'i', 'im')).map(([p, o]) => new BSONRegExp(p, o)),
  fc
    .tuple(fc.constantFrom(0, 1, 2 ** 32 - 1), fc.constantFrom(0, 1, 2 ** 32 - 1))
    .map(([t, i]) => new Timestamp({ t, i })),
  fc.constantFrom<BSONValue>(
    new MinKey(),
    new MaxKey(),
    new OpaqueValue(bsonTypes.undefined, new Uint8Array(0)),
    new OpaqueValue(bsonTypes.date, new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0x7f])),
    new OpaqueValue(bsonTypes.date, new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0x80])),
    new OpaqueValue(bsonTypes.javascript, new Uint8Array([2, 0, 0, 0, 0x78, 0])),
    new OpaqueValue(bsonTypes.dbPointer, new Uint8Array([2, 0, 0, 0, 0x78, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])),
    new OpaqueValue(bsonTypes.javascriptWithScope, new Uint8Array([15, 0, 0, 0, 2, 0, 0, 0, 0x78, 0, 5, 0, 0, 0, 0]))
  )
)

const tree = fc.letrec<{ value: BSONValue; array: BSONValue[]; document: BSONDocument }>(tie => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar, tie('array'), tie('document')),
  array: fc.array(tie('value'), { maxLength: 3 }),
  document: fc.array(fc.tuple(fieldName, tie('value')), { maxLength: 4 }).map(fields => new Map(fields))
}))

/** Any value of any type, deprecated ones included. */
export const bsonValue: fc.Arbitrary<BSONValue> = tree.value
export const bsonDocument: fc.Arbitrary<BSONDocument> = tree.document

/** The seed of all property tests; fast-check prints the path of a failure beside it. */
export const seeded: { seed: number; numRuns: number } = { seed: 20_240_229, numRuns: 400 }
