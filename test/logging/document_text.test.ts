import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { Binary, type Document, EJSON, Long, ObjectId } from '../../src/bson/index.ts'
import { documentText, errorFields } from '../../src/logging/index.ts'
import { MongoServerError } from '../../src/errors/index.ts'

/** What the specification asks for, done the long way. */
function cutWhole(document: Document, codePointsMax: number): string {
  const points = Array.from(EJSON.stringify(document))
  return points.length <= codePointsMax ? points.join('') : `${points.slice(0, codePointsMax).join('')}...`
}

const texts = fc.string({ unit: 'binary', maxLength: 40 })
const values = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    texts,
    fc.integer(),
    fc.constantFrom(null, true, 1.5, new Long(5), new ObjectId('65f000000000000000000001'), new Date(0)),
    fc.uint8Array({ maxLength: 60 }).map(bytes => new Binary(bytes)),
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(fc.string({ maxLength: 8 }), tie('value'), { maxKeys: 6 })
  )
})).value
const documents = fc.dictionary(fc.string({ maxLength: 8 }), values, { maxKeys: 8 }) as fc.Arbitrary<Document>

suite('a document in a message', () => {
  test('is relaxed Extended JSON', () => {
    const document = { n: 1, l: Long.fromNumber(2), id: new ObjectId('65f000000000000000000001') }
    assert.equal(documentText(document, 1000), '{"n":1,"l":2,"id":{"$oid":"65f000000000000000000001"}}')
  })

  test('is cut after the limit, with an ellipsis that does not count; 0 is no limit', () => {
    assert.equal(documentText({ ping: 1 }, 5), '{"pin...')
    assert.equal(documentText({ ping: 1 }, 10), '{"ping":1}')
    assert.equal(documentText({ ping: 1 }, 9), '{"ping":1...')
    assert.equal(documentText({ x: 'y'.repeat(5000) }, 0).length, 5008)
  })

  test('is cut the same whether it was written out whole or only as far as it shows', () => {
    fc.assert(
      fc.property(documents, fc.integer({ min: 1, max: 120 }), (document, max) => {
        assert.equal(documentText(document, max), cutWhole(document, max))
      }),
      { numRuns: 2000 }
    )
  })

  test('keeps what stands before brackets that close', () => {
    const document = { '': [[['\0']]] }
    assert.equal(documentText(document, 9), cutWhole(document, 9))
    assert.equal(documentText(document, 9), '{"":[[["\\...')
  })

  test('is not written out beyond what shows', () => {
    let read = 0
    const document = { a: 'x'.repeat(50) }
    const documents = Array.from({ length: 10_000 }, () => ({
      get a() {
        read++
        return document.a
      }
    }))
    assert.equal(documentText({ documents }, 1000).length, 1003)
    assert.ok(read < 100, `${read} documents were read`)
  })

  test('that has no Extended JSON is said to have none', () => {
    const vector = new Binary(Uint8Array.of(0x27, 9, 1), Binary.SUBTYPE_VECTOR)
    assert.match(documentText({ vector }, 1000), /^\(not shown: /)
  })
})

suite('truncation with multi-byte code points (prose test 3)', () => {
  const document = { x: '😀'.repeat(10) }

  test('of a command or a reply never cuts through one', () => {
    assert.equal(documentText(document, 8), '{"x":"😀😀...')
    for (let max = 6; max < 16; max++) assert.doesNotMatch(documentText(document, max), /\p{Surrogate}/u)
  })

  test('of the reply in a failure neither', () => {
    const { errorResponse } = errorFields(new MongoServerError({ errmsg: '😀'.repeat(10) }), 13)
    assert.equal(errorResponse, '{"errmsg":"😀😀...')
  })
})
