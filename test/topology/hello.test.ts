import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { Double, Int32, Long, ObjectId } from '../../src/bson/index.ts'
import { MongoServerError, MongoUnexpectedServerResponseError } from '../../src/errors/index.ts'
import { membersMax, sameServerDescription, unknownServer } from '../../src/topology/index.ts'
import { a, described, ghost, mongos, primary, secondary, standalone } from './hellos.ts'

const processId = new ObjectId('0'.repeat(24))

suite('the type of a server', () => {
  const cases: readonly [string, string, Record<string, unknown>][] = [
    ['a reply without a set name is a standalone’s', 'Standalone', standalone()],
    ['msg isdbgrid marks a mongos', 'Mongos', mongos()],
    ['a writable member of a set is its primary', 'RSPrimary', primary([a])],
    ['a legacy reply says ismaster', 'RSPrimary', { ok: 1, setName: 'rs', ismaster: true }],
    [
      'isWritablePrimary decides before ismaster',
      'RSOther',
      { ok: 1, setName: 'rs', isWritablePrimary: false, ismaster: true }
    ],
    ['a secondary says so', 'RSSecondary', secondary([a])],
    ['an arbiter says so', 'RSArbiter', { ok: 1, setName: 'rs', arbiterOnly: true }],
    ['a hidden secondary is another member', 'RSOther', secondary([a], { hidden: true })],
    ['a member that is none of these is another member', 'RSOther', { ok: 1, setName: 'rs' }],
    ['isreplicaset marks a ghost, whatever else is said', 'RSGhost', { ...ghost(), setName: 'rs', msg: 'isdbgrid' }]
  ]
  for (const [rule, type, hello] of cases) test(rule, () => assert.equal(described(a, hello).type, type))

  test('a reply without ok: 1 leaves the server Unknown, with the server’s words as the error', () => {
    const server = described(a, {
      ok: 0,
      errmsg: 'not authorized',
      code: 13,
      setName: 'rs',
      topologyVersion: version(1)
    })
    assert.equal(server.type, 'Unknown')
    assert.ok(server.error instanceof MongoServerError)
    assert.equal(server.error.message, 'not authorized')
    assert.equal(server.setName, undefined)
    assert.equal(server.topologyVersion, undefined)
    assert.equal(server.roundTripTimeMS, undefined)
  })

  test('ok counts in every number type of BSON', () => {
    for (const ok of [1, new Int32(1), new Double(1), Long.fromInt(1), 1n]) {
      assert.equal(described(a, { ok }).type, 'Standalone')
    }
    for (const ok of [true, '1', 2, null]) assert.equal(described(a, { ok }).type, 'Unknown')
  })
})

