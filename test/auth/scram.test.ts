import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  derivationOf,
  iterationsMax,
  iterationsMin,
  ScramClient,
  type ScramMechanism,
  ScramServer,
  MechanismViolation
} from '../../src/auth/index.ts'
import { bytes, cryptography, keysOf, text } from './keys.ts'
import { firstOfServer, password, username, type Vector, vectors } from './vectors.ts'

const mechanisms: readonly ScramMechanism[] = ['SCRAM-SHA-256', 'SCRAM-SHA-1']
const sha256 = vectors.find(({ mechanism }) => mechanism === 'SCRAM-SHA-256')!

/** A client that has made its proof with the right keys. */
function proven(vector: Vector): { client: ScramClient; proof: string } {
  const { mechanism, nonce } = vector
  const client = new ScramClient(mechanism, username, nonce, cryptography)
  const parameters = client.challenged(bytes(firstOfServer(vector)))
  return { client, proof: text(client.prove(keysOf({ mechanism, username, password }, parameters))) }
}

function challenged(first: string, nonce = sha256.nonce): { iterations: number } {
  return new ScramClient('SCRAM-SHA-256', username, nonce, cryptography).challenged(bytes(first))
}

function refuses(run: () => unknown, why: RegExp): void {
  assert.throws(run, (error: unknown) => error instanceof MechanismViolation && why.test(error.message))
}

for (const vector of vectors) {
  const { mechanism, nonce, serverNonce, proof, signature } = vector

  test(`${mechanism}: a client says what the published conversation says`, () => {
    const client = new ScramClient(mechanism, username, nonce, cryptography)
    assert.equal(text(client.first), `n,,n=user,r=${nonce}`)
    const conversation = proven(vector)
    assert.equal(conversation.proof, `c=biws,r=${nonce}${serverNonce},p=${proof}`)
    conversation.client.verify(bytes(`v=${signature}`))
  })

  test(`${mechanism}: a server says what the published conversation says`, () => {
    const parameters = { salt: Buffer.from(vector.salt, 'base64'), iterations: vector.iterations }
    const stored = { ...parameters, ...keysOf({ mechanism, username, password }, parameters) }
    const server = new ScramServer(mechanism, serverNonce, cryptography)
    assert.equal(text(server.challenge(bytes(`n,,n=user,r=${nonce}`), () => stored)), firstOfServer(vector))
    const final = server.check(bytes(`c=biws,r=${nonce}${serverNonce},p=${proof}`))
    assert.equal(final === undefined ? undefined : text(final), `v=${signature}`)
  })

  test(`${mechanism}: a server accepts no proof but the one`, () => {
    const parameters = { salt: Buffer.from(vector.salt, 'base64'), iterations: vector.iterations }
    const stored = { ...parameters, ...keysOf({ mechanism, username, password }, parameters) }
    fc.assert(
      fc.property(mutationOf(`c=biws,r=${nonce}${serverNonce},p=${proof}`), changed => {
        const server = new ScramServer(mechanism, serverNonce, cryptography)
        server.challenge(bytes(`n,,n=user,r=${nonce}`), () => stored)
        assert.equal(
          outcomeOf(() => server.check(bytes(changed))),
          'refused'
        )
      })
    )
  })

  test(`${mechanism}: any change of the server's first message ends in an error, though the keys are right`, () => {
    const keys = keysOf(
      { mechanism, username, password },
      { salt: Buffer.from(vector.salt, 'base64'), iterations: vector.iterations }
    )
    fc.assert(
      fc.property(mutationOf(firstOfServer(vector)), changed => {
        const client = new ScramClient(mechanism, username, nonce, cryptography)
        const verified = outcomeOf(() => {
          client.challenged(bytes(changed))
          client.prove(keys)
          client.verify(bytes(`v=${signature}`))
          return true
        })
        assert.equal(verified, 'refused')
      }),
      { numRuns: 1_000 }
    )
  })

  test(`${mechanism}: any change of the server's final message ends in an error`, () => {
    const { client } = proven(vector)
    fc.assert(
      fc.property(mutationOf(`v=${signature}`), changed => {
        const verified = outcomeOf(() => {
          client.verify(bytes(changed))
          return true
        })
        assert.equal(verified, 'refused')
      }),
      { numRuns: 1_000 }
    )
  })
}

