import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AnyEvent, eventLine, isRoutine } from '../../../src/cli/demo/event_line.ts'
import * as cenote from '../../../src/client/index.ts'

const address = 'db1:27017'
const heartbeat = { address, topologyId: 1, driverConnectionId: 1, serverConnectionId: 7, awaited: true }

function description(type: cenote.ServerType): cenote.ServerDescription {
  return { address, type } as cenote.ServerDescription
}

function topology(type: cenote.TopologyType): cenote.TopologyDescription {
  return { type } as cenote.TopologyDescription
}

/** Event, its line behind the address, and whether it is one of routine. */
const cases: readonly (readonly [AnyEvent, string, boolean?])[] = [
  [new cenote.PoolCreatedEvent(address, {}), 'connectionPoolCreated'],
  [new cenote.PoolReadyEvent(address), 'connectionPoolReady'],
  [new cenote.PoolClearedEvent(address, false, undefined, new Error('no')), 'connectionPoolCleared      no'],
  [new cenote.PoolClosedEvent(address), 'connectionPoolClosed'],
  [new cenote.ConnectionCreatedEvent(address, 3), 'connectionCreated          #3'],
  [new cenote.ConnectionReadyEvent(address, 3, 12.4), 'connectionReady            #3 after 12 ms'],
  [new cenote.ConnectionClosedEvent(address, 3, 'idle', undefined), 'connectionClosed           #3 idle'],
  [
    new cenote.ConnectionClosedEvent(address, 3, 'error', new Error('reset')),
    'connectionClosed           #3 error: reset'
  ],
  [new cenote.ConnectionCheckOutStartedEvent(address), 'connectionCheckOutStarted', true],
  [
    new cenote.ConnectionCheckOutFailedEvent(address, 'timeout', new Error('too long'), 500),
    'connectionCheckOutFailed   timeout after 500 ms: too long'
  ],
  [new cenote.ConnectionCheckedOutEvent(address, 3, 0.6), 'connectionCheckedOut       #3 after 1 ms', true],
  [new cenote.ConnectionCheckedInEvent(address, 3), 'connectionCheckedIn        #3', true],
  [new cenote.ServerOpeningEvent(1, address), 'serverOpening'],
  [new cenote.ServerClosedEvent(1, address), 'serverClosed'],
  [
    new cenote.ServerDescriptionChangedEvent(1, description('RSPrimary'), description('RSSecondary')),
    'serverDescriptionChanged   RSPrimary → RSSecondary'
  ],
  [
    new cenote.ServerDescriptionChangedEvent(1, description('RSPrimary'), description('RSPrimary')),
    'serverDescriptionChanged   RSPrimary, other facts'
  ],
  [new cenote.ServerHeartbeatStartedEvent(heartbeat), 'serverHeartbeatStarted', true],
  [new cenote.ServerHeartbeatSucceededEvent(heartbeat, 7, {}), 'serverHeartbeatSucceeded   after 7 ms', true],
  [
    new cenote.ServerHeartbeatFailedEvent(heartbeat, 7, new Error('refused')),
    'serverHeartbeatFailed      after 7 ms: refused'
  ]
]

for (const [event, text, routine = false] of cases)
  test(`${event.name} (${text.slice(27)}) names its server and says its figures; routine: ${routine}`, () => {
    assert.equal(eventLine(event, 12).text, `db1:27017    ${text}`)
    assert.equal(isRoutine(event), routine)
  })

test('what is no server’s stands below the topology', () => {
  assert.equal(eventLine(new cenote.TopologyOpeningEvent(1), 10).text, 'topology   topologyOpening')
  assert.equal(eventLine(new cenote.TopologyClosedEvent(1), 10).text, 'topology   topologyClosed')
})

test('a topology that changes its type is told; a change of anything else in it is routine', () => {
  const [before, after] = [topology('ReplicaSetNoPrimary'), topology('ReplicaSetWithPrimary')]
  const elected = new cenote.TopologyDescriptionChangedEvent(1, before, after)
  assert.equal(eventLine(elected, 8).text, 'topology topologyDescriptionChanged now ReplicaSetWithPrimary')
  assert.equal(isRoutine(elected), false)
  assert.equal(isRoutine(new cenote.TopologyDescriptionChangedEvent(1, after, after)), true)
})

test('an address that is wider than its column is not cut', () => {
  assert.equal(
    eventLine(new cenote.ConnectionCreatedEvent(address, 3), 4).text,
    'db1:27017 connectionCreated          #3'
  )
})
