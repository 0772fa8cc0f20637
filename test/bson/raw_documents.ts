/**
 * Documents as bytes, with all that BSON allows and the library does not write: every type, deprecated ones too, keys
 * that stand twice, arrays whose keys are no indices.
 */
import fc from 'fast-check'

type Bytes = fc.Arbitrary<Buffer>

/** Keys that could do harm, or that are treated apart somewhere. */
const oddKeys = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '0',
  '7',
  '4294967295',
  '',
  '_id',
  '$ref',
  '$id',
  '$db',
  '$set',
  '$clusterTime',
  'a',
  'ab',
  'abc',
  'abcdefghij',
  'abcdefghijk',
  'abcdefghijkl',
  'abcdefghijklm',
  'a key of more than sixteen bytes',
  'grüße',
  '鍵',
  '🗝️',
  '\ufffd',
  '\ufeff',
  'k'.repeat(70)
]

const key: Bytes = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...oddKeys).map(text => Buffer.from(`${text}\0`)) },
  {
    weight: 2,
    arbitrary: fc.string({ maxLength: 9, unit: 'grapheme' }).map(text => Buffer.from(`${text.replaceAll('\0', '')}\0`))
  },
  { weight: 1, arbitrary: fc.uint8Array({ min: 1, maxLength: 4 }).map(bytes => Buffer.concat([bytes, Buffer.of(0)])) }
)

/** Of every length around the limits, in ASCII and not, valid and, rarely, not. */
const textBytes: Bytes = fc.oneof(
  { weight: 6, arbitrary: fc.string({ maxLength: 16, unit: 'grapheme-ascii' }).map(text => Buffer.from(text)) },
  { weight: 3, arbitrary: fc.string({ maxLength: 30, unit: 'grapheme' }).map(text => Buffer.from(text)) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('\ufffd', 'a text that has one: \ufffd', 'a\0b', '\ufeffmark')
      .map(text => Buffer.from(text))
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom([0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0x61, 0xe2, 0x82])
      .map(bytes => Buffer.from(bytes))
  }
)

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(value)
  return bytes
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes
}

/** With the length before it, and the 0 behind it. */
function counted(text: Buffer): Buffer {
  return Buffer.concat([int32(text.length + 1), text, Buffer.of(0)])
}

/** The document of these elements. */
export function documentOf(elements: readonly Uint8Array[]): Buffer {
  const length = 5 + elements.reduce((sum, element) => sum + element.length, 0)
  return Buffer.concat([int32(length), ...elements, Buffer.of(0)])
}

function ofType(type: number, value: Bytes): fc.Arbitrary<readonly [number, Buffer]> {
  return value.map(bytes => [type, bytes] as const)
}

function anyBytes(length: number): Bytes {
  return fc.uint8Array({ minLength: length, maxLength: length }).map(bytes => Buffer.from(bytes))
}

const exactMax = 2n ** 53n
const nothing = fc.constant(Buffer.alloc(0))

const longs = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: exactMax - 2n, max: exactMax + 2n }),
  fc.bigInt({ min: -exactMax - 2n, max: -exactMax + 2n }),
  fc.bigInt({ min: -3n, max: 3n })
)

const binary: Bytes = fc
  .tuple(fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 9, 128, 255), fc.constantFrom(0, 1, 4, 15, 16, 17, 40).chain(anyBytes))
  .map(([subtype, bytes]) => {
    const content = subtype === 2 ? Buffer.concat([int32(bytes.length), bytes]) : bytes
    return Buffer.concat([int32(content.length), Buffer.of(subtype), content])
  })

const cString: Bytes = textBytes.map(bytes => Buffer.concat([bytes.filter(byte => byte !== 0), Buffer.of(0)]))

/** The type's byte and the bytes of the value, of each type without documents in it. */
const leaf = fc.oneof(
  { weight: 4, arbitrary: ofType(0x02, textBytes.map(counted)) },
  { weight: 3, arbitrary: ofType(0x10, fc.integer().map(int32)) },
  ofType(0x01, fc.double().map(double)),
  ofType(0x05, binary),
  ofType(0x06, nothing),
  ofType(0x07, anyBytes(12)),
  ofType(0x08, fc.constantFrom(Buffer.of(0), Buffer.of(1))),
  ofType(0x09, longs.map(int64)),
  ofType(0x0a, nothing),
  ofType(
    0x0b,
    fc
      .tuple(
        fc.constantFrom('a+', '', 'ü', '[').map(text => Buffer.from(`${text}\0`)),
        fc.constantFrom('i\0', 'ims\0', '\0').map(text => Buffer.from(text))
      )
      .map(parts => Buffer.concat(parts))
  ),
  ofType(
    0x0b,
    fc.tuple(cString, fc.constant(Buffer.of(0))).map(parts => Buffer.concat(parts))
  ),
  ofType(
    0x0c,
    fc.tuple(textBytes.map(counted), anyBytes(12)).map(parts => Buffer.concat(parts))
  ),
  ofType(0x0d, textBytes.map(counted)),
  ofType(0x0e, textBytes.map(counted)),
  ofType(0x11, anyBytes(8)),
  ofType(0x12, longs.map(int64)),
  ofType(0x13, anyBytes(16)),
  ofType(0x7f, nothing),
  ofType(0xff, nothing)
)

function element([name, [type, value]]: readonly [Buffer, readonly [number, Buffer]]): Buffer {
  return Buffer.concat([Buffer.of(type), name, value])
}

const { rawDocument } = fc.letrec<{ rawDocument: Buffer; rawArray: Buffer; value: readonly [number, Buffer] }>(tie => ({
  rawDocument: fc.array(fc.tuple(key, tie('value')).map(element), { maxLength: 12 }).map(documentOf),
  rawArray: fc
    .tuple(fc.array(tie('value'), { maxLength: 12 }), fc.boolean())
    .map(([list, odd]) =>
      documentOf(list.map((value, index) => element([Buffer.from(`${odd ? 'x' : index}\0`), value])))
    ),
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 6, arbitrary: leaf },
    { weight: 1, arbitrary: ofType(0x03, tie('rawDocument')) },
    { weight: 1, arbitrary: ofType(0x04, tie('rawArray')) },
    {
      weight: 1,
      arbitrary: ofType(
        0x0f,
        fc
          .tuple(textBytes.map(counted), tie('rawDocument'))
          .map(([code, scope]) => Buffer.concat([int32(4 + code.length + scope.length), code, scope]))
      )
    },
    { weight: 1, arbitrary: reference() }
  )
}))

/** What a DBRef is written as, with more fields or fewer. */
function reference(): fc.Arbitrary<readonly [number, Buffer]> {
  const part = fc.constantFrom(
    Buffer.concat([Buffer.from('\x02$ref\0'), counted(Buffer.from('things'))]),
    Buffer.concat([Buffer.from('\x07$id\0'), Buffer.alloc(12, 7)]),
    Buffer.concat([Buffer.from('\x02$db\0'), counted(Buffer.from('elsewhere'))]),
    Buffer.concat([Buffer.from('\x10more\0'), int32(1)]),
    Buffer.concat([Buffer.from('\x10$more\0'), int32(1)])
  )
  return ofType(0x03, fc.array(part, { minLength: 1, maxLength: 5 }).map(documentOf))
}

/** Any document that is well-formed but for its texts, some of which are not UTF-8. */
export const anyRawDocument: Bytes = rawDocument
