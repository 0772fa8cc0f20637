import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { MongoCompatibilityError, MongoInvalidArgumentError } from '../../src/errors/index.ts'
import type { ReadPreference, ReadPreferenceMode } from '../../src/options/index.ts'
import {
  applyServerDescription,
  choose,
  latencyWindow,
  loadBalancer,
  outputSelector,
  readSelector,
  secondariesWrite,
  type Selector,
  serverDescriptionOf,
  suitableServers,
  type TopologyDescription,
  unknownServer,
  writeSelector
} from '../../src/topology/index.ts'
import { a, after, b, c, d, mongos, primary, secondary, seededChance, standalone, topologyOf } from './hellos.ts'

const hosts = [a, b, c]
const seeds = topologyOf(hosts, { replicaSet: 'rs' })
const ny = { tags: { dc: 'ny', rack: '1' } }
const sf = { tags: { dc: 'sf' } }
const full = after(seeds, [a, primary(hosts, ny)], [b, secondary(hosts, ny)], [c, secondary(hosts, sf)])
const headless = after(seeds, [b, secondary(hosts, ny)], [c, secondary(hosts, sf)])

function reading(mode: ReadPreferenceMode, more: Partial<ReadPreference> = {}): Selector {
  return readSelector({ mode, tags: [], maxStalenessSeconds: -1, ...more })
}

function addresses(topology: TopologyDescription, selector: Selector, ...deprioritised: string[]): string[] {
  return suitableServers(topology, selector, new Set(deprioritised)).map(server => server.address)
}

suite('suitable servers by type of topology', () => {
  const all: readonly Selector[] = [writeSelector, reading('primary'), reading('nearest', { tags: [{ dc: 'x' }] })]
  const cases: readonly [string, TopologyDescription, readonly string[]][] = [
    ['none in an unknown topology', topologyOf([a]), []],
    [
      'the server of a direct connection, whatever is wanted',
      after(topologyOf([a], { directConnection: true }), [a, secondary([a])]),
      [a]
    ],
    ['none when that server is down', topologyOf([a], { directConnection: true }), []],
    [
      'every mongos of a sharded cluster, whatever is wanted',
      after(topologyOf([a, b, c]), [a, mongos()], [b, mongos()]),
      [a, b]
    ],
    [
      'the load balancer, always',
      applyServerDescription(topologyOf([a], { loadBalanced: true }), loadBalancer(a)).next,
      [a]
    ]
  ]
  for (const [rule, topology, expected] of cases) {
    test(rule, () => {
      for (const selector of all) assert.deepEqual(addresses(topology, selector), expected)
    })
  }
})

suite('suitable servers of a replica set', () => {
  const cases: readonly [string, Selector, readonly string[], readonly string[]][] = [
    ['a write goes to the primary or nowhere', writeSelector, [a], []],
    ['primary: the primary or none', reading('primary'), [a], []],
    ['secondary: all secondaries', reading('secondary'), [b, c], [b, c]],
    ['nearest: primary and secondaries', reading('nearest'), [a, b, c], [b, c]],
    ['primaryPreferred: the primary, else secondaries', reading('primaryPreferred'), [a], [b, c]],
    ['secondaryPreferred: secondaries', reading('secondaryPreferred'), [b, c], [b, c]],
    [
      'tags are for the secondaries of primaryPreferred only',
      reading('primaryPreferred', { tags: [{ dc: 'sf' }] }),
      [a],
      [c]
    ],
    [
      'secondaryPreferred falls back to the primary without a look at its tags',
      reading('secondaryPreferred', { tags: [{ dc: 'x' }] }),
      [a],
      []
    ],
    [
      'the first tag set that fits a server decides',
      reading('nearest', { tags: [{ dc: 'x' }, { dc: 'ny' }, {}] }),
      [a, b],
      [b]
    ],
    ['a server must have all tags of a set', reading('secondary', { tags: [{ dc: 'ny', rack: '2' }] }), [], []],
    ['tags compare in their case', reading('secondary', { tags: [{ dc: 'NY' }] }), [], []],
    ['the empty tag set fits every server', reading('secondary', { tags: [{ dc: 'x' }, {}] }), [b, c], [b, c]],
    ['no tag set that fits: none', reading('nearest', { tags: [{ dc: 'x' }] }), [], []],
    ['a tag that every object inherits fits none', reading('nearest', { tags: [{ constructor: 'x' }] }), [], []]
  ]
  for (const [rule, selector, withPrimary, without] of cases) {
    test(rule, () => {
      assert.deepEqual(addresses(full, selector), withPrimary)
      assert.deepEqual(addresses(headless, selector), without)
    })
  }
  test('secondaryPreferred takes the primary when there is no secondary', () => {
    assert.deepEqual(addresses(after(seeds, [a, primary(hosts)]), reading('secondaryPreferred')), [a])
  })
  test('arbiters, ghosts, other members and unknown servers suit nothing', () => {
    const arbiter = { ok: 1, setName: 'rs', arbiterOnly: true, hosts, maxWireVersion: 21 }
    const odd = after(
      seeds,
      [a, arbiter],
      [b, { ok: 1, setName: 'rs', hosts, maxWireVersion: 21 }],
      [c, { ok: 1, isreplicaset: true, maxWireVersion: 21 }]
    )
    assert.deepEqual(addresses(odd, reading('nearest')), [])
  })
})

