import { test } from 'node:test'
import { Decimal128, Double, Int32, Long } from '../../../src/bson/index.ts'
import { assertFails } from '../query/documents.ts'
import { assertTable, evaluated } from './running.ts'

const int = (n: number) => new Int32(n)
const long = (n: bigint | number) => Long.fromBigInt(BigInt(n))
const double = (n: number) => new Double(n)
const decimal = (text: string) => Decimal128.fromString(text)
const int32Max = 2 ** 31 - 1
const int64Max = 2n ** 63n - 1n

test('$add gives the widest type of its operands, and widens what overflows', () => {
  assertTable([
    [{ $add: [1, 2] }, int(3)],
    [{ $add: [int(int32Max), 1] }, long(2 ** 31)],
    [{ $add: [int(int32Max), 1, -1] }, int(int32Max)],
    [{ $add: [long(1), 2] }, long(3)],
    [{ $add: [1, double(2)] }, double(3)],
    [{ $add: [long(int64Max), 1] }, double(2 ** 63)],
    [{ $add: [decimal('0.1'), double(0.2)] }, decimal('0.300000000000000')],
    [{ $add: [long(int64Max), decimal('1')] }, decimal('9223372036854775808')],
    [{ $add: [] }, int(0)],
    [{ $add: [1, null] }, null],
    [{ $add: ['$missing', 1] }, null]
  ])
})

test('a long is added, not overlooked: NumberLong(1) and 2 are 3', () => {
  assertTable(
    [
      [{ $add: ['$l', 2] }, long(3)],
      [{ $sum: ['$l', 2] }, long(3)],
      [{ $sum: '$all' }, long(7)]
    ],
    { l: long(1), all: [long(1), 2, long(4)] }
  )
})

