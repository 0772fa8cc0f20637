import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { unified, unifiedToFail, unifiedToRefuse } from '../../../conformance/runners/unified.ts'
import {
  createEntities,
  failing,
  fails,
  file,
  find,
  initialData,
  only,
  passes,
  runner,
  skipOf,
  source,
  started,
  type Step
} from './own_cases.ts'

suite('a case', () => {
  test('passes when results, events and the outcome are as expected', () =>
    passes(
      file({
        operations: [
          find({ expectResult: [{ sku: 'a' }, { sku: { $$type: 'string' } }] }),
          {
            name: 'insertOne',
            object: 'orders',
            arguments: { document: { _id: { $numberLong: '3' } } },
            expectResult: { insertedId: { $$unsetOrMatches: 3 } }
          }
        ],
        expectEvents: [{ client: 'client', events: [started('find'), started('insert')] }],
        outcome: [
          { databaseName: 'shop', collectionName: 'orders', documents: [...initialData[0]!.documents, { _id: 3 }] }
        ]
      })
    ))

  test('fails when a result is another', () =>
    fails(file({ operations: [find({ expectResult: [] })] }), /the result of find of orders has 2 elements, not 0/))

  test('fails when an event lacks', () =>
    fails(
      file({ expectEvents: [{ client: 'client', events: [started('find')] }] }),
      /event 1, commandStartedEvent, did/
    ))

  test('fails when the collection holds something else, be it one field more', async () => {
    const outcome = { databaseName: 'shop', collectionName: 'orders', documents: [{ _id: 1, sku: 'a' }, { _id: 2 }] }
    await fails(file({ outcome: [outcome] }), /outcome of shop\.orders.*has "sku"/)
  })

  test('fails when an operation fails that nobody expects to, or does not fail though it should', async () => {
    await fails(file({ operations: [failing({ errorCode: 8 }), find()] }), /find of orders failed: MongoServerError 8/)
    await fails(file({ operations: [find({ expectError: { isError: true } })] }), /should have failed/)
    await passes(file({ operations: [failing({ errorCode: 8 }), find({ expectError: { errorCode: 8 } })] }))
    await fails(
      file({ operations: [failing({ errorCode: 8 }), find({ expectError: { errorCode: 9 } })] }),
      /is 8, not 9/
    )
  })

  test('has what it is to ignore ignored, but not its own mistakes', async () => {
    await passes(file({ operations: [failing({ errorCode: 8 }), find({ ignoreResultAndError: true })] }))
    await fails(
      file({ operations: [find({ arguments: {}, ignoreResultAndError: true })] }),
      /lacks the argument filter/
    )
    const wrong = { filter: {}, colour: 'red' }
    await fails(
      file({ operations: [find({ arguments: wrong, expectError: { isError: true } })] }),
      /colour, which is unknown/
    )
  })

  test('fails with an operation that nobody knows: it is not skipped', async () => {
    await fails(
      file({ operations: [{ name: 'fly', object: 'orders' }] }),
      /the operation fly of a collection is unknown/
    )
    await fails(file({ operations: [{ name: 'toString', object: 'orders' }] }), /is unknown/)
    await fails(file({ operations: [{ name: 'fly', object: 'testRunner' }] }), /fly of the test runner is unknown/)
    await fails(file({ operations: [{ name: 'insertOne', object: 'database' }] }), /insertOne of a database is unknown/)
    await fails(file({ operations: [{ name: 'find', object: 'nobody' }] }), /there is no entity nobody/)
  })

  test('has to pass on each topology that it allows', async () => {
    const hello = (exists: boolean): Step => ({
      operations: [
        {
          name: 'runCommand',
          object: 'database',
          arguments: { commandName: 'hello', command: { hello: 1 } },
          expectResult: { setName: { $$exists: exists } }
        }
      ]
    })
    await fails(file(hello(true)), /on the topology single: .*setName is missing/)
    const onRouters = { runOnRequirements: [{ topologies: ['sharded-replicaset'] }] }
    await fails(file(hello(true), onRouters), /on the topology sharded: .*setName is missing/)
    await fails(file(hello(false)), /on the topology replicaset: .*setName should not be there/)
    await passes(file(hello(true), { runOnRequirements: [{ topologies: ['replicaset'] }] }))
    await passes(file(hello(false), { runOnRequirements: [{ topologies: ['single', 'sharded'] }] }))
  })

  test('runs behind a load balancer where it names one, and nowhere else', async () => {
    const ofService = (hasServiceId: boolean): Step => ({
      operations: [find()],
      expectEvents: [{ client: 'client', events: [{ commandStartedEvent: { commandName: 'find', hasServiceId } }] }]
    })
    const on = (...topologies: readonly string[]) => ({ runOnRequirements: [{ topologies }] })
    await passes(file(ofService(true), on('load-balanced')))
    await fails(file(ofService(true), on('sharded', 'load-balanced')), /on the topology sharded/)
    await fails(file(ofService(false), on('sharded', 'load-balanced')), /on the topology load-balanced/)
    await passes(file(ofService(false)))
    const ofTest = { runOnRequirements: [{ minServerVersion: '5.0' }] }
    await passes(file({ ...ofService(true), ...ofTest }, on('load-balanced')))
  })

  test('has a load balancer before several routers, or before one', async () => {
    const operations = [
      {
        name: 'createFindCursor',
        object: 'orders',
        arguments: { filter: {}, batchSize: 1 },
        saveResultAsEntity: 'cursor'
      },
      // By another connection: the first one is the cursor's.
      failing({ errorCode: 8 }),
      { name: 'close', object: 'cursor' },
      find()
    ]
    const behind = (useMultipleMongoses: boolean) => ({
      createEntities: createEntities.map(entity =>
        'client' in entity ? { client: { ...entity.client, useMultipleMongoses } } : entity
      ),
      runOnRequirements: [{ topologies: ['load-balanced'] }]
    })
    await passes(file({ operations }, behind(true)))
    await fails(file({ operations }, behind(false)), /find of orders failed/)
  })

  test('that hangs is reported', () =>
    fails(
      file({ operations: [failing({ blockConnection: true, blockTimeMS: 1e9 }), find()] }),
      /did not end within 300000 ms/
    ))

  test('leaves nothing behind for the next one', async () => {
    const content = file({ operations: [failing({ errorCode: 8 }, 9)] })
    const tests = [
      ...(content['tests'] as Step[]),
      { description: 'two', operations: [find({ expectResult: [{}, {}] })] }
    ]
    for (const each of unified.cases({ ...content, tests }, 'own/file.json', source)) await each.run()
  })

  test('does not meet the deployment of one that failed', async () => {
    const content = file({
      operations: [{ name: 'deleteMany', object: 'orders', arguments: { filter: {} } }, find({ expectResult: 1 })]
    })
    const tests = [
      ...(content['tests'] as Step[]),
      { description: 'two', operations: [find({ expectResult: [{}, {}] })] }
    ]
    const [first, second] = unified.cases({ ...content, tests, initialData: [initialData[0]] }, 'own/file.json', source)
    await assert.rejects(async () => await first?.run(), /not 1/)
    await second?.run()
  })
})

