import assert from 'node:assert/strict'
import { EJSON, Long, ObjectId } from '../../src/bson/index.ts'
import {
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoServerError,
  MongoWriteConcernError
} from '../../src/errors/index.ts'
import type { ServerDescription, TopologyDescription } from '../../src/topology/index.ts'
import { type Fields, fieldsOf, listOf, numberOf, objectOf, textOf } from './content.ts'
import type { Runner } from '../runner.ts'
import { RealTopology } from './real_topology.ts'

/** One case a file: replies and errors in phases, and what is known after each. */
export const sdam: Runner = {
  cases(content: unknown, file: string) {
    const test = fieldsOf(content, file, ['description', 'uri', 'phases'])
    const phases = listOf(test['phases'], 'phases')
    if (phases.length === 0) throw new Error(`${file} has no phases`)
    const name = textOf(test['description'], 'description')
    const uri = textOf(test['uri'], 'uri')
    return [{ name, run: () => phases.forEach(runPhaseOn(new RealTopology(uri))) }]
  }
}

function runPhaseOn(deployment: RealTopology): (value: unknown, index: number) => void {
  return (value, index) => {
    const phase = fieldsOf(value, `phase ${index}`, ['description', 'responses', 'applicationErrors', 'outcome'])
    for (const response of listOf(phase['responses'] ?? [], 'responses')) answer(deployment, response)
    for (const error of listOf(phase['applicationErrors'] ?? [], 'applicationErrors')) fail(deployment, error)
    try {
      compare(deployment, phase['outcome'])
    } catch (error) {
      throw new Error(`after phase ${index}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error
      })
    }
  }
}

/** An empty reply stands for a network error. */
export function answer(deployment: RealTopology, value: unknown): void {
  const [address, content, ...others] = listOf(value, 'response')
  assert.equal(others.length, 0, 'a response has two parts')
  const reply = objectOf(content, 'reply')
  if (Object.keys(reply).length > 0) deployment.checkSucceeded(textOf(address, 'address'), bsonOf(reply))
  else deployment.checkFailed(textOf(address, 'address'), new MongoNetworkError('the connection was closed'))
}

const errorFields = ['address', 'generation', 'maxWireVersion', 'when', 'type', 'response']

function fail(deployment: RealTopology, value: unknown): void {
  const content = fieldsOf(value, 'applicationError', errorFields)
  const address = textOf(content['address'], 'applicationError.address')
  const when = content['when']
  if (when !== 'beforeHandshakeCompletes' && when !== 'afterHandshakeCompletes')
    throw new Error(`applicationError.when "${String(when)}" is unknown`)
  const beforeHandshake = when === 'beforeHandshakeCompletes'
  deployment.failed(address, {
    error: errorOf(content, beforeHandshake),
    phase: beforeHandshake ? 'hello' : 'operation',
    generation: numberOf(content['generation'] ?? deployment.generationOf(address), 'applicationError.generation'),
    serviceId: undefined
  })
}

/** Before the handshake completes, a pool labels what the network does to it. */
function errorOf(content: Fields, beforeHandshake: boolean): Error {
  const labels = { errorLabels: beforeHandshake ? ['SystemOverloadedError', 'RetryableError'] : [] }
  switch (content['type']) {
    case 'network':
      return new MongoNetworkError('the connection was closed', labels)
    case 'timeout':
      return new MongoNetworkTimeoutError('the server did not answer in time', labels)
    case 'command': {
      const response = bsonOf(objectOf(content['response'], 'applicationError.response'))
      return 'writeConcernError' in response ? new MongoWriteConcernError(response) : new MongoServerError(response)
    }
    default:
      throw new Error(`applicationError.type "${String(content['type'])}" is unknown`)
  }
}

const outcomeFields = [
  'servers',
  'topologyType',
  'setName',
  'logicalSessionTimeoutMinutes',
  'maxSetVersion',
  'maxElectionId',
  'compatible'
]

function compare(deployment: RealTopology, value: unknown): void {
  const { servers: expected, topologyType, ...plain } = fieldsOf(value, 'outcome', outcomeFields)
  const { description } = deployment
  assert.equal(description.type, topologyType, 'topologyType')
  for (const [field, wanted] of Object.entries(plain)) {
    same(description[field as keyof TopologyDescription], wanted, field)
  }
  const servers = objectOf(expected, 'outcome.servers')
  assert.deepEqual(new Set(description.servers.keys()), new Set(Object.keys(servers)), 'servers')
  for (const [address, wanted] of Object.entries(servers)) {
    const server = description.servers.get(address)
    if (server !== undefined) compareServer(server, deployment.generationOf(address), wanted)
  }
}

const serverFields = [
  'type',
  'error',
  'setName',
  'setVersion',
  'electionId',
  'topologyVersion',
  'logicalSessionTimeoutMinutes',
  'minWireVersion',
  'maxWireVersion',
  'pool'
]

function compareServer(server: ServerDescription, generation: number, value: unknown): void {
  const { type, error, pool, ...plain } = fieldsOf(value, `server ${server.address}`, serverFields)
  // Only drivers with one thread tell a possible primary from any other unknown server.
  assert.equal(server.type, type === 'PossiblePrimary' ? 'Unknown' : type, `type of ${server.address}`)
  if (error !== undefined) {
    const part = textOf(error, 'server.error')
    assert.ok(server.error?.message.includes(part), `${server.address}: "${server.error?.message}" has no "${part}"`)
  }
  if (pool !== undefined) {
    const wanted = fieldsOf(pool, 'pool', ['generation'])['generation']
    assert.equal(generation, wanted, `generation of the pool of ${server.address}`)
  }
  for (const [field, wanted] of Object.entries(plain)) {
    same(server[field as keyof ServerDescription], wanted, `${field} of ${server.address}`)
  }
}

/** The files have null for what is absent, and extended JSON for identifiers and 64-bit numbers. */
function same(actual: unknown, wanted: unknown, what: string): void {
  assert.deepEqual(comparable(actual), comparable(wanted === null ? undefined : bsonOf({ wanted })['wanted']), what)
}

function comparable(value: unknown): unknown {
  if (value instanceof ObjectId) return value.toHexString()
  if (value instanceof Long) return value.toBigInt()
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([field, part]) => [field, comparable(part)]))
}

/** Relaxed extended JSON, but with 64-bit numbers kept as they are. */
function bsonOf(value: Fields): Fields {
  return Object.fromEntries(Object.entries(value).map(([field, part]) => [field, bsonValueOf(part)]))
}

function bsonValueOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bsonValueOf)
  if (typeof value !== 'object' || value === null) return value
  if (Object.keys(value).some(key => key.startsWith('$')))
    return EJSON.deserialize({ value }, { relaxed: false })['value']
  return bsonOf(value as Fields)
}