suite('the fields of a description', () => {
  test('host and port are those of the address: an IPv6 address has no brackets, a socket no port', () => {
    const places = ['db.example:27017', '[::1]:1234', '/tmp/mongodb.sock'].map(address => unknownServer(address))
    assert.deepEqual(
      places.map(({ host, port }) => [host, port]),
      [
        ['db.example', 27017],
        ['::1', 1234],
        ['/tmp/mongodb.sock', undefined]
      ]
    )
  })

  test('me, hosts, passives, arbiters and primary are lower-cased', () => {
    const server = described(
      a,
      primary(['A:1', 'B:2'], { me: 'A:1', passives: ['C:3'], arbiters: ['D:4'], primary: 'A:1' })
    )
    assert.equal(server.me, 'a:1')
    assert.deepEqual([server.hosts, server.passives, server.arbiters], [['a:1', 'b:2'], ['c:3'], ['d:4']])
    assert.equal(server.primary, 'a:1')
  })

  test('wire versions default to 0 in a reply and are unknown before one', () => {
    assert.deepEqual([described(a, { ok: 1 }).minWireVersion, described(a, { ok: 1 }).maxWireVersion], [0, 0])
    assert.equal(unknownServer(a).maxWireVersion, undefined)
  })

  test('the last write is the primary’s date, uncorrected', () => {
    const server = described(a, secondary([a], { lastWrite: { lastWriteDate: new Date(1234), opTime: 7 } }))
    assert.equal(server.lastWriteDateMS, 1234)
    assert.equal(server.opTime, 7)
  })

  test('the counter of a topology version keeps 64 bits', () => {
    const huge = 2n ** 53n + 1n
    const server = described(a, standalone({ topologyVersion: version(Long.fromBigInt(huge)) }))
    assert.equal(server.topologyVersion?.counter.toBigInt(), huge)
  })

  test('a counter is read from every whole number of BSON that fits 64 bits', () => {
    const counterOf = (counter: unknown): bigint | undefined =>
      described(a, standalone({ topologyVersion: { processId, counter } })).topologyVersion?.counter.toBigInt()
    assert.deepEqual([7, 7n, new Int32(7), Long.fromInt(7)].map(counterOf), [7n, 7n, 7n, 7n])
    assert.deepEqual([2n ** 63n, 2n ** 64n, 1.5, 2 ** 53, '7', null].map(counterOf), Array(6).fill(undefined))
  })

  test('a topology version without a process id is none', () => {
    assert.equal(described(a, standalone({ topologyVersion: { counter: 1 } })).topologyVersion, undefined)
  })

  test('whether the server knows hello is false until it says so', () => {
    assert.deepEqual([unknownServer(a).helloOk, described(a, { ok: 1, helloOk: true }).helloOk], [false, true])
  })

  test('a description and its lists are frozen', () => {
    for (const server of [unknownServer(a), described(a, primary([a], { tags: { dc: 'ny' } }))]) {
      for (const part of [server, server.hosts, server.passives, server.arbiters, server.tags]) {
        assert.ok(Object.isFrozen(part))
      }
    }
  })
})

suite('what a server says is not trusted', () => {
  test('a field of the wrong type counts as absent', () => {
    const wrong = {
      setName: 7,
      me: {},
      hosts: 'a:1',
      tags: ['x'],
      setVersion: '3',
      electionId: 'x',
      lastWrite: 5,
      topologyVersion: []
    }
    const server = described(a, standalone({ ...wrong, logicalSessionTimeoutMinutes: 1.5, maxWireVersion: 21 }))
    const bare = described(a, standalone())
    assert.ok(sameServerDescription(server, bare))
  })

  test('a member that is no address is left out', () => {
    const names = [
      'a:1',
      7,
      'b:0',
      'c:65536',
      'c:65535',
      'd e:1',
      'user@f:1',
      'g:1/x',
      'h\n:1',
      '',
      'i'.repeat(300),
      '[::1]:2',
      'j',
      'ü.example:3'
    ]
    assert.deepEqual(described(a, primary(names as string[])).hosts, [
      'a:1',
      'c:65535',
      '[::1]:2',
      'j:27017',
      'ü.example:3'
    ])
  })

  test('a member that is listed twice counts once', () => {
    assert.deepEqual(described(a, primary(['b:1', 'B:1'])).hosts, ['b:1'])
  })

  test('a hello that lists more members than the limit is refused, and says so', () => {
    const most = Array.from({ length: membersMax }, (_, at) => `m${at}:1`)
    assert.equal(described(a, primary(most)).type, 'RSPrimary')
    const server = described(a, primary(most, { arbiters: ['x:1'] }))
    assert.equal(server.type, 'Unknown')
    assert.ok(server.error instanceof MongoUnexpectedServerResponseError)
    assert.match(server.error.message, /a:27017 lists 251 .* limit of 250 \(membersMax\)/)
  })

  test('a tag called __proto__ is a tag', () => {
    const tags: unknown = JSON.parse('{"__proto__": "x", "constructor": "y", "n": 1}')
    const server = described(a, secondary([a], { tags }))
    assert.deepEqual(Object.entries(server.tags), [
      ['__proto__', 'x'],
      ['constructor', 'y']
    ])
    assert.equal(Object.getPrototypeOf(server.tags), Object.prototype)
  })

  test('inherited fields are no fields', () => {
    assert.equal(described(a, Object.create({ ok: 1, setName: 'rs' })).type, 'Unknown')
  })

  test('a reply that is no document leaves the server Unknown', () => {
    for (const reply of [undefined, null, 1, 'x', []]) assert.equal(described(a, reply).type, 'Unknown')
  })

  test('no document makes it throw', () => {
    const keys = [
      'ok',
      'setName',
      'hosts',
      'passives',
      'arbiters',
      'me',
      'tags',
      'topologyVersion',
      'lastWrite',
      'msg',
      'primary'
    ].concat([
      'electionId',
      'setVersion',
      'minWireVersion',
      'errorLabels',
      'errmsg',
      'code',
      '__proto__',
      'toString',
      'hidden'
    ])
    const value = fc.oneof(fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }), fc.constant(1))
    const document = fc.array(fc.tuple(fc.constantFrom(...keys), value)).map(entries => Object.fromEntries(entries))
    fc.assert(
      fc.property(fc.oneof(document, fc.anything()), hello => {
        const server = described(a, hello)
        assert.equal(server.address, a)
        assert.equal(server.type === 'Unknown', server.error !== undefined)
        assert.ok(sameServerDescription(server, described(a, hello)))
      }),
      { numRuns: 500, seed: 20_240 }
    )
  })
})