suite('the test runner', () => {
  const ready = { poolReadyEvent: {} }
  const count = (name: string, number: number, event: Step = ready): Step =>
    runner(name, { client: 'client', event, count: number })

  test('waits for events, and not longer than it has to', async () => {
    await passes(file({ operations: [find(), count('waitForEvent', 1)] }))
    await fails(file({ operations: [count('waitForEvent', 9)] }), /came \d times, not 9 within 10000 ms/)
  })

  test('counts events', async () => {
    const checkedOut = { connectionCheckedOutEvent: {} }
    await passes(file({ operations: [find(), find(), count('assertEventCount', 2, checkedOut)] }))
    await fails(file({ operations: [find(), count('assertEventCount', 2, checkedOut)] }), /came 1 times, not 2/)
  })

  test('counts connections that are checked out', async () => {
    const assertion = (connections: number): Step =>
      runner('assertNumberConnectionsCheckedOut', { client: 'client', connections })
    await passes(file({ operations: [find(), assertion(0)] }))
    await fails(file({ operations: [find(), assertion(1)] }), /0 connections checked out, not 1/)
    await fails(
      file({ operations: [runner('assertNumberConnectionsCheckedOut', { connections: 0 })] }),
      /lacks the argument client/
    )
  })

  test("has threads, whose failures are the case's", async () => {
    const thread = runner('createEntities', { entities: [{ thread: { id: 'thread' } }] })
    const on = (operation: Step): Step => runner('runOnThread', { thread: 'thread', operation })
    const wait = runner('waitForThread', { thread: 'thread' })
    await passes(file({ operations: [thread, on(find({ expectResult: [{}, {}] })), wait] }))
    await fails(file({ operations: [thread, on(find({ expectResult: [] })), wait] }), /2 elements, not 0/)
    await fails(file({ operations: [thread, on(find({ expectResult: [] }))] }), /2 elements, not 0/)
    const slow = failing({ blockConnection: true, blockTimeMS: 20_000 })
    await fails(file({ operations: [thread, slow, on(find()), wait] }), /did not finish within 10000 ms/)
  })

  test('looks for collections and indexes', async () => {
    const place = { databaseName: 'shop', collectionName: 'orders' }
    const other = { databaseName: 'shop', collectionName: 'others' }
    const index = { ...place, indexName: '_id_' }
    const right: readonly Step[] = [
      runner('assertCollectionExists', place),
      runner('assertCollectionNotExists', other),
      runner('assertIndexExists', index),
      runner('assertIndexNotExists', { ...index, indexName: 'sku_1' }),
      runner('assertIndexNotExists', { ...other, indexName: '_id_' })
    ]
    await passes(file({ operations: right }))
    const wrong: readonly Step[] = [
      runner('assertCollectionExists', other),
      runner('assertCollectionNotExists', place),
      runner('assertIndexExists', { ...index, indexName: 'sku_1' }),
      runner('assertIndexNotExists', index)
    ]
    for (const operation of wrong) await fails(file({ operations: [operation] }), /should (?:not )?exist/)
  })

  test('looks at the topology and waits for another primary', async () => {
    const onSet = { runOnRequirements: [{ topologies: ['replicaset'] }] }
    const record = runner('recordTopologyDescription', { client: 'client', id: 'before' })
    const type = (topologyType: string): Step =>
      runner('assertTopologyType', { topologyDescription: 'before', topologyType })
    const change = runner('waitForPrimaryChange', {
      client: 'client',
      priorTopologyDescription: 'before',
      timeoutMS: 900
    })
    const stepDown = {
      name: 'runCommand',
      object: 'admin',
      arguments: { commandName: 'replSetStepDown', command: { replSetStepDown: 5, force: true } }
    }
    const admin = runner('createEntities', {
      entities: [{ database: { id: 'admin', client: 'client', databaseName: 'admin' } }]
    })
    await passes(file({ operations: [find(), record, type('ReplicaSetWithPrimary'), admin, stepDown, change] }, onSet))
    await fails(file({ operations: [find(), record, type('Single')] }, onSet), /ReplicaSetWithPrimary, not "Single"/)
    await fails(file({ operations: [find(), record, change] }, onSet), /no other primary than .* within 900 ms/)
  })

  test('compares the sessions of the last two commands', async () => {
    const same = runner('assertSameLsidOnLastTwoCommands', { client: 'client' })
    const different = runner('assertDifferentLsidOnLastTwoCommands', { client: 'client' })
    await passes(file({ operations: [find(), find(), same] }))
    await fails(file({ operations: [find(), find(), different] }), /should have different session/)
    await fails(file({ operations: [find(), same] }), /not both a session/)
  })

  test('lets virtual time pass', async () => {
    const beganMS = performance.now()
    await passes(file({ operations: [runner('wait', { ms: 60_000 })] }))
    assert.ok(performance.now() - beganMS < 30_000)
  })
})

