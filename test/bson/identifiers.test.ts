import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ObjectIds, uuidFrom } from '../../src/bson/index.ts'

function filledWith(...values: number[]) {
  return (bytes: Uint8Array) => bytes.forEach((_, index) => (bytes[index] = values[index % values.length]!))
}

test('an ObjectId is made of the seconds, five random bytes and a counter', () => {
  const ids = new ObjectIds(() => 0x65_00_00_01 * 1000 + 999, filledWith(1, 2, 3, 4, 5, 0xaa, 0xbb, 0xfe))
  assert.equal(ids.next().toHexString(), '650000010102030405aabbfe')
  assert.equal(ids.next().toHexString(), '650000010102030405aabbff')
  assert.equal(ids.next().toHexString(), '650000010102030405aabc00')
})

test('the counter goes round after three bytes, and the time beyond 2038 fits', () => {
  const ids = new ObjectIds(() => 0xff_00_00_01 * 1000, filledWith(0xff))
  assert.equal(ids.next().toHexString(), 'ff000001ffffffffffffffff')
  assert.equal(ids.next().toHexString(), 'ff000001ffffffffff000000')
})

test('an ObjectId that was given out does not change with the next one', () => {
  const ids = new ObjectIds(() => 1000, filledWith(7))
  const first = ids.next()
  const before = first.toHexString()
  const second = ids.next()
  assert.equal(first.toHexString(), before)
  assert.equal(first.equals(second), false)
})

test('a UUID is of version 4 and variant 1, and its other bits are random', () => {
  assert.equal(uuidFrom(filledWith(0xff)).toHexString(), 'ffffffff-ffff-4fff-bfff-ffffffffffff')
  assert.equal(uuidFrom(filledWith(0)).toHexString(), '00000000-0000-4000-8000-000000000000')
})

test('each UUID has bytes of its own', () => {
  const first = uuidFrom(filledWith(1))
  const second = uuidFrom(filledWith(2))
  assert.notEqual(first.toHexString(), second.toHexString())
})
