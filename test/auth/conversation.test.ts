import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import {
  type Conversation,
  Credentials,
  type Mechanism,
  MechanismViolation,
  negotiatedMechanism,
  readPlainMessage,
  type ScramMechanism,
  ScramServer,
  startConversation,
  type Step
} from '../../src/auth/index.ts'
import { Binary, decodeDocument, type Document, DocumentWriter } from '../../src/bson/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { bytes, cryptography, keysOf, text } from './keys.ts'

const password = 'CANARY7'
const parameters = { salt: bytes('a salt of bytes.'), iterations: 4_096 }

function credentialsOf(mechanism: Mechanism, username: string | undefined = 'ada'): Credentials {
  return new Credentials({ mechanism, source: 'admin', username, password })
}

function start(mechanism: Mechanism, credentials: Credentials = credentialsOf(mechanism)): Conversation {
  return startConversation(credentials, mechanism, { cryptography, chance: virtualRuntime({ seed: 7 }).chance })
}

function documentOf(write: (body: DocumentWriter) => void): Document {
  const writer = new DocumentWriter()
  writer.beginDocument()
  write(writer)
  writer.endDocument()
  const encoded = writer.written()
  return decodeDocument(encoded, 0, encoded.length)
}

function commandOf(step: Step): Document {
  assert.equal(step.kind, 'send')
  return step.kind === 'send' ? documentOf(step.write) : {}
}

interface Stage {
  readonly conversation: Conversation
  readonly server: ScramServer
  /** The next reply of an honest server. */
  readonly challenge: Document
}

const reply = (payload: Uint8Array, done = false): Document => ({
  conversationId: 1,
  done,
  payload: new Binary(payload),
  ok: 1
})

function begun(mechanism: ScramMechanism): Stage {
  const conversation = start(mechanism)
  const server = new ScramServer(mechanism, 'serverNonce', cryptography)
  const stored = { ...parameters, ...keysOf({ mechanism, username: 'ada', password }, parameters) }
  const payload = server.challenge(documentOf(conversation.first)['payload'].value(), () => stored)
  return { conversation, server, challenge: reply(payload) }
}

/** Up to the server's signature, which is returned. */
function proved(mechanism: ScramMechanism): Stage & { signature: Uint8Array } {
  const stage = begun(mechanism)
  const step = stage.conversation.replied(stage.challenge)
  assert.equal(step.kind, 'derive')
  const keys = keysOf({ mechanism, username: 'ada', password }, parameters)
  const command = commandOf(stage.conversation.derived(keys))
  const signature = stage.server.check(command['payload'].value())
  assert.ok(signature)
  return { ...stage, signature }
}

function refuses(run: () => unknown, why: RegExp = /./): void {
  assert.throws(run, (error: unknown) => {
    assert.ok(error instanceof MechanismViolation, String(error))
    assert.match(error.message, why)
    assert.ok(!inspect(error, { showHidden: true }).includes(password))
    return true
  })
}

for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-1'] as const) {
  test(`${mechanism}: first command, keys, proof, and the end with the server's signature`, () => {
    const { conversation, challenge } = begun(mechanism)
    const first = documentOf(conversation.first)
    assert.deepEqual(Object.keys(first), ['saslStart', 'mechanism', 'payload', 'options'])
    assert.deepEqual(
      [first['saslStart'], first['mechanism'], first['options']],
      [1, mechanism, { skipEmptyExchange: true }]
    )
    const nonce = /^n,,n=ada,r=(.+)$/.exec(text(first['payload'].value()))?.[1] ?? ''
    assert.equal(Buffer.from(nonce, 'base64').length, 24)
    const step = conversation.replied(challenge)
    assert.ok(step.kind === 'derive')
    assert.equal(step.user.mechanism, mechanism)
    assert.equal(step.parameters.iterations, 4_096)
    const { conversation: whole, signature } = proved(mechanism)
    assert.deepEqual(whole.replied(reply(signature, true)), { kind: 'done' })
  })

  test(`${mechanism}: a server that does not skip the empty exchange gets one empty message, once`, () => {
    const { conversation, signature } = proved(mechanism)
    const command = commandOf(conversation.replied(reply(signature)))
    assert.deepEqual([command['saslContinue'], command['conversationId'], command['payload'].length()], [1, 1, 0])
    assert.deepEqual(conversation.replied(reply(bytes(''), true)), { kind: 'done' })
    const { conversation: other, signature: again } = proved(mechanism)
    other.replied(reply(again))
    refuses(() => other.replied(reply(bytes(''))), /goes on after its signature/)
  })

  test(`${mechanism}: done before the signature is no authentication`, () => {
    const { conversation, challenge } = begun(mechanism)
    refuses(() => conversation.replied({ ...challenge, done: true }), /done before it had proved anything/)
    for (const payload of ['', 'v=', 'e=other-error'])
      refuses(() => proved(mechanism).conversation.replied(reply(bytes(payload), true)))
  })

  test(`${mechanism}: a reply without done, payload or conversationId is refused`, () => {
    for (const field of ['done', 'payload', 'conversationId']) {
      const { conversation, challenge } = begun(mechanism)
      const { [field]: _, ...others } = challenge
      refuses(() => conversation.replied(others), new RegExp(field))
    }
    for (const wrong of [{ done: 1 }, { payload: 'text' }, { payload: null }]) {
      const { conversation, challenge } = begun(mechanism)
      refuses(() => conversation.replied({ ...challenge, ...wrong }))
    }
  })

  test(`${mechanism}: after a refusal nothing of the conversation is accepted any more`, () => {
    const { conversation, signature } = proved(mechanism)
    refuses(() => conversation.replied(reply(bytes('v=AAAA'), true)), /signature/)
    refuses(() => conversation.replied(reply(signature, true)), /when nothing was asked/)
  })
}

