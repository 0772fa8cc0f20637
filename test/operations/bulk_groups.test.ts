/** How operations become groups, and groups commands. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  batchEnd,
  type BulkKind,
  type BulkStatement,
  envelopeBytesMax,
  groupStatements
} from '../../src/operations/commands/bulk_groups.ts'

const kinds: readonly BulkKind[] = ['insert', 'update', 'delete']

/** Statements whose bytes tell which they are. */
const statements: fc.Arbitrary<BulkStatement[]> = fc
  .array(fc.record({ kind: fc.constantFrom(...kinds), multi: fc.boolean() }), { minLength: 1, maxLength: 30 })
  .map(list =>
    list.map(({ kind, multi }, place) => ({
      kind,
      multi: multi && kind !== 'insert',
      bytes: Uint8Array.of(place),
      ...(kind === 'insert' ? { id: `id ${place}` } : {})
    }))
  )

test('ordered groups are the longest runs of one kind, in the order of the operations', () => {
  fc.assert(
    fc.property(statements, list => {
      const groups = groupStatements(list, true)
      assert.deepEqual(
        groups.flatMap(({ places }) => places),
        [...list.keys()]
      )
      for (const [index, { kind }] of groups.entries()) assert.notEqual(kind, groups[index - 1]?.kind)
    })
  )
})

test('unordered groups are one of each kind that occurs: inserts, updates, deletes', () => {
  fc.assert(
    fc.property(statements, list => {
      const groups = groupStatements(list, false)
      assert.deepEqual(
        groups.map(({ kind }) => kind),
        kinds.filter(kind => list.some(each => each.kind === kind))
      )
    })
  )
})

test('each group says of each of its statements the bytes, the place, the _id and whether it is for many', () => {
  fc.assert(
    fc.property(statements, fc.boolean(), (list, ordered) => {
      for (const { kind, documents, places, ids, multi } of groupStatements(list, ordered)) {
        for (const [at, place] of places.entries()) {
          const statement = list[place]
          assert.equal(statement?.kind, kind)
          assert.equal(documents[at], statement?.bytes)
          assert.equal(ids[at], statement?.id)
          assert.equal(multi.includes(at), statement?.multi)
        }
        assert.equal(documents.length, places.length)
        assert.deepEqual(
          places,
          [...places].sort((one, two) => one - two)
        )
      }
    })
  )
})

test('commands take every statement once, as many as count and bytes allow, and at least one', () => {
  const sizes = fc.array(fc.integer({ min: 5, max: 400 }), { minLength: 1, maxLength: 40 })
  const limits = fc.record({ bytes: fc.integer({ min: 1, max: 1_000 }), count: fc.integer({ min: 1, max: 10 }) })
  fc.assert(
    fc.property(sizes, limits, fc.integer({ min: 0, max: 300 }), (lengths, { bytes, count }, argumentBytes) => {
      const documents = lengths.map(length => new Uint8Array(length))
      const connection = {
        documentBytesMax: 1_000,
        messageBytesMax: bytes + argumentBytes + envelopeBytesMax,
        batchCountMax: count,
        wireVersionMax: 25
      }
      for (let start = 0; start < documents.length; ) {
        const end = batchEnd(documents, start, argumentBytes, connection)
        const sum = (to: number): number => lengths.slice(start, to).reduce((total, length) => total + length, 0)
        assert.ok(end > start && end <= documents.length)
        assert.ok(end - start <= count)
        assert.ok(sum(end) <= bytes || end === start + 1, `${sum(end)} bytes of ${bytes}`)
        const isFull = end === documents.length || end - start === count || sum(end + 1) > bytes
        assert.ok(isFull, 'another one would have had room')
        start = end
      }
    })
  )
})
