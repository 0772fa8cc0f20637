import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoInvalidArgumentError, MongoParseError } from '../../src/errors/index.ts'
import { addressOf, parseOptions } from '../../src/options/index.ts'

function addresses(uri: string): string[] {
  return parseOptions(uri).hosts.map(addressOf)
}

function refusal(uri: string): string {
  try {
    parseOptions(uri)
  } catch (error) {
    assert.ok(error instanceof MongoParseError, String(error))
    return error.message
  }
  throw new Error(`${uri} was not refused`)
}

test('hosts of every kind are read, with the default port where none is given', () => {
  const good: [string, string[]][] = [
    ['mongodb://db1.example', ['db1.example:27017']],
    ['mongodb://db1.example:27018', ['db1.example:27018']],
    ['mongodb://a,b:1,c:65535', ['a:27017', 'b:1', 'c:65535']],
    ['mongodb://127.0.0.1', ['127.0.0.1:27017']],
    ['mongodb://256.0.0.1', ['256.0.0.1:27017']],
    ['mongodb://[::1]', ['[::1]:27017']],
    ['mongodb://[::]:5', ['[::]:5']],
    ['mongodb://[2001:DB8::7]:5', ['[2001:db8::7]:5']],
    ['mongodb://[::ffff:127.0.0.1]', ['[::ffff:127.0.0.1]:27017']],
    ['mongodb://[1:2:3:4:5:6:7:8]', ['[1:2:3:4:5:6:7:8]:27017']],
    ['mongodb://[fe80::1%25eth0]', ['[fe80::1%eth0]:27017']],
    ['mongodb://%2Ftmp%2FMongoDB-1.sock', ['/tmp/MongoDB-1.sock']],
    ['mongodb://rel%2Fm.sock,x', ['rel/m.sock', 'x:27017']],
    ['mongodb://m.sock', ['m.sock:27017']],
    ['mongodb://under_score', ['under_score:27017']],
    ['mongodb://bücher.example', ['bücher.example:27017']],
    ['mongodb://h/', ['h:27017']],
    ['mongodb://h?', ['h:27017']]
  ]
  for (const [uri, expected] of good) assert.deepEqual(addresses(uri), expected, uri)
})

test('host names are read in lower case, so that one server has one address', () => {
  assert.deepEqual(addresses('mongodb://DB1.Example'), ['db1.example:27017'])
})

