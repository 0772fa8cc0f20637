import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checksumHolds, crc32c } from '../../src/wire/crc32c.ts'

test('the checksum is that of the published vectors', () => {
  const sum = (bytes: Uint8Array) => crc32c(bytes, 0, bytes.length) >>> 0
  assert.equal(sum(Buffer.from('123456789')), 0xe3069283)
  assert.equal(sum(Buffer.alloc(32)), 0x8a9136aa)
  assert.equal(sum(Buffer.alloc(32, 0xff)), 0x62a8ab43)
  assert.equal(sum(Buffer.from(Array.from({ length: 32 }, (_, i) => i))), 0x46dd794e)
})

test('a checksum holds for the bytes it was made of, and for no others', () => {
  const bytes = Buffer.concat([Buffer.from('..123456789'), Buffer.from([0x83, 0x92, 0x06, 0xe3])])
  assert.equal(checksumHolds(bytes, 2, bytes.length), true)
  for (let at = 2; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes)
    damaged[at]! ^= 0x10
    assert.equal(checksumHolds(damaged, 2, bytes.length), false)
  }
})
