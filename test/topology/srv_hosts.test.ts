import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { applySrvHosts, chooseHosts } from '../../src/topology/index.ts'
import { a, after, b, c, d, mongos, primary, seededChance, standalone, topologyOf, typesOf } from './hellos.ts'

const sharded = after(topologyOf([a, b]), [a, mongos()], [b, mongos()])
const chance = seededChance(11)

suite('a poll of the SRV record', () => {
  test('adds what is new, removes what is gone, and leaves the rest as it was', () => {
    const update = applySrvHosts(sharded, [b, 'C:27017'], 0, chance)
    assert.deepEqual(typesOf(update.next), { [b]: 'Mongos', [c]: 'Unknown' })
    assert.equal(update.next.servers.get(b), sharded.servers.get(b))
    assert.deepEqual([update.serversAdded, update.serversRemoved, update.changed], [[c], [a], true])
    assert.deepEqual(update.descriptionChanges, [])
  })

  test('that finds the same hosts leaves the very topology', () => {
    assert.equal(applySrvHosts(sharded, [b, a], 0, chance).next, sharded)
  })

  test('that finds nothing changes nothing', () => {
    assert.equal(applySrvHosts(sharded, [], 0, chance).next, sharded)
  })

  test('counts for unknown and sharded topologies only', () => {
    const single = after(topologyOf([a]), [a, standalone()])
    const set = after(topologyOf([a], { replicaSet: 'rs' }), [a, primary([a])])
    const balanced = topologyOf([a], { loadBalanced: true })
    for (const topology of [single, set, balanced]) assert.equal(applySrvHosts(topology, [b], 0, chance).next, topology)
    assert.deepEqual(typesOf(applySrvHosts(topologyOf([a]), [b], 0, chance).next), { [b]: 'Unknown' })
  })

  test('fills no more than the places that srvMaxHosts leaves', () => {
    const { next } = applySrvHosts(sharded, [b, c, d, 'e:1'], 2, chance)
    assert.equal(next.servers.size, 2)
    assert.ok(next.servers.has(b))
  })

  test('removes no listed server for srvMaxHosts', () => {
    assert.equal(applySrvHosts(sharded, [a, b, c], 1, chance).next, sharded)
  })

  test('counts its hosts as seeds: a standalone among several is removed', () => {
    const { next } = applySrvHosts(topologyOf([a]), [a, b], 0, chance)
    assert.deepEqual(typesOf(after(next, [a, standalone()])), { [b]: 'Unknown' })
  })
})

suite('the choice among hosts', () => {
  test('takes all in their order when there is room', () => assert.deepEqual(chooseHosts([a, b], 2, chance), [a, b]))

  test('draws each pair equally often', () => {
    const drawn = new Map<string, number>()
    for (let draw = 0; draw < 6000; draw++) {
      const pair = [...chooseHosts([a, b, c], 2, chance)].join()
      drawn.set(pair, (drawn.get(pair) ?? 0) + 1)
    }
    assert.equal(drawn.size, 6)
    for (const count of drawn.values()) assert.ok(Math.abs(count - 1000) < 150, `${count} of 6000`)
  })
})
