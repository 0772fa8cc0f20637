import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import {
  applyServerDescription,
  sameServerDescription,
  type ServerDescription,
  type TopologyDescription,
  type TopologyUpdate,
  unknownServer
} from '../../src/topology/index.ts'
import { a, b, c, d, described, election, type Hello, mongos, standalone, topologyOf } from './hellos.ts'

const address = fc.constantFrom(a, b, c, d)
const hosts = fc.uniqueArray(address, { minLength: 1 })

const member: fc.Arbitrary<Hello> = fc.record({
  ok: fc.constant(1),
  setName: fc.constantFrom('rs', 'rs', 'rs', 'other'),
  isWritablePrimary: fc.boolean(),
  secondary: fc.constant(true),
  arbiterOnly: fc.boolean(),
  hidden: fc.constantFrom(false, false, false, true),
  hosts,
  me: fc.option(address, { nil: undefined, freq: 2 }),
  electionId: fc.option(fc.integer({ min: 1, max: 4 }).map(election), { nil: undefined }),
  setVersion: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  maxWireVersion: fc.constantFrom(16, 17, 21)
})

const other = fc.constantFrom(standalone(), mongos(), { ...standalone(), isreplicaset: true }, { ok: 0, errmsg: 'no' })

const outcome: fc.Arbitrary<ServerDescription> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(address, member).map(([from, hello]) => described(from, hello)) },
  { weight: 1, arbitrary: fc.tuple(address, other).map(([from, hello]) => described(from, hello)) },
  { weight: 1, arbitrary: address.map(from => unknownServer(from, new Error('down'))) }
)

const start = fc.constantFrom(
  topologyOf([a, b, c]),
  topologyOf([a]),
  topologyOf([a, b, c], { replicaSet: 'rs' }),
  topologyOf([a], { directConnection: true }),
  topologyOf([a], { directConnection: true, replicaSet: 'rs' })
)

/** Checks `holds` after each outcome of every sequence. A fixed seed: the sequences are the same in every run. */
function always(holds: (update: TopologyUpdate, outcome: ServerDescription) => void): void {
  fc.assert(
    fc.property(start, fc.array(outcome, { maxLength: 30 }), (topology, outcomes) => {
      let known = topology
      for (const next of outcomes) {
        const update = applyServerDescription(known, next)
        assert.equal(update.previous, known)
        holds(update, next)
        known = update.next
      }
    }),
    { numRuns: 300, seed: 20_240 }
  )
}

function primariesOf(topology: TopologyDescription): number {
  return [...topology.servers.values()].filter(server => server.type === 'RSPrimary').length
}

suite('after any sequence of outcomes', () => {
  test('there are never two primaries', () => {
    always(({ next }) => assert.ok(primariesOf(next) <= 1))
  })

  test('the type of a set says whether it has a primary', () => {
    always(({ next }) => {
      if (next.type === 'ReplicaSetWithPrimary') assert.equal(primariesOf(next), 1)
      if (next.type === 'ReplicaSetNoPrimary' || next.type === 'Unknown') assert.equal(primariesOf(next), 0)
    })
  })

  test('servers are added and removed as the update says', () => {
    always(({ previous, next, serversAdded, serversRemoved }) => {
      const expected = new Set([...previous.servers.keys(), ...serversAdded])
      for (const gone of serversRemoved) assert.ok(expected.delete(gone))
      assert.deepEqual(new Set(next.servers.keys()), expected)
    })
  })

  test('every difference between descriptions is told, and nothing else', () => {
    always(({ previous, next, descriptionChanges }, { address: from }) => {
      const told = new Set(descriptionChanges.map(change => change.next.address))
      assert.equal(told.size, descriptionChanges.length)
      for (const [name, before] of previous.servers) {
        const now = next.servers.get(name)
        if (now !== undefined) assert.equal(told.has(name), !sameServerDescription(before, now))
        else assert.ok(!told.has(name) || name === from)
      }
    })
  })

  test('a server that nothing was told of is the same object as before', () => {
    always(({ previous, next, descriptionChanges }, { address: from }) => {
      const told = new Set(descriptionChanges.map(change => change.next.address))
      for (const [name, server] of next.servers) {
        const before = previous.servers.get(name)
        if (before !== undefined && name !== from && !told.has(name)) assert.equal(server, before)
      }
    })
  })

  test('an update without change leaves type, name and servers as they were', () => {
    always(({ previous, next, changed }) => {
      if (changed) return
      assert.deepEqual([next.type, [...next.servers.keys()]], [previous.type, [...previous.servers.keys()]])
    })
  })

  test('the same outcome again changes nothing more', () => {
    always(({ next }, last) => {
      const known = next.servers.get(last.address)
      if (known === last) assert.equal(applyServerDescription(next, last).next, next)
    })
  })

  test('a pool becomes ready only for a server that is known', () => {
    always(({ next, poolReady }, { address: from }) => {
      const type = next.servers.get(from)?.type
      if (poolReady) assert.ok(type !== undefined && type !== 'Unknown')
    })
  })
})
