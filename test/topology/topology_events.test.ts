import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  emptyTopology,
  ServerClosedEvent,
  ServerDescriptionChangedEvent,
  ServerHeartbeatFailedEvent,
  ServerHeartbeatStartedEvent,
  ServerHeartbeatSucceededEvent,
  ServerOpeningEvent,
  TopologyClosedEvent,
  TopologyDescriptionChangedEvent,
  type TopologyEvents,
  TopologyOpeningEvent,
  unknownServer
} from '../../src/topology/index.ts'
import { a, described, standalone, topologyOf } from './hellos.ts'

const failure = new Error('down')
const heartbeat = { topologyId: 4, driverConnectionId: 2, serverConnectionId: 77 }
const facts = { address: a, ...heartbeat, awaited: false }
const reply = { ok: 1 }
const before = unknownServer(a)
const now = described(a, standalone())
const empty = emptyTopology(10_000)
const first = topologyOf([a])

/** Each kind of event, and the fields that the specification asks for. */
const events: { readonly [Kind in keyof TopologyEvents]: readonly [TopologyEvents[Kind], Record<string, unknown>] } = {
  topologyOpening: [new TopologyOpeningEvent(4), { topologyId: 4 }],
  topologyDescriptionChanged: [
    new TopologyDescriptionChangedEvent(4, empty, first),
    { topologyId: 4, previousDescription: empty, newDescription: first }
  ],
  topologyClosed: [new TopologyClosedEvent(4), { topologyId: 4 }],
  serverOpening: [new ServerOpeningEvent(4, a), { topologyId: 4, address: a }],
  serverDescriptionChanged: [
    new ServerDescriptionChangedEvent(4, before, now),
    { topologyId: 4, address: a, previousDescription: before, newDescription: now }
  ],
  serverClosed: [new ServerClosedEvent(4, a), { topologyId: 4, address: a }],
  serverHeartbeatStarted: [
    new ServerHeartbeatStartedEvent({ ...facts, awaited: true }),
    { connectionId: a, ...heartbeat, awaited: true }
  ],
  serverHeartbeatSucceeded: [
    new ServerHeartbeatSucceededEvent(facts, 1.5, reply),
    { connectionId: a, ...heartbeat, awaited: false, durationMS: 1.5, reply }
  ],
  serverHeartbeatFailed: [
    new ServerHeartbeatFailedEvent(facts, 1.5, failure),
    { connectionId: a, ...heartbeat, awaited: false, durationMS: 1.5, failure }
  ]
}

for (const [kind, [event, fields]] of Object.entries(events)) {
  test(`${kind} has the specification’s fields and is immutable`, () => {
    assert.deepEqual(Object.fromEntries(Object.entries(event)), { name: kind, ...fields })
    assert.ok(Object.isFrozen(event))
    assert.equal(event.constructor.name.toLowerCase(), `${kind}event`.toLowerCase())
  })
}
