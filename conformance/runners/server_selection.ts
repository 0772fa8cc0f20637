import assert from 'node:assert/strict'
import { MongoInvalidArgumentError } from '../../src/errors/index.ts'
import { latencyWindow, readSelector, suitableServers, writeSelector } from '../../src/topology/index.ts'
import { caseNameOf, fieldsOf, numberOf } from './content.ts'
import type { Runner } from '../runner.ts'
import { addressesOf, readPreferenceOf, topologyOf } from './topology_content.ts'

/** The specification's default, which its files assume. */
const localThresholdMS = 15

const known = [
  'topology_description',
  'operation',
  'read_preference',
  'deprioritized_servers',
  'suitable_servers',
  'in_latency_window',
  'heartbeatFrequencyMS',
  'error'
]

/** One case a file: a topology, an operation, and the servers that suit it. The max staleness suite has the same format. */
export const serverSelection: Runner = {
  cases(content: unknown, file: string) {
    fieldsOf(content, file, known)
    return [{ name: caseNameOf(file), run: () => runCase(content, file) }]
  }
}

function runCase(content: unknown, file: string): void {
  const test = fieldsOf(content, file, known)
  const heartbeat = test['heartbeatFrequencyMS']
  const topology = topologyOf(
    test['topology_description'],
    heartbeat === undefined ? undefined : numberOf(heartbeat, 'heartbeatFrequencyMS')
  )
  const operation = test['operation'] ?? 'read'
  if (operation !== 'read' && operation !== 'write')
    throw new Error(`operation "${JSON.stringify(operation)}" is unknown`)
  const selector = operation === 'write' ? writeSelector : readSelector(readPreferenceOf(test['read_preference']))
  const deprioritised = addressesOf(test['deprioritized_servers'] ?? [], 'deprioritized_servers')
  if (test['error'] === true) {
    assert.throws(() => suitableServers(topology, selector, deprioritised), MongoInvalidArgumentError)
    return
  }
  assert.equal(test['error'], undefined, 'error is neither true nor absent')
  const suitable = suitableServers(topology, selector, deprioritised)
  const window = latencyWindow(suitable, localThresholdMS)
  const expectedSuitable = addressesOf(test['suitable_servers'], 'suitable_servers')
  const expectedWindow = addressesOf(test['in_latency_window'], 'in_latency_window')
  assert.deepEqual(new Set(suitable.map(server => server.address)), expectedSuitable, 'suitable servers')
  assert.deepEqual(new Set(window.map(server => server.address)), expectedWindow, 'servers in the latency window')
}
