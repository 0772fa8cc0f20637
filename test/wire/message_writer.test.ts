import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BSON, EncodedDocumentList } from '../../src/bson/index.ts'
import { messageFlags, MessageWriter, opCode } from '../../src/wire/index.ts'
import { body, messageOf, sequence } from './messages.ts'

const documents = [{ a: 1 }, { a: 'text' }, { b: [1, 2, 3] }]
const encoded = new EncodedDocumentList()
for (const document of documents) encoded.add(document, true)
encoded.finish()

/** A writer with an insert begun, its body ended. */
function insertion(): MessageWriter {
  const writer = new MessageWriter()
  const out = writer.begin(7)
  out.string('insert', 'orders')
  out.string('$db', 'shop')
  writer.endBody()
  return writer
}

const insertBody = body({ insert: 'orders', $db: 'shop' })

test('a request is header, flags and the document', () => {
  const writer = new MessageWriter()
  const out = writer.begin(7, messageFlags.exhaustAllowed)
  out.int32('hello', 1)
  writer.endBody()
  assert.deepEqual(writer.finish(), messageOf([body({ hello: 1 })], { flags: 0x10000, responseTo: 0 }))
})

test('a reply carries the id of the request it answers', () => {
  const writer = new MessageWriter()
  writer.begin(7, messageFlags.moreToCome, 3).double('ok', 1)
  writer.endBody()
  const expected = messageOf([body({ ok: new BSON.Double(1) })], { flags: 2, requestId: 7, responseTo: 3 })
  assert.deepEqual(writer.finish(), expected)
})

test('a message of another opcode is the header and what is written behind it', () => {
  const writer = new MessageWriter()
  writer.beginHeader(-5, 9, opCode.reply).bareInt32(8)
  const expected = Buffer.alloc(20)
  for (const [index, value] of [20, -5, 9, 1, 8].entries()) expected.writeInt32LE(value, 4 * index)
  assert.deepEqual(writer.finish(), expected)
})

test('documents follow as sequences, each with its size and identifier', () => {
  const writer = insertion()
  assert.equal(writer.sequence('documents', encoded, 0, 48_000_000, 1000), 3)
  assert.equal(writer.sequence('more', encoded, 1, 48_000_000, 1), 1)
  const expected = messageOf([insertBody, sequence('documents', documents), sequence('more', [documents[1]!])], {
    responseTo: 0
  })
  assert.deepEqual(writer.finish(), expected)
})

test('a message takes documents up to its limit of bytes exactly, and not one byte more', () => {
  const whole = messageOf([insertBody, sequence('documents', documents)], { responseTo: 0 })
  const exact = insertion()
  assert.equal(exact.sequence('documents', encoded, 0, whole.length, 1000), 3)
  assert.deepEqual(exact.finish(), whole)
  assert.equal(exact.finish().length, whole.length)
  const less = insertion()
  assert.equal(less.sequence('documents', encoded, 0, whole.length - 1, 1000), 2)
  assert.deepEqual(
    less.finish(),
    messageOf([insertBody, sequence('documents', documents.slice(0, 2))], { responseTo: 0 })
  )
})

test('a message takes documents up to its limit of count exactly', () => {
  for (const count of [1, 2, 3]) assert.equal(insertion().sequence('documents', encoded, 0, 1000, count), count)
  assert.equal(insertion().sequence('documents', encoded, 2, 1000, 3), 1)
})

test('when not even one document fits there is no section', () => {
  const alone = messageOf([insertBody, sequence('documents', [documents[0]!])]).length
  for (const [messageBytesMax, count] of [
    [alone - 1, 10],
    [0, 10],
    [1000, 0]
  ] as const) {
    const writer = insertion()
    assert.equal(writer.sequence('documents', encoded, 0, messageBytesMax, count), 0)
    assert.deepEqual(writer.finish(), messageOf([insertBody], { responseTo: 0 }))
  }
  assert.equal(insertion().sequence('documents', encoded, 0, alone, 10), 1)
  assert.equal(insertion().sequence('documents', encoded, 3, 1000, 10), 0)
})

test('an error in the middle of a message leaves nothing in the next one', () => {
  const writer = new MessageWriter()
  const list: unknown[] = []
  list.push(list)
  assert.throws(() => writer.begin(1).value('list', list))
  writer.begin(7).int32('ping', 1)
  writer.endBody()
  assert.deepEqual(writer.finish(), messageOf([body({ ping: 1 })], { responseTo: 0 }))
})
