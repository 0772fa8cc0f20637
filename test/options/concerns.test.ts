import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoInvalidArgumentError } from '../../src/errors/index.ts'
import {
  isAcknowledged,
  isDefaultReadConcern,
  isDefaultWriteConcern,
  primaryReadPreference,
  readConcernDocument,
  readConcernFrom,
  readPreferenceFrom,
  type ReadPreferenceInput,
  writeConcernDocument,
  writeConcernFrom,
  type WriteConcernInput
} from '../../src/options/index.ts'

test("a write concern's document has what is set, and nothing else", () => {
  const cases: [WriteConcernInput, object][] = [
    [{}, {}],
    [{ w: 3 }, { w: 3 }],
    [{ w: 'majority', journal: undefined }, { w: 'majority' }],
    [{ journal: false }, { j: false }],
    [{ wtimeoutMS: 1000 }, { wtimeout: 1000 }],
    [
      { w: 1, wtimeoutMS: 0, journal: true },
      { w: 1, wtimeout: 0, j: true }
    ],
    [
      { w: 1, j: true, wtimeout: 5 },
      { w: 1, wtimeout: 5, j: true }
    ]
  ]
  for (const [input, document] of cases) assert.deepEqual(writeConcernDocument(writeConcernFrom(input)), document)
})

test('only a write concern without any field is the default, and only w 0 without journal is unacknowledged', () => {
  const cases: [WriteConcernInput, boolean, boolean][] = [
    [{}, true, true],
    [{ w: 1 }, false, true],
    [{ journal: false }, false, true],
    [{ wtimeoutMS: 5 }, false, true],
    [{ w: 0 }, false, false],
    [{ w: 0, journal: false }, false, false],
    [{ w: 0, wtimeoutMS: 5 }, false, false],
    [{ w: 'majority' }, false, true]
  ]
  for (const [input, isDefault, acknowledged] of cases) {
    const writeConcern = writeConcernFrom(input)
    assert.ok(Object.isFrozen(writeConcern))
    assert.equal(isDefaultWriteConcern(writeConcern), isDefault)
    assert.equal(isAcknowledged(writeConcern), acknowledged)
  }
})

test('a write concern that cannot work is refused with the field and its value', () => {
  const bad: [unknown, RegExp][] = [
    [
      { w: -3 },
      /write concern has a w that must be an integer from 0 to 2147483647, "majority" or the name of a mode; it is -3/
    ],
    [{ w: 1.5 }, /it is 1\.5/],
    [{ w: '' }, /it is ""/],
    [{ w: null }, /it is null/],
    [{ wtimeoutMS: -1000 }, /wtimeoutMS of -1000/],
    [{ wtimeout: '5' }, /wtimeoutMS of "5"/],
    [{ journal: 1 }, /journal of 1/],
    [{ j: 'yes' }, /journal of "yes"/],
    [{ w: 0, journal: true }, /w 0 \(no answer\) and journal true/],
    [{ w: 0, j: true }, /w 0 \(no answer\) and journal true/],
    [{ journal: true, j: false }, /journal and j with different values/],
    [{ wtimeoutMS: 1, wtimeout: 2 }, /wtimeoutMS and wtimeout with different values/],
    [{ W: 1 }, /and no "W"/],
    ['majority', /must be an object/],
    [null, /must be an object/]
  ]
  for (const [input, expected] of bad)
    assert.throws(
      () => writeConcernFrom(input as WriteConcernInput),
      (error: unknown) => error instanceof MongoInvalidArgumentError && expected.test(error.message)
    )
})

test('a read concern keeps unknown levels and further fields: the server judges them', () => {
  assert.deepEqual(readConcernFrom('majority'), { level: 'majority' })
  assert.deepEqual(readConcernFrom({ level: 'new', field: 1 }), { level: 'new', field: 1 })
  assert.deepEqual(readConcernDocument({ level: 'local' }), { level: 'local' })
  assert.ok(Object.isFrozen(readConcernFrom({})))
})

test('only a read concern without any field is the default', () => {
  assert.equal(isDefaultReadConcern(readConcernFrom({})), true)
  assert.equal(isDefaultReadConcern(readConcernFrom({ level: 'local' })), false)
  assert.equal(isDefaultReadConcern(readConcernFrom({ atClusterTime: 1 })), false)
})

test('a read concern whose level is no string is refused', () => {
  for (const input of [{ level: 5 }, { level: '' }, '', 5, null])
    assert.throws(() => readConcernFrom(input as string), /The read concern must/)
})

test('a read preference is completed and frozen', () => {
  assert.equal(readPreferenceFrom('primary'), primaryReadPreference)
  assert.equal(readPreferenceFrom({ mode: 'primary', tags: [{}], maxStalenessSeconds: -1 }), primaryReadPreference)
  assert.deepEqual(readPreferenceFrom('nearest'), { mode: 'nearest', tags: [], maxStalenessSeconds: -1 })
  const tagged = readPreferenceFrom({ mode: 'secondary', tags: [{ dc: 'ny' }, {}], maxStalenessSeconds: 90 })
  assert.deepEqual(tagged, { mode: 'secondary', tags: [{ dc: 'ny' }, {}], maxStalenessSeconds: 90 })
  assert.ok(Object.isFrozen(tagged) && Object.isFrozen(tagged.tags) && Object.isFrozen(tagged.tags[0]))
})

test('a read preference that cannot work is refused; how small a staleness may be is decided at selection', () => {
  const bad: [unknown, RegExp][] = [
    ['first', /one of the modes primary, primaryPreferred, secondary, secondaryPreferred, nearest; it is "first"/],
    [{}, /one of the modes/],
    [{ mode: 'toString' }, /one of the modes/],
    [{ mode: 'nearest', tags: 'dc:ny' }, /tags that are wrong/],
    [{ mode: 'nearest', tags: [['dc']] }, /tags that are wrong/],
    [{ mode: 'nearest', maxStalenessSeconds: -2 }, /maxStalenessSeconds of -2/],
    [{ mode: 'nearest', maxStalenessSeconds: '90' }, /maxStalenessSeconds of "90"/],
    [{ mode: 'nearest', hedge: {} }, /and no "hedge"/],
    [{ mode: 'primary', tags: [{ dc: 'ny' }] }, /with mode primary takes no tags/],
    [{ mode: 'primary', maxStalenessSeconds: 90 }, /with mode primary takes no maxStalenessSeconds/],
    [5, /a mode or an object/]
  ]
  for (const [input, expected] of bad)
    assert.throws(
      () => readPreferenceFrom(input as ReadPreferenceInput),
      (error: unknown) => error instanceof MongoInvalidArgumentError && expected.test(error.message)
    )
  assert.equal(readPreferenceFrom({ mode: 'nearest', maxStalenessSeconds: 1 }).maxStalenessSeconds, 1)
})
