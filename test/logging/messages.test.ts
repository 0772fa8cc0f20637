import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ObjectId } from '../../src/bson/index.ts'
import { MongoNetworkError, MongoServerError } from '../../src/errors/index.ts'
import { type LoggedEvent, logMessageOf } from '../../src/logging/index.ts'
import {
  CommandFailedEvent,
  CommandStartedEvent,
  CommandSucceededEvent,
  LazyDocument
} from '../../src/operations/command_events.ts'
import {
  ConnectionCheckedInEvent,
  ConnectionCheckedOutEvent,
  ConnectionCheckOutFailedEvent,
  ConnectionCheckOutStartedEvent,
  ConnectionClosedEvent,
  ConnectionCreatedEvent,
  ConnectionReadyEvent,
  PoolClearedEvent,
  PoolClosedEvent,
  PoolCreatedEvent,
  PoolReadyEvent
} from '../../src/pool/index.ts'
import { TransportError } from '../../src/runtime/index.ts'
import {
  emptyTopology,
  readSelector,
  selectionError,
  ServerClosedEvent,
  ServerHeartbeatFailedEvent,
  ServerHeartbeatStartedEvent,
  ServerHeartbeatSucceededEvent,
  ServerOpeningEvent,
  ServerSelectionFailedEvent,
  ServerSelectionStartedEvent,
  ServerSelectionSucceededEvent,
  ServerSelectionWaitingEvent,
  TopologyClosedEvent,
  TopologyDescriptionChangedEvent,
  TopologyOpeningEvent,
  writeSelector
} from '../../src/topology/index.ts'
import { topologyOf } from '../topology/hellos.ts'

const a = 'db1.example:27018'
const server = { serverHost: 'db1.example', serverPort: 27018 }
const serviceId = new ObjectId('65f000000000000000000001')
const reset = new MongoNetworkError('read ECONNRESET', {
  cause: new TransportError('reset', 'open', 'ECONNRESET'),
  errorLabels: ['RetryableWriteError']
})
const resetFields = {
  name: 'MongoNetworkError',
  message: 'read ECONNRESET',
  errorLabels: ['RetryableWriteError'],
  cause: { name: 'TransportError', message: 'reset', stage: 'open', code: 'ECONNRESET' }
}
const command = {
  address: a,
  connectionId: 3,
  serverConnectionId: 77,
  serviceId,
  databaseName: 'shop',
  commandName: 'find',
  requestId: 5,
  operationId: 2
}
const commandFields = {
  commandName: 'find',
  databaseName: 'shop',
  requestId: 5,
  operationId: 2,
  driverConnectionId: 3,
  ...server,
  serverConnectionId: 77,
  serviceId: serviceId.toHexString()
}
const refused = new MongoServerError({ ok: 0, errmsg: 'no', code: 13, codeName: 'Unauthorized' })
const refusedFields = {
  name: 'MongoServerError',
  message: 'no',
  code: 13,
  codeName: 'Unauthorized',
  errorResponse: '{"ok":0,"errmsg":"no","code":13,"codeName":"Unauthorized"}'
}
const heartbeat = { address: a, topologyId: 4, driverConnectionId: 1, serverConnectionId: 9, awaited: true }
const heartbeatFields = { topologyId: 4, ...server, driverConnectionId: 1, serverConnectionId: 9, awaited: true }
const topology = topologyOf([a])
const topologyText = `{"type":"Unknown","servers":[{"address":"${a}","type":"Unknown"}]}`
const search = { selector: writeSelector, operation: 'insert', operationId: 2, topologyDescription: topology }
const searchFields = {
  selector: 'a server for writes',
  operation: 'insert',
  operationId: 2,
  topologyDescription: topologyText
}
const notFound = selectionError({ topology, selector: writeSelector, waitedMS: 30_000, nowMS: 0 })

