import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bsonCorpus } from '../../conformance/runners/bson_corpus.ts'
import { BSON } from '../../src/bson/index.ts'

const hex = (document: object) => Buffer.from(BSON.serialize(document)).toString('hex')

/** The names of the cases that fail. */
function failuresOf(content: object, file = 'bson-corpus/tests/own.json'): string[] {
  return bsonCorpus.cases({ description: 'own', bson_type: '0x10', ...content }, file, 'source').flatMap(each => {
    if (each.skip !== undefined) return []
    try {
      void each.run()
      return []
    } catch {
      return [each.name]
    }
  })
}

test('each part of a valid case can fail by itself', () => {
  const valid = { description: 'one', canonical_bson: hex({ n: 1 }), canonical_extjson: '{"n": {"$numberInt": "1"}}' }
  assert.deepEqual(failuresOf({ valid: [valid] }), [])
  assert.deepEqual(failuresOf({ valid: [{ ...valid, canonical_extjson: '{"n": {"$numberInt": "2"}}' }] }), [
    'valid: one (Extended JSON)'
  ])
  assert.deepEqual(failuresOf({ valid: [{ ...valid, degenerate_bson: hex({ n: 2 }) }] }), [
    'valid: one (written again)'
  ])
  assert.deepEqual(failuresOf({ valid: [{ ...valid, canonical_bson: `${hex({ n: 1 })}00` }] }), [
    'valid: one (decoded)',
    'valid: one (written again)',
    'valid: one (Extended JSON)'
  ])
  assert.deepEqual(failuresOf({ valid: [{ ...valid, relaxed_extjson: '{"n": 2}' }] }), ['valid: one (Extended JSON)'])
})

test('what should be refused and is not fails', () => {
  assert.deepEqual(failuresOf({ decodeErrors: [{ description: 'fine', bson: hex({ n: 1 }) }] }), ['decodeErrors: fine'])
  assert.deepEqual(failuresOf({ decodeErrors: [{ description: 'short', bson: '0100' }] }), [])
  assert.deepEqual(failuresOf({ parseErrors: [{ description: 'fine', string: '{}' }] }), ['parseErrors: fine'])
})

test('a deviation of the library that is none any more fails', () => {
  const negativeZero = {
    description: '-0.0',
    canonical_bson: hex({ d: 1.5 }),
    canonical_extjson: '{"d": {"$numberDouble": "1.5"}}'
  }
  assert.deepEqual(failuresOf({ valid: [negativeZero] }, 'bson-corpus/tests/double.json'), [
    'valid: -0.0 (Extended JSON)'
  ])
})

test('a field that the runner does not know is refused', () => {
  assert.throws(() => failuresOf({ more: [] }), /"more", which this runner does not know/)
  assert.throws(() => failuresOf({ valid: [{ description: 'one', other: '' }] }), /"other", which this runner does not/)
})
