import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BSON, decodeSequence, type Document } from '../../src/bson/index.ts'
import { Message, WireViolationError } from '../../src/wire/index.ts'
import { anyDocument, everyType } from '../bson/documents.ts'
import { body, messageOf, peer, sequence } from './messages.ts'

fc.configureGlobal({ seed: 2_013 })

/** With other bytes around, and one reader for all, as on a connection. */
const message = new Message(peer)
function read(bytes: Buffer): Message {
  const lent = Buffer.concat([Buffer.alloc(5, 0xee), bytes, Buffer.alloc(5, 0xee)])
  message.read(lent, 5, 5 + bytes.length)
  return message
}

function refused(pattern: RegExp) {
  return (error: unknown) => error instanceof WireViolationError && error.peer === peer && pattern.test(error.message)
}

test('header, flags and document are read', () => {
  read(messageOf([body({ ok: 1 })], { requestId: -9, responseTo: 4, flags: 0x10002 }))
  assert.deepEqual([message.requestId, message.responseTo, message.opCode], [-9, 4, 2013])
  assert.deepEqual([message.moreToCome, message.exhaustAllowed], [true, true])
  assert.deepEqual(message.document(), { ok: 1 })
  read(messageOf([body({ ok: 2 })]))
  assert.deepEqual([message.moreToCome, message.exhaustAllowed], [false, false])
})

test('the header alone tells the opcode of a message of any kind', () => {
  const bytes = messageOf([], { opCode: 2004 })
  message.readHeader(bytes, 0, bytes.length)
  assert.equal(message.opCode, 2004)
  assert.equal(message.end, bytes.length)
})

test('sections come in any order, and sequences stand in the document as arrays', () => {
  const documents = [{ a: 1 }, { b: Buffer.from('x') }]
  read(messageOf([sequence('documents', documents), body({ insert: 'orders' }), sequence('empty', [])]))
  assert.equal(message.sequenceCount, 2)
  assert.equal(message.sequenceIdentifier(0), 'documents')
  assert.equal(message.sequenceIdentifier(1), 'empty')
  const into: Document[] = []
  decodeSequence(message.bytes, message.sequenceStart(0), message.sequenceEnd(0), into)
  assert.deepStrictEqual(into, [{ a: 1 }, { b: new BSON.Binary(Buffer.from('x')) }])
  assert.deepStrictEqual(message.document(), { insert: 'orders', documents: into, empty: [] })
  assert.throws(() => message.sequenceStart(2), RangeError)
})

test('a sequence named __proto__ is a field and pollutes nothing', () => {
  const document = read(messageOf([body({ ok: 1 }), sequence('__proto__', [{ polluted: true }])])).document()
  assert.deepEqual(Object.keys(document), ['ok', '__proto__'])
  assert.equal(Object.getPrototypeOf(document), Object.prototype)
})

test('a document in which nothing aliases the bytes', () => {
  const bytes = messageOf([body(everyType()), sequence('list', [everyType()])])
  message.read(bytes, 0, bytes.length)
  const document = message.document()
  bytes.fill(0xdd)
  const expected = BSON.deserialize(BSON.serialize(everyType()))
  assert.deepStrictEqual(document, { ...expected, list: [expected], ...protoOf(expected) })
})

/** Spreading sets `__proto__` as a field only when it is written so. */
function protoOf(document: Document): Document {
  return Object.hasOwn(document, '__proto__') ? { ['__proto__']: document['__proto__'] } : {}
}

test('a checksum is verified, and is no section', () => {
  const bytes = messageOf([body({ ok: 1 })], { flags: 1 })
  assert.deepEqual(read(bytes).document(), { ok: 1 })
  for (const at of [0, 4, 20, bytes.length - 10, bytes.length - 1]) {
    const damaged = Buffer.from(bytes)
    damaged[at]! ^= 1
    assert.throws(() => read(damaged), refused(/checksum of a message does not hold/))
  }
})

test('a flag bit that has to be understood and is not known is refused, others are ignored', () => {
  for (let bit = 2; bit < 16; bit++) {
    assert.throws(() => read(messageOf([body({ ok: 1 })], { flags: 1 << bit })), refused(/required flag bits/))
  }
  for (let bit = 17; bit < 32; bit++) {
    assert.deepEqual(read(messageOf([body({ ok: 1 })], { flags: (1 << bit) >>> 0 })).document(), { ok: 1 })
  }
})

