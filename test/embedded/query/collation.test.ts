import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileCollation } from '../../../src/embedded/query/index.ts'
import { assertFails, doc, type Fields } from './documents.ts'

function order(collation: Fields, left: string, right: string): number {
  const strings = compileCollation(doc(collation))
  assert.ok(strings !== undefined)
  return Math.sign(strings(left, right))
}

test('strength says which differences count', () => {
  assert.equal(order({ locale: 'en_US', strength: 1 }, 'a', 'Á'), 0)
  assert.equal(order({ locale: 'en_US', strength: 1, caseLevel: true }, 'a', 'á'), 0)
  assert.equal(order({ locale: 'en_US', strength: 1, caseLevel: true }, 'a', 'A'), -1)
  assert.equal(order({ locale: 'en_US', strength: 2 }, 'ping', 'PING'), 0)
  assert.equal(order({ locale: 'en_US', strength: 2 }, 'a', 'á'), -1)
  assert.equal(order({ locale: 'en_US', strength: 2, caseLevel: true }, 'a', 'A'), -1)
  assert.equal(order({ locale: 'en_US' }, 'a', 'A'), -1)
  assert.equal(order({ locale: 'en_US', strength: 3 }, 'e\u0301', 'é'), 0)
  assert.notEqual(order({ locale: 'en_US', strength: 5 }, 'e\u0301', 'é'), 0)
})

test('numbers, case and punctuation follow their options', () => {
  assert.equal(order({ locale: 'en', numericOrdering: true }, 'a2', 'a10'), -1)
  assert.equal(order({ locale: 'en' }, 'a2', 'a10'), 1)
  assert.equal(order({ locale: 'en', caseFirst: 'upper' }, 'a', 'A'), 1)
  assert.equal(order({ locale: 'en', alternate: 'shifted' }, 'a-b', 'ab'), 0)
})

test('the simple collation is no collation', () => {
  assert.equal(compileCollation(doc({ locale: 'simple' })), undefined)
})

test('what is wrong or lacking is refused', () => {
  const refused: [Fields, number, RegExp][] = [
    [{}, 40414, /no "locale"/],
    [{ locale: 1 }, 14, /"locale" must be a string/],
    [{ locale: 'xx-nothing-!' }, 2, /is not known/],
    [{ locale: 'zzz' }, 2, /is not known/],
    [{ locale: 'simple', strength: 1 }, 2, /takes no other fields/],
    [{ locale: 'en', strength: 6 }, 2, /from 1 to 5/],
    [{ locale: 'en', caseFirst: 'x' }, 2, /one of off, upper, lower/],
    [{ locale: 'en', numericOrdering: 1 }, 14, /must be a bool/],
    [{ locale: 'en', backwards: true }, 238, /"backwards" is not supported/],
    [{ locale: 'en', maxVariable: 'space' }, 238, /"maxVariable" is not supported/],
    [{ locale: 'en', x: 1 }, 40415, /unknown field "x"/]
  ]
  for (const [collation, code, message] of refused) assertFails(code, message, () => compileCollation(doc(collation)))
})
