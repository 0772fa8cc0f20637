import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectionString } from '../../conformance/runners/connection_string.ts'
import { readWriteConcern } from '../../conformance/runners/read_write_concern.ts'
import type { Runner } from '../../conformance/runner.ts'
import { uriOptions } from '../../conformance/runners/uri_options.ts'

async function outcome(runner: Runner, ...tests: object[]): Promise<string[]> {
  const outcomes: string[] = []
  for (const one of runner.cases({ tests }, 'own.json', 'source')) {
    if (one.skip !== undefined) outcomes.push(one.skip.kind)
    else
      try {
        await one.run()
        outcomes.push('passed')
      } catch {
        outcomes.push('failed')
      }
  }
  return outcomes
}

const uriCase = {
  description: 'a case',
  uri: 'mongodb://u:p@H:5,[::1],%2Fa.sock/db?maxPoolSize=3',
  valid: true,
  warning: false,
  hosts: [
    { type: 'hostname', host: 'h', port: 5 },
    { type: 'ip_literal', host: '::1', port: null },
    { type: 'unix', host: '/a.sock', port: null }
  ],
  auth: { username: 'u', password: 'p', db: 'db' },
  options: { maxpoolsize: 3 }
}

test('a connection string case passes when everything that it asserts is so', async () => {
  assert.deepEqual(await outcome(connectionString, uriCase), ['passed'])
  const silent = { ...uriCase, warning: null, hosts: null, auth: null, options: null }
  assert.deepEqual(await outcome(uriOptions, silent), ['passed'])
  const secret = {
    ...silent,
    uri: 'mongodb://h/?tlsCertificateKeyFilePassword=x',
    options: { tlsCertificateKeyFilePassword: 'x' }
  }
  assert.deepEqual(await outcome(uriOptions, secret), ['passed'])
  assert.deepEqual(await outcome(connectionString, { ...silent, uri: 'mongodb://', valid: false }), ['passed'])
})

test('a connection string case fails when one thing is otherwise, or has a field that nobody knows', async () => {
  const wrong: object[] = [
    { valid: false },
    { uri: 'mongodb://' },
    { warning: true },
    { uri: `${uriCase.uri}&zzz=1` },
    { hosts: uriCase.hosts.slice(1) },
    { hosts: uriCase.hosts.map(host => ({ ...host, type: 'unix' })) },
    { hosts: uriCase.hosts.map(host => ({ ...host, port: 9 })) },
    { hosts: uriCase.hosts.map(host => ({ ...host, host: 'x' })) },
    { auth: { username: 'u', password: 'q', db: 'db' } },
    { auth: { username: 'v', password: 'p', db: 'db' } },
    { auth: { username: 'u', password: 'p', db: 'bd' } },
    { auth: { user: 'u' } },
    { options: { maxPoolSize: 4 } },
    { options: { minPoolSize: 0 } },
    { options: { zzz: 1 } },
    { surprise: true }
  ]
  for (const change of wrong)
    assert.deepEqual(await outcome(connectionString, { ...uriCase, ...change }), ['failed'], JSON.stringify(change))
})

test('an option of single-threaded drivers is skipped with that reason', async () => {
  const uri = 'mongodb://h/?serverSelectionTryOnce=false'
  assert.deepEqual(await outcome(uriOptions, { ...uriCase, uri }), ['single-threaded'])
})

test('a file that is no list of tests is broken', () => {
  for (const content of [null, {}, [], { tests: 5 }, { tests: [], runOnRequirements: [] }])
    assert.throws(
      () => connectionString.cases(content, 'own.json', 'source'),
      /own\.json should be an object with tests/
    )
})

test('concern cases pass when they are so', async () => {
  const tests = [
    {
      description: 'a',
      uri: 'mongodb://h/?readConcernLevel=local',
      valid: true,
      warning: false,
      readConcern: { level: 'local' }
    },
    { description: 'b', uri: 'mongodb://h/?w=1&wtimeoutMS=5', valid: true, writeConcern: { w: 1, wtimeoutMS: 5 } },
    { description: 'c', uri: 'mongodb://h/?w=-2', valid: false, warning: null },
    { description: 'd', uri: 'mongodb://h/?wtimeoutMS=-500', valid: false, warning: null },
    { description: 'e', valid: true, readConcern: {}, readConcernDocument: {}, isServerDefault: true },
    {
      description: 'f',
      valid: true,
      writeConcern: { w: 0 },
      writeConcernDocument: { w: 0 },
      isServerDefault: false,
      isAcknowledged: false
    },
    {
      description: 'g',
      valid: false,
      writeConcern: { w: -3 },
      writeConcernDocument: null,
      isServerDefault: null,
      isAcknowledged: null
    }
  ]
  assert.deepEqual(
    await outcome(readWriteConcern, ...tests),
    tests.map(() => 'passed')
  )
})

test('concern cases fail when one thing is otherwise', async () => {
  const tests = [
    { description: 'a', uri: 'mongodb://h/?readConcernLevel=local', valid: true, readConcern: {} },
    { description: 'b', uri: 'mongodb://h/?w=1', valid: true, writeConcern: { w: 2 } },
    { description: 'c', uri: 'mongodb://h/?w=2', valid: false },
    { description: 'd', uri: 'mongodb://h/?w=-2', valid: true },
    { description: 'e', uri: 'mongodb://h/?w=2', valid: true, warning: true },
    { description: 'f', uri: 'mongodb://h/?w=2', valid: true, surprise: 1 },
    { description: 'g', valid: true, readConcern: {}, readConcernDocument: { level: 'local' } },
    { description: 'h', valid: true, writeConcern: { w: 1 }, writeConcernDocument: { w: 1 }, isServerDefault: true },
    { description: 'i', valid: true, writeConcern: { w: 1 }, writeConcernDocument: { w: 1 }, isAcknowledged: false },
    { description: 'j', valid: false, writeConcern: { w: 1 }, writeConcernDocument: null },
    { description: 'k', valid: true }
  ]
  assert.deepEqual(
    await outcome(readWriteConcern, ...tests),
    tests.map(() => 'failed')
  )
})
