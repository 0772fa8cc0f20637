/** The specification's runners can fail: a case that no rule could break would prove nothing. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { inWindow } from '../../conformance/runners/in_window.ts'
import { maxStaleness } from '../../conformance/runners/max_staleness.ts'
import { rtt } from '../../conformance/runners/rtt.ts'
import type { Runner } from '../../conformance/runner.ts'
import { sdam } from '../../conformance/runners/sdam.ts'
import { sdamMonitoring } from '../../conformance/runners/sdam_monitoring.ts'
import { serverSelection } from '../../conformance/runners/server_selection.ts'

const mongosA = { address: 'a:27017', avg_rtt_ms: 35, type: 'Mongos' }
const mongosB = { address: 'b:27017', avg_rtt_ms: 35, type: 'Mongos' }
const topology = { type: 'Sharded', servers: [mongosA, mongosB] }
const hello = {
  ok: 1,
  isWritablePrimary: true,
  setName: 'rs',
  hosts: ['a:27017'],
  minWireVersion: 0,
  maxWireVersion: 21
}
const known = {
  servers: { 'a:27017': { type: 'RSPrimary', setName: 'rs', pool: { generation: 0 } } },
  topologyType: 'ReplicaSetWithPrimary',
  setName: 'rs'
}
const gone = {
  servers: { 'a:27017': { type: 'Unknown', pool: { generation: 1 } } },
  topologyType: 'ReplicaSetNoPrimary',
  setName: 'rs'
}
const reset = { address: 'a:27017', when: 'afterHandshakeCompletes', maxWireVersion: 21, type: 'network' }

function phases(outcome: object, error: object = reset): unknown {
  const list = [
    { responses: [['a:27017', hello]], outcome: known },
    { applicationErrors: [error], outcome }
  ]
  return { description: 'd', uri: 'mongodb://a/?replicaSet=rs', phases: list }
}

const unknownSeed = { address: 'a:27017', arbiters: [], hosts: [], passives: [], type: 'Unknown' }

/** What a client with one seed tells before its first check. */
function opening(
  server: object,
  last: object = { server_opening_event: { topologyId: '42', address: 'a:27017' } }
): unknown {
  const changed = {
    topologyId: '42',
    previousDescription: { topologyType: 'Unknown', servers: [] },
    newDescription: { topologyType: 'Unknown', servers: [server] }
  }
  const events = [
    { topology_opening_event: { topologyId: '42' } },
    { topology_description_changed_event: changed },
    last
  ]
  return { description: 'd', uri: 'mongodb://a/', phases: [{ responses: [], outcome: { events } }] }
}

const selecting = {
  topology_description: topology,
  operation: 'write',
  suitable_servers: [mongosA, mongosB],
  in_latency_window: [mongosA, mongosB]
}
const window = {
  description: 'd',
  topology_description: topology,
  mocked_topology_state: [
    { address: 'a:27017', operation_count: 0 },
    { address: 'b:27017', operation_count: 1 }
  ],
  iterations: 50,
  outcome: { tolerance: 0, expected_frequencies: { 'a:27017': 1, 'b:27017': 0 } }
}
const averaging = { avg_rtt_ms: 1, new_rtt_ms: 1000, new_avg_rtt: 200.8 }

async function run(runner: Runner, content: unknown): Promise<void> {
  for (const each of runner.cases(content, 'folder/file.json', 'source')) await each.run()
}

const rows: readonly [string, Runner, unknown, readonly unknown[]][] = [
  [
    'discovery',
    sdam,
    phases(gone),
    [
      phases(known),
      phases({ ...gone, setName: 'other' }),
      phases({ ...gone, unheardOf: 1 }),
      phases({ ...gone, compatible: false }),
      phases({ ...gone, servers: { ...gone.servers, 'b:27017': { type: 'Unknown' } } }),
      phases({ ...gone, servers: { 'a:27017': { type: 'Unknown', pool: { generation: 2 } } } }),
      phases({ ...gone, servers: { 'a:27017': { type: 'Unknown', unheardOf: 1 } } }),
      phases({ ...gone, servers: { 'a:27017': { type: 'Unknown', error: 'another' } } }),
      phases(gone, { ...reset, type: 'unheardOf' }),
      phases(gone, { ...reset, when: 'unheardOf' }),
      phases(gone, { ...reset, when: 'beforeHandshakeCompletes' }),
      phases(gone, { ...reset, unheardOf: 1 }),
      { ...(phases(gone) as object), unheardOf: 1 },
      { ...(phases(gone) as object), uri: 'mongodb://a/?replicaSet=rs&unheardOf=1' },
      { ...(phases(gone) as object), phases: [] }
    ]
  ],
  [
    'the events of discovery',
    sdamMonitoring,
    opening(unknownSeed),
    [
      opening({ ...unknownSeed, type: 'Standalone' }),
      opening({ ...unknownSeed, unheardOf: 1 }),
      opening(unknownSeed, { server_opening_event: { topologyId: '42', address: 'b:27017' } }),
      opening(unknownSeed, { server_closed_event: { topologyId: '42', address: 'a:27017' } }),
      opening(unknownSeed, { unheard_of_event: {} })
    ]
  ],
  [
    'server selection',
    serverSelection,
    selecting,
    [
      { ...selecting, suitable_servers: [mongosA] },
      { ...selecting, in_latency_window: [mongosA] },
      { ...selecting, operation: 'unheardOf' },
      { ...selecting, unheardOf: 1 },
      { ...selecting, error: true },
      { ...selecting, read_preference: { mode: 'UnheardOf' }, operation: 'read' },
      { ...selecting, topology_description: { ...topology, type: 'UnheardOf' } },
      { ...selecting, topology_description: { ...topology, servers: [{ ...mongosA, unheardOf: 1 }, mongosB] } },
      { ...selecting, deprioritized_servers: [mongosA] }
    ]
  ],
  ['max staleness', maxStaleness, selecting, [{ ...selecting, heartbeatFrequencyMS: 'x' }]],
  [
    'the choice in the window',
    inWindow,
    window,
    [
      { ...window, outcome: { ...window.outcome, expected_frequencies: { 'a:27017': 0.5, 'b:27017': 0.5 } } },
      { ...window, outcome: { ...window.outcome, expected_frequencies: { 'b:27017': 0 } } },
      { ...window, outcome: { ...window.outcome, unheardOf: 1 } },
      { ...window, unheardOf: 1 }
    ]
  ],
  [
    'round-trip times',
    rtt,
    averaging,
    [
      { ...averaging, new_avg_rtt: 200.9 },
      { ...averaging, unheardOf: 1 }
    ]
  ]
]

for (const [what, runner, right, wrong] of rows) {
  suite(`the runner of ${what}`, () => {
    test('passes a case that is right', () => run(runner, right))
    wrong.forEach((content, at) => {
      test(`fails a case that is wrong or has what it does not know (${at + 1})`, () =>
        assert.rejects(run(runner, content)))
    })
  })
}
