import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Long, ObjectId } from '../../src/bson/index.ts'
import { applyServerDescription, discoveredServersMax, unknownServer } from '../../src/topology/index.ts'
import {
  a,
  after,
  apply,
  b,
  c,
  d,
  described,
  election,
  ghost,
  mongos,
  primary,
  secondary,
  standalone,
  topologyOf,
  typesOf
} from './hellos.ts'

const set = topologyOf([a, b], { replicaSet: 'rs' })
const withPrimary = after(set, [a, primary([a, b])])
const down = new Error('down')

suite('an outcome that changes nothing', () => {
  test('of a server that has left the topology is ignored', () => {
    const update = apply(withPrimary, d, primary([d]))
    assert.equal(update.next, withPrimary)
    assert.deepEqual([update.changed, update.poolReady, update.descriptionChanges], [false, false, []])
  })

  test('that is older than what is known is ignored; one of equal age is applied', () => {
    const version = (counter: number): unknown => ({ processId: election(1), counter: Long.fromInt(counter) })
    const known = after(topologyOf([a]), [a, standalone({ topologyVersion: version(5) })])
    assert.equal(apply(known, a, standalone({ topologyVersion: version(4), setVersion: 9 })).next, known)
    assert.equal(apply(known, a, standalone({ topologyVersion: version(5), setVersion: 9 })).changed, true)
  })

  test('versions of different processes cannot be compared: the later outcome counts', () => {
    const known = after(topologyOf([a]), [
      a,
      standalone({ topologyVersion: { processId: election(1), counter: Long.fromInt(5) } })
    ])
    const restarted = standalone({
      topologyVersion: { processId: election(2), counter: Long.fromInt(0) },
      setVersion: 1
    })
    assert.equal(apply(known, a, restarted).changed, true)
  })

  test('counters are compared beyond what a number holds', () => {
    const version = (counter: bigint): unknown => ({ processId: election(1), counter: Long.fromBigInt(counter) })
    const known = after(topologyOf([a]), [a, standalone({ topologyVersion: version(2n ** 53n + 1n) })])
    assert.equal(apply(known, a, standalone({ topologyVersion: version(2n ** 53n) })).next, known)
  })

  test('a description that equals the known one replaces it, without events', () => {
    const again = described(a, primary([a, b]), 77)
    const update = applyServerDescription(withPrimary, again)
    assert.equal(update.next.servers.get(a), again)
    assert.deepEqual([update.changed, update.descriptionChanges], [false, []])
  })

  test('the very description that is known leaves the very topology', () => {
    const known = withPrimary.servers.get(a)
    assert.ok(known !== undefined)
    assert.equal(applyServerDescription(withPrimary, known).next, withPrimary)
  })

  test('servers that an outcome does not concern stay the same objects', () => {
    const update = apply(withPrimary, b, secondary([a, b], { me: b }))
    assert.equal(update.next.servers.get(a), withPrimary.servers.get(a))
  })
})

suite('an unknown topology', () => {
  test('with one seed that is a standalone becomes Single', () => {
    assert.equal(after(topologyOf([a]), [a, standalone()]).type, 'Single')
  })

  test('with several seeds removes a standalone, even when it is the last server', () => {
    const one = apply(topologyOf([a, b]), a, standalone())
    assert.deepEqual([one.next.type, one.serversRemoved], ['Unknown', [a]])
    const other = apply(one.next, b, standalone())
    assert.deepEqual([other.next.type, other.next.servers.size], ['Unknown', 0])
  })

  test('becomes Sharded by a mongos', () => assert.equal(after(topologyOf([a, b]), [b, mongos()]).type, 'Sharded'))
  test('stays Unknown for a ghost', () => assert.equal(after(topologyOf([a]), [a, ghost()]).type, 'Unknown'))
  test('stays Unknown for a failed check', () => {
    assert.equal(applyServerDescription(topologyOf([a]), unknownServer(a, down)).next.type, 'Unknown')
  })

  test('becomes a set with the name and the members that a secondary tells', () => {
    const topology = after(topologyOf([a]), [a, secondary([a, b], { passives: [c], arbiters: [d] })])
    assert.deepEqual([topology.type, topology.setName], ['ReplicaSetNoPrimary', 'rs'])
    assert.deepEqual([...topology.servers.keys()], [a, b, c, d])
  })

  test('becomes a set with primary by a primary', () => {
    assert.equal(after(topologyOf([a]), [a, primary([a])]).type, 'ReplicaSetWithPrimary')
  })
})

