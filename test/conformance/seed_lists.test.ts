/** The runner of seed lists can fail: a case that no rule could break would prove nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seedLists } from '../../conformance/runners/seed_lists.ts'

const seed = 'localhost.test.build.10gen.cc:27017'
const members = ['localhost:27017', 'localhost:27018', 'localhost:27019']
const good = {
  uri: 'mongodb+srv://ada:secret@test5.test.build.10gen.cc/shop',
  seeds: [seed],
  numSeeds: 1,
  hosts: members,
  numHosts: 3,
  options: { ssl: true, authSource: 'thisDB' },
  parsed_options: { user: 'ada', password: 'secret', auth_database: 'shop' },
  ping: false
}

async function outcome(change: object, folder = 'replica-set'): Promise<string> {
  const file = `initial-dns-seedlist-discovery/tests/${folder}/own.json`
  try {
    for (const each of seedLists.cases({ ...good, ...change }, file, 'source')) await each.run()
    return 'passed'
  } catch (error) {
    return (error as Error).message
  }
}

test('a case passes when everything that it asserts is so', async () => {
  assert.equal(await outcome({}), 'passed')
  assert.equal(await outcome({ uri: 'mongodb+srv://test4.test.build.10gen.cc/', error: true }), 'passed')
  const balanced = { uri: 'mongodb+srv://test24.test.build.10gen.cc/', options: {}, parsed_options: {}, numHosts: 1 }
  const at = ['localhost.test.build.10gen.cc:8000']
  assert.equal(await outcome({ ...balanced, seeds: at, hosts: at, ping: true }, 'load-balanced'), 'passed')
})

for (const [what, change] of [
  ['other seeds', { seeds: ['localhost.test.build.10gen.cc:27018'] }],
  ['another number of seeds', { numSeeds: 2 }],
  ['other hosts', { hosts: members.slice(1) }],
  ['another number of hosts', { numHosts: 2 }],
  ['another option', { options: { ssl: false } }],
  ['another user', { parsed_options: { user: 'bob' } }],
  ['a part of the string that nobody knows', { parsed_options: { surprise: 1 } }],
  ['an error that does not come', { error: true }],
  ['a name that leads nowhere', { uri: 'mongodb+srv://test4.test.build.10gen.cc/' }],
  ['a ping that the users do not allow', { uri: `${good.uri}?srvMaxHosts=x`, ping: true }],
  ['a field that nobody knows', { surprise: 1 }]
] as const)
  test(`a case fails by ${what}`, async () => assert.notEqual(await outcome(change), 'passed'))

test('a file of an unknown folder is refused', async () => {
  assert.match(await outcome({}, 'elsewhere'), /lies in a folder that stands for no deployment/)
})