test('a malformed connection string is refused with what is wrong, where, and what to do', () => {
  const bad: [string, RegExp][] = [
    ['', /is empty; is an environment variable unset/],
    ['mongo://h', /must begin with mongodb:\/\/ or mongodb\+srv:\/\//],
    [' mongodb://h', /must begin with/],
    ['MONGODB://h', /must begin with/],
    ['mongodb://', /names no host/],
    ['mongodb:///tmp/mongodb-27017.sock', /a socket path must be percent-encoded/],
    ['mongodb://a,,b', /host 2 is empty/],
    ['mongodb://a,', /host 2 is empty/],
    ['mongodb://:27017', /host 1 has a port and no name/],
    ['mongodb://h:0', /the port "0" of host 1 must be 1 to 65535/],
    ['mongodb://h:99999', /the port "99999" of host 1 must be 1 to 65535/],
    ['mongodb://h:-1', /the port "-1" of host 1 must be 1 to 65535/],
    ['mongodb://h:', /port of host 1 is not a number/],
    ['mongodb://h:27017x', /port of host 1 is not a number/],
    ['mongodb://h:1e3', /port of host 1 is not a number/],
    ['mongodb://h::1', /more than one colon; an IPv6 address stands in brackets/],
    ['mongodb://::1', /more than one colon/],
    ['mongodb://[::1', /write \[address\]/],
    ['mongodb://[::1]x', /write \[address\]/],
    ['mongodb://[h]', /no IPv6 address/],
    ['mongodb://[1:2:3]', /no IPv6 address/],
    ['mongodb://[1::2::3]', /no IPv6 address/],
    ['mongodb://[1:2:3:4:5:6:7:8:9]', /no IPv6 address/],
    ['mongodb://[::12345]', /no IPv6 address/],
    ['mongodb://[1:2:3:4::5:6:7:8]', /no IPv6 address/],
    ['mongodb://[::1.2.3.4:5]', /no IPv6 address/],
    ['mongodb://[::1.2.3.256]', /no IPv6 address/],
    ['mongodb://[::1]:65536', /must be 1 to 65535/],
    ['mongodb://h%zz', /host 1 has a % that/],
    ['mongodb://a b', /host 1 has the character " ", which no host name has/],
    ['mongodb://h%00', /no host name/],
    ['mongodb://%2Ftmp%2Fmongo', /must end in \.sock/],
    ['mongodb://%2Ftmp%2Fm.sock:1', /a socket has none/],
    ['mongodb+srv://a,b', /one host name to look up; there are 2/],
    ['mongodb+srv://a:27017', /without a port/],
    ['mongodb+srv://%2Fa.sock', /a host name to look up/],
    ['mongodb+srv://[::1]', /a host name to look up/],
    ['mongodb://h/a/b', /the database has the character "\/"/],
    ['mongodb://h/a b', /the database has the character " "/],
    ['mongodb://h/a%22', /the database has the character/],
    ['mongodb://h/a%5Cb', /the database has the character/],
    ['mongodb://h/$external', /the database has the character "\$"/],
    ['mongodb://h/a%', /the database has a %/],
    ['mongodb://h/?w', /option 1, "w", has no value/],
    ['mongodb://h/?w=1&journal', /option 2, "journal", has no value/],
    ['mongodb://h/?=1', /option 1 has a value and no name/],
    ['mongodb://h/\n', /character 13 of 13 is a control character, such as a line break/]
  ]
  for (const [uri, expected] of bad) assert.match(refusal(uri), expected, uri)
})

test('a host that a template or a missing variable left behind is refused with that hint', () => {
  const hosts = [
    'undefined',
    'null',
    'NaN',
    'undefined:27017',
    '[object Object]',
    '[object Object]:1',
    '<password>',
    '${HOST}'
  ]
  for (const host of [...hosts, '${HOST}:${PORT}', 'db,${HOST}', '{{host}}', '<host>:27017'])
    assert.match(refusal(`mongodb://${host}/`), /a template or a variable was not filled in/, host)
  assert.deepEqual(addresses('mongodb://nullserver,undefined.example'), ['nullserver:27017', 'undefined.example:27017'])
})

test('user information that is a template is refused with that hint', () => {
  for (const user of ['<user>:<password>', 'me:<db_password>', '${USER}:${PASSWORD}'])
    assert.match(refusal(`mongodb://${user}@h/`), /the user name or the password is a template/, user)
})

test('user information is split at the first colon, decoded, and kept apart from the host by the last @', () => {
  const good: [string, string, string | undefined][] = [
    ['alice', 'alice', undefined],
    ['alice:', 'alice', ''],
    ['alice:secret', 'alice', 'secret'],
    ['%40l%3Ace:p%2Fw%25', '@l:ce', 'p/w%'],
    ["!$&'()*+,;=:!$&'()*+,;=", "!$&'()*+,;=", "!$&'()*+,;="],
    ['älice:pässword', 'älice', 'pässword']
  ]
  for (const [text, username, password] of good) {
    const { secrets, hosts } = parseOptions(`mongodb://${text}@h`)
    assert.equal(secrets.reveal('username'), username)
    assert.equal(secrets.reveal('password'), password)
    assert.deepEqual(hosts.map(addressOf), ['h:27017'])
  }
})

test('user information that is not percent-encoded is refused', () => {
  const bad: [string, RegExp][] = [
    ['a:b:c', /more than one : or an @/],
    ['a@b', /more than one : or an @/],
    ['a@b:c', /more than one : or an @/],
    ['a%:b', /has a % that does not begin an escape/],
    ['a:b%zz', /has a %/],
    ['a:%ff', /has a %/],
    ['a:b#c', /must be percent-encoded/],
    ['a:[b]', /must be percent-encoded/],
    ['a b:c', /must be percent-encoded/],
    ['', /an @ without a user name/],
    [':b', /an @ without a user name/]
  ]
  for (const [text, expected] of bad) assert.match(refusal(`mongodb://${text}@h`), expected, text)
})

test('the database is everything up to the question mark, decoded; by itself it asks for no authentication', () => {
  const good: [string, string | undefined][] = [
    ['mongodb://h', undefined],
    ['mongodb://h/', undefined],
    ['mongodb://h/?w=1', undefined],
    ['mongodb://h/shop', 'shop'],
    ['mongodb://h/my%3Ddb?w=1', 'my=db'],
    ['mongodb://h/admin%3F', 'admin?'],
    ['mongodb://h/db.collection', 'db.collection']
  ]
  for (const [uri, database] of good) {
    assert.equal(parseOptions(uri).defaultDatabase, database, uri)
    assert.equal(parseOptions(uri).secrets.has('username'), false)
  }
})

test('empty pieces between the options are nothing, and a value keeps its further equals signs', () => {
  const { values, warnings } = parseOptions('mongodb://h/?&replicaSet=a=b&&w=1&')
  assert.deepEqual(values, { replicaSet: 'a=b', w: 1 })
  assert.deepEqual(warnings, [])
})

test('a connection string longer than the limit is refused, and the error names the limit', () => {
  assert.match(refusal(`mongodb://${'x'.repeat(1 << 20)}`), /it has 1048586 characters; the limit is 16384/)
  assert.equal(parseOptions(`mongodb://${'x'.repeat(16_384 - 10)}`).hosts.length, 1)
})

test('what is no string is refused as an argument, with the usual reason', () => {
  for (const value of [undefined, null, 7, {}])
    assert.throws(
      () => parseOptions(value as unknown as string),
      (error: unknown) => error instanceof MongoInvalidArgumentError && /environment variable unset/.test(error.message)
    )
})

test('mongodb+srv gives a name to look up, and no hosts', () => {
  const parsed = parseOptions('mongodb+srv://cluster.example/shop')
  assert.deepEqual(parsed.hosts, [])
  assert.equal(parsed.srvHost, 'cluster.example')
  assert.equal(parseOptions('mongodb://cluster.example').srvHost, undefined)
})
