import assert from 'node:assert/strict'
import { test } from 'node:test'
import vm from 'node:vm'
import fc from 'fast-check'
import {
  Binary,
  BSON,
  BSONError,
  BSONRegExp,
  BSONSymbol,
  Code,
  DBRef,
  Decimal128,
  type Document,
  DocumentWriter,
  Double,
  encodeDocument,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID
} from '../../src/bson/index.ts'
import { MongoInvalidArgumentError } from '../../src/errors/index.ts'
import { everyType } from './documents.ts'

/**
 * A larger run, or one from another seed: `ENCODE_RUNS=30000 ENCODE_SEED=7 node dist/tools/test.js as_the_library`. A
 * failure prints the seed and the path to the smallest document found.
 */
const numRuns = Number(process.env['ENCODE_RUNS'] ?? 1000)
const seed = Number(process.env['ENCODE_SEED'] ?? 2_013)

/** What user code did, in order, and the objects that a value may refer back to. */
interface Making {
  readonly calls: string[]
  readonly made: object[]
}

/** Makes a value afresh: each side gets one that nobody has touched. */
type Recipe = (making: Making) => unknown

class Point {
  x = 1
  readonly y = 'two'
  get length(): number {
    return 2
  }
}

class Moment extends Date {
  override getTime(): number {
    return 1.5e16
  }
}

class Table extends Map<string, unknown> {
  override get [Symbol.toStringTag](): string {
    return 'Table'
  }
}

const otherRealm = vm.createContext()

const userError = new Error("the user's own")

function constant(...values: readonly unknown[]): fc.Arbitrary<Recipe> {
  return fc.constantFrom(...values).map(value => () => value)
}

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 70 }),
  // Around the length where loops end, and lone surrogates.
  fc.integer({ min: 0, max: 300 }).map(length => 'x'.repeat(length)),
  fc.constantFrom('', '\0', 'a\0b', '\ud800', 'x\udc00y', 'é'.repeat(31), '€'.repeat(300), 'a'.repeat(5000))
)

const key = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'b', 'c', '_id', 'name', 'createdAt', 'a key of 17 bytes', 'x.y') },
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }).map(name => name.replaceAll('\0', '')) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      '0',
      '17',
      '-1',
      '4294967295',
      '',
      '$ref',
      '$id',
      '$db',
      '$clusterTime',
      'ü'.repeat(64),
      'k'.repeat(10),
      'k'.repeat(11),
      'k'.repeat(64),
      'k'.repeat(65),
      '\ud800'
    )
  },
  { weight: 1, arbitrary: fc.constantFrom('a\0b', '\0', '$db\0', 'k'.repeat(70) + '\0', '_bsontype') }
)

const number = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(
    0,
    -0,
    Number.NaN,
    Infinity,
    -Infinity,
    2 ** 31,
    2 ** 31 - 1,
    -(2 ** 31),
    -(2 ** 31) - 1,
    2 ** 53,
    1.5
  )
)

const bytes = fc.uint8Array({ maxLength: 40 })

const libraryValue: fc.Arbitrary<Recipe> = fc.oneof(
  constant(...Object.values(everyType())),
  bytes.map(value => () => new Binary(value, value[0])),
  bytes.map(value => () => {
    const binary = new Binary(undefined, 0)
    binary.write(value, 0)
    return binary
  }),
  bytes.map(value => () => new Binary(Uint8Array.of(0x27, 0, ...value), 9)),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map(value => () => new ObjectId(value)),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map(value => () => new Decimal128(value)),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map(value => () => new UUID(value)),
  fc.tuple(fc.maxSafeNat(), fc.boolean()).map(
    ([value, minus]) =>
      () =>
        Long.fromNumber(minus ? -value : value)
  ),
  number.map(value => () => new Double(value)),
  number.map(value => () => new Int32(value)),
  text.map(value => () => new BSONSymbol(value)),
  text.map(value => () => new Code(value)),
  constant(
    new MinKey(),
    new MaxKey(),
    new Timestamp({ t: 4_000_000_000, i: 1 }),
    Long.MAX_UNSIGNED_VALUE,
    new BSONRegExp('a', 'xi'),
    Object.assign(new Int32(1), { value: '7' }),
    Object.assign(new Double(1), { value: '7' }),
    Object.assign(new Binary(Uint8Array.of(1, 2, 3)), { position: 2 })
  )
)

