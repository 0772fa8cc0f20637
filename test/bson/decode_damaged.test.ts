import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import fc from 'fast-check'
import { BSON, BSONError, decodeDocument, DecodeSites } from '../../src/bson/index.ts'
import { documentDepthMax } from '../../src/bson/limits.ts'
import { everyType, nestedBytes } from './documents.ts'
import { assertAsLibrary } from './library.ts'
import { anyRawDocument, documentOf } from './raw_documents.ts'

const original = Buffer.from.bind(Buffer)

const seed = 9_120

/** More of them: `CENOTE_DAMAGED_DOCUMENTS=100000 node dist/tools/test.js decode_damaged`. */
const runs = Number(process.env['CENOTE_DAMAGED_DOCUMENTS'] ?? 4000)

type Damage = (bytes: Buffer) => Buffer

/** Somewhere in the bytes, from a number that knows nothing of their length. */
function placeIn(bytes: Buffer, place: number): number {
  return place % bytes.length
}

const hostileLengths = [-1, -(2 ** 31), 2 ** 31 - 1, 0, 1, 4, 5, 6, 1024]

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat(255)).map(
    ([place, byte]): Damage =>
      bytes => {
        bytes[placeIn(bytes, place)] = byte
        return bytes
      }
  ),
  fc.tuple(fc.nat(), fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xc3, 0xff)).map(
    ([place, byte]): Damage =>
      bytes => {
        bytes[placeIn(bytes, place)] = byte
        return bytes
      }
  ),
  fc.tuple(fc.nat(), fc.constantFrom(...hostileLengths)).map(
    ([place, length]): Damage =>
      bytes => {
        if (bytes.length >= 4) bytes.writeInt32LE(length, Math.min(placeIn(bytes, place), bytes.length - 4))
        return bytes
      }
  ),
  // A length that is off by a little.
  fc.tuple(fc.nat(), fc.constantFrom(-2, -1, 1, 2)).map(
    ([place, change]): Damage =>
      bytes => {
        const at = placeIn(bytes, place)
        bytes[at] = ((bytes[at] ?? 0) + change) & 0xff
        return bytes
      }
  ),
  fc.nat().map(
    (place): Damage =>
      bytes =>
        bytes.subarray(0, 1 + placeIn(bytes, place))
  ),
  // Cut short, with a length that fits and zeros at the end.
  fc.nat().map(
    (place): Damage =>
      bytes => {
        const cut = Buffer.concat([bytes.subarray(0, placeIn(bytes, place)), Buffer.alloc(5)])
        cut.writeInt32LE(cut.length, 0)
        return cut
      }
  ),
  fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 6 })).map(
    ([place, more]): Damage =>
      bytes => {
        const at = placeIn(bytes, place)
        const longer = Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)])
        if (longer.length >= 4) longer.writeInt32LE(longer.length, 0)
        return longer
      }
  )
)

const damaged = fc
  .tuple(anyRawDocument, fc.array(damage, { minLength: 1, maxLength: 3 }))
  .map(([bytes, damages]) => damages.reduce<Buffer>((result, each) => each(result), Buffer.from(bytes)))

test('damaged documents decode as the library decodes them, or are refused in its words', () => {
  const site = new DecodeSites().siteFor('find shop.orders')
  fc.assert(
    fc.property(damaged, bytes => {
      assertAsLibrary(bytes)
      assertAsLibrary(bytes, site)
    }),
    { seed, numRuns: runs }
  )
})

test('a document of every type is refused in the words of the library wherever it is cut, and whichever bit is flipped', () => {
  const whole = Buffer.from(BSON.serialize(everyType()))
  const site = new DecodeSites().siteFor('find shop.orders')
  for (let at = 0; at < whole.length; at++) {
    assertAsLibrary(whole.subarray(0, at), site)
    const flipped = Buffer.from(whole)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
    assertAsLibrary(flipped, site)
  }
})

test('an error leaves nothing behind: the next document decodes as if there had been none', () => {
  const site = new DecodeSites().siteFor('find shop.orders')
  const whole = BSON.serialize({ a: 1, b: { c: ['text', { d: 2 }] } })
  const broken = Buffer.from(whole)
  broken[broken.lastIndexOf('d')] = 0
  for (let i = 0; i < 3; i++) {
    assertAsLibrary(whole, site)
    assertAsLibrary(broken, site)
  }
})

/** The innermost of `levels` documents is one that `inner` is, of one level. */
function nestedAround(levels: number, inner: Uint8Array): Buffer {
  let bytes: Buffer = Buffer.from(inner)
  for (let level = 1; level < levels; level++) bytes = documentOf([Buffer.concat([Buffer.of(0x03, 0x61, 0), bytes])])
  return bytes
}

test('as many levels as there may be are decoded, one more is refused, by whatever way', () => {
  const site = new DecodeSites().siteFor('find shop.orders')
  const reference = BSON.serialize({ $ref: 'things', $id: 1 })
  const expression = BSON.serialize({ a: /b/ })
  const code = BSON.serialize({ a: new BSON.Code('f', {}) })
  for (const [inner, levels] of [
    [documentOf([]), 1],
    [reference, 1],
    [expression, 1],
    [code, 2]
  ] as const) {
    assertAsLibrary(nestedAround(documentDepthMax + 1 - levels, inner), site)
    const tooDeep = nestedAround(documentDepthMax + 2 - levels, inner)
    for (const known of [undefined, site]) {
      assert.throws(() => decodeDocument(tooDeep, 0, tooDeep.length, undefined, known), /nested deeper than 200 levels/)
    }
    assert.throws(() => decodeDocument(tooDeep, 0, tooDeep.length, { promoteValues: false }), BSONError)
  }
  const arrays = Buffer.from(nestedBytes(documentDepthMax + 1))
  for (let level = 0; level < documentDepthMax; level++) arrays[6 * level + 4] = 4
  assert.throws(() => decodeDocument(arrays, 0, arrays.length, undefined, site), /nested deeper than 200 levels/)
})

test('however references are nested, each byte is copied for the library a few times at most', () => {
  const id = Buffer.concat([Buffer.from('\x07$id\0'), Buffer.alloc(12, 7)])
  let bytes: Buffer = documentOf([id])
  for (let level = 1; level < 100; level++) bytes = documentOf([Buffer.concat([Buffer.from('\x03a\0'), bytes]), id])
  let copiedBytes = 0
  const from = mock.method(Buffer, 'from', function (this: unknown, ...args: unknown[]): Buffer {
    const made: Buffer = Reflect.apply(original, undefined, args)
    if (args[0] instanceof Uint8Array) copiedBytes += made.length
    return made
  })
  try {
    decodeDocument(bytes, 0, bytes.length)
  } finally {
    from.mock.restore()
  }
  assert.ok(copiedBytes >= bytes.length && copiedBytes <= 2 * bytes.length, `${copiedBytes} of ${bytes.length}`)
})
