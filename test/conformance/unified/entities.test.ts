import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createEntities, fails, file, find, passes, runner, skipOf, started, type Step } from './own_cases.ts'

suite('entities', () => {
  test('have names of their own', () =>
    fails(file({}, { createEntities: [...createEntities, createEntities[0]] }), /there is an entity client already/))

  test('are made of what is there and of the right kind', async () => {
    const collection = { id: 'other', database: 'client', collectionName: 'a' }
    await fails(file({}, { createEntities: [...createEntities, { collection }] }), /the entity client is no database/)
    await fails(
      file({}, { createEntities: [{ database: { id: 'a', client: 'b', databaseName: 'c' } }] }),
      /no entity b/
    )
  })

  test('of kinds that are not built matter only to cases that refer to them', async () => {
    const encryption = { id: 'encryption', clientEncryptionOpts: {} }
    const entities = [...createEntities, { clientEncryption: encryption }]
    await passes(file({ operations: [find()] }, { createEntities: entities }))
    const getKeys = { name: 'getKeys', object: 'encryption' }
    assert.equal(
      skipOf(file({ operations: [getKeys] }, { createEntities: entities })),
      'feature: client-side encryption is not built yet'
    )
  })

  test('of sessions are given to operations, can be ended, and know whether they are dirty', async () => {
    const entities = [...createEntities, { session: { id: 'session', client: 'client' } }]
    const asserted = (name: string): Step => ({ name, object: 'testRunner', arguments: { session: 'session' } })
    const given = { filter: {}, session: 'session' }
    const read = find({ arguments: given })
    const end = { name: 'endSession', object: 'session' }
    await passes(file({ operations: [read, asserted('assertSessionNotDirty'), end] }, { createEntities: entities }))
    await fails(file({ operations: [asserted('assertSessionDirty')] }, { createEntities: entities }), /should be dirty/)
    await fails(file({ operations: [end, read] }, { createEntities: entities }), /the session of find has ended/)
    const unknown = find({ arguments: { ...given, session: 'client' } })
    await fails(file({ operations: [unknown] }, { createEntities: entities }), /the entity client is no session/)
  })

  test('of a client that cannot be made are left out with it, unless the case refers to one, or to none at all', async () => {
    const entities = [
      ...createEntities,
      { client: { id: 'stable', autoEncryptOpts: {} } },
      { database: { id: 'stableDatabase', client: 'stable', databaseName: 'shop' } },
      { collection: { id: 'stableOrders', database: 'stableDatabase', collectionName: 'orders' } }
    ]
    await passes(file({ operations: [find()] }, { createEntities: entities }))
    const reason = 'feature: client-side encryption is not built yet'
    assert.equal(skipOf(file({ operations: [find({ object: 'stableOrders' })] }, { createEntities: entities })), reason)
    assert.equal(skipOf(file({}, { createEntities: entities })), reason)
  })

  test('are results that are kept', async () => {
    const count = (filter: Step, more: Step): Step => ({
      name: 'countDocuments',
      object: 'orders',
      arguments: { filter },
      ...more
    })
    const kept = count({}, { saveResultAsEntity: 'all' })
    await passes(file({ operations: [kept, count({}, { expectResult: { $$matchesEntity: 'all' } })] }))
    await fails(
      file({ operations: [kept, count({ _id: 1 }, { expectResult: { $$matchesEntity: 'all' } })] }),
      /is 1, not 2/
    )
    const cursor = {
      name: 'createFindCursor',
      object: 'orders',
      arguments: { filter: {}, batchSize: 1 },
      saveResultAsEntity: 'cursor'
    }
    const next = (_id: number): Step => ({
      name: 'iterateUntilDocumentOrError',
      object: 'cursor',
      expectResult: { _id }
    })
    const events = [{ client: 'client', events: ['find', 'getMore'].map(started) }]
    await passes(file({ operations: [cursor, next(1), next(2)], expectEvents: events }))
    await fails(file({ operations: [cursor, next(2)] }), /_id is 1, not 2/)
    await fails(file({ operations: [cursor, cursor] }), /there is an entity cursor already/)
  })

  test('are clients with options and with commands that are not shown', async () => {
    const client = {
      id: 'quiet',
      uriOptions: { appname: 'quiet', retryReads: false },
      observeEvents: ['commandStartedEvent'],
      ignoreCommandMonitoringEvents: ['ping']
    }
    const database = { id: 'own', client: 'quiet', databaseName: 'shop' }
    const run = (name: string, more: Step = {}): Step => ({
      name: 'runCommand',
      object: 'own',
      arguments: { commandName: name, command: { [name]: 1 } },
      ...more
    })
    const point = {
      configureFailPoint: 'failCommand',
      mode: { times: 1 },
      data: { failCommands: ['dbStats'], errorCode: 8 }
    }
    const operations = [
      runner('createEntities', { entities: [{ client }, { database }] }),
      runner('failPoint', { client: 'quiet', failPoint: point }),
      run('ping'),
      run('hello')
    ]
    const events = [{ client: 'quiet', events: [started('hello')] }]
    await passes(file({ operations, expectEvents: events }))
  })
})
