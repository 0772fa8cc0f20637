import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Decimal128, Double, Int32, Long } from '../../src/bson/index.ts'
import { CommandFailure } from '../../src/embedded/failure.ts'
import {
  type BSONDocument,
  type BSONValue,
  compareValues,
  decodeDocument,
  encodeDocument
} from '../../src/embedded/query/index.ts'
import { type Collection, IndexDefinition, Store } from '../../src/embedded/store/index.ts'
import { valueKey } from '../../src/embedded/store/value_key.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { bsonNumber, bsonValue, seeded } from './query/arbitraries.ts'

describe('the key of a value', () => {
  test('is the same for two values if and only if they are equal', () => {
    fc.assert(
      fc.property(bsonValue, bsonValue, (left, right) => {
        assert.equal(valueKey(left) === valueKey(right), compareValues(left, right) === 0)
      }),
      seeded
    )
  })

  test('holds for numbers of all four types, which are equal more often', () => {
    fc.assert(
      fc.property(bsonNumber, bsonNumber, (left, right) => {
        assert.equal(valueKey(left) === valueKey(right), compareValues(left, right) === 0)
      }),
      { ...seeded, numRuns: 2000 }
    )
  })

  test('tells apart what a double cannot, and joins what differs only in type', () => {
    const same = [new Int32(10), Long.fromNumber(10), new Double(10), new Decimal128('10'), new Decimal128('1.0E+1')]
    assert.equal(new Set(same.map(valueKey)).size, 1)
    const beyond = [
      Long.fromString('9007199254740993'),
      Long.fromString('9007199254740992'),
      new Decimal128('0.1'),
      new Double(0.1)
    ]
    assert.equal(new Set(beyond.map(valueKey)).size, beyond.length)
    assert.equal(valueKey(new Double(-0)), valueKey(new Int32(0)))
  })
})

function newCollection(): Collection {
  const collection = new Store(virtualRuntime({ seed: 1 }).chance).create({ database: 'db', collection: 'c' })
  const key: BSONDocument = new Map([['a', new Int32(1)]])
  collection.createIndex(
    new IndexDefinition(
      new Map<string, BSONValue>([
        ['key', key],
        ['name', 'a'],
        ['unique', true]
      ])
    )
  )
  return collection
}

function numbered(id: number, a: number): BSONDocument {
  return new Map([
    ['_id', new Int32(id)],
    ['a', new Int32(a)]
  ])
}

test('unique indexes say what a look at all documents would, whatever was inserted, replaced and removed', () => {
  const step = fc.record({ kind: fc.constantFrom('insert', 'replace', 'remove'), id: fc.nat(4), a: fc.nat(4) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), steps => {
      const collection = newCollection()
      const model = new Map<number, number>()
      for (const { kind, id, a } of steps) {
        const record = collection.recordOf(new Int32(id))
        assert.equal(record !== undefined, model.has(id))
        const free = ![...model].some(([other, value]) => value === a && (kind === 'insert' || other !== id))
        const before = record === undefined ? undefined : decodeDocument(collection.bytesOf(record) ?? new Uint8Array())
        const after = numbered(id, a)
        if (kind === 'insert') {
          const possible = free && !model.has(id)
          if (possible) collection.insert(after)
          else assert.throws(() => collection.insert(after), CommandFailure)
          if (possible) model.set(id, a)
        } else if (record !== undefined && before !== undefined) {
          if (kind === 'remove') {
            collection.remove(record, before)
            model.delete(id)
          } else if (free) {
            collection.replace(record, before, after, encodeDocument(after))
            model.set(id, a)
          } else {
            assert.throws(() => collection.replace(record, before, after, encodeDocument(after)), CommandFailure)
          }
        }
        assert.equal(collection.size, model.size)
      }
    }),
    { ...seeded, numRuns: 200 }
  )
})

test('a write that breaks one of several unique indexes changes none of them', () => {
  const collection = newCollection()
  collection.insert(numbered(1, 1))
  assert.throws(() => collection.insert(numbered(2, 1)), /index: a dup key: \{ a: 1 \}/)
  assert.equal(collection.recordOf(new Int32(2)), undefined)
  collection.insert(numbered(2, 2))
  assert.equal(collection.size, 2)
})

test('a database is there as long as it has a collection', () => {
  const store = new Store(virtualRuntime({ seed: 1 }).chance)
  store.create({ database: 'db', collection: 'c' })
  assert.deepEqual([...store.databases().keys()], ['db'])
  store.drop({ database: 'db', collection: 'c' })
  assert.deepEqual([...store.databases().keys()], [])
})
