import assert from 'node:assert/strict'
import type { ServerDescription, TopologyDescription, TopologyEvents } from '../../src/topology/index.ts'
import type { Runner } from '../runner.ts'
import { type Fields, fieldsOf, listOf, objectOf, textOf } from './content.ts'
import { RealTopology, type ToldTopologyEvent } from './real_topology.ts'
import { answer } from './sdam.ts'

const kinds: Readonly<Record<string, keyof TopologyEvents>> = {
  topology_opening_event: 'topologyOpening',
  topology_description_changed_event: 'topologyDescriptionChanged',
  topology_closed_event: 'topologyClosed',
  server_opening_event: 'serverOpening',
  server_description_changed_event: 'serverDescriptionChanged',
  server_closed_event: 'serverClosed'
}

/** One case a file: replies in phases, and the events that are told in each. */
export const sdamMonitoring: Runner = {
  cases(content: unknown, file: string) {
    const test = fieldsOf(content, file, ['description', 'uri', 'phases'])
    const phases = listOf(test['phases'], 'phases')
    if (phases.length === 0) throw new Error(`${file} has no phases`)
    const uri = textOf(test['uri'], 'uri')
    return [{ name: textOf(test['description'], 'description'), run: () => runPhases(new RealTopology(uri), phases) }]
  }
}

function runPhases(deployment: RealTopology, phases: readonly unknown[]): void {
  phases.forEach((value, index) => {
    const phase = fieldsOf(value, `phase ${index}`, ['description', 'responses', 'outcome'])
    for (const response of listOf(phase['responses'] ?? [], 'responses')) answer(deployment, response)
    const expected = listOf(fieldsOf(phase['outcome'], 'outcome', ['events'])['events'], 'events')
    const told = deployment.told.splice(0)
    assert.deepEqual(
      told.map(({ kind }) => kind),
      expected.map(event => kindOf(event)),
      `events of phase ${index}`
    )
    expected.forEach((event, at) => compareEvent(told[at] as ToldTopologyEvent, event))
  })
}

function kindOf(event: unknown): keyof TopologyEvents {
  const [name, ...others] = Object.keys(objectOf(event, 'event'))
  const kind = kinds[name ?? '']
  if (kind === undefined || others.length > 0) throw new Error(`the event "${String(name)}" is unknown`)
  return kind
}

function compareEvent({ event }: ToldTopologyEvent, value: unknown): void {
  const [content] = Object.values(objectOf(value, 'event'))
  const fields = ['topologyId', 'address', 'previousDescription', 'newDescription']
  for (const [field, wanted] of Object.entries(fieldsOf(content, 'event', fields))) {
    const actual: unknown = (event as unknown as Fields)[field]
    if (field === 'topologyId') assert.ok(actual !== undefined, 'topologyId')
    else if (typeof wanted === 'string') assert.equal(actual, wanted, field)
    else compareDescription(actual, objectOf(wanted, field))
  }
}

function compareDescription(actual: unknown, wanted: Fields): void {
  if ('topologyType' in wanted) compareTopology(actual as TopologyDescription, wanted)
  else compareServer(actual as ServerDescription, wanted)
}

function compareTopology(actual: TopologyDescription, value: Fields): void {
  const wanted = fieldsOf(value, 'topology', ['topologyType', 'setName', 'servers'])
  assert.equal(actual.type, wanted['topologyType'])
  assert.equal(actual.setName, wanted['setName'] ?? undefined)
  const servers = listOf(wanted['servers'], 'servers').map(server => objectOf(server, 'server'))
  assert.deepEqual(
    [...actual.servers.keys()].toSorted(),
    servers.map(server => textOf(server['address'], 'address')).toSorted()
  )
  for (const server of servers)
    compareServer(actual.servers.get(textOf(server['address'], 'address')) as ServerDescription, server)
}

function compareServer(actual: ServerDescription, value: Fields): void {
  const known = ['address', 'arbiters', 'hosts', 'passives', 'type', 'primary', 'setName']
  const { type, ...plain } = fieldsOf(value, 'server', known)
  // Only drivers with one thread tell a possible primary from any other unknown server.
  assert.equal(actual.type, type === 'PossiblePrimary' ? 'Unknown' : type)
  for (const [field, wanted] of Object.entries(plain))
    assert.deepEqual((actual as unknown as Fields)[field], wanted ?? undefined, `${field} of ${actual.address}`)
}
