import fc from 'fast-check'
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  DBRef,
  Decimal128,
  type Document,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID
} from '../../src/bson/index.ts'

/** One value of every BSON type that the library writes, and keys that could do harm. */
export function everyType(): Document {
  return {
    double: 1.5,
    string: 'grüß dich, 🌍',
    document: { inner: new Binary(Buffer.from('inner bytes')) },
    array: [1, 'two', new Binary(Buffer.from('in an array'))],
    binary: new Binary(Buffer.from('some bytes')),
    oldBinary: new Binary(Buffer.from('old bytes'), 2),
    uuid: new UUID('01234567-89ab-4def-8123-456789abcdef'),
    objectId: new ObjectId('0123456789abcdef01234567'),
    boolean: true,
    date: new Date(1_700_000_000_000),
    null: null,
    regularExpression: /ab+c/i,
    code: new Code('function () {}'),
    codeWithScope: new Code('function () {}', { scoped: new Binary(Buffer.from('in a scope')) }),
    symbol: new BSONSymbol('symbol'),
    reference: new DBRef('things', new ObjectId('0123456789abcdef01234567')),
    int32: 42,
    timestamp: new Timestamp({ t: 1_700_000_000, i: 7 }),
    int64: Long.fromString('9223372036854775807'),
    promoted: Long.fromNumber(2 ** 40),
    decimal: Decimal128.fromString('1.25'),
    minKey: new MinKey(),
    maxKey: new MaxKey(),
    ['__proto__']: { polluted: true },
    constructor: 'constructor',
    toString: 'toString'
  }
}

const key = fc.oneof(
  fc.string({ maxLength: 8, unit: 'grapheme' }).map(text => text.replaceAll('\0', '')),
  fc.constantFrom('__proto__', 'constructor', 'toString', '0', '', '$set', 'ok', 'cursor', '_id')
)

const leaf = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.constant(null),
  fc.date({ noInvalidDate: true }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.uint8Array({ maxLength: 24 }).map(bytes => new Binary(bytes)),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map(bytes => new ObjectId(bytes)),
  fc.tuple(fc.nat(), fc.nat()).map(([t, i]) => new Timestamp({ t, i })),
  fc.constantFrom(new MinKey(), new MaxKey(), Decimal128.fromString('12.5'), new BSONRegExp('a', 'i'), new Code('f()'))
)

function documentOf(value: fc.Arbitrary<unknown>): fc.Arbitrary<Document> {
  return fc.array(fc.tuple(key, value), { maxLength: 6 }).map(entries => Object.fromEntries(entries))
}

const value: fc.Arbitrary<unknown> = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    documentOf(tie('value')),
    fc.array(tie('value'), { maxLength: 4 }) as fc.Arbitrary<unknown>
  )
})).value

export const anyDocument: fc.Arbitrary<Document> = documentOf(value)

/** `levels` documents, one in the other, as bytes: deeper than a recursive encoder could go. */
export function nestedBytes(levels: number): Buffer {
  // Each level: length, type and empty key of the next one before it, and one 0 after it. The innermost: length and 0.
  const bytes = Buffer.alloc(5 + 7 * (levels - 1))
  for (let level = 0; level < levels; level++) {
    const at = 6 * level
    bytes.writeInt32LE(bytes.length - 7 * level, at)
    if (level < levels - 1) bytes[at + 4] = 3
  }
  return bytes
}
