import assert from 'node:assert/strict'
import {
  choose,
  latencyWindow,
  readSelector,
  type ServerDescription,
  suitableServers
} from '../../src/topology/index.ts'
import { fieldsOf, listOf, numberOf, objectOf, textOf } from './content.ts'
import type { Runner } from '../runner.ts'
import { topologyOf } from './topology_content.ts'

const localThresholdMS = 15
/** With one seed the draws are the same in every run: a case passes always or never. */
const seed = 0x5eed

const known = ['description', 'topology_description', 'mocked_topology_state', 'iterations', 'outcome']

/** One case a file: how often each server is drawn, its operations in progress being given. */
export const inWindow: Runner = {
  cases(content: unknown, file: string) {
    const test = fieldsOf(content, file, known)
    return [{ name: textOf(test['description'], 'description'), run: () => runCase(content, file) }]
  }
}

function runCase(content: unknown, file: string): void {
  const test = fieldsOf(content, file, known)
  const topology = topologyOf(test['topology_description'])
  const operations = operationsOf(test['mocked_topology_state'])
  const selector = readSelector({ mode: 'nearest', tags: [], maxStalenessSeconds: -1 })
  const window = latencyWindow(suitableServers(topology, selector), localThresholdMS)
  const count = (server: ServerDescription): number => operations.get(server.address) ?? Number.NaN
  const iterations = numberOf(test['iterations'], 'iterations')
  const chance = seededChance(seed)
  const drawn = new Map<string | undefined, number>()
  for (let draw = 0; draw < iterations; draw++) {
    const address = choose(window, count, chance)?.address
    drawn.set(address, (drawn.get(address) ?? 0) + 1)
  }
  const outcome = fieldsOf(test['outcome'], 'outcome', ['tolerance', 'expected_frequencies'])
  const tolerance = numberOf(outcome['tolerance'], 'outcome.tolerance')
  const expected = objectOf(outcome['expected_frequencies'], 'outcome.expected_frequencies')
  for (const address of drawn.keys()) assert.ok(address !== undefined && address in expected, `${address} was drawn`)
  for (const [address, frequency] of Object.entries(expected)) {
    const share = (drawn.get(address) ?? 0) / iterations
    const wanted = numberOf(frequency, `outcome.expected_frequencies.${address}`)
    // Expected never and expected always are exact, whatever the tolerance: chance has no part in them.
    const within = wanted === 0 || wanted === 1 ? share === wanted : Math.abs(share - wanted) <= tolerance
    assert.ok(within, `${address} was drawn in ${share} of the cases, not in ${wanted} ± ${tolerance} (seed ${seed})`)
  }
}

function operationsOf(value: unknown): ReadonlyMap<string, number> {
  return new Map(
    listOf(value, 'mocked_topology_state').map(entry => {
      const state = fieldsOf(entry, 'mocked_topology_state', ['address', 'operation_count'])
      return [textOf(state['address'], 'address'), numberOf(state['operation_count'], 'operation_count')]
    })
  )
}

/** Marsaglia's xorshift with 32 bits: even enough for frequencies, and the same everywhere. */
function seededChance(start: number): { fraction(): number } {
  let state = start
  return {
    fraction() {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return (state >>> 0) / 2 ** 32
    }
  }
}
