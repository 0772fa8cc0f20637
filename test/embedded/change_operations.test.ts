import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Timestamp } from '../../src/bson/index.ts'
import { EventMaker } from '../../src/embedded/changes/events.ts'
import { operationsOf } from '../../src/embedded/changes/operations.ts'
import {
  comparePositions,
  type Position,
  positionBefore,
  positionBehind,
  positionOf,
  tokenOf
} from '../../src/embedded/changes/position.ts'
import { type BSONDocument, fromObject, toObject } from '../../src/embedded/query/index.ts'
import { Store } from '../../src/embedded/store/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'

const { chance } = virtualRuntime({ seed: 1 })
const timestamp = new Timestamp({ t: 5, i: 1 }).toBigInt()
const scope = { kind: 'database', database: 'test' } as const
const options = {
  fullDocument: 'default',
  fullDocumentBeforeChange: 'off',
  showExpandedEvents: false,
  allChangesForCluster: false,
  from: undefined
} as const

suite('an entry that lists the operations of a transaction', () => {
  const lsid = { id: 'session' }
  const entry = fromObject({
    op: 'c',
    ns: 'admin.$cmd',
    wall: new Date(0),
    lsid,
    txnNumber: 3,
    o: {
      applyOps: [
        { op: 'i', ns: 'test.c', o: { _id: 1 } },
        { op: 'i', ns: 'other.c', o: { _id: 2 } },
        { op: 'd', ns: 'test.c', o: { _id: 1 } }
      ]
    }
  })

  test('is told in its order, with the session and the number of the transaction, each with a place of its own', () => {
    const maker = new EventMaker(scope, options, () => new Store(chance))
    const events = operationsOf(timestamp, entry).flatMap(operation => maker.eventsOf(operation))
    const told = events.map(({ document }) => toObject(document))
    assert.deepEqual(
      told.map(({ operationType, lsid: session, txnNumber }) => [operationType, session, Number(txnNumber)]),
      [
        ['insert', lsid, 3],
        ['delete', lsid, 3]
      ]
    )
    const [first, second] = events
    assert.ok(first !== undefined && second !== undefined)
    assert.ok(comparePositions(first.position, second.position) < 0)
    assert.ok(comparePositions(second.position, positionBehind(timestamp)) < 0)
  })

  test('tells nothing of transactions where there was none', () => {
    const single: BSONDocument = fromObject({ op: 'i', ns: 'test.c', lsid, txnNumber: 3, o: { _id: 1 } })
    const [operation, ...others] = operationsOf(timestamp, single)
    assert.deepEqual([operation?.transaction, others], [undefined, []])
  })
})

suite('a token', () => {
  const places: readonly Position[] = [
    positionBefore(timestamp),
    { timestamp, operation: 0, rank: 1, fragment: 0 },
    { timestamp, operation: 0, rank: 1, fragment: 1 },
    { timestamp, operation: 0, rank: 1, fragment: 2 },
    { timestamp, operation: 0, rank: 2, fragment: 0 },
    { timestamp, operation: 1, rank: 1, fragment: 0 },
    positionBehind(timestamp),
    { timestamp: timestamp + 1n, operation: 0, rank: 1, fragment: 0 }
  ]

  test('says its place', () => {
    for (const place of places) assert.deepEqual(positionOf(tokenOf(place)), place)
  })

  test('is a greater text where the place is later', () => {
    const texts = places.map(place => toObject(tokenOf(place))['_data'] as string)
    assert.deepEqual([...texts].sort(), texts)
    assert.deepEqual([...places].sort(comparePositions), places)
  })
})
