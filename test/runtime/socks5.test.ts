import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { SOCKS5Handshake, type SOCKS5Step } from '../../src/runtime/node/socks5.ts'

const target = { host: 'db1.example', port: 27017 }
const ada = { username: 'ada', password: 'sésame' }
const connected = [5, 0, 0, 1, 127, 0, 0, 1, 4, 56]
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

/** The steps that the proxy's answers lead to. */
function play(answers: readonly (readonly number[])[], credentials?: typeof ada, to = target): SOCKS5Step[] {
  const handshake = new SOCKS5Handshake(to, credentials)
  handshake.greeting()
  return answers.map(answer => handshake.received(bytes(...answer)))
}

function lastReason(...given: Parameters<typeof play>): string {
  const last = play(...given).at(-1)
  assert.equal(last?.do, 'fail')
  return last.do === 'fail' ? last.reason : ''
}

suite('a SOCKS5 handshake', () => {
  test('offers a user name and password only where there is one', () => {
    assert.deepEqual(new SOCKS5Handshake(target, undefined).greeting(), bytes(5, 1, 0))
    assert.deepEqual(new SOCKS5Handshake(target, ada).greeting(), bytes(5, 2, 0, 2))
  })

  test('asks for the server by its name as it is', () => {
    const [request, open] = play([[5, 0], connected])
    const name = [...Buffer.from('db1.example')]
    assert.deepEqual(request, { do: 'send', bytes: bytes(5, 1, 0, 3, name.length, ...name, 0x69, 0x89) })
    assert.deepEqual(open, { do: 'open' })
  })

  test('shows user name and password to a proxy that asks for them', () => {
    const [shown, request, open] = play([[5, 2], [1, 0], connected], ada)
    const password = [...Buffer.from('sésame')]
    assert.deepEqual(shown, { do: 'send', bytes: bytes(1, 3, 0x61, 0x64, 0x61, password.length, ...password) })
    assert.deepEqual([request?.do, open?.do], ['send', 'open'])
  })

  test('does not mind the version beside an accepted user', () => {
    assert.equal(
      play(
        [
          [5, 2],
          [5, 0]
        ],
        ada
      ).at(-1)?.do,
      'send'
    )
  })

  for (const [host, address] of [
    ['192.0.2.7', [1, 192, 0, 2, 7]],
    ['2001:db8::5', [4, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]],
    ['::1', [4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ['fe80::', [4, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['1:2:3:4:5:6:7:8', [4, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
    ['::ffff:192.0.2.7', [4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7]]
  ] as const)
    test(`asks for an IP address as its bytes (${host})`, () => {
      const [request] = play([[5, 0]], undefined, { host, port: 1 })
      assert.deepEqual(request, { do: 'send', bytes: bytes(5, 1, 0, ...address, 0, 1) })
    })

  for (const [type, bound] of [
    ['an IPv4 address', [1, 10, 0, 0, 1]],
    ['an IPv6 address', [4, ...Array.from({ length: 16 }, () => 9)]],
    ['a name', [3, 2, 0x61, 0x62]],
    ['an empty name', [3, 0]]
  ] as const)
    test(`reads answers in pieces of any size (${type})`, () => {
      const answer = [5, 0, 0, ...bound, 0, 80]
      const handshake = new SOCKS5Handshake(target, undefined)
      assert.equal(handshake.received(bytes(5)).do, 'wait')
      assert.equal(handshake.received(bytes(0)).do, 'send')
      for (const [index, byte] of answer.entries())
        assert.equal(handshake.received(bytes(byte)).do, index < answer.length - 1 ? 'wait' : 'open')
    })

  for (const [what, answers, credentials, says] of [
    [
      'demands a user where there is none',
      [[5, 0xff]],
      undefined,
      /demands authentication, and there is none; give proxyUsername/
    ],
    ['takes no method at all', [[5, 0xff]], ada, /takes neither a user name and a password nor nobody/],
    ['chooses what it was not offered', [[5, 2]], undefined, /chose the method 2, which it was not offered/],
    [
      'does not accept the user',
      [
        [5, 2],
        [1, 1]
      ],
      ada,
      /does not accept the user; check proxyUsername and proxyPassword/
    ],
    ['does not speak SOCKS5', [[0x48, 0x54]], undefined, /does not speak SOCKS5; check proxyHost and proxyPort/],
    [
      'speaks something else later',
      [
        [5, 0],
        [4, 90, 0, 0, 0]
      ],
      undefined,
      /does not speak SOCKS5/
    ],
    [
      'forbids it',
      [
        [5, 0],
        [5, 2, 0, 1, 0, 0, 0, 0, 0, 0]
      ],
      undefined,
      /its rules do not allow/
    ],
    [
      'does not know the server',
      [
        [5, 0],
        [5, 4]
      ],
      undefined,
      /cannot be reached, or its name not resolved/
    ],
    [
      'is refused by the server',
      [
        [5, 0],
        [5, 5, 0, 1, 0, 0, 0, 0, 0, 0]
      ],
      undefined,
      /the server refused the connection/
    ],
    [
      'answers with an unknown code',
      [
        [5, 0],
        [5, 99]
      ],
      undefined,
      /the unknown code 99/
    ],
    [
      'answers with an unknown type of address',
      [
        [5, 0],
        [5, 0, 0, 7, 0]
      ],
      undefined,
      /address of the unknown type 7/
    ],
    [
      'sends bytes behind its answer',
      [
        [5, 0],
        [...connected, 0]
      ],
      undefined,
      /more bytes than its answer has/
    ],
    ['sends two answers at once', [[5, 0, 5, 0]], undefined, /more bytes than its answer has/]
  ] as const)
    test(`fails when the proxy ${what}`, () => assert.match(lastReason(answers, credentials), says))

  test('says nothing of the password in any failure', () => {
    for (const answers of [
      [[5, 0xff]],
      [
        [5, 2],
        [1, 1]
      ],
      [[5, 9]]
    ])
      assert.doesNotMatch(lastReason(answers, ada), /sésame|ada/)
  })

  test('holds no more than the longest answer', () => {
    const long = Array.from({ length: 400 }, () => 7)
    assert.match(
      lastReason([
        [5, 0],
        [5, 0, 0, 3, 255, ...long]
      ]),
      /more bytes/
    )
  })

  test('fails where a text is too long for it: names come from servers', () => {
    const far = { host: 'x'.repeat(256), port: 1 }
    assert.match(lastReason([[5, 0]], undefined, far), /carries names of up to 255 bytes/)
    const long = { username: 'ada', password: 'é'.repeat(128) }
    assert.match(lastReason([[5, 2]], long), /a user name and a password of up to 255 bytes each/)
  })
})
