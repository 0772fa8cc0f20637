import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { wireVersionMax, wireVersionMin } from '../../src/connection/index.ts'
import { applyServerDescription, emptyTopology, loadBalancer } from '../../src/topology/index.ts'
import { a, after, b, mongos, primary, secondary, standalone, topologyOf, typesOf } from './hellos.ts'

suite('the first topology', () => {
  test('a direct connection is Single, with a set’s name or without', () => {
    assert.equal(topologyOf([a], { directConnection: true }).type, 'Single')
    assert.equal(topologyOf([a], { directConnection: true, replicaSet: 'rs' }).type, 'Single')
  })

  test('a set’s name makes a replica set without primary, and is kept', () => {
    const topology = topologyOf([a], { replicaSet: 'rs' })
    assert.deepEqual([topology.type, topology.setName], ['ReplicaSetNoPrimary', 'rs'])
  })

  test('a load balancer’s topology is LoadBalanced, its server Unknown at first', () => {
    const topology = topologyOf([a], { loadBalanced: true })
    assert.equal(topology.type, 'LoadBalanced')
    assert.deepEqual(typesOf(topology), { [a]: 'Unknown' })
  })

  test('the number of seeds does not decide', () => {
    assert.equal(topologyOf([a]).type, 'Unknown')
    assert.equal(topologyOf([a, b]).type, 'Unknown')
  })

  test('host names of seeds are lower-cased, paths of sockets are not', () => {
    assert.deepEqual([...topologyOf(['A:1', '/tmp/MongoDB.sock']).servers.keys()], ['a:1', '/tmp/MongoDB.sock'])
  })

  test('the empty topology is Unknown and has no servers', () => {
    assert.deepEqual([emptyTopology(1).type, emptyTopology(1).servers.size], ['Unknown', 0])
  })
})

suite('compatibility', () => {
  test('a server that is too new is told in the specification’s words', () => {
    const topology = after(topologyOf([a]), [a, standalone({ minWireVersion: 999, maxWireVersion: 1000 })])
    assert.equal(topology.compatible, false)
    assert.equal(
      topology.compatibilityError,
      'Server at a:27017 requires wire version 999, but this version of cenote only supports up to 29.'
    )
  })

  test('a server that is too old is told in the specification’s words', () => {
    const topology = after(topologyOf([a]), [a, standalone({ maxWireVersion: 8 })])
    assert.equal(
      topology.compatibilityError,
      'Server at a:27017 reports wire version 8, but this version of cenote requires at least 9 (MongoDB 4.4).'
    )
  })

  test('both ends of the range are supported', () => {
    for (const hello of [
      standalone({ maxWireVersion: wireVersionMin }),
      standalone({ minWireVersion: wireVersionMax })
    ]) {
      assert.equal(after(topologyOf([a]), [a, { ...hello, minWireVersion: hello['minWireVersion'] }]).compatible, true)
    }
  })

  test('one incompatible server is enough, and its leaving mends it', () => {
    const seeds = topologyOf([a, b], { replicaSet: 'rs' })
    const topology = after(seeds, [b, secondary([a, b], { maxWireVersion: 1 })], [a, primary([a, b])])
    assert.equal(topology.compatible, false)
    assert.equal(after(topology, [a, primary([a])]).compatible, true)
  })

  test('an incompatible server is applied like any other', () => {
    const topology = after(topologyOf([a], { replicaSet: 'rs' }), [a, primary([a, b], { maxWireVersion: 1 })])
    assert.deepEqual(typesOf(topology), { [a]: 'RSPrimary', [b]: 'Unknown' })
  })
})

suite('the session time-out of the topology', () => {
  test('is the least of the data-bearing servers', () => {
    const topology = after(
      topologyOf([a, b]),
      [a, mongos({ logicalSessionTimeoutMinutes: 30 })],
      [b, mongos({ logicalSessionTimeoutMinutes: 20 })]
    )
    assert.equal(topology.logicalSessionTimeoutMinutes, 20)
  })

  test('is absent as soon as one of them has none', () => {
    const topology = after(topologyOf([a, b]), [a, mongos({ logicalSessionTimeoutMinutes: 30 })], [b, mongos()])
    assert.equal(topology.logicalSessionTimeoutMinutes, undefined)
  })

  test('does not ask arbiters', () => {
    const arbiter = { ok: 1, setName: 'rs', arbiterOnly: true, hosts: [a], arbiters: [b], maxWireVersion: 21 }
    const member = primary([a], { arbiters: [b], logicalSessionTimeoutMinutes: 30 })
    assert.equal(
      after(topologyOf([a], { replicaSet: 'rs' }), [a, member], [b, arbiter]).logicalSessionTimeoutMinutes,
      30
    )
  })
})

suite('whether servers can be read and written', () => {
  const set = topologyOf([a, b], { replicaSet: 'rs' })
  const secondaryPreferred = { mode: 'secondaryPreferred', tags: [], maxStalenessSeconds: -1 } as const
  const cases: readonly [string, ReturnType<typeof topologyOf>, boolean, boolean, boolean][] = [
    ['an unknown topology: neither', topologyOf([a]), false, false, false],
    [
      'a direct connection to a server that is down: neither',
      topologyOf([a], { directConnection: true }),
      false,
      false,
      false
    ],
    [
      'a direct connection: both',
      after(topologyOf([a], { directConnection: true }), [a, secondary([a])]),
      true,
      true,
      true
    ],
    ['a set without primary: by read preference', after(set, [b, secondary([a, b])]), false, true, false],
    ['a set with primary: both', after(set, [a, primary([a, b])]), true, true, true],
    ['a sharded cluster with a mongos: both', after(topologyOf([a]), [a, mongos()]), true, true, true],
    ['a load balancer: both, always', topologyOf([a], { loadBalanced: true }), true, true, true],
    ['an incompatible server: neither', after(topologyOf([a]), [a, mongos({ maxWireVersion: 1 })]), false, false, false]
  ]
  for (const [rule, topology, readable, readableBySecondaries, writable] of cases) {
    test(rule, () => {
      assert.equal(topology.hasReadableServer(), readable)
      assert.equal(topology.hasReadableServer(secondaryPreferred), readableBySecondaries)
      assert.equal(topology.hasWritableServer(), writable)
    })
  }

  test('a read preference that contradicts itself can read nothing', () => {
    const topology = after(set, [a, primary([a, b])])
    assert.equal(topology.hasReadableServer({ mode: 'primary', tags: [{ dc: 'ny' }], maxStalenessSeconds: -1 }), false)
  })
})

test('a load balancer is applied once and keeps its type, without versions', () => {
  const { next, poolReady, changed } = applyServerDescription(topologyOf([a], { loadBalanced: true }), loadBalancer(a))
  assert.deepEqual([next.type, next.servers.get(a)?.type, next.compatible], ['LoadBalanced', 'LoadBalancer', true])
  assert.equal(next.servers.get(a)?.maxWireVersion, undefined)
  assert.ok(poolReady && changed)
})

test('a topology description is frozen', () => {
  assert.ok(Object.isFrozen(topologyOf([a])))
})
