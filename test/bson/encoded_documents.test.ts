import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  BSON,
  type Document,
  DocumentWriter,
  encodeDocument,
  EncodedDocument,
  EncodedDocumentList,
  type EncodedDocuments,
  ObjectId
} from '../../src/bson/index.ts'
import { anyDocument } from './documents.ts'

fc.configureGlobal({ seed: 2_013 })

const id = new ObjectId('0123456789abcdef01234567')

function appended(documents: EncodedDocuments, start: number, stop: number): Buffer {
  const out = new DocumentWriter()
  documents.appendTo(out, start, stop)
  return Buffer.from(out.written())
}

test('any run of documents is what the library makes of each, one behind the other', () => {
  const documents = fc.array(fc.tuple(anyDocument, fc.boolean()), { maxLength: 12 })
  fc.assert(
    fc.property(documents, fc.nat(12), fc.nat(12), (list, start, count) => {
      const encoded = new EncodedDocumentList()
      const expected = list.map(([document, hasId]) => {
        const bytes = BSON.serialize(hasId ? { _id: id, ...document } : document)
        const withId = hasId && !('_id' in document) && !Object.keys(document).some(key => /^\d/.test(key))
        const alone = withId ? bytes : BSON.serialize(document)
        assert.equal(encoded.add(document, true, withId ? id : undefined), alone.length)
        return alone
      })
      encoded.finish()
      assert.equal(encoded.count, list.length)
      const run = Buffer.concat(expected.slice(start, start + count))
      assert.deepEqual(appended(encoded, start, start + count), run)
      assert.equal(encoded.bytesOf(start, start + count), run.length)
    })
  )
})

test('an id stands before the other fields, in one document as in many', () => {
  for (const document of [{}, { a: 1 }, { b: 'x'.repeat(5000), a: { c: [1] } }] as Document[]) {
    const expected = Buffer.from(BSON.serialize({ _id: id, ...document }))
    assert.deepEqual(Buffer.from(encodeDocument(document, false, id)), expected)
    const list = new EncodedDocumentList()
    list.add(document, false, id)
    assert.deepEqual(appended(list.finish(), 0, 1), expected)
  }
})

test('documents of more than one piece are cut between them, and any run goes over the cut', () => {
  const list = new EncodedDocumentList()
  const documents = Array.from({ length: 50 }, (_, index) => ({ index, text: String(index % 10).repeat(70_000) }))
  for (const document of documents) list.add(document, false)
  list.finish()
  const expected = documents.map(document => BSON.serialize(document))
  for (const [start, stop] of [
    [0, 50],
    [0, 1],
    [49, 50],
    [14, 16],
    [15, 31],
    [10, 10],
    [50, 60]
  ] as const) {
    assert.deepEqual(appended(list, start, stop), Buffer.concat(expected.slice(start, stop)))
  }
})

test('a list keeps its bytes when later ones are made, and one that failed leaves nothing behind', () => {
  const list = new EncodedDocumentList()
  list.add({ a: 'first' }, false)
  list.finish()
  const failed = new EncodedDocumentList()
  failed.add({ b: 1 }, false)
  assert.throws(() => failed.add({ 'a\0b': 1 }, false), /null bytes/)
  const nested = new EncodedDocumentList()
  const inner = new EncodedDocumentList()
  nested.add(
    {
      get c() {
        inner.add({ d: 1 }, false)
        return 2
      }
    },
    false
  )
  assert.deepEqual(BSON.deserialize(appended(inner.finish(), 0, 1)), { d: 1 })
  assert.deepEqual(BSON.deserialize(appended(nested.finish(), 0, 1)), { c: 2 })
  assert.deepEqual(BSON.deserialize(appended(list, 0, 1)), { a: 'first' })
})

test('one document is a list of one', () => {
  const bytes = encodeDocument({ a: 1 })
  const one = new EncodedDocument(bytes)
  assert.equal(one.count, 1)
  assert.equal(one.bytesOf(0, 1), bytes.length)
  assert.equal(one.bytesOf(1, 2), 0)
  assert.deepEqual(appended(one, 0, 1), Buffer.from(bytes))
  assert.deepEqual(appended(one, 1, 2), Buffer.alloc(0))
})

test('what a list that was released leaves is written over by the next one, and it gives no bytes any more', () => {
  const first = new EncodedDocumentList()
  first.add({ text: 'first'.repeat(20_000) }, false)
  const bytes = first.finish().at(0)
  first.release()
  const next = new EncodedDocumentList()
  next.add({ text: 'later'.repeat(20_000) }, false)
  assert.equal(next.finish().at(0).buffer, bytes.buffer)
  assert.deepEqual(BSON.deserialize(next.at(0)), { text: 'later'.repeat(20_000) })
  assert.equal(first.count, 0)
  assert.throws(() => first.at(0), RangeError)
  assert.throws(() => first.add({}, false), /finished/)
  first.release()
  assert.deepEqual(BSON.deserialize(next.at(0)), { text: 'later'.repeat(20_000) }, 'released once only')
})
