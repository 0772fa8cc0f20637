import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  Binary,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp
} from '../../../src/bson/index.ts'
import { assertFails } from '../query/documents.ts'
import { assertTable, evaluated } from './running.ts'

const int = (n: number) => new Int32(n)
const long = (n: bigint | number) => Long.fromBigInt(BigInt(n))
const decimal = (text: string) => Decimal128.fromString(text)

test('strings are joined, cut and measured in bytes or code points', () => {
  assertTable(
    [
      [{ $concat: ['a', 'b', '$s'] }, 'abéa😀'],
      [{ $concat: ['a', null] }, null],
      [{ $toLower: 'ABÉ' }, 'abÉ'],
      [{ $toUpper: 'abé' }, 'ABé'],
      [{ $toUpper: null }, ''],
      [{ $toLower: long(5) }, '5'],
      [{ $strLenCP: '$s' }, int(3)],
      [{ $strLenBytes: '$s' }, int(7)],
      [{ $substrBytes: ['$s', 0, 2] }, 'é'],
      [{ $substr: ['hello', 1, -1] }, 'ello'],
      [{ $substr: ['hello', 9, 2] }, ''],
      [{ $substr: [null, 0, 1] }, ''],
      [{ $substrCP: ['$s', 2, 1] }, '😀'],
      [{ $split: ['a-b-', '-'] }, ['a', 'b', '']],
      [{ $split: [null, '-'] }, null],
      [{ $indexOfCP: ['$s', '😀'] }, int(2)],
      [{ $indexOfCP: ['abab', 'a', 1] }, int(2)],
      [{ $indexOfCP: ['abab', 'b', 2, 3] }, int(-1)],
      [{ $indexOfCP: ['ab', 'a', 5] }, int(-1)],
      [{ $indexOfCP: ['ab', '', 2, 1] }, int(-1)],
      [{ $strcasecmp: ['ABC', 'abd'] }, int(-1)],
      [{ $strcasecmp: ['a', null] }, int(1)],
      [{ $trim: { input: ' \t a b\u00a0' } }, 'a b'],
      [{ $ltrim: { input: 'xxaxx', chars: 'x' } }, 'axx'],
      [{ $rtrim: { input: 'a😀😀', chars: '😀' } }, 'a'],
      [{ $trim: { input: 'xxx', chars: 'x' } }, ''],
      [{ $trim: { input: 'a', chars: null } }, null],
      [{ $replaceOne: { input: 'aXaX', find: 'X', replacement: { $literal: '$&' } } }, 'a$&aX'],
      [{ $replaceAll: { input: 'a.a.', find: '.', replacement: { $literal: '$1' } } }, 'a$1a$1'],
      [{ $replaceAll: { input: 'a', find: null, replacement: 'b' } }, null]
    ],
    { s: 'éa😀' }
  )
  assertFails(16702, /int/, () => evaluated({ $concat: ['a', 1] }))
  assertFails(16007, /object/, () => evaluated({ $toLower: {} }))
  assertFails(34471, /null/, () => evaluated({ $strLenCP: null }))
  assertFails(28656, /continuation/, () => evaluated({ $substrBytes: ['é', 1, 1] }))
  assertFails(28657, /middle/, () => evaluated({ $substrBytes: ['é', 0, 1] }))
  assertFails(50752, /-1/, () => evaluated({ $substr: ['a', -1, 1] }))
  assertFails(34454, /-1/, () => evaluated({ $substrCP: ['a', 0, -1] }))
  assertFails(40087, /non-empty/, () => evaluated({ $split: ['a', ''] }))
  assertFails(51746, /int/, () => evaluated({ $replaceOne: { input: 'a', find: 1, replacement: 'b' } }))
})

test('$type names every BSON type, and missing', () => {
  const types = {
    int: 1,
    long: long(1),
    double: new Double(1),
    decimal: decimal('1'),
    string: '',
    object: {},
    array: [],
    binData: new Binary(),
    objectId: new ObjectId('0123456789abcdef01234567'),
    bool: true,
    date: new Date(0),
    null: null,
    timestamp: new Timestamp(0n),
    minKey: new MinKey(),
    maxKey: new MaxKey()
  }
  for (const name of Object.keys(types)) assert.equal(evaluated({ $type: `$${name}` }, types), name)
  assert.equal(evaluated({ $type: '$missing' }), 'missing')
  assertTable(
    [
      [{ $isNumber: '$long' }, true],
      [{ $isNumber: '$string' }, false]
    ],
    types
  )
})

