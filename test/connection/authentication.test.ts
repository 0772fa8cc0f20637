import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { Credentials, KeyCache, type Mechanism } from '../../src/auth/index.ts'
import { Binary, type Document } from '../../src/bson/index.ts'
import type { AuthenticationSetup } from '../../src/connection/index.ts'
import {
  MongoAuthenticationError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoServerError
} from '../../src/errors/index.ts'
import type { Cryptography } from '../../src/runtime/index.ts'
import type { VirtualRuntime } from '../../src/runtime/virtual/index.ts'
import {
  type AttemptOptions,
  assertNothingLeft,
  attempt,
  type Attempted,
  events,
  type Stage,
  withServer
} from './attempts.ts'
import { helloDocument } from './messages.ts'
import { commandOf, password, type ScramScript, scramScript, username } from './scram_script.ts'
import type { Script } from './scripted_server.ts'

interface Setup {
  readonly mechanism?: Mechanism
  readonly username?: string | undefined
  readonly cryptography?: Cryptography
}

function authenticating(
  runtime: VirtualRuntime,
  { mechanism, cryptography, ...others }: Setup = {}
): AuthenticationSetup {
  const source = mechanism === 'PLAIN' || mechanism === 'MONGODB-X509' ? '$external' : 'admin'
  const name = 'username' in others ? others.username : username
  const use = cryptography ?? runtime.cryptography
  return {
    credentials: new Credentials({ mechanism, source, username: name, password }),
    keys: new KeyCache(use, runtime.chance),
    cryptography: use,
    chance: runtime.chance
  }
}

async function outcome({ runtime }: Stage, setup: Setup = {}, options: AttemptOptions = {}): Promise<Attempted> {
  const attempted = attempt(runtime, { authentication: authenticating(runtime, setup), ...options })
  await attempted.ended
  await runtime.sleep(100)
  if (attempted.connection === undefined) assertNothingLeft(runtime)
  assert.equal(attempted.told.length, 1)
  if (attempted.error !== undefined) {
    const shown =
      inspect(attempted.error, { depth: null, showHidden: true, getters: true }) + JSON.stringify(attempted.error)
    assert.ok(!shown.includes(password), shown)
  }
  return attempted
}

const commandsOf = ({ server }: Stage): string[] => server.peers.flatMap(({ requests }) => requests.map(commandOf))

test('one exchange after the hello is enough: SCRAM-SHA-256 begins along with it', () =>
  withServer(scramScript({ supported: ['SCRAM-SHA-1', 'SCRAM-SHA-256', 'NEVER-HEARD-OF'] }), async stage => {
    const { connection } = await outcome(stage)
    assert(connection)
    assert.deepEqual(commandsOf(stage), ['isMaster', 'saslContinue'])
    const hello = stage.server.peers[0]!.requests[0]!.document
    assert.equal(hello['saslSupportedMechs'], 'admin.ada')
    const { payload, ...first } = hello['speculativeAuthenticate'] as Document
    assert.deepEqual(JSON.parse(JSON.stringify(first)), {
      saslStart: 1,
      mechanism: 'SCRAM-SHA-256',
      options: { skipEmptyExchange: true },
      db: 'admin'
    })
    assert.match(Buffer.from(payload.value()).toString(), /^n,,n=ada,r=/)
    assert.equal(stage.server.peers[0]!.requests[1]!.document['$db'], 'admin')
    assert.equal(connection.onBroken, undefined, 'the attempt holds on to nothing')
  }))

const negotiations: readonly (readonly [string, ScramScript, Setup, string[], Mechanism | undefined])[] = [
  [
    'a server that does not take the first command with the hello is asked again',
    { supported: ['SCRAM-SHA-256'], speculative: false },
    {},
    ['isMaster', 'saslStart', 'saslContinue'],
    'SCRAM-SHA-256'
  ],
  [
    'for a user with SCRAM-SHA-1 alone what was begun is dropped',
    { supported: ['SCRAM-SHA-1'] },
    {},
    ['isMaster', 'saslStart', 'saslContinue'],
    'SCRAM-SHA-1'
  ],
  [
    'where the hello is silent about mechanisms it is SCRAM-SHA-1',
    {},
    {},
    ['isMaster', 'saslStart', 'saslContinue'],
    'SCRAM-SHA-1'
  ],
  [
    'a mechanism that was chosen begins along with the hello',
    { supported: ['SCRAM-SHA-256'] },
    { mechanism: 'SCRAM-SHA-1' },
    ['isMaster', 'saslContinue'],
    undefined
  ],
  [
    'a mechanism that was chosen is kept, whatever the server offers',
    { supported: ['SCRAM-SHA-256'], speculative: false },
    { mechanism: 'SCRAM-SHA-1' },
    ['isMaster', 'saslStart', 'saslContinue'],
    'SCRAM-SHA-1'
  ],
  [
    'a server that does not skip the empty exchange gets it',
    { supported: ['SCRAM-SHA-256'], skipEmptyExchange: false },
    {},
    ['isMaster', 'saslContinue', 'saslContinue'],
    undefined
  ]
]

