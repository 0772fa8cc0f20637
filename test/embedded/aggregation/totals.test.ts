import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Decimal128, Double, Int32, Long } from '../../../src/bson/index.ts'
import { Summation } from '../../../src/embedded/aggregation/summation.ts'
import { compareValues } from '../../../src/embedded/query/index.ts'
import { seeded } from '../query/arbitraries.ts'
import { assertTable } from './running.ts'

const long = (n: bigint | number) => Long.fromBigInt(BigInt(n))
const decimal = (text: string) => Decimal128.fromString(text)

test('$sum has the widest type that it met, and a double where an int64 overflows', () => {
  assertTable([
    [{ $sum: [1, 2] }, new Int32(3)],
    [{ $sum: [new Int32(2 ** 31 - 1), 1] }, long(2 ** 31)],
    [{ $sum: [long(1), 2] }, long(3)],
    [{ $sum: [long(2n ** 63n - 1n), 1] }, new Double(2 ** 63)],
    [{ $sum: [long(2n ** 63n - 1n), 1, -1] }, long(2n ** 63n - 1n)],
    [{ $sum: [1, new Double(2)] }, new Double(3)],
    [{ $sum: [1, decimal('0.5')] }, decimal('1.5')],
    [{ $sum: [1, 'a', null, '$missing', [5]] }, new Int32(1)],
    [{ $sum: [] }, new Int32(0)],
    [{ $sum: [new Double(Number.POSITIVE_INFINITY), 1] }, new Double(Number.POSITIVE_INFINITY)],
    [{ $sum: [new Double(Number.POSITIVE_INFINITY), new Double(Number.NEGATIVE_INFINITY)] }, new Double(Number.NaN)],
    [{ $sum: [decimal('1'), new Double(Number.NaN)] }, decimal('NaN')]
  ])
})

test('$sum and $avg carry the rounding errors of doubles along', () => {
  const tenth = Array.from({ length: 10 }, () => 0.1)
  assertTable(
    [
      [{ $sum: '$tenth' }, new Double(1)],
      [{ $avg: '$tenth' }, new Double(0.1)],
      [{ $sum: [new Double(1e100), 1, new Double(-1e100)] }, new Double(1)],
      [{ $sum: [long(2n ** 53n + 1n), new Double(1)] }, new Double(2 ** 53 + 2)]
    ],
    { tenth }
  )
})

test('integers sum to the same in any order', () => {
  const integer = fc.oneof(
    fc.integer().map(n => new Int32(n)),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(long)
  )
  fc.assert(
    fc.property(fc.array(integer, { maxLength: 20 }), values => {
      const total = (all: readonly (Int32 | Long)[]) => {
        const sum = new Summation()
        for (const each of all) sum.add(each)
        return sum.sum()
      }
      assert.equal(compareValues(total(values), total([...values].reverse())), 0)
    }),
    seeded
  )
})

test('$avg is a double, or a decimal if one was among the values, and null of nothing', () => {
  assertTable([
    [{ $avg: [1, 2] }, new Double(1.5)],
    [{ $avg: [long(2n ** 62n), long(2n ** 62n)] }, new Double(2 ** 62)],
    [{ $avg: [decimal('1'), 2] }, decimal('1.5')],
    [{ $avg: ['a', null] }, null]
  ])
})

test('$min and $max go by the order of BSON values and pass over null', () => {
  assertTable(
    [
      [{ $min: [long(2), 1, 'a'] }, 1],
      [{ $max: [long(2), 10, decimal('9.5')] }, 10],
      [{ $max: [1, 'a', null] }, 'a'],
      [{ $min: [null, '$missing'] }, null],
      [{ $max: '$array' }, long(100)]
    ],
    { array: [10, long(9), 2, long(100), decimal('5')] }
  )
})

test('$stdDevPop and $stdDevSamp divide by the count, and by one less', () => {
  assertTable([
    [{ $stdDevPop: [2, 4, long(4), 4, 5, 5, 7, 9] }, new Double(2)],
    [{ $stdDevSamp: [1, 3] }, new Double(Math.SQRT2)],
    [{ $stdDevSamp: [1] }, null],
    [{ $stdDevPop: [] }, null]
  ])
})
