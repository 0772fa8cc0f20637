/** Read preference and concerns as the official driver has them, wherever cenote takes an option. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReadConcern, ReadPreference, WriteConcern } from '../../packages/cenote-mongodb/src/concerns.ts'
import { MongoClient, MongoInvalidArgumentError } from 'cenote'

test('instances are taken as options of clients, databases and collections', async () => {
  const nearest = new ReadPreference('nearest', [{ dc: 'ny' }, {}], { maxStalenessSeconds: 120 })
  const client = new MongoClient('mongodb://127.0.0.1:9/?replicaSet=rs', {
    readPreference: nearest,
    readConcern: new ReadConcern('majority'),
    writeConcern: new WriteConcern('majority', 100, true)
  })
  const { readPreference, readConcern, writeConcern } = client.options
  assert.deepEqual(readPreference, { mode: 'nearest', tags: [{ dc: 'ny' }, {}], maxStalenessSeconds: 120 })
  assert.deepEqual(readConcern, { level: 'majority' })
  assert.deepEqual(writeConcern, { w: 'majority', wtimeoutMS: 100, journal: true })
  const db = client.db('shop', { readPreference: ReadPreference.secondary, readConcern: new ReadConcern('local') })
  db.collection('things', { readPreference: ReadPreference.primary, writeConcern: new WriteConcern(1) })
  await client.close()
})

test('each mode has an instance and a constant, and there is no other mode', () => {
  for (const mode of ['primary', 'primaryPreferred', 'secondary', 'secondaryPreferred', 'nearest'] as const)
    assert.equal(ReadPreference[mode].mode, mode)
  assert.deepEqual(
    [ReadPreference.PRIMARY, ReadPreference.SECONDARY_PREFERRED, ReadPreference.isValid('first')],
    ['primary', 'secondaryPreferred', false]
  )
  assert.throws(() => new ReadPreference('first' as 'nearest'), MongoInvalidArgumentError)
})
