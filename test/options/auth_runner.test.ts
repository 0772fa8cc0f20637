import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auth } from '../../conformance/runners/auth.ts'

const right = {
  description: 'a case',
  uri: 'mongodb://u:p@h/db?authMechanism=PLAIN',
  valid: true,
  credential: { username: 'u', password: 'p', source: 'db', mechanism: 'PLAIN', mechanism_properties: null }
}

async function passes(changes: object): Promise<boolean> {
  const [only] = auth.cases({ tests: [{ ...right, ...changes }] }, 'own.json', 'source')
  try {
    await only?.run()
    return true
  } catch {
    return false
  }
}

test('an authentication case passes when everything that it asserts is so', async () => {
  assert.ok(await passes({}))
  assert.ok(await passes({ uri: 'mongodb://h/', credential: null }))
  assert.ok(await passes({ uri: 'mongodb://@h/', valid: false, credential: null }))
})

test('an authentication case fails when one thing is otherwise, or has a field that nobody knows', async () => {
  const { credential } = right
  const wrong: object[] = [
    { valid: false },
    { uri: 'mongodb://@h/' },
    { uri: 'mongodb://h/' },
    { credential: null },
    { more: 1 },
    ...['username', 'password', 'source', 'mechanism'].map(field => ({ credential: { ...credential, [field]: 'x' } })),
    { credential: { ...credential, mechanism_properties: { A: 'b' } } }
  ]
  for (const changes of wrong) assert.equal(await passes(changes), false, JSON.stringify(changes))
})

test('the two cases that later ones contradict are skipped by name', () => {
  const names = ['should use username and password if specified (MONGODB-AWS)', 'another']
  const cases = auth.cases({ tests: names.map(description => ({ ...right, description })) }, 'own.json', 'source')
  assert.deepEqual(
    cases.map(({ skip }) => skip?.kind),
    ['superseded', undefined]
  )
})