suite('a sharded topology', () => {
  const sharded = after(topologyOf([a, b]), [a, mongos()])
  test('keeps mongoses and servers that are down', () => {
    assert.deepEqual(typesOf(applyServerDescription(sharded, unknownServer(a, down)).next), {
      [a]: 'Unknown',
      [b]: 'Unknown'
    })
  })
  for (const [kind, hello] of Object.entries({
    standalone: standalone(),
    primary: primary([b]),
    secondary: secondary([b]),
    ghost: ghost()
  })) {
    test(`removes a ${kind}`, () => assert.deepEqual(typesOf(after(sharded, [b, hello])), { [a]: 'Mongos' }))
  }
})

suite('a direct connection', () => {
  const direct = topologyOf([a], { directConnection: true, replicaSet: 'rs' })
  test('takes a server of any type and adds no members', () => {
    assert.deepEqual(typesOf(after(direct, [a, secondary([a, b, c])])), { [a]: 'RSSecondary' })
  })
  test('to another set than was asked for leaves the server Unknown, and says why', () => {
    const { next, poolReady } = apply(direct, a, primary([a], { setName: 'other' }))
    assert.equal(next.servers.get(a)?.type, 'Unknown')
    assert.match(String(next.servers.get(a)?.error?.message), /member of replica set "other", not of "rs"/)
    assert.equal(poolReady, false)
  })
  test('keeps the error of a failed check', () => {
    assert.equal(applyServerDescription(direct, unknownServer(a, down)).next.servers.get(a)?.error, down)
  })
})

suite('a set without primary', () => {
  test('removes standalones and mongoses, and keeps ghosts', () => {
    assert.deepEqual(typesOf(after(set, [a, standalone()])), { [b]: 'Unknown' })
    assert.deepEqual(typesOf(after(set, [a, mongos()])), { [b]: 'Unknown' })
    assert.deepEqual(typesOf(after(set, [a, ghost()])), { [a]: 'RSGhost', [b]: 'Unknown' })
  })
  test('removes a member of another set', () => {
    assert.deepEqual(typesOf(after(set, [a, secondary([a], { setName: 'other' })])), { [b]: 'Unknown' })
  })
  test('removes a member that calls itself otherwise, after it has named the others', () => {
    const update = apply(set, a, secondary([b, c], { me: c }))
    assert.deepEqual(typesOf(update.next), { [b]: 'Unknown', [c]: 'Unknown' })
    assert.deepEqual([update.serversAdded, update.serversRemoved], [[c], [a]])
    assert.equal(update.descriptionChanges[0]?.next.type, 'RSSecondary')
  })
  test('removes nobody whom a secondary does not list', () => {
    assert.deepEqual(typesOf(after(set, [a, secondary([a])])), { [a]: 'RSSecondary', [b]: 'Unknown' })
  })
  test('grows to the limit on the word of secondaries, and no further', () => {
    let topology = set
    for (let round = 0; round < 9; round++) {
      const hosts = Array.from({ length: 125 }, (_, at) => `m${round}-${at}:1`)
      topology = after(topology, [round % 2 === 0 ? a : b, secondary(hosts)])
    }
    assert.equal(topology.servers.size, 877)
    const last = (count: number) => secondary(Array.from({ length: count }, (_, at) => `last-${at}:1`))
    assert.equal(after(topology, [a, last(123)]).servers.size, discoveredServersMax)
    const { next } = apply(topology, a, last(124))
    assert.equal(next.servers.size, 877)
    assert.equal(next.servers.get(a)?.type, 'Unknown')
    assert.match(
      String(next.servers.get(a)?.error?.message),
      new RegExp(`1001 servers, .*limit of ${discoveredServersMax}`)
    )
  })
})

