/** Wherever the reading of a connection string fails, no piece of the password shows; and where it does not fail, neither. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { ClientOptions, MongoClient } from '../../src/client/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { pieces, Secrets } from './search.ts'

const [first = '', second = ''] = pieces
const secrets = new Secrets()

/** What has a meaning in a connection string, and what has none. */
const junk = fc.string({
  unit: fc.constantFrom(...'/?#[]@:,;%&=+ <>{}$"\'\\|^\n\t12aZéⅨ😀'.match(/./gsu)!, '%40', '%2F', '%', '27017'),
  maxLength: 5
})
const passwords = fc
  .tuple(junk, junk, junk)
  .map(([before, between, behind]) => before + first + between + second + behind)

const options = [
  'w=majority',
  'maxPoolSize=x',
  'minPoolSize=30',
  'authMechanism=PLAIN',
  'authMechanism=NONE',
  'authSource=',
  'tls=maybe',
  'unknown=1',
  'nothing',
  '=1',
  'w=%',
  'readPreferenceTags=a',
  'authMechanismProperties=SERVICE_NAME:x',
  'mongodbLogPath=stdout'
]

interface Parts {
  readonly scheme: string
  readonly username: string
  readonly password: string
  readonly encoded: boolean
  readonly at: string
  readonly hosts: string
  readonly database: string
  readonly query: readonly string[]
}

const wellFormed: fc.Arbitrary<Parts> = fc.record({
  scheme: fc.constant('mongodb://'),
  username: fc.constantFrom('ada', 'a%2Fb'),
  password: passwords,
  encoded: fc.constant(true),
  at: fc.constant('@'),
  hosts: fc.constantFrom('h', 'h:27017', 'h,g:1', '[::1]', '%2Ftmp%2Fa.sock'),
  database: fc.constantFrom('', '/', '/db'),
  query: fc.subarray(['w=majority', 'maxPoolSize=20', 'authSource=x', 'appName=me@here', 'unknown=1'])
})

const malformed: fc.Arbitrary<Parts> = fc.record({
  scheme: fc.constantFrom('mongodb://', 'mongodb+srv://', 'mongodb:/', 'mongo://', 'Mongodb://', ' mongodb://', ''),
  username: fc.constantFrom('ada', '', 'a%2Fb', 'a/b', 'a@b', 'a:b', '<user>'),
  password: passwords,
  encoded: fc.boolean(),
  at: fc.constantFrom('@', '@@'),
  hosts: fc.constantFrom(
    'h',
    'h:27017',
    'h:x',
    'h:99999',
    'h,g:1',
    '',
    'h,',
    '[::1',
    '%2Ftmp%2Fa.sock',
    'undefined',
    'h h'
  ),
  database: fc.constantFrom('', '/', '/db', '/a/b', '/a.b', '/%', '/$x'),
  query: fc.subarray(options, { maxLength: 4 })
})

function uriOf({ scheme, username, password, encoded, at, hosts, database, query }: Parts): string {
  const secret = encoded ? encodeURIComponent(password) : password
  return `${scheme}${username}:${secret}${at}${hosts}${database}${query.length === 0 ? '' : `?${query.join('&')}`}`
}

/** What was lost or slipped in while somebody wrote it; the pieces to look for stay whole. */
const slips = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  what: fc.constantFrom('cut', 'without', 'with', 'nothing'),
  character: fc.constantFrom(...'/?#@:,%&= \n<'.split(''))
})

function slipped(
  uri: string,
  { at, what, character }: typeof slips extends fc.Arbitrary<infer Slip> ? Slip : never
): string {
  const place = Math.floor(at * uri.length)
  const inPiece = pieces.some(piece => {
    const begins = uri.indexOf(piece)
    return begins !== -1 && place >= begins && place < begins + piece.length
  })
  if (inPiece || what === 'nothing') return uri
  if (what === 'cut') return uri.slice(0, place)
  return uri.slice(0, place) + (what === 'with' ? character : '') + uri.slice(what === 'with' ? place : place + 1)
}

/** Without the @ that ends it a password may read as a host or a database: then it is one, and nobody can know. */
function isSomethingElse(uri: string, { hosts, defaultDatabase = '' }: ClientOptions): boolean {
  const names = hosts.flatMap(host => ('host' in host ? [host.host] : []))
  if (!uri.includes('@')) names.push(defaultDatabase.toLowerCase())
  return pieces.some(piece => names.some(name => name.includes(piece.toLowerCase())))
}

function whatComesOf(uri: string): 'a client' | 'an error' {
  const runtime = virtualRuntime({ seed: 1 })
  let client: MongoClient
  try {
    client = new MongoClient(uri, {
      runtime,
      mongodbLogComponentSeverities: { client: 'trace' },
      mongodbLogPath: 'stderr'
    })
  } catch (error) {
    secrets.assertHidden(error, 'the error')
    return 'an error'
  }
  const parsed = ClientOptions.parse(uri)
  if (isSomethingElse(uri, parsed)) return 'a client'
  for (const [where, value] of Object.entries({
    client,
    options: client.options,
    parsed,
    warnings: runtime.warnings,
    printed: runtime.printed
  }))
    secrets.assertHidden(value, where)
  void client.close()
  return 'a client'
}

type Came = Record<ReturnType<typeof whatComesOf>, number>

function tryAll(uris: fc.Arbitrary<string>): Came {
  const came: Came = { 'a client': 0, 'an error': 0 }
  fc.assert(
    fc.property(uris, uri => {
      came[whatComesOf(uri)]++
    }),
    { numRuns: 2_000 }
  )
  return came
}

suite('no piece of the password of a connection string shows', () => {
  test('where one character slipped in, was lost, or is the last, wherever it stands', () => {
    const uris = fc.tuple(wellFormed, slips).map(([given, slip]) => slipped(uriOf(given), slip))
    const came = tryAll(uris)
    assert.ok(came['a client'] > 500 && came['an error'] > 500, JSON.stringify(came))
  })

  test('where the @ behind it was forgotten, or encoded with the rest', () => {
    const uris = fc.tuple(wellFormed, fc.constantFrom('', '%40')).map(([given, at]) => uriOf({ ...given, at }))
    assert.ok(tryAll(uris)['an error'] > 500)
  })

  test('where any part is wrong, and the password is not encoded', () => {
    assert.ok(tryAll(malformed.map(uriOf))['an error'] > 1_000)
  })
})
