import * as cenote from '../../../src/client/index.ts'
import type { Library } from '../drivers.ts'
import { allOf, type Case, type Subject } from './case.ts'

type Build = (library: Library) => unknown

/** A value that is written and read again. `expected` where another comes back than was written. */
function roundTrip(name: string, build: Build, expected: Build = build): Case {
  return {
    name: `round trip: ${name}`,
    run: async ({ collection, library }: Subject) => {
      await collection.insertOne({ _id: 1, value: build(library) } as never)
      const document = await collection.findOne({ _id: 1 } as never)
      return document?.['value']
    },
    expected: expected(cenote)
  }
}

const hexadecimal = '64b7f0a1c2d3e4f5a6b7c8d9'
const uuid = '0e3f8a52-5d2c-4c0e-9a4b-1f2e3d4c5b6a'

const numbers: readonly Case[] = [
  roundTrip('whole numbers, and such as are not', () => [0, 1, -1, 2 ** 31 - 1, 2 ** 31, 2 ** 53, 0.1, -1e300]),
  roundTrip('numbers that are none, or endless', () => [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY
  ]),
  roundTrip('negative zero', () => -0),
  roundTrip(
    'Int32 and Double come back as numbers',
    ({ Int32, Double }) => [new Int32(7), new Double(7), new Double(7.5)],
    () => [7, 7, 7.5]
  ),
  roundTrip(
    'Long within 2^53 comes back as a number',
    ({ Long }) => Long.fromString('9007199254740991'),
    () => 9007199254740991
  ),
  roundTrip('Long beyond 2^53 stays a Long', ({ Long }) => [
    Long.fromString('9007199254740993'),
    Long.MIN_VALUE,
    Long.MAX_VALUE
  ]),
  roundTrip(
    'a bigint comes back as a Long',
    () => 9007199254740993n,
    ({ Long }) => Long.fromString('9007199254740993')
  ),
  roundTrip('Decimal128', ({ Decimal128 }) =>
    ['0.1', '-1E+6144', 'NaN', '1.2300'].map(text => Decimal128.fromString(text))
  )
]

const identifiersAndBytes: readonly Case[] = [
  roundTrip('ObjectId', ({ ObjectId }) => new ObjectId(hexadecimal)),
  roundTrip('UUID', ({ UUID }) => new UUID(uuid)),
  roundTrip('Binary of several subtypes', ({ Binary }) =>
    [0, 2, 128].map(kind => new Binary(Buffer.from('bytes'), kind))
  ),
  roundTrip(
    'Buffer comes back as Binary',
    () => Buffer.from('bytes'),
    ({ Binary }) => new Binary(Buffer.from('bytes'))
  ),
  roundTrip('empty Binary', ({ Binary }) => new Binary(Buffer.alloc(0)))
]

const others: readonly Case[] = [
  roundTrip('dates, before 1970 and far off too', () =>
    [0, -1, 1_700_000_000_123, 8.64e15].map(milliseconds => new Date(milliseconds))
  ),
  roundTrip('regular expressions', () => [/^a.b$/i, /x/m, /plain/]),
  roundTrip(
    'the flag s of a RegExp is lost; BSONRegExp has it',
    () => /a.b/s,
    () => /a.b/
  ),
  roundTrip(
    'BSONRegExp comes back as RegExp',
    ({ BSONRegExp }) => new BSONRegExp('^a', 'i'),
    () => /^a/i
  ),
  roundTrip('strings with every kind of character', () => ['', 'a\u0000b', 'ü€𝄞', '\ud7ff', 'x'.repeat(5_000)]),
  roundTrip('Timestamp', ({ Timestamp }) => new Timestamp({ t: 4_000_000_000, i: 7 })),
  roundTrip('MinKey and MaxKey', ({ MinKey, MaxKey }) => [new MinKey(), new MaxKey()]),
  roundTrip('Code, with and without scope', ({ Code }) => [new Code('f()'), new Code('g()', { a: 1 })]),
  roundTrip('DBRef', ({ DBRef, ObjectId }) => new DBRef('others', new ObjectId(hexadecimal), 'elsewhere')),
  roundTrip(
    'BSONSymbol comes back as a string',
    ({ BSONSymbol }) => new BSONSymbol('name'),
    () => 'name'
  ),
  roundTrip(
    'null, booleans, and undefined as null',
    () => [null, true, false, undefined],
    () => [null, true, false, null]
  ),
  roundTrip('nested documents and arrays, empty ones too', () => ({ a: {}, b: [], c: [[{ d: [{}] }]] })),
  roundTrip(
    'a Map comes back as a document',
    () =>
      new Map<string, unknown>([
        ['b', 1],
        ['a', new Map([['c', 2]])]
      ]),
    () => ({ b: 1, a: { c: 2 } })
  ),
  roundTrip(
    'toBSON stands for its object',
    () => ({ toBSON: () => ({ replaced: true }) }),
    () => ({ replaced: true })
  ),
  {
    name: 'fields keep their order, after _id',
    run: async ({ collection }) => {
      await collection.insertOne({ z: 1, a: 2, m: { y: 1, b: 2 } })
      const [document] = await allOf(collection)
      return [Object.keys(document ?? {}), Object.keys(document?.['m'] as object)]
    },
    expected: [
      ['_id', 'z', 'a', 'm'],
      ['y', 'b']
    ]
  },
  {
    name: 'keys such as __proto__, constructor and toString are fields like others',
    run: async ({ collection }) => {
      const text = '{"_id":1,"__proto__":{"polluted":true},"constructor":1,"toString":2,"in":{"__proto__":3}}'
      await collection.insertOne(JSON.parse(text) as never)
      const [document] = await allOf(collection)
      const inherits = Object.getPrototypeOf(document) === Object.prototype
      return { inherits, polluted: 'polluted' in {}, text: JSON.stringify(document) }
    },
    expected: {
      inherits: true,
      polluted: false,
      text: '{"_id":1,"__proto__":{"polluted":true},"constructor":1,"toString":2,"in":{"__proto__":3}}'
    }
  },
  {
    name: 'fields with dots and dollar signs below the top are kept',
    run: async ({ collection }) => {
      await collection.insertOne({ _id: 1, in: { 'a.b': 1, $c: 2 } } as never)
      return allOf(collection)
    },
    expected: [{ _id: 1, in: { 'a.b': 1, $c: 2 } }]
  }
]

export const valueCases: readonly Case[] = [...numbers, ...identifiersAndBytes, ...others]