suite('a set with primary', () => {
  test('is one without as soon as the primary is down, a ghost, a secondary or gone', () => {
    const outcomes = [
      unknownServer(a, down),
      described(a, ghost()),
      described(a, secondary([a, b])),
      described(a, standalone()),
      described(a, mongos())
    ]
    for (const outcome of outcomes)
      assert.equal(applyServerDescription(withPrimary, outcome).next.type, 'ReplicaSetNoPrimary')
  })
  test('stays one while another server fails', () => {
    assert.equal(applyServerDescription(withPrimary, unknownServer(b, down)).next.type, 'ReplicaSetWithPrimary')
  })
  test('adds the members of its primary and removes all others', () => {
    const update = apply(withPrimary, a, primary([a, c], { arbiters: [d] }))
    assert.deepEqual([...update.next.servers.keys()], [a, c, d])
    assert.deepEqual([update.serversAdded, update.serversRemoved], [[c, d], [b]])
  })
  test('takes no members from a secondary', () => {
    assert.deepEqual([...after(withPrimary, [b, secondary([a, b, c])]).servers.keys()], [a, b])
  })
  test('removes a secondary of another set or by another name', () => {
    for (const hello of [secondary([a, b], { setName: 'other' }), secondary([a, b], { me: c })]) {
      const { next, serversRemoved } = apply(withPrimary, b, hello)
      assert.deepEqual([next.type, serversRemoved], ['ReplicaSetWithPrimary', [b]])
    }
  })
  test('loses a primary that changes the set’s name', () => {
    const { next } = apply(withPrimary, a, primary([a, b], { setName: 'other' }))
    assert.deepEqual([next.type, typesOf(next), next.setName], ['ReplicaSetNoPrimary', { [b]: 'Unknown' }, 'rs'])
  })
  test('drops a primary under a name that it does not list itself by', () => {
    const { next } = apply(set, a, primary([c], { me: c }))
    assert.deepEqual([next.type, typesOf(next)], ['ReplicaSetNoPrimary', { [c]: 'Unknown' }])
  })
})

suite('a newer primary', () => {
  const update = apply(withPrimary, b, primary([a, b], { electionId: election(2), setVersion: 1 }))
  test('makes the old one Unknown, with the reason', () => {
    assert.deepEqual(typesOf(update.next), { [a]: 'Unknown', [b]: 'RSPrimary' })
    assert.match(
      String(update.next.servers.get(a)?.error?.message),
      /^primary marked stale due to discovery of newer primary/
    )
  })
  test('has the old one checked at once', () => assert.deepEqual(update.serversToCheck, [a]))
  test('is told before what became of the old one', () => {
    assert.deepEqual(
      update.descriptionChanges.map(change => change.next.address),
      [b, a]
    )
  })
  test('that does not list the old one removes it, and has nothing to check', () => {
    const { serversToCheck, serversRemoved } = apply(withPrimary, b, primary([b]))
    assert.deepEqual([serversToCheck, serversRemoved], [[], [a]])
  })
})

