import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { MongoInvalidArgumentError } from '../../src/errors/index.ts'
import type { ReadPreferenceMode } from '../../src/options/index.ts'
import {
  applyServerDescription,
  readSelector,
  suitableServers,
  type TopologyDescription,
  type TopologySettings
} from '../../src/topology/index.ts'
import { a, after, b, c, described, type Hello, mongos, primary, secondary, topologyOf } from './hellos.ts'

const hosts = [a, b, c]

function wrote(hello: Hello, lastWriteMS: number): Hello {
  return { ...hello, lastWrite: { lastWriteDate: new Date(lastWriteMS) } }
}

/** Each server with what it said and when it was asked. */
function known(
  replies: readonly (readonly [string, Hello, number])[],
  settings: Partial<TopologySettings> = {}
): TopologyDescription {
  return replies.reduce(
    (topology, [address, hello, atMS]) => applyServerDescription(topology, described(address, hello, atMS)).next,
    topologyOf(hosts, { replicaSet: 'rs', ...settings })
  )
}

function addresses(
  topology: TopologyDescription,
  mode: ReadPreferenceMode,
  maxStalenessSeconds: number,
  tags: Record<string, string>[] = []
): string[] {
  return suitableServers(topology, readSelector({ mode, tags, maxStalenessSeconds })).map(server => server.address)
}

suite('staleness', () => {
  test('with a primary is measured by each server’s own check; the limit itself is fresh enough', () => {
    // The primary wrote 1 s before its check. b wrote 81 s, c 81.001 s before theirs: 90 s and more with one heartbeat.
    const topology = known([
      [a, wrote(primary(hosts), 500_000), 501_000],
      [b, wrote(secondary(hosts), 400_000), 481_000],
      [c, wrote(secondary(hosts), 400_000), 481_001]
    ])
    assert.deepEqual(addresses(topology, 'secondary', 90), [b])
    assert.deepEqual(addresses(topology, 'nearest', 90), [a, b])
  })

  test('without a primary is measured from the newest write of a secondary', () => {
    const topology = known([
      [b, wrote(secondary(hosts), 500_000), 1],
      [c, wrote(secondary(hosts), 419_999), 999_999]
    ])
    assert.deepEqual(addresses(topology, 'secondary', 90), [b])
    assert.deepEqual(addresses(topology, 'secondary', 91), [b, c])
  })

  test('of a secondary that tells no last write is too much', () => {
    const topology = known([
      [a, wrote(primary(hosts), 1), 1],
      [b, secondary(hosts), 1]
    ])
    assert.deepEqual(addresses(topology, 'secondary', 9999), [])
  })

  test('is looked at before tags', () => {
    const topology = known([
      [a, wrote(primary(hosts), 500_000), 500_000],
      [b, wrote(secondary(hosts, { tags: { dc: 'ny' } }), 1), 500_000],
      [c, wrote(secondary(hosts, { tags: { dc: 'sf' } }), 500_000), 500_000]
    ])
    assert.deepEqual(addresses(topology, 'secondary', 90, [{ dc: 'ny' }, { dc: 'sf' }]), [c])
  })

  test('does not keep primaryPreferred from the primary, nor secondaryPreferred from falling back to it', () => {
    const topology = known([
      [a, wrote(primary(hosts), 500_000), 500_000],
      [b, wrote(secondary(hosts), 1), 500_000]
    ])
    assert.deepEqual(addresses(topology, 'primaryPreferred', 90), [a])
    assert.deepEqual(addresses(topology, 'secondaryPreferred', 90), [a])
  })

  test('-1 means no limit', () => {
    assert.deepEqual(addresses(known([[b, secondary(hosts), 0]]), 'secondary', -1), [b])
  })
})

suite('a limit of staleness', () => {
  const set = known([[a, wrote(primary(hosts), 1), 1]])
  const refusal = (topology: TopologyDescription, mode: ReadPreferenceMode, seconds: number): void =>
    assert.throws(() => addresses(topology, mode, seconds), MongoInvalidArgumentError)

  test('is at least 90 seconds in a replica set', () => {
    for (const seconds of [89, 1, 0, -2, Number.NaN]) refusal(set, 'nearest', seconds)
    assert.deepEqual(addresses(set, 'nearest', 90), [a])
  })
  test('is at least a heartbeat and 10 seconds', () => {
    const slow = known([[a, wrote(primary(hosts), 1), 1]], { heartbeatFrequencyMS: 120_000 })
    refusal(slow, 'nearest', 129)
    assert.deepEqual(addresses(slow, 'nearest', 130), [a])
  })
  test('is refused with primary, everywhere', () => {
    refusal(set, 'primary', 120)
    refusal(topologyOf([a]), 'primary', 120)
  })
  test('is not looked at outside replica sets', () => {
    assert.deepEqual(addresses(after(topologyOf([a]), [a, mongos()]), 'nearest', 1), [a])
    assert.deepEqual(addresses(topologyOf([a]), 'nearest', 1), [])
  })
  test('that is too low is told with the least that works', () => {
    assert.throws(() => addresses(set, 'nearest', 45), {
      message:
        'maxStalenessSeconds 45 is below 90, the least that works in a replica set with heartbeatFrequencyMS 10000; -1 means no limit'
    })
  })
})
