import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BSON, DocumentWriter, encodeDocument } from '../../src/bson/index.ts'
import {
  headWordsBytes,
  KeyHeads,
  keyHeadsMax,
  rememberedKeyLengthMax,
  unknownKeysMax
} from '../../src/bson/key_heads.ts'

test('a head is a place for the type, the key and NUL, and is found again', () => {
  const heads = new KeyHeads()
  for (const key of [
    '',
    'a',
    'ten letter',
    'eleven char',
    'twelve chars',
    'a key of 17 bytes',
    'a key of 18 bytes.',
    'one of 19 bytes ....',
    'schlüssel',
    '\ud800',
    '__proto__'
  ]) {
    const head = heads.find(key)
    const expected = Buffer.concat([Buffer.of(0), Buffer.from(key), Buffer.of(0)])
    assert.ok(head !== undefined)
    const bytes = Buffer.alloc(100)
    const words = [head.first, head.second, head.third, head.fourth, head.fifth]
    for (const [index, word] of words.entries()) bytes.writeInt32LE(word, 4 * index)
    bytes.set(head.rest ?? [], headWordsBytes)
    assert.deepEqual(bytes.subarray(0, head.length), expected)
    assert.equal(heads.find(key), head)
  }
})

test('a key with NUL, or one that is too long, is not remembered', () => {
  const heads = new KeyHeads()
  assert.equal(heads.find('a\0b'), undefined)
  assert.equal(heads.find('k'.repeat(rememberedKeyLengthMax + 1)), undefined)
  assert.notEqual(heads.find('€'.repeat(rememberedKeyLengthMax)), undefined)
  assert.equal(heads.size, 1)
})

test('no more keys are remembered than there are places, and after many unknown ones the table begins anew', () => {
  const heads = new KeyHeads()
  for (let key = 0; key < keyHeadsMax; key++) assert.notEqual(heads.find(`known ${key}`), undefined)
  for (let key = 1; key < unknownKeysMax; key++) assert.equal(heads.find(`unknown ${key}`), undefined)
  assert.equal(heads.size, keyHeadsMax)
  assert.notEqual(heads.find('known 7'), undefined)
  assert.notEqual(heads.find('the last straw'), undefined)
  assert.equal(heads.size, 1)
})

test('documents are encoded as ever when the table is full and when it begins anew', () => {
  const writer = new DocumentWriter()
  const documents = (unknownKeysMax + 3 * keyHeadsMax) / 100
  for (let index = 0; index < documents; index++) {
    const document = Object.fromEntries(Array.from({ length: 100 }, (_, field) => [`${index}:${field}`, field]))
    const expected = Buffer.from(BSON.serialize(document))
    assert.ok(expected.equals(encodeDocument(document)))
    writer.reset()
    writer.documentFrom(document)
    assert.ok(expected.equals(writer.written()))
  }
})