const oddity: fc.Arbitrary<Recipe> = fc.oneof(
  constant(
    undefined,
    null,
    () => 1,
    Symbol('s'),
    Object.assign(() => 1, { toBSON: () => 'a function' })
  ),
  constant(/a+/gim, /\0/, new Error('e'), new Boolean(true), new Number(1), new String('s')),
  constant(new Float64Array(2), new ArrayBuffer(3), new DataView(new ArrayBuffer(1)), new Set([1]), Promise.resolve(1)),
  constant(new Moment(0), new Table([['a', 1]]), new Point(), Object.create({ inherited: 1 }), Object.create(null)),
  constant({ _bsontype: 'ObjectId', id: '0123456789ab' }, { _bsontype: null, a: 1 }, { _bsontype: undefined }),
  constant({ _bsontype: 'Nothing', [Symbol.for('@@mdb.bson.version')]: 7 }, { [Symbol('hidden')]: 1, seen: 2 }),
  constant({ [Symbol.toStringTag]: 'Date', getTime: () => 7 }, { [Symbol.toStringTag]: 'Other', a: 1 }),
  // As another copy of the library, or another realm, makes them.
  constant({ _bsontype: 'Long', [Symbol.for('@@mdb.bson.version')]: 6 }),
  fc
    .constantFrom(
      'new Date(5)',
      '/r/i',
      'new Map([["a", 1]])',
      'new Uint8Array(3)',
      '[1, , 2]',
      '({ a: 1 })',
      'new Set()'
    )
    .map(code => () => vm.runInContext(code, otherRealm)),
  fc.constantFrom(Number.NaN, 0, -1, 8.64e15, -8.64e15, 1.7e12).map(epochMS => () => new Date(epochMS))
)

const leaf: fc.Arbitrary<Recipe> = fc.oneof(
  { weight: 4, arbitrary: text.map(value => () => value) },
  { weight: 4, arbitrary: number.map(value => () => value) },
  { weight: 1, arbitrary: fc.boolean().map(value => () => value) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(value => () => value) },
  { weight: 1, arbitrary: bytes.map(value => () => Buffer.from(value)) },
  { weight: 1, arbitrary: bytes.map(value => () => value.slice()) },
  { weight: 2, arbitrary: constant(undefined, null) },
  { weight: 4, arbitrary: libraryValue },
  { weight: 4, arbitrary: oddity },
  // Something that this value is in: a cycle, or the same twice.
  {
    weight: 1,
    arbitrary: fc.nat().map(
      which =>
        ({ made }: Making) =>
          made.length === 0 ? null : made[which % made.length]
    )
  }
)

type Entry = readonly [string, Recipe, string]

const entries = (value: fc.Arbitrary<Recipe>) =>
  fc.array(
    fc.tuple(
      key,
      value,
      fc.oneof(
        { weight: 20, arbitrary: fc.constant('value') },
        fc.constantFrom('getter', 'deletes', 'adds', 'throws', 'hidden')
      )
    ),
    { maxLength: 7 }
  )

function object(making: Making, target: object, list: readonly Entry[]): object {
  making.made.push(target)
  for (const [name, recipe, form] of list) {
    const value = recipe(making)
    const get = (): unknown => {
      making.calls.push(`get ${name}`)
      if (form === 'throws') throw userError
      if (form === 'deletes') for (const other of Object.keys(target).slice(1)) Reflect.deleteProperty(target, other)
      if (form === 'adds') Reflect.set(target, 'added', 1)
      return value
    }
    const property =
      form === 'value' || form === 'hidden'
        ? { value, writable: true, configurable: true, enumerable: form === 'value' }
        : { get, configurable: true, enumerable: true }
    Object.defineProperty(target, name, property)
  }
  return target
}

const anything: fc.Arbitrary<Recipe> = fc.letrec<{ value: Recipe; document: Recipe }>(tie => ({
  document: entries(tie('value')).map(list => (making: Making) => object(making, {}, list)),
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    tie('document'),
    entries(tie('value')).map(list => (making: Making) => object(making, new Point(), list)),
    entries(tie('value')).map(list => (making: Making) => object(making, Object.create(null), list)),
    fc.array(tie('value'), { maxLength: 12 }).map(list => (making: Making) => {
      const array: unknown[] = []
      making.made.push(array)
      for (const recipe of list) {
        const value = recipe(making)
        if (value === null) array.length++
        else array.push(value)
      }
      return array
    }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map(list => (making: Making) => {
      const map = new Map<unknown, unknown>()
      making.made.push(map)
      for (const [name, recipe] of list) map.set(name, recipe(making))
      return map
    }),
    fc
      .tuple(tie('value'), fc.constantFrom('gives', 'throws', 'itself', 'alternates'))
      .map(([recipe, form]) => (making: Making) => {
        const given = recipe(making)
        let calls = 0
        const replaced = {
          a: 1,
          toBSON(): unknown {
            making.calls.push('toBSON')
            if (form === 'throws') throw userError
            if (form === 'itself') return replaced
            return form === 'alternates' && calls++ % 2 === 1 ? 'the second time' : given
          }
        }
        making.made.push(replaced)
        return replaced
      }),
    tie('document').map(recipe => (making: Making) => new Code('f()', recipe(making) as Document)),
    tie('document').map(
      recipe => (making: Making) =>
        new DBRef('things', new ObjectId('0123456789abcdef01234567'), undefined, recipe(making) as Document)
    )
  )
})).value

