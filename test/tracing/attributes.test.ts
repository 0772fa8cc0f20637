import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Long, UUID } from '../../src/bson/index.ts'
import { MongoNetworkError, MongoServerError } from '../../src/errors/index.ts'
import type { CommandFacts, TracedOperation } from '../../src/operations/index.ts'
import { repeatableRead } from '../../src/operations/command.ts'
import { commandStart, failureOf, operationStart } from '../../src/tracing/attributes.ts'

const facts: CommandFacts = {
  address: '[::1]:27018',
  connectionId: 3,
  serverConnectionId: 77,
  serviceId: undefined,
  databaseName: 'shop',
  commandName: 'getMore',
  requestId: 9,
  operationId: 4
}

function operationOf(
  command: Partial<TracedOperation['command']>,
  more: Partial<TracedOperation> = {}
): TracedOperation {
  return {
    command: { name: 'find', database: 'shop', traits: repeatableRead, ...command },
    sessionId: undefined,
    txnNumber: undefined,
    transactionTrace: undefined,
    ...more
  }
}

test('a command’s span has all that is known of it', () => {
  const sessionId = new UUID('01234567-89ab-4cde-8f01-23456789abcd')
  const cursorId = Long.fromString('7261547265411853001')
  const operation = operationOf({ collection: 'orders.old', cursorId }, { sessionId, txnNumber: 12n })
  assert.deepEqual(commandStart(facts, operation, '{}'), {
    name: 'getMore',
    attributes: {
      'db.system.name': 'mongodb',
      'db.namespace': 'shop',
      'db.collection.name': 'orders.old',
      'db.command.name': 'getMore',
      'db.query.summary': 'getMore shop.orders.old',
      'db.query.text': '{}',
      'server.address': '::1',
      'server.port': 27018,
      'network.transport': 'tcp',
      'db.mongodb.driver_connection_id': 3,
      'db.mongodb.server_connection_id': 77,
      'db.mongodb.cursor_id': '7261547265411853001',
      'db.mongodb.lsid': '01234567-89ab-4cde-8f01-23456789abcd',
      'db.mongodb.txn_number': 12
    }
  })
})

test('what is not known is left out, and a socket of the file system has no port', () => {
  const socket = { ...facts, address: '/tmp/mongodb-27017.sock', serverConnectionId: undefined, commandName: 'ping' }
  assert.deepEqual(commandStart(socket, operationOf({ name: 'ping' }), undefined).attributes, {
    'db.system.name': 'mongodb',
    'db.namespace': 'shop',
    'db.command.name': 'ping',
    'db.query.summary': 'ping shop',
    'server.address': '/tmp/mongodb-27017.sock',
    'network.transport': 'unix',
    'db.mongodb.driver_connection_id': 3
  })
})

test('a rename is about a collection as an operation, and runs against admin as a command', () => {
  const rename = operationOf({ name: 'renameCollection', database: 'admin', collection: 'shop.orders.old' })
  const { name, attributes } = operationStart(rename)
  assert.equal(name, 'renameCollection shop.orders.old')
  assert.deepEqual([attributes['db.namespace'], attributes['db.collection.name']], ['shop', 'orders.old'])
  const command = commandStart({ ...facts, databaseName: 'admin', commandName: 'renameCollection' }, rename, undefined)
  assert.equal(command.attributes['db.query.summary'], 'renameCollection admin')
  assert.equal('db.collection.name' in command.attributes, false)
})

test('a failure has the server’s code on a command alone', () => {
  const refused = new MongoServerError({ ok: 0, code: 13, errmsg: 'not allowed' })
  assert.equal(failureOf(refused, 'command').attributes['db.response.status_code'], '13')
  assert.equal(failureOf(refused, 'command').attributes['error.type'], '13')
  assert.equal(failureOf(refused, 'operation').attributes['error.type'], 'MongoServerError')
  const lost = new MongoNetworkError('reset')
  lost.code = 'ECONNRESET'
  const { attributes } = failureOf(lost, 'command')
  assert.deepEqual([attributes['error.type'], 'db.response.status_code' in attributes], ['MongoNetworkError', false])
})

test('a failure’s texts are bounded, and it has a stack only where there is one', () => {
  const { exception, attributes } = failureOf(new MongoNetworkError('x'.repeat(50_000)), 'command')
  assert.deepEqual([exception.message.length, exception.stack?.length], [10_003, 10_003])
  assert.equal(attributes['exception.message'], exception.message)
  assert.deepEqual(failureOf(undefined, 'operation').exception, { name: 'undefined', message: 'undefined' })
  const bare = new RangeError('enough')
  delete bare.stack
  assert.deepEqual(failureOf(bare, 'operation').exception, { name: 'RangeError', message: 'enough' })
})
