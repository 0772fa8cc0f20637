import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Long, prepareElements } from '../../src/bson/index.ts'
import { collectionIn, cursorIdIn } from '../../src/operations/command_subject.ts'
import { encodeUserElements } from '../../src/operations/prepared_command.ts'

const id = Long.fromString('7261547265411853001')
const getMore = prepareElements(body => {
  body.long('getMore', id)
  body.string('collection', 'orders')
  body.int32('batchSize', 2)
})
const killCursors = prepareElements(body => {
  body.string('killCursors', 'orders')
  body.beginArray('cursors')
  body.long('0', id)
  body.endDocument()
})

test('a command is about the collection that its name has, that a getMore has, or that of what is explained', () => {
  for (const [elements, collection] of [
    [encodeUserElements({ find: 'orders', filter: { text: 'x' } }), 'orders'],
    [encodeUserElements({ find: 'örders' }), 'örders'],
    [getMore, 'orders'],
    [killCursors, 'orders'],
    [encodeUserElements({ explain: { find: 'orders', filter: {} }, verbosity: 'allPlansExecution' }), 'orders'],
    [encodeUserElements({ explain: { aggregate: 1, pipeline: [] } }), undefined],
    [encodeUserElements({ aggregate: 1, pipeline: [] }), undefined],
    [encodeUserElements({ listCollections: 1, filter: { name: 'orders' } }), undefined],
    [encodeUserElements({ endSessions: [{ id: 'x' }] }), undefined],
    [encodeUserElements({ aggregate: { find: 'x' } }), undefined],
    [encodeUserElements({ getMore: id, batchSize: 2 }), undefined],
    [encodeUserElements({ getMore: id }), undefined],
    [new Uint8Array(0), undefined]
  ] as const)
    assert.equal(collectionIn(elements), collection)
})

test('a getMore and a killCursors are about a cursor, and nothing else is', () => {
  assert.equal(cursorIdIn(getMore)?.toString(), id.toString())
  assert.equal(cursorIdIn(killCursors)?.toString(), id.toString())
  for (const command of [
    { ping: 1 },
    { ping: id },
    { getMore: 5.5, collection: 'orders' },
    { killCursors: 'orders', cursors: [] },
    { killCursors: 'orders', cursors: 'none' },
    { find: 'orders', filter: {} }
  ])
    assert.equal(cursorIdIn(encodeUserElements(command)), undefined)
  assert.equal(cursorIdIn(new Uint8Array(0)), undefined)
})