suite('a pipeline that writes', () => {
  const secondaryPreferred = outputSelector({ mode: 'secondaryPreferred', tags: [], maxStalenessSeconds: -1 })
  const older = { maxWireVersion: 12 }
  const mixed = after(seeds, [a, primary(hosts)], [b, secondary(hosts)], [c, secondary(hosts, older)])

  test('goes by its read preference where every server is of MongoDB 5.0 or later', () => {
    assert.deepEqual(addresses(full, secondaryPreferred), [b, c])
    assert.deepEqual(addresses(after(seeds, [b, secondary(hosts, { maxWireVersion: 13 })]), secondaryPreferred), [b])
  })
  test('goes to the primary as long as an older one is there', () => {
    assert.deepEqual(addresses(mixed, secondaryPreferred), [a])
    assert.deepEqual(addresses(mixed, secondaryPreferred, a), [a])
    assert.deepEqual(addresses(after(seeds, [b, secondary(hosts, older)]), secondaryPreferred), [])
    assert.deepEqual(addresses(mixed, reading('secondaryPreferred')), [b, c])
  })
  test('is not kept from secondaries by a server that is not known, or by a load balancer', () => {
    const balanced = applyServerDescription(topologyOf([a], { loadBalanced: true }), loadBalancer(a)).next
    assert.deepEqual(
      [secondariesWrite(seeds), secondariesWrite(balanced), secondariesWrite(mixed)],
      [true, true, false]
    )
  })
  test('has selectors of its own, one for each preference', () => {
    const preference: ReadPreference = { mode: 'secondary', tags: [], maxStalenessSeconds: -1 }
    assert.equal(outputSelector(preference), outputSelector(preference))
    assert.notEqual(outputSelector(preference).key, readSelector(preference).key)
  })
})

suite('deprioritised servers', () => {
  const sharded = after(topologyOf([a, b]), [a, mongos()], [b, mongos()])
  test('are left out while there is another', () => assert.deepEqual(addresses(sharded, writeSelector, a), [b]))
  test('are taken when there is no other', () => assert.deepEqual(addresses(sharded, writeSelector, a, b), [a, b]))
  test('all secondaries: secondaryPreferred takes the primary', () => {
    assert.deepEqual(addresses(full, reading('secondaryPreferred'), b, c), [a])
  })
  test('the primary: primaryPreferred takes a secondary', () => {
    assert.deepEqual(addresses(full, reading('primaryPreferred'), a), [b, c])
  })
  test('the primary: a write takes it all the same', () => assert.deepEqual(addresses(full, writeSelector, a), [a]))
  test('that are not of the topology mean nothing', () =>
    assert.deepEqual(addresses(full, reading('secondary'), d), [b, c]))
})

suite('selection is refused', () => {
  test('for tags with primary, the empty tag set excepted', () => {
    assert.throws(() => addresses(full, reading('primary', { tags: [{ dc: 'ny' }] })), MongoInvalidArgumentError)
    assert.deepEqual(addresses(full, reading('primary', { tags: [{}] })), [a])
  })
  test('while a server is incompatible, in the topology’s words', () => {
    const old = after(topologyOf([a]), [a, standalone({ maxWireVersion: 1 })])
    assert.throws(() => addresses(old, writeSelector), new MongoCompatibilityError(String(old.compatibilityError)))
  })
})