for (const [title, script, setup, commands, started] of negotiations)
  test(title, () =>
    withServer(scramScript(script), async stage => {
      const { connection, error } = await outcome(stage, setup)
      assert(connection, error)
      assert.deepEqual(commandsOf(stage), commands)
      const { requests } = stage.server.peers[0]!
      assert.equal('saslSupportedMechs' in requests[0]!.document, setup.mechanism === undefined)
      const saslStart = requests.find(request => commandOf(request) === 'saslStart')
      assert.equal(saslStart?.document['mechanism'], started)
      const nonces = requests.flatMap(({ document }) => {
        const first = (document['speculativeAuthenticate'] ?? document) as Document
        return first['saslStart'] === undefined ? [] : [Buffer.from(first['payload'].value()).toString()]
      })
      assert.equal(new Set(nonces).size, nonces.length, 'each conversation has a nonce of its own')
    })
  )

test('connections of monitors say nothing of authentication, and are established by the hello', () =>
  withServer(scramScript(), async stage => {
    for (const purpose of ['monitor', 'roundTripTime'] as const) {
      const { connection } = await outcome(stage, {}, { purpose })
      assert(connection)
    }
    assert.deepEqual(commandsOf(stage), ['isMaster', 'isMaster'])
    for (const { requests } of stage.server.peers)
      for (const field of ['saslSupportedMechs', 'speculativeAuthenticate']) assert(!(field in requests[0]!.document))
  }))

test("a wrong password is refused with the server's code, in the phase auth, by a sentence with user and database", () =>
  withServer(scramScript({ supported: ['SCRAM-SHA-256'], password: 'another' }), async stage => {
    const { error, phase } = await outcome(stage)
    assert(error instanceof MongoServerError)
    assert.deepEqual([phase, error.code, error.codeName, error.errorLabels], ['auth', 18, 'AuthenticationFailed', []])
    assert.equal(
      error.message,
      'The server refused to authenticate user "ada" of the database "admin" with SCRAM-SHA-256 (connection 3 to db1.test:27017): ' +
        'AuthenticationFailed (code 18), ' +
        '"Authentication failed.". Are name and password right, and is authSource the database that knows the user?'
    )
  }))

test('another error of the server keeps its code and labels', () => {
  const twist = (reply: Document, command: string): Document =>
    command === 'saslContinue' ? { ok: 0, code: 91, codeName: 'ShutdownInProgress', errorLabels: ['A'] } : reply
  return withServer(scramScript({ supported: ['SCRAM-SHA-256'], twist }), async stage => {
    const { error, phase } = await outcome(stage)
    assert(error instanceof MongoServerError)
    assert.deepEqual([phase, error.code, error.errorLabels], ['auth', 91, ['A']])
    assert.match(error.message, /ShutdownInProgress \(code 91\)$/)
  })
})

const payloadOf = (reply: Document): string => Buffer.from(reply['payload'].value()).toString()
const withPayload = (reply: Document, payload: string): Document => ({
  ...reply,
  payload: new Binary(Buffer.from(payload))
})

const hostile: readonly (readonly [string, (reply: Document) => Document, RegExp])[] = [
  [
    "whose nonce does not extend the client's",
    reply => withPayload(reply, payloadOf(reply).replace('r=', 'r=x')),
    /nonce does not/
  ],
  [
    'that asks for one iteration',
    reply => withPayload(reply, payloadOf(reply).replace('i=4096', 'i=1')),
    /iteration count is 1,/
  ],
  [
    'that asks for a billion iterations',
    reply => withPayload(reply, payloadOf(reply).replace('i=4096', 'i=1000000000')),
    /1000000000/
  ],
  ['that says done at once', reply => ({ ...reply, done: true }), /done before it had proved/],
  ['that reports an error of SCRAM', reply => withPayload(reply, 'e=other-error'), /the error other-error/]
]