test('there is exactly one section of kind 0', () => {
  assert.throws(() => read(messageOf([body({ a: 1 }), body({ b: 1 })])), refused(/two sections of kind 0/))
  assert.throws(() => read(messageOf([sequence('documents', [])])), refused(/without a section of kind 0/))
})

test('a section of an unknown kind is refused', () => {
  assert.throws(() => read(messageOf([body({ a: 1 }), Buffer.from([2, 0, 0, 0])])), refused(/section of kind 2/))
})

test('nothing may be left over, and nothing missing', () => {
  assert.throws(() => read(messageOf([body({ a: 1 }), Buffer.from([0])])), WireViolationError)
  assert.throws(() => read(messageOf([body({ a: 1 }).subarray(0, -1)])), WireViolationError)
  assert.throws(() => read(messageOf([sequence('s', [{ a: 1 }]), body({}), Buffer.from([1])])), WireViolationError)
})

test('a message that is too short for a section is refused with its length', () => {
  for (const length of [16, 17, 20]) {
    const bytes = messageOf([]).subarray(0, length)
    assert.throws(() => read(bytes), refused(new RegExp(`OP_MSG of ${length} bytes; at least 21`)))
  }
})

test("a sequence's size has to fit, and its documents to fill it", () => {
  const good = sequence('documents', [{ a: 1 }])
  for (const size of [-1, 0, 4, 5, good.length - 2, good.length, 2 ** 31 - 1]) {
    const bad = Buffer.from(good)
    bad.writeInt32LE(size, 1)
    assert.throws(() => read(messageOf([body({ a: 1 }), bad])), WireViolationError, `size ${size}`)
  }
  const short = Buffer.from([1, 9, 9, 9])
  assert.throws(() => read(messageOf([body({ a: 1 }), short])), refused(/announces 0 bytes.*room for 3\. Is it/))
  const within = Buffer.from(good)
  within.writeInt32LE(13, good.length - 12)
  assert.throws(() => read(messageOf([body({ a: 1 }), within])), refused(/announces 13 bytes/))
  const unterminated = Buffer.from([1, 6, 0, 0, 0, 65, 65])
  assert.throws(() => read(messageOf([body({ a: 1 }), unterminated])), refused(/identifier has no end/))
})

test('an identifier that is used twice is refused', () => {
  const twice = [body({ a: 1 }), sequence('ops', []), sequence('opt', []), sequence('ops', [])]
  assert.throws(() => read(messageOf(twice)), refused(/two document sequences with the identifier "ops"/))
  assert.throws(() => read(messageOf([body({ ops: 1 }), sequence('ops', [])])).document(), refused(/field "ops" twice/))
})

test('eight sequences are taken and nine refused', () => {
  const many = (count: number) => [body({}), ...Array.from({ length: count }, (_, i) => sequence(`s${i}`, []))]
  assert.equal(read(messageOf(many(8))).sequenceCount, 8)
  assert.throws(() => read(messageOf(many(9))), refused(/more than 8 document sequences/))
})

test('a compressed message is refused by its name, other opcodes by their number', () => {
  assert.throws(() => read(messageOf([body({})], { opCode: 2012 })), refused(/compressed message/))
  assert.throws(() => read(messageOf([body({})], { opCode: 1 })), refused(/opcode 1/))
})

test('a document that cannot be decoded is a violation, with the cause', () => {
  const bytes = messageOf([body({ text: 'valid' })])
  bytes[bytes.indexOf('valid')] = 0xff
  assert.throws(
    () => read(bytes).document(),
    (error: unknown) => error instanceof WireViolationError && error.cause instanceof BSON.BSONError
  )
})

test('damaged messages end in a violation or decode, and nothing else', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(anyDocument, fc.array(anyDocument, { maxLength: 3 }), damage, (document, list, places) => {
      const bytes = messageOf([body(document), sequence('list', list)])
      for (const [place, byte] of places) bytes[4 + (place % (bytes.length - 4))] = byte
      try {
        read(bytes).document()
      } catch (error) {
        assert.ok(error instanceof WireViolationError, String(error))
      }
    }),
    { numRuns: 2000 }
  )
})