test('a server refuses a proof of somebody who knows the password, but gives back another nonce', () => {
  const { mechanism, nonce, serverNonce } = sha256
  const parameters = { salt: Buffer.from(sha256.salt, 'base64'), iterations: sha256.iterations }
  const keys = keysOf({ mechanism, username, password }, parameters)
  for (const [given, accepted] of [
    [`${nonce}${serverNonce}`, true],
    [`${nonce}another`, false]
  ] as const) {
    const server = new ScramServer(mechanism, serverNonce, cryptography)
    server.challenge(bytes(`n,,n=user,r=${nonce}`), () => ({ ...parameters, ...keys }))
    const withoutProof = `c=biws,r=${given}`
    const signed = bytes(`n=user,r=${nonce},${firstOfServer(sha256)},${withoutProof}`)
    const signature = cryptography.hmac('sha256', keys.storedKey, signed)
    const proof = Buffer.from(keys.clientKey.map((byte, index) => byte ^ signature[index]!)).toString('base64')
    assert.equal(server.check(bytes(`${withoutProof},p=${proof}`)) !== undefined, accepted)
  }
})

test('whatever the name and the password, client and server agree with the same password and with no other', () => {
  const words = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(fc.constantFrom(...mechanisms), words, words, words, (mechanism, name, right, tried) => {
      const parameters = { salt: cryptography.digest('sha1', bytes(name)), iterations: iterationsMin }
      const stored = { ...parameters, ...keysOf({ mechanism, username: name, password: right }, parameters) }
      const client = new ScramClient(mechanism, name, 'clientNonce', cryptography)
      const server = new ScramServer(mechanism, 'serverNonce', cryptography)
      let asked: string | undefined
      const challenge = server.challenge(client.first, user => {
        asked = user
        return stored
      })
      assert.equal(asked, name)
      const keys = keysOf({ mechanism, username: name, password: tried }, client.challenged(challenge))
      const final = server.check(client.prove(keys))
      assert.equal(final !== undefined, tried === right)
      if (final !== undefined) client.verify(final)
    }),
    {
      numRuns: 40,
      examples: [
        ['SCRAM-SHA-256', 'a=b,c=2C', 'x', 'x'],
        ['SCRAM-SHA-1', ',=,', ' ', ' ']
      ]
    }
  )
})

test("a nonce that does not begin with the client's, or adds nothing, is refused", () => {
  const rest = `s=${sha256.salt},i=4096`
  refuses(() => challenged(`r=somebodyElse,${rest}`), /nonce does not extend/)
  refuses(() => challenged(`r=${sha256.nonce},${rest}`), /nonce does not extend/)
  refuses(() => challenged(`r=nonce${sha256.nonce},${rest}`), /nonce does not extend/)
  refuses(() => challenged(`r=${sha256.nonce.toLowerCase()}x,${rest}`), /nonce does not extend/)
})

test('an iteration count that is no number, too small or too large is refused before any work', () => {
  const first = (iterations: string): string => `r=${sha256.nonce}x,s=${sha256.salt},i=${iterations}`
  for (const iterations of [
    '',
    '0',
    '-1',
    '4096x',
    '04096',
    '+4096',
    '4096.0',
    '4e3',
    ' 4096',
    '0x1000',
    'NaN',
    '9'.repeat(40)
  ])
    refuses(() => challenged(first(iterations)), /is no whole number/)
  for (const iterations of ['1', '4095', '1000001', '2147483648', '9007199254740993'])
    refuses(() => challenged(first(iterations)), /its iteration count is \d+, and cenote takes 4096 to 1000000/)
  for (const iterations of [iterationsMin, iterationsMax])
    assert.equal(challenged(first(String(iterations))).iterations, iterations)
})

test('a salt that is no base64, or empty, is refused', () => {
  for (const salt of ['', '!', 'abc', 'QQ=', 'QR==', 'Q Q==', 'QQ==QQ=='])
    refuses(() => challenged(`r=${sha256.nonce}x,s=${salt},i=4096`), /its salt is no base64, or empty/)
})