for (const [title, change, says] of hostile)
  for (const speculative of [true, false])
    test(`a server ${title} is not believed, ${speculative ? 'in' : 'after'} the hello`, () => {
      const twist = (reply: Document, command: string): Document => {
        const { speculativeAuthenticate: first } = reply
        if (command === 'saslStart') return change(reply)
        return first === undefined ? reply : { ...reply, speculativeAuthenticate: change(first) }
      }
      return withServer(scramScript({ supported: ['SCRAM-SHA-256'], speculative, twist }), async stage => {
        const { error, phase } = await outcome(stage)
        assert(error instanceof MongoAuthenticationError, String(error))
        assert.match(error.message, says)
        assert.match(
          error.message,
          /^The server broke the rules of SCRAM-SHA-256 when user "ada" of the database "admin" was .*\(connection 3 to db1/
        )
        assert.equal(phase, 'auth')
        assert(!commandsOf(stage).includes('saslContinue'), 'no proof was given to it')
      })
    })

test('a server that takes any password without a signature, or with another, is not believed', async () => {
  for (const payload of ['', 'v=', 'v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=']) {
    const twist = (reply: Document, command: string): Document =>
      command === 'saslContinue' ? withPayload({ conversationId: 1, done: true }, payload) : reply
    await withServer(scramScript({ supported: ['SCRAM-SHA-256'], password: 'another', twist }), async stage => {
      const { error } = await outcome(stage)
      assert(error instanceof MongoAuthenticationError, String(error))
      assert.match(error.message, /signature/)
    })
  }
})

test('a connection that ends during authentication is an unlabelled network error of the phase auth', () => {
  const script = scramScript({ supported: ['SCRAM-SHA-256'] })
  const ending: Script = {
    request: (request, peer) =>
      commandOf(request) === 'saslContinue' ? peer.transport.destroy() : script.request?.(request, peer)
  }
  return withServer(ending, async stage => {
    const { error, phase } = await outcome(stage)
    assert(error instanceof MongoNetworkError)
    assert.deepEqual([phase, error.errorLabels], ['auth', []])
    assert.match(error.message, /which was authenticating\)$/)
  })
})

const stuck: Cryptography['deriveKey'] = () => undefined

for (const stage of ['isMaster', 'saslStart', 'the derivation of the key', 'saslContinue'])
  test(`connectTimeoutMS covers all stages together, and ends one that is stuck in ${stage}`, () => {
    const twist = (reply: Document, command: string): Document | undefined => (command === stage ? undefined : reply)
    return withServer(scramScript({ supported: ['SCRAM-SHA-256'], speculative: false, twist }), async ({ runtime }) => {
      const cryptography = stage.startsWith('the')
        ? { ...runtime.cryptography, deriveKey: stuck }
        : runtime.cryptography
      const startMS = runtime.clock.nowMS()
      const attempted = attempt(runtime, {
        authentication: authenticating(runtime, { cryptography }),
        connectTimeoutMS: 400
      })
      await attempted.ended
      assert.equal(runtime.clock.nowMS() - startMS, 400)
      const { error, phase } = attempted
      assert(error instanceof MongoNetworkTimeoutError)
      const inHello = stage === 'isMaster'
      assert.equal(phase, inHello ? 'hello' : 'auth')
      assert.equal(error.errorLabels.length, inHello ? 2 : 0)
      if (!inHello) assert.match(error.message, /: it was authenticating, and authentication did not come to its end$/)
      await runtime.sleep(10)
      assertNothingLeft(runtime)
    })
  })

test('cancelled after any number of events, an attempt tells nothing more and leaves nothing behind', async () => {
  let established = 0
  let cancelledInAuthentication = 0
  for (let count = 0; count < 40; count++)
    await withServer(scramScript({ supported: ['SCRAM-SHA-256'], speculative: false }), async stage => {
      const { runtime } = stage
      const attempted = attempt(runtime, { authentication: authenticating(runtime) })
      for (let event = 0; event < count && attempted.told.length === 0; event++) await events(1)
      const commands = commandsOf(stage)
      attempted.cancel()
      if (attempted.connection === undefined && commands.includes('saslStart')) cancelledInAuthentication++
      established += attempted.connection === undefined ? 0 : 1
      attempted.connection?.close()
      const told = [...attempted.told]
      await runtime.sleep(1_000)
      assert.deepEqual(attempted.told, told)
      assertNothingLeft(runtime)
    })
  assert(established > 0 && cancelledInAuthentication > 3, `${established}, ${cancelledInAuthentication}`)
})