/** Event, and the record that it becomes. */
const cases: readonly (readonly [LoggedEvent, string, Record<string, unknown>])[] = [
  [
    new CommandStartedEvent(command, new LazyDocument({ find: 'c' })),
    'command debug',
    { message: 'Command started', ...commandFields, command: '{"find":"c"}' }
  ],
  [
    new CommandSucceededEvent(command, 1.23456, new LazyDocument({ ok: 1 })),
    'command debug',
    { message: 'Command succeeded', ...commandFields, durationMS: 1.235, reply: '{"ok":1}' }
  ],
  [
    new CommandFailedEvent(command, 2, refused),
    'command debug',
    { message: 'Command failed', ...commandFields, durationMS: 2, failure: refusedFields }
  ],
  [
    new PoolCreatedEvent(a, { maxPoolSize: 5 }),
    'connection debug',
    { message: 'Connection pool created', ...server, maxPoolSize: 5 }
  ],
  [new PoolReadyEvent(a), 'connection debug', { message: 'Connection pool ready', ...server }],
  [
    new PoolClearedEvent(a, false, serviceId, reset),
    'connection debug',
    { message: 'Connection pool cleared', ...server, serviceId: serviceId.toHexString(), error: resetFields }
  ],
  [new PoolClosedEvent(a), 'connection debug', { message: 'Connection pool closed', ...server }],
  [
    new ConnectionCreatedEvent(a, 3),
    'connection debug',
    { message: 'Connection created', driverConnectionId: 3, ...server }
  ],
  [
    new ConnectionReadyEvent(a, 3, 7),
    'connection debug',
    { message: 'Connection ready', driverConnectionId: 3, ...server, durationMS: 7 }
  ],
  [
    new ConnectionClosedEvent(a, 3, 'idle', undefined),
    'connection debug',
    {
      message: 'Connection closed',
      driverConnectionId: 3,
      ...server,
      reason: 'Connection has been available but unused for longer than the configured max idle time'
    }
  ],
  [
    new ConnectionClosedEvent(a, 3, 'error', reset),
    'connection debug',
    {
      message: 'Connection closed',
      driverConnectionId: 3,
      ...server,
      reason: 'An error occurred while using the connection',
      error: resetFields
    }
  ],
  [new ConnectionCheckOutStartedEvent(a), 'connection debug', { message: 'Connection checkout started', ...server }],
  [
    new ConnectionCheckOutFailedEvent(a, 'timeout', reset, 10),
    'connection debug',
    {
      message: 'Connection checkout failed',
      ...server,
      reason: 'Wait queue timeout elapsed without a connection becoming available',
      durationMS: 10
    }
  ],
  [
    new ConnectionCheckOutFailedEvent(a, 'connectionError', reset, 10),
    'connection debug',
    {
      message: 'Connection checkout failed',
      ...server,
      reason: 'An error occurred while trying to establish a new connection',
      error: resetFields,
      durationMS: 10
    }
  ],
  [
    new ConnectionCheckedOutEvent(a, 3, 0.5),
    'connection debug',
    { message: 'Connection checked out', driverConnectionId: 3, ...server, durationMS: 0.5 }
  ],
  [
    new ConnectionCheckedInEvent(a, 3),
    'connection debug',
    { message: 'Connection checked in', driverConnectionId: 3, ...server }
  ],
  [new TopologyOpeningEvent(4), 'topology debug', { message: 'Starting topology monitoring', topologyId: 4 }],
  [new TopologyClosedEvent(4), 'topology debug', { message: 'Stopped topology monitoring', topologyId: 4 }],
  [
    new TopologyDescriptionChangedEvent(4, emptyTopology(10_000), topology),
    'topology debug',
    {
      message: 'Topology description changed',
      topologyId: 4,
      previousDescription: '{"type":"Unknown","servers":[]}',
      newDescription: topologyText
    }
  ],
  [new ServerOpeningEvent(4, a), 'topology debug', { message: 'Starting server monitoring', topologyId: 4, ...server }],
  [new ServerClosedEvent(4, a), 'topology debug', { message: 'Stopped server monitoring', topologyId: 4, ...server }],
  [
    new ServerHeartbeatStartedEvent(heartbeat),
    'topology debug',
    { message: 'Server heartbeat started', ...heartbeatFields }
  ],
  [
    new ServerHeartbeatSucceededEvent(heartbeat, 2, { ok: 1 }),
    'topology debug',
    { message: 'Server heartbeat succeeded', ...heartbeatFields, durationMS: 2, reply: '{"ok":1}' }
  ],
  [
    new ServerHeartbeatFailedEvent(heartbeat, 2, reset),
    'topology debug',
    { message: 'Server heartbeat failed', ...heartbeatFields, durationMS: 2, failure: resetFields }
  ],
  [
    new ServerSelectionStartedEvent(search),
    'serverSelection debug',
    { message: 'Server selection started', ...searchFields }
  ],
  [
    new ServerSelectionWaitingEvent(search, 30_000),
    'serverSelection info',
    { message: 'Waiting for suitable server to become available', ...searchFields, remainingTimeMS: 30_000 }
  ],
  [
    new ServerSelectionSucceededEvent(search, a),
    'serverSelection debug',
    { message: 'Server selection succeeded', ...searchFields, ...server }
  ],
  [
    new ServerSelectionFailedEvent(search, reset),
    'serverSelection debug',
    { message: 'Server selection failed', ...searchFields, failure: resetFields }
  ]
]