test('attributes that are missing, repeated, out of order, reserved or unknown are refused', () => {
  const [r, s, i] = firstOfServer(sha256).split(/,(?=[si]=)/)
  for (const parts of [
    [],
    [r],
    [r, s],
    [s, r, i],
    [r, i, s],
    [r, r, s, i],
    [r, s, s, i],
    [r, s, i, i],
    ['m=x', r, s, i],
    [r, s, i, 'x=1']
  ])
    refuses(() => challenged(parts.join(',')), /another form|base64|whole number/)
})

test('a message that is too long, or is no text, is refused', () => {
  refuses(() => challenged(`r=${sha256.nonce}${'x'.repeat(5_000)},s=${sha256.salt},i=4096`), /more than 4096/)
  const client = new ScramClient('SCRAM-SHA-256', username, sha256.nonce, cryptography)
  refuses(() => client.challenged(Uint8Array.of(0xff, 0xfe)), /no UTF-8/)
})

test('an error that the server reports is told in its own word, and in no other characters', () => {
  refuses(() => challenged('e=unknown-user'), /^it reported the error unknown-user$/)
  refuses(() => challenged('e=\u001b[31mred'), /^it reported an error$/)
  refuses(() => proven(sha256).client.verify(bytes('e=invalid-proof')), /^it reported the error invalid-proof$/)
})

test('a signature is needed: a final message without one, or of another length, proves nothing', () => {
  for (const final of ['', 'v=', 'x=1', `v=${sha256.signature},x=1`, 'v=6rriTRBi23WpRR/wtup+mMhUZUk='])
    refuses(() => proven(sha256).client.verify(bytes(final)), /signature/)
  const early = new ScramClient('SCRAM-SHA-256', username, sha256.nonce, cryptography)
  refuses(() => early.verify(bytes('v=')), /signature/)
  refuses(
    () => early.prove(keysOf({ mechanism: 'SCRAM-SHA-256', username, password }, { salt: bytes('s'), iterations: 1 })),
    /no first message/
  )
})

test('SASLprep is for the password of SCRAM-SHA-256 alone: not for a name, and not for SCRAM-SHA-1', () => {
  const secret = (mechanism: ScramMechanism, name: string, word: string): string =>
    text(
      derivationOf({ mechanism, username: name, password: word }, { salt: bytes('s'), iterations: 1 }, cryptography)
        .password
    )
  assert.equal(secret('SCRAM-SHA-256', 'u', 'I\u00adX'), 'IX')
  assert.equal(secret('SCRAM-SHA-256', 'u', '\u2168'), 'IX')
  assert.equal(secret('SCRAM-SHA-256', 'u', '\u2163'), 'IV')
  assert.notEqual(secret('SCRAM-SHA-1', 'u', 'I\u00adX'), secret('SCRAM-SHA-1', 'u', 'IX'))
  assert.notEqual(secret('SCRAM-SHA-1', '\u2168', 'x'), secret('SCRAM-SHA-1', 'IX', 'x'))
  assert.equal(text(new ScramClient('SCRAM-SHA-256', '\u2168', 'x', cryptography).first), 'n,,n=\u2168,r=x')
  assert.throws(
    () => secret('SCRAM-SHA-256', 'u', 'p\u0007w'),
    (error: Error) => !error.message.includes('p\u0007w')
  )
})

function outcomeOf(run: () => unknown): 'accepted' | 'refused' {
  try {
    return run() === undefined ? 'refused' : 'accepted'
  } catch (error) {
    assert.ok(error instanceof MechanismViolation, String(error))
    return 'refused'
  }
}

/** The text with one piece of it taken away, doubled, replaced or moved: anything but itself. */
function mutationOf(original: string): fc.Arbitrary<string> {
  const place = fc.nat({ max: original.length })
  const piece = fc.string({ unit: fc.constantFrom(...Array.from(',=rsicvpenAz09+/%$ \u00e9')), maxLength: 6 })
  return fc
    .tuple(place, place, piece, fc.constantFrom('remove', 'double', 'replace', 'move', 'cut'))
    .map(([one, other, inserted, how]) => {
      const [start, end] = one < other ? [one, other] : [other, one]
      const [head, middle, tail] = [original.slice(0, start), original.slice(start, end), original.slice(end)]
      switch (how) {
        case 'remove':
          return head + tail
        case 'double':
          return head + middle + middle + tail
        case 'replace':
          return head + inserted + tail
        case 'move':
          return tail + middle + head
        case 'cut':
          return head + inserted
      }
    })
    .filter(changed => changed !== original)
}
