import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeDocument, type Document, DocumentWriter } from '../../src/bson/index.ts'
import { repeatableRead, unrepeatableWrite } from '../../src/operations/command.ts'
import { writeReadPreference } from '../../src/operations/envelope.ts'
import type { ReadPreference } from '../../src/options/index.ts'
import type { ServerType, TopologyDescription } from '../../src/topology/index.ts'
import { a, after, b, mongos, primary, secondary, topologyOf } from '../topology/hellos.ts'

const hosts = [a, b]
const older = { maxWireVersion: 12 }
const set = topologyOf(hosts, { replicaSet: 'rs' })
const secondaryPreferred: ReadPreference = { mode: 'secondaryPreferred', tags: [], maxStalenessSeconds: -1 }

function sent(traits: typeof repeatableRead, server: ServerType, topology: TopologyDescription): Document {
  const body = new DocumentWriter()
  body.beginDocument()
  writeReadPreference(body, { readPreference: secondaryPreferred, traits }, server, topology)
  body.endDocument()
  const bytes = Uint8Array.from(body.written())
  return decodeDocument(bytes, 0, bytes.length)
}

test('a pipeline that writes tells its read preference to servers from MongoDB 5.0 on alone, a read to all', () => {
  const topologies: readonly [ServerType, TopologyDescription, boolean][] = [
    ['RSPrimary', after(set, [a, primary(hosts)], [b, secondary(hosts)]), true],
    ['RSPrimary', after(set, [a, primary(hosts)], [b, secondary(hosts, older)]), false],
    ['Mongos', after(topologyOf([a]), [a, mongos()]), true],
    ['Mongos', after(topologyOf([a]), [a, mongos(older)]), false]
  ]
  const told = { $readPreference: { mode: 'secondaryPreferred' } }
  for (const [server, topology, isTold] of topologies) {
    assert.deepEqual(sent(unrepeatableWrite, server, topology), isTold ? told : {})
    assert.deepEqual(sent(repeatableRead, server, topology), told)
  }
})