for (const [event, place, fields] of cases)
  test(`${event.name} becomes "${String(fields['message'])}"`, () => {
    const message = logMessageOf(event, 1000)
    assert.equal(`${message.component} ${message.severity}`, place)
    assert.deepEqual(message.fields, fields)
    assert.deepEqual(JSON.parse(JSON.stringify(fields)), fields)
  })

test('every kind of message has a case here', () => {
  assert.equal(new Set(cases.map(([{ name }]) => name)).size, 26)
})

test('what is not known is left out', () => {
  const bare = { ...command, serverConnectionId: undefined, serviceId: undefined }
  const { fields } = logMessageOf(new CommandStartedEvent(bare, new LazyDocument({})), 1000)
  assert.ok(!('serverConnectionId' in fields) && !('serviceId' in fields))
  const unlimited = logMessageOf(
    new ServerSelectionWaitingEvent({ ...search, operationId: undefined }, undefined),
    1000
  )
  assert.ok(!('remainingTimeMS' in unlimited.fields) && !('operationId' in unlimited.fields))
})

test('the path of a Unix socket is a host without a port, an address of IPv6 has no brackets', () => {
  assert.deepEqual(logMessageOf(new PoolReadyEvent('/tmp/mongodb-27017.sock'), 1000).fields, {
    message: 'Connection pool ready',
    serverHost: '/tmp/mongodb-27017.sock'
  })
  assert.deepEqual(logMessageOf(new PoolReadyEvent('[::1]:27017'), 1000).fields, {
    message: 'Connection pool ready',
    serverHost: '::1',
    serverPort: 27017
  })
})

test('a read preference is shown with all its parts', () => {
  const selector = readSelector({ mode: 'secondary', tags: [{ dc: 'fra' }], maxStalenessSeconds: 120 })
  const { fields } = logMessageOf(new ServerSelectionStartedEvent({ ...search, selector }), 5)
  assert.equal(fields['selector'], '{"mode":"secondary","tags":[{"dc":"fra"}],"maxStalenessSeconds":120}')
})

test('a failed search does not repeat the topology in its failure', () => {
  const { fields } = logMessageOf(new ServerSelectionFailedEvent(search, notFound), 1000)
  assert.match(notFound.message, /Topology: Unknown, db1/)
  assert.deepEqual(fields['failure'], {
    name: 'MongoServerSelectionError',
    message:
      'Server selection timed out after 30000 ms: no server is suitable for a write. No check of any server has ended yet: is the time-out shorter than the network needs?'
  })
})

test('documents, replies, descriptions and the replies in failures keep to the limit', () => {
  const started = logMessageOf(new CommandStartedEvent(command, new LazyDocument({ find: 'c' })), 5)
  assert.equal(started.fields['command'], '{"fin...')
  const { failure } = logMessageOf(new CommandFailedEvent(command, 2, refused), 5).fields as { failure: object }
  assert.deepEqual(failure, { ...refusedFields, errorResponse: '{"ok"...' })
  const { fields } = logMessageOf(new ServerSelectionStartedEvent(search), 5)
  assert.equal(fields['topologyDescription'], '{"typ...')
})

test('a server’s text and its errors within a topology are bounded, however long', () => {
  const long = new MongoServerError({ ok: 0, errmsg: 'x'.repeat(1_000_000) })
  const { failure } = logMessageOf(new CommandFailedEvent(command, 2, long), 1000).fields as {
    failure: { message: string }
  }
  assert.equal(failure.message.length, 10_003)
})