test('conversions give the type that they name', () => {
  const id = new ObjectId('0123456789abcdef01234567')
  assertTable([
    [{ $toInt: new Double(1.9) }, int(1)],
    [{ $toInt: '-5' }, int(-5)],
    [{ $toInt: true }, int(1)],
    [{ $toLong: decimal('9223372036854775807.9') }, long(2n ** 63n - 1n)],
    [{ $toLong: '9007199254740993' }, long(2n ** 53n + 1n)],
    [{ $toLong: new Date(5) }, long(5)],
    [{ $toDouble: long(2n ** 53n + 1n) }, new Double(2 ** 53)],
    [{ $toDouble: '-1.5e3' }, new Double(-1500)],
    [{ $toDouble: 'Infinity' }, new Double(Number.POSITIVE_INFINITY)],
    [{ $toDecimal: '1.50' }, decimal('1.50')],
    [{ $toDecimal: new Double(0.1) }, decimal('0.100000000000000')],
    [{ $toString: long(2n ** 53n + 1n) }, '9007199254740993'],
    [{ $toString: new Double(2.5) }, '2.5'],
    [{ $toString: decimal('1.0') }, '1.0'],
    [{ $toString: id }, id.toHexString()],
    [{ $toString: new Date(0) }, '1970-01-01T00:00:00.000Z'],
    [{ $toBool: 'false' }, true],
    [{ $toBool: long(0) }, false],
    [{ $toDate: long(1000) }, new Date(1000)],
    [{ $toDate: '2024-02-29T12:30:00+02:00' }, new Date('2024-02-29T10:30:00Z')],
    [{ $toDate: '2024-02-29' }, new Date('2024-02-29T00:00:00Z')],
    [{ $toDate: id }, id.getTimestamp()],
    [{ $toObjectId: id.toHexString() }, id],
    [{ $toInt: null }, null],
    [{ $toInt: '$missing' }, null],
    [{ $convert: { input: '7', to: 'int' } }, int(7)],
    [{ $convert: { input: '7', to: 18 } }, long(7)],
    [{ $convert: { input: 'x', to: 'int', onError: 'bad' } }, 'bad'],
    [{ $convert: { input: null, to: 'int', onNull: 0 } }, int(0)],
    [{ $convert: { input: '1', to: null } }, null]
  ])
})

test('what cannot be converted is refused, and never rounded into range', () => {
  for (const expression of [
    { $toInt: long(2 ** 31) },
    { $toLong: new Double(2 ** 63) },
    { $toLong: new Double(Number.NaN) },
    { $toInt: '1.5' },
    { $toInt: '' },
    { $toInt: {} },
    { $toInt: new Date(0) },
    { $toDouble: '0x10' },
    { $toDouble: decimal('1E+400') },
    { $toDecimal: 'x' },
    { $toDate: 5 },
    { $toDate: '2024-02-30' },
    { $toDate: 'yesterday' },
    { $toObjectId: 'abc' },
    { $toString: {} },
    { $convert: { input: 1, to: 'regex' } }
  ]) {
    assertFails(241, /\$convert/, () => evaluated(expression))
  }
  assertFails(2, /there is no type/, () => evaluated({ $convert: { input: 1, to: 'number' } }))
})

test('the parts of a date are those of the wall clock in the zone asked for', () => {
  assertTable(
    [
      [{ $year: '$d' }, int(2024)],
      [{ $month: '$d' }, int(2)],
      [{ $dayOfMonth: '$d' }, int(29)],
      [{ $dayOfYear: '$d' }, int(60)],
      [{ $dayOfWeek: '$d' }, int(5)],
      [{ $hour: '$d' }, int(23)],
      [{ $minute: ['$d'] }, int(5)],
      [{ $second: '$d' }, int(6)],
      [{ $millisecond: '$d' }, int(7)],
      [{ $hour: { date: '$d', timezone: '-05:30' } }, int(17)],
      [{ $dayOfMonth: { date: '$d', timezone: '+0100' } }, int(1)],
      [{ $hour: { date: '$d', timezone: 'America/New_York' } }, int(18)],
      [{ $hour: { date: '$summer', timezone: 'America/New_York' } }, int(8)],
      [{ $year: null }, null],
      [{ $year: { date: '$d', timezone: null } }, null]
    ],
    { d: new Date('2024-02-29T23:05:06.007Z'), summer: new Date('2024-07-01T12:00:00Z') }
  )
  assertFails(40485, /Nowhere/, () => evaluated({ $hour: { date: '$$NOW', timezone: 'Nowhere' } }))
  assertFails(16006, /string/, () => evaluated({ $year: 'x' }))
})

test('weeks at the turn of the year belong where ISO 8601 and the Sundays put them', () => {
  for (const [day, week, isoWeek, isoYear] of [
    ['2021-01-01', 0, 53, 2020],
    ['2021-01-03', 1, 53, 2020],
    ['2021-01-04', 1, 1, 2021],
    ['2019-12-30', 52, 1, 2020],
    ['2023-01-01', 1, 52, 2022],
    ['2024-12-31', 52, 1, 2025]
  ] as const) {
    const d = new Date(`${day}T12:00:00Z`)
    assertTable(
      [
        [{ $week: '$d' }, int(week)],
        [{ $isoWeek: '$d' }, int(isoWeek)],
        [{ $isoWeekYear: '$d' }, long(isoYear)]
      ],
      { d }
    )
  }
})

test('$dateToString fills in every specifier', () => {
  assertTable(
    [
      [{ $dateToString: { date: '$d' } }, '2024-02-29T23:05:06.007Z'],
      [{ $dateToString: { date: '$d', timezone: '+02:00' } }, '2024-03-01T01:05:06.007'],
      [
        { $dateToString: { date: '$d', format: '%Y %G %m %b %B %d %j %H %M %S %L %w %u %U %V %z %Z %%' } },
        '2024 2024 02 Feb February 29 060 23 05 06 007 5 4 08 09 +0000 +000 %'
      ],
      [{ $dateToString: { date: '$d', format: '%d%d %z %Z', timezone: '-0530' } }, '2929 -0530 -330'],
      [{ $dateToString: { date: null } }, null],
      [{ $dateToString: { date: '$missing', onNull: 'never' } }, 'never']
    ],
    { d: new Date('2024-02-29T23:05:06.007Z') }
  )
  assertFails(18536, /%Q/, () => evaluated({ $dateToString: { date: '$$NOW', format: '%Q' } }))
  assertFails(18535, /unmatched/, () => evaluated({ $dateToString: { date: '$$NOW', format: 'x%' } }))
})