suite('the key of a selector', () => {
  test('is equal for equal wishes', () => {
    assert.equal(reading('nearest', { tags: [{ dc: 'ny' }] }).key, reading('nearest', { tags: [{ dc: 'ny' }] }).key)
  })
  test('differs in mode, tags, their order, staleness, and for a write', () => {
    const wishes = [
      writeSelector,
      reading('primary'),
      reading('nearest'),
      reading('nearest', { maxStalenessSeconds: 90 }),
      reading('nearest', { tags: [{}] }),
      reading('nearest', { tags: [{ dc: 'ny' }, { dc: 'sf' }] }),
      reading('nearest', { tags: [{ dc: 'sf' }, { dc: 'ny' }] })
    ]
    assert.equal(new Set(wishes.map(wish => wish.key)).size, wishes.length)
  })
})

suite('the latency window', () => {
  const at = (address: string, roundTripTimeMS: number | undefined) =>
    serverDescriptionOf(address, mongos(), { nowMS: 0, roundTripTimeMS, minRoundTripTimeMS: 0 })
  test('holds both its ends', () => {
    const window = latencyWindow([at(a, 20), at(b, 5), at(c, 20.001)], 15)
    assert.deepEqual(
      window.map(server => server.address),
      [a, b]
    )
  })
  test('begins at the nearest of the suitable servers', () => {
    assert.deepEqual(latencyWindow([at(a, 100), at(b, 110)], 15).length, 2)
  })
  test('leaves out a server that has not been measured, unless none has', () => {
    assert.deepEqual(
      latencyWindow([at(a, 1), at(b, undefined)], 15).map(server => server.address),
      [a]
    )
    assert.equal(latencyWindow([at(a, undefined), at(b, undefined)], 15).length, 2)
  })
  test('of one server is that server, measured or not', () => {
    assert.equal(latencyWindow([unknownServer(a)], 15).length, 1)
    assert.equal(latencyWindow([], 15).length, 0)
  })
})

suite('the choice in the window', () => {
  const seed = 99
  const chance = seededChance(seed)
  const drawn = (counts: readonly number[], draws: number): number[] => {
    const window = counts.map((count, at) => ({ at, count }))
    const frequencies = counts.map(() => 0)
    for (let draw = 0; draw < draws; draw++) {
      const one = choose(window, server => server.count, chance)
      if (one !== undefined) frequencies[one.at] = (frequencies[one.at] ?? 0) + 1
    }
    return frequencies.map(count => count / draws)
  }
  test('of nobody is undefined', () =>
    assert.equal(
      choose([], () => 0, chance),
      undefined
    ))
  test('of one needs no chance', () => {
    const never = { fraction: () => assert.fail('chance was asked') }
    assert.equal(
      choose([a], () => 0, never),
      a
    )
  })
  test('of two takes the one with fewer operations, always', () => assert.deepEqual(drawn([3, 2], 200), [0, 1]))
  test('never takes the busiest of several', () => assert.equal(drawn([1, 1, 9, 1], 2000)[2], 0))
  test('among equals is even, also for two', () => {
    for (const counts of [
      [4, 4],
      [0, 0, 0],
      [1, 1, 1, 1, 1]
    ]) {
      for (const frequency of drawn(counts, 5000)) {
        assert.ok(Math.abs(frequency - 1 / counts.length) < 0.03, `${frequency} of ${counts.length} (seed ${seed})`)
      }
    }
  })
  test('draws every pair equally often', () => {
    const pairs = new Map<string, number>()
    for (let draw = 0; draw < 6000; draw++) {
      const asked: string[] = []
      choose([a, b, c], server => asked.push(server), chance)
      pairs.set(asked.join(), (pairs.get(asked.join()) ?? 0) + 1)
    }
    assert.equal(pairs.size, 6)
    for (const count of pairs.values()) assert.ok(Math.abs(count - 1000) < 150, `${count} of 6000 (seed ${seed})`)
  })
  test('draws two distinct servers at both ends of chance', () => {
    for (const fraction of [0, 0.499, 0.5, 1 - 2 ** -53]) {
      const asked = new Set<string>()
      choose([a, b, c], server => asked.add(server).size, { fraction: () => fraction })
      assert.equal(asked.size, 2)
    }
  })
})