suite('equality of descriptions', () => {
  const hello = primary([a, 'b:1'], {
    electionId: new ObjectId('0'.repeat(24)),
    tags: { dc: 'ny' },
    topologyVersion: version(1)
  })

  test('round-trip times, the last write and the time of the check do not count', () => {
    const later = described(a, { ...hello, lastWrite: { lastWriteDate: new Date(5), opTime: 1 } }, 99)
    assert.ok(sameServerDescription(described(a, hello, 1), later))
  })

  test('identifiers are equal by value', () => {
    const again = { ...hello, electionId: new ObjectId('0'.repeat(24)), topologyVersion: version(1) }
    assert.ok(sameServerDescription(described(a, hello), described(a, again)))
  })

  test('one other member counts', () => {
    assert.ok(!sameServerDescription(described(a, primary([a, 'b:1'])), described(a, primary([a, 'c:1']))))
  })

  test('the order of members does not count', () => {
    assert.ok(sameServerDescription(described(a, primary([a, 'b:1'])), described(a, primary(['b:1', a]))))
  })

  const changes: Record<string, unknown> = {
    isWritablePrimary: false,
    minWireVersion: 1,
    maxWireVersion: 22,
    me: a,
    hosts: [a],
    passives: ['c:1'],
    arbiters: ['c:1'],
    tags: { dc: 'sf' },
    setName: 'other',
    electionId: new ObjectId('1'.repeat(24)),
    setVersion: 2,
    primary: a,
    logicalSessionTimeoutMinutes: 30,
    topologyVersion: version(2)
  }
  for (const [field, value] of Object.entries(changes)) {
    test(`${field} counts`, () => {
      assert.ok(!sameServerDescription(described(a, hello), described(a, { ...hello, [field]: value })))
    })
  }

  test('errors are equal when they are of one class and say the same', () => {
    assert.ok(sameServerDescription(unknownServer(a, new Error('x')), unknownServer(a, new Error('x'))))
    assert.ok(!sameServerDescription(unknownServer(a, new Error('x')), unknownServer(a, new Error('y'))))
    assert.ok(!sameServerDescription(unknownServer(a, new Error('x')), unknownServer(a, new TypeError('x'))))
    assert.ok(!sameServerDescription(unknownServer(a, new Error('x')), unknownServer(a)))
  })
})

function version(counter: Long | number): unknown {
  return {
    processId,
    counter: typeof counter === 'number' ? Long.fromInt(counter) : counter
  }
}