suite('a stale primary', () => {
  const known = (electionId: number | undefined, setVersion: number | undefined, maxWireVersion: number) =>
    after(set, [a, primary([a, b], fields(electionId, setVersion, maxWireVersion))])
  const fields = (electionId: number | undefined, setVersion: number | undefined, maxWireVersion: number) => ({
    ...(electionId === undefined ? {} : { electionId: election(electionId) }),
    ...(setVersion === undefined ? {} : { setVersion }),
    maxWireVersion
  })
  type Election = readonly [number | undefined, number | undefined]
  const rules: readonly [string, number, Election, Election, boolean][] = [
    ['since 6.0 the election id counts first', 17, [2, 1], [1, 9], true],
    ['since 6.0 a newer election may go back in set version', 17, [2, 9], [3, 1], false],
    ['since 6.0 the set version decides between equal elections', 17, [2, 2], [2, 1], true],
    ['since 6.0 the same election and version is no staleness', 17, [2, 2], [2, 2], false],
    ['since 6.0 no election id is older than any', 17, [2, 2], [undefined, 9], true],
    ['since 6.0 no set version is older than any', 17, [2, 2], [2, undefined], true],
    ['since 6.0 nothing known is older than nothing', 17, [undefined, undefined], [undefined, undefined], false],
    ['before 6.0 the set version counts first', 16, [2, 2], [9, 1], true],
    ['before 6.0 a newer version may go back in election', 16, [2, 1], [1, 2], false],
    ['before 6.0 the election id decides between equal versions', 16, [2, 2], [1, 2], true],
    ['before 6.0 a primary without election id is never stale', 16, [2, 2], [undefined, 1], false],
    ['before 6.0 a primary without set version is never stale', 16, [2, 2], [1, undefined], false],
    ['before 6.0 the same election and version is no staleness', 16, [2, 2], [2, 2], false],
    ['before 6.0 no primary is stale while no election id is known', 16, [undefined, 2], [1, 1], false],
    ['since 6.0 a newer version in the same election is no staleness', 17, [2, 2], [2, 3], false]
  ]
  for (const [rule, wireVersion, first, second, stale] of rules) {
    test(rule, () => {
      const update = apply(known(...first, wireVersion), b, primary([a, b], fields(...second, wireVersion)))
      assert.deepEqual(
        typesOf(update.next),
        stale ? { [a]: 'RSPrimary', [b]: 'Unknown' } : { [a]: 'Unknown', [b]: 'RSPrimary' }
      )
      assert.equal(update.poolReady, !stale)
      if (stale) {
        assert.match(
          String(update.next.servers.get(b)?.error?.message),
          /^primary marked stale due to electionId\/setVersion mismatch, \(electionId .*\) is stale compared to \(electionId 0+2, setVersion \d\)$/
        )
      }
    })
  }

  test('that had been the primary leaves the set without one', () => {
    const topology = after(known(2, 2, 17), [a, primary([a, b], fields(1, 2, 17))])
    assert.deepEqual([topology.type, typesOf(topology)], ['ReplicaSetNoPrimary', { [a]: 'Unknown', [b]: 'Unknown' }])
  })
  test('since 6.0 the newest version goes down with a newer election', () => {
    const topology = after(known(2, 9, 17), [b, primary([a, b], fields(3, 1, 17))])
    assert.deepEqual([topology.maxElectionId?.toHexString(), topology.maxSetVersion], [election(3).toHexString(), 1])
  })
  test('before 6.0 the newest version never goes down, and rises without an election id too', () => {
    assert.equal(known(undefined, 3, 16).maxSetVersion, 3)
    assert.equal(after(known(2, 3, 16), [b, primary([a, b], fields(undefined, 1, 16))]).maxSetVersion, 3)
  })
  test('election ids are compared by all their bytes', () => {
    const older = primary([a, b], { electionId: new ObjectId('00000000000000000000000f'), setVersion: 1 })
    const newer = primary([a, b], { electionId: new ObjectId('7fffffff0000000000000001'), setVersion: 1 })
    assert.deepEqual(typesOf(after(set, [a, newer], [b, older])), { [a]: 'RSPrimary', [b]: 'Unknown' })
  })
  test('the values of members that are not primary are ignored', () => {
    const topology = after(set, [a, secondary([a, b], { electionId: election(9), setVersion: 9 })])
    assert.deepEqual([topology.maxElectionId, topology.maxSetVersion], [undefined, undefined])
  })
})

suite('a pool becomes ready', () => {
  const arbiter = { ok: 1, setName: 'rs', arbiterOnly: true, hosts: [a, b], maxWireVersion: 21 }
  test('for data-bearing servers', () => {
    assert.ok(apply(set, a, primary([a, b])).poolReady)
    assert.ok(apply(set, a, secondary([a, b])).poolReady)
    assert.ok(apply(topologyOf([a]), a, mongos()).poolReady)
    assert.ok(apply(topologyOf([a]), a, standalone()).poolReady)
  })
  test('not for arbiters, ghosts, unknown servers and those that were removed', () => {
    assert.ok(!apply(set, a, arbiter).poolReady)
    assert.ok(!apply(set, a, ghost()).poolReady)
    assert.ok(!applyServerDescription(set, unknownServer(a, down)).poolReady)
    assert.ok(!apply(set, a, mongos()).poolReady)
  })
  test('for any known server of a direct connection', () => {
    const direct = topologyOf([a], { directConnection: true })
    assert.ok(apply(direct, a, arbiter).poolReady)
    assert.ok(!applyServerDescription(direct, unknownServer(a, down)).poolReady)
  })
})

test('a change of members alone is a change of the topology', () => {
  const alone = after(topologyOf([a], { replicaSet: 'rs' }), [a, secondary([a, b])])
  const shrunk = after(alone, [b, standalone()])
  const { changed, descriptionChanges, serversAdded } = apply(shrunk, a, secondary([a, b]))
  assert.deepEqual([changed, descriptionChanges, serversAdded], [true, [], [b]])
})

test('why the last server was removed is remembered', () => {
  const sharded = after(topologyOf([a, b]), [a, mongos()], [b, standalone()])
  assert.deepEqual(sharded.lastRemoval, { address: b, reason: 'it is of type Standalone, in a sharded cluster' })
  const { lastRemoval } = after(topologyOf([a], { replicaSet: 'rs' }), [a, secondary([a], { setName: 'other' })])
  assert.deepEqual(lastRemoval, { address: a, reason: 'it is a member of replica set "other", not of "rs"' })
})