test('no sequence of replies authenticates unless the signature is among them', () => {
  const { challenge } = begun('SCRAM-SHA-256')
  const replies = fc.constantFrom(
    challenge,
    { ...challenge, done: true },
    reply(bytes(''), true),
    reply(bytes('')),
    reply(bytes('v='), true),
    reply(bytes('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='), true),
    {}
  )
  fc.assert(
    fc.property(fc.array(replies, { maxLength: 6 }), sequence => {
      const conversation = start('SCRAM-SHA-256')
      for (const each of sequence) {
        let step: Step
        try {
          step = conversation.replied(each)
          if (step.kind === 'derive')
            step = conversation.derived(keysOf({ mechanism: 'SCRAM-SHA-256', username: 'ada', password }, parameters))
        } catch (error) {
          assert.ok(error instanceof MechanismViolation, String(error))
          return
        }
        assert.notEqual(step.kind, 'done')
      }
    })
  )
})

test('each conversation has a nonce of its own', () => {
  const { chance } = virtualRuntime({ seed: 7 })
  const credentials = credentialsOf('SCRAM-SHA-256')
  const payloads = [1, 2].map(() => {
    const conversation = startConversation(credentials, 'SCRAM-SHA-256', { cryptography, chance })
    return text(documentOf(conversation.first)['payload'].value())
  })
  assert.notEqual(payloads[0], payloads[1])
})

test('PLAIN says name and password in one message, and ends with it', () => {
  const conversation = start('PLAIN')
  const first = documentOf(conversation.first)
  assert.deepEqual(Object.keys(first), ['saslStart', 'mechanism', 'payload'])
  assert.deepEqual(readPlainMessage(first['payload'].value()), { username: 'ada', password })
  assert.deepEqual(conversation.replied(reply(bytes(''), true)), { kind: 'done' })
  refuses(() => start('PLAIN').replied(reply(bytes(''))), /did not end/)
})

test('a server reads a PLAIN message in its one form, with nobody else to act as', () => {
  assert.deepEqual(readPlainMessage(bytes('ada\0ada\0x')), { username: 'ada', password: 'x' })
  for (const wrong of ['', 'ada', '\0ada', 'bob\0ada\0x', '\0\0x', '\0ada\0x\0y'])
    assert.equal(readPlainMessage(bytes(wrong)), undefined, JSON.stringify(wrong))
})

test('MONGODB-X509 names the user only where one was given, and never a password', () => {
  const named = documentOf(start('MONGODB-X509', credentialsOf('MONGODB-X509', 'CN=ada')).first)
  assert.deepEqual(named, { authenticate: 1, mechanism: 'MONGODB-X509', user: 'CN=ada' })
  const unnamed = new Credentials({
    mechanism: 'MONGODB-X509',
    source: '$external',
    username: undefined,
    password: undefined
  })
  const conversation = start('MONGODB-X509', unnamed)
  assert.deepEqual(documentOf(conversation.first), { authenticate: 1, mechanism: 'MONGODB-X509' })
  assert.deepEqual(conversation.replied({ ok: 1 }), { kind: 'done' })
})

test('of what a server offers SCRAM-SHA-256 is chosen, else SCRAM-SHA-1, and never anything that shows the password', () => {
  assert.equal(negotiatedMechanism(['SCRAM-SHA-1', 'SCRAM-SHA-256']), 'SCRAM-SHA-256')
  assert.equal(negotiatedMechanism(['SCRAM-SHA-1']), 'SCRAM-SHA-1')
  for (const others of [['PLAIN'], ['NEVER-HEARD-OF'], [], undefined, 'SCRAM-SHA-256', { 0: 'SCRAM-SHA-256' }])
    assert.equal(negotiatedMechanism(others), 'SCRAM-SHA-1')
})

test('credentials show neither name nor password to inspection and JSON, and the name where a sentence needs it', () => {
  const credentials = new Credentials({ mechanism: undefined, source: 'admin', username: 'ada', password })
  const shown = inspect(credentials, { depth: null, showHidden: true, getters: true }) + JSON.stringify(credentials)
  assert.ok(!shown.includes(password) && !shown.includes('ada'), shown)
  assert.equal(credentials.describe(), 'user "ada" of the database "admin"')
  assert.deepEqual(credentials.reveal(), { username: 'ada', password, certificateSubject: undefined })
})

test('whoever a certificate names is told by its subject, unless the user was named', () => {
  const described = (username: string | undefined, certificateSubject: string | undefined): string =>
    new Credentials({
      mechanism: 'MONGODB-X509',
      source: '$external',
      username,
      password: undefined,
      certificateSubject
    }).describe()
  assert.equal(described(undefined, 'CN=ada'), 'user "CN=ada" of the database "$external"')
  assert.equal(described('CN=bob', 'CN=ada'), 'user "CN=bob" of the database "$external"')
  assert.equal(described(undefined, undefined), 'the user of the certificate of the database "$external"')
})