const anyRoot: fc.Arbitrary<Recipe> = fc.oneof(
  { weight: 1, arbitrary: anything },
  { weight: 6, arbitrary: entries(anything).map(list => (making: Making) => object(making, {}, list)) }
)

interface Outcome {
  readonly bytes?: Buffer
  readonly error?: unknown
  readonly calls: readonly string[]
}

function outcome(recipe: Recipe, encode: (document: Document) => Uint8Array): Outcome {
  const making: Making = { calls: [], made: [] }
  const document = recipe(making) as Document
  try {
    return { bytes: Buffer.from(encode(document)), calls: making.calls }
  } catch (error) {
    return { error, calls: making.calls }
  }
}

/** The library's words, with what is said around them, and an error of the user's as it is. */
function sameError(own: unknown, librarys: unknown): void {
  if (!(librarys instanceof BSONError)) {
    assert.equal(
      (own as Error)?.constructor,
      (librarys as Error).constructor,
      `${String(own)}, not ${String(librarys)}`
    )
    assert.equal((own as Error).message, (librarys as Error).message)
    return
  }
  assert.ok(own instanceof MongoInvalidArgumentError, String(own))
  const said = /^the document cannot be encoded(?: at "[^]*?")?: (?<words>[^]*)$/.exec(own.message)?.groups?.['words']
  // The search for the place may come upon a cycle before it finds what the library found.
  if (said !== 'it contains a cycle') assert.equal(said, librarys.message)
}

function compare(recipe: Recipe, ignoreUndefined: boolean): void {
  const expected = outcome(recipe, document => BSON.serialize(document, { ignoreUndefined }))
  const own = outcome(recipe, document => encodeDocument(document, ignoreUndefined))
  if (expected.error !== undefined || own.error !== undefined) return sameError(own.error, expected.error)
  assert.deepEqual(own.bytes, expected.bytes)
  assert.deepEqual(own.calls, expected.calls)
}

test('whatever is given, bytes and errors are those of the library, and user code runs as often and in its order', () => {
  fc.assert(fc.property(anyRoot, fc.boolean(), compare), { numRuns, seed, includeErrorInReport: true })
})

test("a Map's key that is no text is the library's to refuse, and may have a value that is left out", () => {
  for (const name of [5, null, true, Symbol('s'), {}]) {
    const map = (value: unknown): Document => ({ map: new Map<unknown, unknown>([[name, value]]) })
    for (const value of [1, 'text', { a: 1 }, { toBSON: () => 1 }]) compare(() => map(value), false)
    for (const value of [undefined, () => 1, { toBSON: () => undefined }]) compare(() => map(value), true)
  }
})

test('a writer that wrote other documents before writes each one, and each one again, as the library', () => {
  const writer = new DocumentWriter(undefined, 2048)
  const documents = fc.array(fc.tuple(anyRoot, fc.boolean()), { minLength: 2, maxLength: 6 })
  const property = fc.property(documents, list => {
    for (const [recipe, ignoreUndefined] of [...list, ...list]) {
      const expected = outcome(recipe, document => BSON.serialize(document, { ignoreUndefined }))
      const own = outcome(recipe, document => {
        writer.documentFrom(document, ignoreUndefined)
        return writer.take()
      })
      if (own.error !== undefined) writer.reset()
      if (expected.error === undefined) assert.deepEqual(own.bytes, expected.bytes)
      else sameError(own.error, expected.error)
    }
  })
  fc.assert(property, { numRuns: Math.ceil(numRuns / 20), seed, includeErrorInReport: true })
})

test('an element is written as in a document of its own', () => {
  const property = fc.property(key, anything, fc.boolean(), (name, recipe, ignoreUndefined) => {
    // A whole document with that field, and a text in it, looks like a value of the library.
    fc.pre(name !== '_bsontype')
    const expected = outcome(
      making => ({ [name]: recipe(making) }),
      document => BSON.serialize(document, { ignoreUndefined })
    )
    const own = outcome(
      making => ({ value: recipe(making) }),
      ({ value }) => {
        const writer = new DocumentWriter()
        writer.beginDocument()
        writer.value(name, value, ignoreUndefined)
        writer.endDocument()
        return writer.take()
      }
    )
    if (expected.error === undefined) assert.deepEqual(own.bytes, expected.bytes)
    else sameError(own.error, expected.error)
  })
  fc.assert(property, { numRuns: Math.ceil(numRuns / 4), seed, includeErrorInReport: true })
})
