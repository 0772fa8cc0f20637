import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Int32 } from '../../src/bson/index.ts'
import { changedPaths, dotted } from '../../src/embedded/store/changed_paths.ts'
import { updateDescription } from '../../src/embedded/changes/update_description.ts'
import { type BSONDocument, type BSONValue, isDocument } from '../../src/embedded/query/index.ts'
import { valueKey } from '../../src/embedded/store/index.ts'

const name = fc.constantFrom('a', 'b', 'c')
const scalar = fc.oneof(
  fc.integer({ min: 0, max: 3 }).map(n => new Int32(n)),
  fc.constantFrom('x', 'y', null)
)
const { document } = fc.letrec<{ document: BSONDocument; value: BSONValue }>(tie => ({
  document: fc.array(fc.tuple(name, tie('value')), { maxLength: 3 }).map(fields => new Map(fields)),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    tie('document'),
    fc.array(tie('value'), { maxLength: 3 })
  )
}))

/** What a reader of the event makes of the document that he has. */
function applied(before: BSONDocument, description: BSONDocument): BSONValue {
  const result = copy(before)
  for (const { field, newSize } of documents(description.get('truncatedArrays')).map(fieldsOf))
    within(result, String(field), (place, key) => {
      const array = valueIn(place, key)
      assert.ok(Array.isArray(array) && newSize instanceof Int32)
      array.length = newSize.value
    })
  for (const field of (description.get('removedFields') ?? []) as string[])
    within(result, field, (place, key) => assert.ok(place instanceof Map && place.delete(key)))
  for (const [field, value] of description.get('updatedFields') as BSONDocument)
    within(result, field, (place, key) => {
      if (place instanceof Map) place.set(key, value)
      else place[Number(key)] = value
    })
  return result
}

type Place = Map<string, BSONValue> | BSONValue[]

function within(document: BSONValue, path: string, act: (place: Place, key: string) => void): void {
  const parts = path.split('.')
  const last = parts.pop() ?? ''
  const place = parts.reduce<BSONValue | undefined>((value, part) => valueIn(value as Place, part), document)
  assert.ok(isDocument(place) || Array.isArray(place), path)
  act(place as Place, last)
}

function valueIn(place: Place, key: string): BSONValue | undefined {
  return place instanceof Map ? place.get(key) : place[Number(key)]
}

function copy(value: BSONValue): BSONValue {
  if (Array.isArray(value)) return value.map(copy)
  return isDocument(value) ? new Map(Array.from(value, ([key, inner]) => [key, copy(inner)])) : value
}

function documents(value: BSONValue | undefined): BSONDocument[] {
  return Array.isArray(value) ? value.filter(isDocument) : []
}

function fieldsOf(document: BSONDocument): { readonly field: unknown; readonly newSize: unknown } {
  return { field: document.get('field'), newSize: document.get('newSize') }
}

/** Whatever the order of fields. */
function sorted(value: BSONValue): BSONValue {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isDocument(value)) return value
  return new Map(
    [...value].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)])
  )
}

test('what an event tells of an update makes the new document of the old one, whichever paths are told as one', () => {
  const whole = fc.array(
    fc.array(
      fc.oneof(
        name,
        fc.nat({ max: 2 }).map(n => new Int32(n))
      ),
      { minLength: 1, maxLength: 3 }
    )
  )
  fc.assert(
    fc.property(document, document, whole, (before, after, paths) => {
      const updated = changedPaths(before, after, new Set(paths.map(dotted)))
      const description = updateDescription(updated, after, false)
      assert.equal(valueKey(sorted(applied(before, description))), valueKey(sorted(after)))
    }),
    { seed: 26, numRuns: 2_000 }
  )
})

test('what has not changed is not told', () => {
  fc.assert(
    fc.property(document, same => {
      const updated = changedPaths(same, copy(same) as BSONDocument, new Set())
      for (const list of updated.values()) assert.deepEqual(list, [])
    }),
    { seed: 26, numRuns: 500 }
  )
})
