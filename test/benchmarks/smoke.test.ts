import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Binary, type Document, Long, Timestamp } from '../../src/bson/index.ts'
import type { Recorded } from '../../benchmarks/server/record.ts'
import { clusterSeconds, clusterSignature } from '../../benchmarks/server/reply.ts'
import { bestServer } from '../../benchmarks/server/start.ts'
import { envelopeProblems, smokeProblems } from '../../benchmarks/smoke.ts'
import { workloads } from '../../benchmarks/workloads/index.ts'

/** One for each kind of operation; the others differ in how many are in flight. */
const tried = [
  'ping-10',
  'handle-10',
  'find-batches',
  'insert-many-small',
  'client-bulk-small',
  'mixed-100',
  'listened-one-cpu',
  'spike',
  'queued'
]

for (const name of tried)
  for (const driver of ['cenote', 'mongodb'] as const)
    test(`${driver} does in ${name} what it is measured for, with lsid, $clusterTime and txnNumber`, async t => {
      const workload = workloads.find(each => each.name === name)
      assert.ok(workload !== undefined)
      assert.deepEqual(
        await smokeProblems(
          driver,
          workload,
          bestServer(text => t.diagnostic(text))
        ),
        []
      )
    })

test('the JavaScript server serves both drivers too', async () => {
  const workload = workloads.find(each => each.name === 'mixed-100')
  assert.ok(workload !== undefined)
  assert.deepEqual(await smokeProblems('cenote', workload, 'JavaScript'), [])
  assert.deepEqual(await smokeProblems('mongodb', workload, 'JavaScript'), [])
})

const session = { id: new Binary(Buffer.alloc(16, 1), Binary.SUBTYPE_UUID) }

function clusterTime(increment: number): Document {
  return { clusterTime: Timestamp.fromBits(increment, clusterSeconds), signature: clusterSignature }
}

function request(command: Document, told: number): Recorded {
  return { connection: 1, told, command, sequences: {} }
}

test('a side that leaves out what a session sends is found out', () => {
  const first = request({ ping: 1, lsid: session }, 1)
  const complete = { insert: 'c', lsid: session, txnNumber: Long.ONE, $clusterTime: clusterTime(2) }
  assert.deepEqual(envelopeProblems([first, request(complete, 2)]), [])
  const { lsid: _lsid, ...withoutSession } = complete
  assert.deepEqual(envelopeProblems([first, request(withoutSession, 2)]), ['insert without lsid'])
  const { txnNumber: _number, ...withoutNumber } = complete
  assert.deepEqual(envelopeProblems([first, request(withoutNumber, 2)]), ['insert without txnNumber'])
  assert.deepEqual(envelopeProblems([first, request(complete, 2), request(complete, 2)]), [
    'insert with a txnNumber that its session has used'
  ])
  const { $clusterTime: _time, ...withoutTime } = complete
  assert.deepEqual(envelopeProblems([first, request(withoutTime, 2)]), ['insert without $clusterTime'])
  assert.deepEqual(envelopeProblems([first, request(complete, 3)]), ['insert without $clusterTime'])
  const unsigned = { ...complete, $clusterTime: { ...clusterTime(2), signature: {} } }
  assert.deepEqual(envelopeProblems([first, request(unsigned, 2)]), ['insert without $clusterTime'])
})
