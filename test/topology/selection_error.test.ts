import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoServerError,
  MongoServerSelectionError,
  MongoUnexpectedServerResponseError
} from '../../src/errors/index.ts'
import { TransportError, type TransportStage } from '../../src/runtime/index.ts'
import {
  applyServerDescription,
  readSelector,
  selectionError,
  type Selector,
  type TopologyDescription,
  unknownServer,
  writeSelector
} from '../../src/topology/index.ts'
import { a, after, b, mongos, primary, secondary, topologyOf } from './hellos.ts'

const nowMS = 40_000

function errorOf(topology: TopologyDescription, selector: Selector = writeSelector): MongoServerSelectionError {
  return selectionError({ topology, selector, waitedMS: 30_000.4, nowMS })
}

function dialFailed(stage: TransportStage, code?: string): MongoNetworkError {
  return new MongoNetworkError('dial failed', { cause: new TransportError('failed', stage, code) })
}

function failed(topology: TopologyDescription, ...errors: readonly Error[]): TopologyDescription {
  return [...topology.servers.keys()].reduce(
    (known, address, at) =>
      applyServerDescription(known, unknownServer(address, errors[at] ?? errors[0], nowMS - 250)).next,
    topology
  )
}

test('the text tells what was wanted, the likely cause, and each server’s state with its age', () => {
  const topology = failed(
    after(topologyOf([a, b], { replicaSet: 'rs' }), [b, secondary([a, b], { tags: { dc: 'ny' } })]),
    dialFailed('connect', 'ECONNREFUSED')
  )
  const half = after(topology, [b, secondary([a, b], { tags: { dc: 'ny' } })])
  assert.equal(
    errorOf(half).message,
    'Server selection timed out after 30000 ms: no server is suitable for a write. ' +
      'The replica set has no primary that this client knows: it may be electing one, or the primary cannot be reached. ' +
      'Topology: ReplicaSetNoPrimary of set "rs", ' +
      'a:27017: Unknown since a check or an error 250 ms ago: dial failed (ECONNREFUSED); ' +
      'b:27017: RSSecondary since a check or an error 40000 ms ago, round trip 5.0 ms, tags {"dc":"ny"}.'
  )
})

test('the error carries the topology as its reason, and a server’s error as its cause', () => {
  const refused = dialFailed('connect', 'ECONNREFUSED')
  const topology = failed(topologyOf([a]), refused)
  const error = errorOf(topology)
  assert.ok(error instanceof MongoServerSelectionError)
  assert.deepEqual([error.reason, error.cause], [topology, refused])
  assert.equal('cause' in errorOf(topologyOf([a])), false)
})

test('a read is told with mode, tags and staleness', () => {
  const selector = readSelector({ mode: 'secondary', tags: [{ dc: 'ny' }], maxStalenessSeconds: 120 })
  assert.match(
    errorOf(topologyOf([a]), selector).message,
    /no server is suitable for a read with read preference "secondary", tag sets \[{"dc":"ny"}\], maxStalenessSeconds 120\./
  )
})

suite('the likely cause', () => {
  const causes: readonly [string, Error, RegExp][] = [
    [
      'refused connections',
      dialFailed('connect', 'ECONNREFUSED'),
      /Every server refused the connection: is mongod running/
    ],
    ['names that are not resolved', dialFailed('lookup', 'ENOTFOUND'), /No host name could be resolved/],
    ['certificates', dialFailed('certificate'), /No certificate was accepted/],
    ['TLS', dialFailed('tls-io'), /Every TLS handshake broke off/],
    ['a proxy', dialFailed('proxy'), /The proxy did not connect/],
    ['closed connections', dialFailed('open'), /Every server closed the connection: do the servers ask for TLS/],
    [
      'strangers',
      new MongoUnexpectedServerResponseError('what is this?'),
      /did not speak the protocol of MongoDB: are host and port right\? .*what is this\?$/
    ],
    ['silence', new MongoNetworkTimeoutError('timed out'), /No server answered in time: does a firewall/],
    [
      'silence that the system noticed',
      dialFailed('connect', 'ETIMEDOUT'),
      /No server answered in time: does a firewall/
    ],
    ['authentication', new MongoServerError({ ok: 0, code: 18, errmsg: 'no' }), /Authentication failed/]
  ]
  for (const [what, error, text] of causes) {
    test(`names ${what}, when all servers agree`, () => {
      assert.match(errorOf(failed(topologyOf([a, b]), error)).message, text)
      assert.doesNotMatch(errorOf(failed(topologyOf([a, b]), error, new Error('another'))).message, text)
    })
  }
  test('names a first check that has not ended', () => {
    assert.match(
      errorOf(topologyOf([a])).message,
      /No check of any server has ended yet.*a:27017: Unknown, not checked yet/
    )
  })
  test('names the reason why no server is left', () => {
    const topology = after(topologyOf([a], { replicaSet: 'rs' }), [a, secondary([a], { setName: 'other' })])
    assert.match(
      errorOf(topology).message,
      /No server is left: a:27017 was the last to be removed, because it is a member of replica set "other", not of "rs"\. .* without servers\.$/
    )
  })
  test('names tags and staleness that no member passes', () => {
    const topology = after(topologyOf([a], { replicaSet: 'rs' }), [a, primary([a])])
    const selector = readSelector({ mode: 'nearest', tags: [{ dc: 'ny' }], maxStalenessSeconds: -1 })
    assert.match(
      errorOf(topology, selector).message,
      /Members of the right kind are there, but none passes the tag sets/
    )
  })
  test('is left out where none is known', () => {
    const topology = after(topologyOf([a], { replicaSet: 'rs' }), [a, primary([a])])
    const selector = readSelector({ mode: 'secondary', tags: [], maxStalenessSeconds: -1 })
    assert.match(errorOf(topology, selector).message, /read preference "secondary"\. Topology:/)
  })
})

suite('a server’s words in the text', () => {
  const message = (text: string): string => errorOf(failed(topologyOf([a]), new MongoNetworkError(text))).message
  test('show no credentials', () => {
    assert.match(message('cannot reach mongodb://anna:secret@a:1/ now'), /mongodb:\/\/…@a:1\/ now/)
  })
  test('forge no lines', () => assert.match(message('one\r\ntwo\u001b[31m'), /one two \[31m/))
  test('are cut when they are long', () => assert.ok(message('x'.repeat(5000)).length < 800))
  test('of many servers are listed to the twentieth', () => {
    const many = topologyOf(Array.from({ length: 25 }, (_, at) => `m${at}:1`))
    assert.match(errorOf(many).message, /m19:1: Unknown, not checked yet; and 5 more\.$/)
  })
  test('carry a code once', () => {
    assert.match(
      errorOf(failed(topologyOf([a]), new MongoServerError({ ok: 0, code: 13, errmsg: 'not allowed' }))).message,
      /not allowed \(13\)/
    )
    assert.match(message('connect ECONNREFUSED'), /: connect ECONNREFUSED\.$/)
  })
})

test('an odd topology still gives a text', () => {
  assert.match(errorOf(after(topologyOf([a, b]), [a, mongos()])).message, /Topology: Sharded, a:27017: Mongos/)
})