test('twenty connections at once derive one key', () =>
  withServer(scramScript({ supported: ['SCRAM-SHA-256'] }), async ({ runtime }) => {
    let derivations = 0
    const cryptography: Cryptography = {
      ...runtime.cryptography,
      deriveKey: (derivation, done) => {
        derivations++
        runtime.cryptography.deriveKey(derivation, done)
      }
    }
    const authentication = authenticating(runtime, { cryptography })
    const attempts = Array.from({ length: 20 }, () => attempt(runtime, { authentication }))
    await Promise.all(attempts.map(({ ended }) => ended))
    assert.deepEqual(
      attempts.map(({ error }) => error),
      Array.from({ length: 20 }, () => undefined)
    )
    assert.equal(derivations, 1)
    for (const { connection } of attempts) connection?.close()
  }))

test('a password that SASLprep refuses ends the attempt with an error that does not show it', () =>
  withServer(scramScript({ supported: ['SCRAM-SHA-256'] }), async ({ runtime }) => {
    const setup = authenticating(runtime)
    const credentials = new Credentials({
      mechanism: undefined,
      source: 'admin',
      username,
      password: `${password}\u0007`
    })
    const attempted = attempt(runtime, { authentication: { ...setup, credentials } })
    await attempted.ended
    assert(attempted.error instanceof MongoAuthenticationError)
    assert.match(attempted.error.message, /^The password of user "ada" .* cannot be made into a key for SCRAM-SHA-256/)
    assert(!inspect(attempted.error, { depth: null }).includes(password))
  }))

const accepting: Script = {
  request: (request, peer) => {
    const name = commandOf(request)
    if (name === 'isMaster') peer.reply(request, helloDocument)
    else peer.reply(request, { conversationId: 1, done: true, payload: new Binary() })
  }
}

test('PLAIN does not go along with the hello: its one command follows, to $external', () =>
  withServer(accepting, async stage => {
    const { connection } = await outcome(stage, { mechanism: 'PLAIN' })
    assert(connection)
    assert.deepEqual(commandsOf(stage), ['isMaster', 'saslStart'])
    const [hello, saslStart] = stage.server.peers[0]!.requests
    assert(!('speculativeAuthenticate' in hello!.document))
    assert.equal(saslStart!.document['$db'], '$external')
    assert.equal(payloadOf(saslStart!.document), `\0ada\0${password}`)
  }))

test('a server that says the password again, which PLAIN showed it, does not get it into the error', () => {
  const echoing: Script = {
    request: (request, peer) => {
      if (commandOf(request) === 'isMaster') peer.reply(request, helloDocument)
      else peer.refuse(request, { code: 18, errmsg: `no ${password}`, errInfo: { password }, [password]: 1 })
    }
  }
  return withServer(echoing, async stage => {
    const { error } = await outcome(stage, { mechanism: 'PLAIN' })
    assert(error instanceof MongoServerError)
    assert.equal(error.code, 18)
  })
})

test('MONGODB-X509 is done with the hello where the server takes it so, else with one command', async () => {
  for (const speculative of [true, false]) {
    const script: Script = {
      request: (request, peer) =>
        peer.reply(request, {
          ...helloDocument,
          ...(speculative ? { speculativeAuthenticate: { dbname: '$external', user: 'CN=ada' } } : {})
        })
    }
    await withServer(script, async stage => {
      const { connection } = await outcome(stage, { mechanism: 'MONGODB-X509', username: undefined })
      assert(connection)
      assert.deepEqual(commandsOf(stage), speculative ? ['isMaster'] : ['isMaster', 'authenticate'])
      const first = stage.server.peers[0]!.requests[0]!.document['speculativeAuthenticate'] as Document
      assert.deepEqual(JSON.parse(JSON.stringify(first)), {
        authenticate: 1,
        mechanism: 'MONGODB-X509',
        db: '$external'
      })
    })
  }
})
