import assert from 'node:assert/strict'
import { test } from 'node:test'
import { giveBackBuffer, takeBuffer } from '../../src/bson/index.ts'
import { keptBuffersBytesMax, largeBytesMin } from '../../src/bson/large_buffers.ts'

/** What earlier tests left is taken away. */
function emptied(): void {
  for (let bytes = largeBytesMin; bytes <= keptBuffersBytesMax; bytes *= 2) {
    for (let taken = 0; taken < keptBuffersBytesMax; taken += bytes) takeBuffer(bytes)
  }
}

test('a large buffer that was given back is the next one, unless it is too short or far too long', () => {
  emptied()
  const buffer = takeBuffer(300_000)
  giveBackBuffer(buffer)
  assert.notEqual(takeBuffer(300_001), buffer)
  assert.notEqual(takeBuffer(70_000), buffer, 'it is more than four times as long')
  assert.equal(takeBuffer(299_999), buffer)
  assert.notEqual(takeBuffer(299_999), buffer, 'it has been taken')
})

test('small buffers are not kept, nor more bytes than the limit', () => {
  emptied()
  const small = takeBuffer(largeBytesMin - 1)
  giveBackBuffer(small)
  assert.notEqual(takeBuffer(largeBytesMin - 1), small)
  const bytes = 1024 * 1024
  const many = Array.from({ length: keptBuffersBytesMax / bytes + 2 }, () => takeBuffer(bytes))
  for (const buffer of many) giveBackBuffer(buffer)
  const again = new Set(many.map(() => takeBuffer(bytes)))
  assert.equal(many.filter(buffer => again.has(buffer)).length, keptBuffersBytesMax / bytes)
})

test('a buffer cannot be given back twice: two would write to it', () => {
  const buffer = takeBuffer(largeBytesMin)
  giveBackBuffer(buffer)
  assert.throws(() => giveBackBuffer(buffer), /given back twice/)
})