test('$add and $subtract move dates by milliseconds, and dates differ by an int64', () => {
  assertTable(
    [
      [{ $add: ['$d', 1000] }, new Date(2000)],
      [{ $add: [double(0.6), '$d'] }, new Date(1001)],
      [{ $subtract: ['$d', long(1)] }, new Date(999)],
      [{ $subtract: ['$e', '$d'] }, long(4000)]
    ],
    { d: new Date(1000), e: new Date(5000) }
  )
  assertFails(16612, /only one date/, () => evaluated({ $add: ['$d', '$d'] }, { d: new Date(0) }))
  assertFails(15, /out of range/, () => evaluated({ $add: ['$d', long(int64Max)] }, { d: new Date(1000) }))
  assertFails(14, /can't \$subtract date from int/, () => evaluated({ $subtract: [1, '$d'] }, { d: new Date(0) }))
})

test('$subtract and $multiply keep the rules of $add', () => {
  assertTable([
    [{ $subtract: [5, 7] }, int(-2)],
    [{ $subtract: [-1, int(-(2 ** 31))] }, int(int32Max)],
    [{ $subtract: [0, int(-(2 ** 31))] }, long(2 ** 31)],
    [{ $subtract: [long(-(2n ** 63n)), 1] }, double(-(2 ** 63))],
    [{ $subtract: [decimal('1'), decimal('0.9')] }, decimal('0.1')],
    [{ $subtract: [double(1.5), 1] }, double(0.5)],
    [{ $multiply: [3, 4] }, int(12)],
    [{ $multiply: [int(2 ** 30), 4] }, long(2 ** 32)],
    [{ $multiply: [long(2n ** 62n), 2] }, double(2 ** 63)],
    [{ $multiply: [decimal('1.5'), 2] }, decimal('3.0')]
  ])
})

test('$divide gives a double even of whole numbers, and a decimal of decimals', () => {
  assertTable([
    [{ $divide: [4, 2] }, double(2)],
    [{ $divide: [1, 3] }, double(1 / 3)],
    [{ $divide: [decimal('1'), 3] }, decimal('0.3333333333333333333333333333333333')],
    [{ $divide: [decimal('2'), 3] }, decimal('0.6666666666666666666666666666666667')],
    [{ $divide: [decimal('6.0'), 2] }, decimal('3.0')],
    [{ $divide: [decimal('1'), decimal('8')] }, decimal('0.125')],
    [{ $divide: [decimal('Infinity'), decimal('Infinity')] }, decimal('NaN')],
    [{ $divide: [1, decimal('-Infinity')] }, decimal('-0')]
  ])
  for (const zero of [0, double(0), double(-0), decimal('0'), long(0)]) {
    assertFails(2, /by zero/, () => evaluated({ $divide: [1, zero] }))
    assertFails(16610, /by zero/, () => evaluated({ $mod: [1, zero] }))
  }
})

test('a quotient that is a hair above the middle of two decimals is rounded up', () => {
  const divide = {
    $divide: [decimal('8200000000000000000000000000000004'), decimal('9111111111111111111111111111111111')]
  }
  assertTable([[divide, decimal('0.9000000000000000000000000000000005')]])
})

test('$mod has the sign of the dividend and the widest type', () => {
  assertTable([
    [{ $mod: [7, 3] }, int(1)],
    [{ $mod: [-7, 3] }, int(-1)],
    [{ $mod: [long(7), 3] }, long(1)],
    [{ $mod: [double(5.5), 2] }, double(1.5)],
    [{ $mod: [decimal('5.5'), decimal('-2')] }, decimal('1.5')],
    [{ $mod: [decimal('5'), decimal('Infinity')] }, decimal('5')]
  ])
})

test('$abs, $ceil and $floor keep the type', () => {
  assertTable([
    [{ $abs: -3 }, int(3)],
    [{ $abs: int(-(2 ** 31)) }, long(2 ** 31)],
    [{ $abs: decimal('-1.50') }, decimal('1.50')],
    [{ $abs: double(-0.5) }, double(0.5)],
    [{ $ceil: double(1.2) }, double(2)],
    [{ $ceil: double(-1.2) }, double(-1)],
    [{ $floor: decimal('-1.2') }, decimal('-2')],
    [{ $floor: long(5) }, long(5)],
    [{ $floor: double(Number.NaN) }, double(Number.NaN)],
    [{ $abs: null }, null]
  ])
  assertFails(28680, /long long min/, () => evaluated({ $abs: long(-(2n ** 63n)) }))
})

test('$round goes to the even neighbour of a half, $trunc towards zero, at any place', () => {
  assertTable([
    [{ $round: double(2.5) }, double(2)],
    [{ $round: double(3.5) }, double(4)],
    [{ $round: [double(2.345), 1] }, double(2.3)],
    [{ $round: [decimal('2.345'), 2] }, decimal('2.34')],
    [{ $round: [1250, -2] }, int(1200)],
    [{ $round: [int(int32Max), -1] }, long(2147483650)],
    [{ $trunc: [double(-1.99), 1] }, double(-1.9)],
    [{ $trunc: [199, -2] }, int(100)],
    [{ $round: [1, null] }, null]
  ])
  assertFails(51083, /\[-20, 100\]/, () => evaluated({ $round: [1, 101] }))
  assertFails(51080, /int64/, () => evaluated({ $round: [long(int64Max), -1] }))
})

test('$pow is exact for integers that an int64 holds', () => {
  assertTable([
    [{ $pow: [2, 10] }, int(1024)],
    [{ $pow: [2, 40] }, long(2n ** 40n)],
    [{ $pow: [3, 39] }, long(3n ** 39n)],
    [{ $pow: [2, 63] }, double(2 ** 63)],
    [{ $pow: [-2, 63] }, long(-(2n ** 63n))],
    [{ $pow: [2, -1] }, double(0.5)],
    [{ $pow: [-1, long(-3)] }, long(-1)],
    [{ $pow: [double(4), 0.5] }, double(2)]
  ])
  assertFails(28764, /base of 0/, () => evaluated({ $pow: [0, -1] }))
})

test('functions of doubles take any number but a decimal, and refuse what is outside their domain', () => {
  assertTable([
    [{ $sqrt: 16 }, double(4)],
    [{ $sqrt: long(16) }, double(4)],
    [{ $ln: 1 }, double(0)],
    [{ $log10: 1000 }, double(3)],
    [{ $log: [8, 2] }, double(3)],
    [{ $exp: 0 }, double(1)],
    [{ $cos: 0 }, double(1)],
    [{ $acos: 0 }, double(Math.PI / 2)],
    [{ $atan2: [1, 1] }, double(Math.PI / 4)],
    [{ $degreesToRadians: 180 }, double(Math.PI)],
    [{ $sin: null }, null]
  ])
  assertFails(28714, /-1/, () => evaluated({ $sqrt: -1 }))
  assertFails(28766, /0/, () => evaluated({ $ln: 0 }))
  assertFails(50989, /\[-1, 1\]/, () => evaluated({ $acos: 2 }))
  assertFails(50989, /finite/, () => evaluated({ $sin: double(Number.POSITIVE_INFINITY) }))
  assertFails(28758, /positive/, () => evaluated({ $log: [0, 2] }))
  assertFails(28759, /base/, () => evaluated({ $log: [1, 1] }))
  assertFails(238, /decimal/, () => evaluated({ $sqrt: decimal('4') }))
})

test('what is no number is refused with its type', () => {
  for (const [expression, code] of [
    [{ $add: [1, 'a'] }, 14],
    [{ $subtract: ['a', 1] }, 14],
    [{ $multiply: [1, true] }, 14],
    [{ $divide: [1, 'a'] }, 14],
    [{ $mod: [1, 'a'] }, 16611],
    [{ $abs: 'a' }, 28765],
    [{ $round: 'a' }, 51081],
    [{ $pow: ['a', 1] }, 28762],
    [{ $sin: 'a' }, 28765]
  ] as const) {
    assertFails(code, /string|bool/, () => evaluated(expression))
  }
})