suite('what is left out', () => {
  const requirement = (...runOnRequirements: Step[]): Step => file({ operations: [] }, { runOnRequirements })

  test('is for other deployments, versions or settings', () => {
    const elsewhere = requirement({ topologies: ['elsewhere'] })
    assert.equal(skipOf(elsewhere), 'topology: for deployments of the kind elsewhere')
    assert.equal(skipOf(requirement({ maxServerVersion: '7.99' })), 'server-version: for servers up to 7.99')
    assert.equal(skipOf(requirement({ minServerVersion: '8.1' })), 'server-version: for servers from 8.1')
    assert.equal(skipOf(requirement({ serverParameters: { other: 1 } })), 'server-parameter: for servers with other: 1')
    assert.equal(
      skipOf(requirement({ auth: true, authMechanism: 'MONGODB-OIDC' })),
      'server-parameter: for servers with authenticationMechanisms: MONGODB-OIDC'
    )
    assert.equal(skipOf(requirement({ csfle: true })), 'feature: client-side encryption is not built yet')
    assert.equal(skipOf(requirement({ serverless: 'require' })), 'topology: for deployments of the kind serverless')
  })

  test('is not what wants clients to authenticate: they do then, and only then', async () => {
    const status = { name: 'runCommand', object: 'database', arguments: { command: { connectionStatus: 1 } } }
    const users = (expected: unknown): Step => ({
      operations: [{ ...status, expectResult: { authInfo: { $$matchAsRoot: { authenticatedUsers: expected } } } }]
    })
    const wanted = { runOnRequirements: [{ auth: true }] }
    await passes(file(users([{ user: 'case', db: 'admin' }]), wanted))
    await fails(file(users([]), wanted), /1 elements, not 0/)
    await passes(file(users([])))
    await passes(file(users([]), { runOnRequirements: [{ auth: false }] }))
  })

  test('is not what one of several requirements allows', async () => {
    await passes(
      requirement({ topologies: ['elsewhere'] }, { topologies: ['single'], minServerVersion: '8.0', auth: false })
    )
    await passes(requirement({ maxServerVersion: '8.0.99', serverless: 'forbid', csfle: false }))
    await passes(requirement({ serverParameters: { enableTestCommands: true } }))
    const test = { runOnRequirements: [{ topologies: ['single'] }] }
    assert.match(skipOf(file(test, { runOnRequirements: [{ topologies: ['replicaset'] }] })) ?? '', /^topology: /)
  })

  test('has a reason of its own', () => {
    assert.equal(skipOf(file({ skipReason: 'too long' })), 'skip-reason: too long')
  })

  test('needs what is not built, also in an operation within another', () => {
    const loop = runner('loop', { operations: [] })
    assert.equal(skipOf(file({ operations: [loop] })), 'feature: loop is not built yet')
    const inner = runner('runOnThread', { thread: 'thread', operation: loop })
    assert.equal(skipOf(file({ operations: [inner] })), 'feature: loop is not built yet')
    const queue = { client: { id: 'queue', uriOptions: { waitQueueSize: 5 } } }
    const expected = [{ client: 'queue', messages: [] }]
    assert.equal(
      skipOf(file({ expectLogMessages: expected }, { createEntities: [queue] })),
      'feature: waitQueueSize is not built yet'
    )
  })

  test('needs what the driver leaves out, an operation or an argument', () => {
    const given = { filter: {}, rawData: true }
    assert.match(
      skipOf(file({ operations: [find({ arguments: given })] })) ?? '',
      /^left-out: the driver has no option rawData/
    )
    const listing = { name: 'listDatabaseObjects', object: 'client' }
    assert.match(skipOf(file({ operations: [listing] })) ?? '', /^left-out: listDatabases gives documents/)
  })

  test('needs what the embedded deployment lacks', () => {
    const given = { filter: { $where: 'true' } }
    assert.equal(
      skipOf(file({ operations: [find({ arguments: given })] })),
      'deployment: the embedded deployment does not support $where'
    )
  })
})

suite('versions and schemas', () => {
  test('of files that this runner does not know are refused', () => {
    for (const schemaVersion of ['0.1', '1.999', '2.0', '1.0.1', 1, undefined, 'one'])
      assert.throws(
        () => unified.cases(file({}, { schemaVersion }), 'own/file.json', source),
        /this runner knows 1\.0 to 1\.\d/
      )
  })

  test('decide which fields a file may have', async () => {
    assert.throws(() => only(file({}, { extra: 1 })), /schema of version 1\.0: \$\.extra/)
    await passes(file({}, { extra: 1, schemaVersion: '1.5' }))
    await passes(file({}, { extra: 1 }), unifiedToRefuse)
    await fails(file({}), /should not fit the schema/, unifiedToRefuse)
  })

  test('a case that must fail passes by failing', async () => {
    await passes(file({ operations: [find({ expectResult: [] })] }), unifiedToFail)
    await fails(file({ operations: [find()] }), /the case passed, and should have failed/, unifiedToFail)
    await passes(file({}, { schemaVersion: '1.999' }), unifiedToFail)
  })
})
