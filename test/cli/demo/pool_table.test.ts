import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { poolTable } from '../../../src/cli/demo/pool_table.ts'
import { poolRow } from './pools.ts'

const { counters } = poolRow({})

const busy = poolRow({
  checkedOut: 4,
  available: 3,
  pending: 2,
  total: 9,
  waiting: 5,
  counters: { ...counters, checkedOutAtOnce: 1_200, checkedOutAfterWait: 34 }
})
const paused = poolRow({ address: '127.0.0.1:27018', serverType: 'Unknown', state: 'paused' })

test('a line for each pool says where its connections are, who waits, and how many were served', () => {
  assert.deepEqual(poolTable([busy, paused], 80), [
    'server           type     pool    in use  idle  pending  waiting  served',
    '127.0.0.1:27017  Primary  ready        4     3        2        5    1234',
    '127.0.0.1:27018  Unknown  paused       0     0        0        0       0'
  ])
})

test('where there is room each pool is drawn as well, a character for each connection', () => {
  const lines = poolTable([busy, paused], 110)
  assert.ok(lines[1]?.endsWith(`1234  [####---~~${' '.repeat(11)}]`), lines[1])
  assert.ok(lines[2]?.endsWith(`   0  [${' '.repeat(20)}]`), lines[2])
})

test('a pool without a limit, or with more connections than can be drawn, is not drawn', () => {
  for (const maxPoolSize of [0, 100])
    assert.doesNotMatch(poolTable([busy, poolRow({ maxPoolSize })], 200).join('\n'), /\[/)
})

test('a pool that drains says so, until it is closed', () => {
  assert.match(poolTable([poolRow({ draining: true })], 80)[1] ?? '', /drains/)
  assert.match(poolTable([poolRow({ draining: true, state: 'closed' })], 80)[1] ?? '', /closed/)
})

test('no line is longer than there is room for, whatever the servers are called', () => {
  const rows = fc.array(
    fc.record({ address: fc.string({ minLength: 1, maxLength: 90 }), checkedOut: fc.nat({ max: 20 }) }),
    { maxLength: 7 }
  )
  fc.assert(
    fc.property(rows, fc.integer({ min: 20, max: 200 }), (given, charactersMax) => {
      const lines = poolTable(given.map(poolRow), charactersMax)
      assert.equal(lines.length, given.length + 1)
      for (const line of lines) assert.ok(line.length <= charactersMax, line)
    })
  )
})

test('a long address loses its middle, so that both its ends still tell it from others', () => {
  const address = 'shard-00-02.cluster0.region.provider.example:27017'
  const [, line = ''] = poolTable([poolRow({ address })], 80)
  assert.match(line, /^shard-00[^ ]*…[^ ]*:27017 {2}Primary/)
})
