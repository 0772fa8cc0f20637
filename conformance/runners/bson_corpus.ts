import assert from 'node:assert/strict'
import { inspect, isDeepStrictEqual } from 'node:util'
import {
  BSON,
  BSONError,
  Decimal128,
  decodeDocument,
  DecodeSites,
  type Document,
  EJSON,
  encodeDocument
} from '../../src/bson/index.ts'
import { type Runner, skips, type SpecificationCase } from '../runner.ts'
import { caseNameOf, type Fields, fieldsOf, listOf, textOf } from './content.ts'

const fileFields = ['description', 'bson_type', 'test_key', 'deprecated', 'valid', 'decodeErrors', 'parseErrors']
const validFields = [
  'description',
  'canonical_bson',
  'canonical_extjson',
  'relaxed_extjson',
  'degenerate_bson',
  'degenerate_extjson',
  'converted_bson',
  'converted_extjson',
  'lossy'
]

const decimalType = '0x13'

const deprecated = 'of deprecated types, symbols stay what they are and the others are replaced'
const lenient = 'Extended JSON that is not quite as specified is taken'

/** By file: cases in which the BSON library, whose types and Extended JSON these are, does something else. */
const deviations: Readonly<Record<string, string>> = {
  'double: valid: 1.2345678921232E+18 (Extended JSON)': 'a large double is shown without an exponent',
  'double: valid: -1.2345678921232E+18 (Extended JSON)': 'a large double is shown without an exponent',
  'double: valid: -0.0 (Extended JSON)': 'relaxed Extended JSON shows -0.0 as 0',
  'multi-type-deprecated: valid: All BSON types (written again)': deprecated,
  'multi-type-deprecated: valid: All BSON types (Extended JSON)': deprecated,
  ...Object.fromEntries(
    [
      'Bad $regularExpression (extra field)',
      'Bad $regularExpression (missing options field)',
      'Bad $regularExpression (options are number, not string)',
      'Bad $oid (extra field)',
      'Bad $numberInt (number, not string)',
      'Bad $numberInt (extra field)',
      'Bad $numberLong (extra field)',
      'Bad $numberDouble (number, not string)',
      'Bad $numberDouble (extra field)',
      'Bad $numberDecimal (extra field)',
      'Bad $binary (type is number, not string)',
      'Bad $binary (missing $type)',
      'Bad $binary (extra field)',
      'Bad $code (type is number, not string)',
      'Bad $code (type is number, not string) when $scope is also present',
      'Bad $code (extra field)',
      'Bad $code with $scope (scope is number, not doc)',
      'Bad $date (number, not string or hash)',
      'Bad $date (extra field)',
      'Bad $minKey (boolean, not integer)',
      'Bad $minKey (wrong integer)',
      'Bad $minKey (extra field)',
      'Bad $maxKey (boolean, not integer)',
      'Bad $maxKey (wrong integer)',
      'Bad $maxKey (extra field)',
      'Bad DBpointer (extra field)'
    ].map(name => [`top: parseErrors: ${name}`, lenient])
  )
}

/** The BSON corpus: its documents through the decoder, and its Extended JSON, which is the library's, through the library. */
export const bsonCorpus: Runner = {
  cases(content: unknown, file: string): readonly SpecificationCase[] {
    const fields = fieldsOf(content, file, fileFields)
    const place = caseNameOf(file)
    const type = textOf(fields['bson_type'], 'bson_type')
    return [
      ...casesOf(place, fields, 'valid', validFields, ' (decoded)', runDecoding),
      ...casesOf(place, fields, 'valid', validFields, ' (written again)', runEncoding),
      ...casesOf(place, fields, 'valid', validFields, ' (Extended JSON)', runExtendedJSON),
      ...casesOf(place, fields, 'decodeErrors', ['description', 'bson'], '', runDecodeError),
      ...casesOf(place, fields, 'parseErrors', ['description', 'string'], '', test => runParseError(test, type))
    ]
  }
}

function casesOf(
  place: string,
  file: Fields,
  list: string,
  known: readonly string[],
  part: string,
  run: (test: Fields) => void
): SpecificationCase[] {
  if (file[list] === undefined) return []
  return listOf(file[list], list).map((value, index) => {
    const test = fieldsOf(value, `${list}[${index}]`, known)
    const name = `${list}: ${textOf(test['description'], 'description')}${part}`
    return caseOf(place, name, () => run(test))
  })
}

/** A deviation that is none any more fails, so that the list stays true. */
function caseOf(place: string, name: string, run: () => void): SpecificationCase {
  const deviation = deviations[`${place}: ${name}`]
  if (deviation === undefined) return { name, run }
  if (fails(run)) return { name, skip: skips.library(deviation), run }
  return {
    name,
    run: () => assert.fail('the library does this as specified by now: take it off the list of deviations')
  }
}

function fails(run: () => void): boolean {
  try {
    run()
    return false
  } catch {
    return true
  }
}

function runDecoding(test: Fields): void {
  for (const bytes of bytesOf(test)) assertDecodesAsLibrary(bytes)
}

function runEncoding(test: Fields): void {
  const written = writtenIn(test)
  for (const bytes of bytesOf(test)) assertOneOf(written, encodeDocument(typed(bytes), false))
}

/** Some texts say in another way what the canonical one says; a lossy one says less. */
function runExtendedJSON(test: Fields): void {
  const canonical = bytesIn(test, 'canonical_bson')
  const written = writtenIn(test)
  const shown = EJSON.stringify(typed(canonical), { relaxed: false })
  const texts = ['canonical_extjson', 'converted_extjson'].filter(name => test[name] !== undefined)
  assert.ok(
    texts.some(name => isDeepStrictEqual(JSON.parse(textOf(test[name], name)), JSON.parse(shown))),
    `canonical_bson is shown as ${shown}`
  )
  if (test['lossy'] === true) return
  for (const name of ['canonical_extjson', 'degenerate_extjson']) {
    if (test[name] === undefined) continue
    assertOneOf(written, encodeDocument(EJSON.parse(textOf(test[name], name), { relaxed: false }), false))
  }
  if (test['relaxed_extjson'] === undefined) return
  const relaxed = EJSON.stringify(decodeDocument(canonical, 0, canonical.length), { relaxed: true })
  assert.deepEqual(JSON.parse(relaxed), JSON.parse(textOf(test['relaxed_extjson'], 'relaxed_extjson')), relaxed)
}

function bytesOf(test: Fields): Buffer[] {
  const names = ['canonical_bson', 'degenerate_bson', 'converted_bson'].filter(name => test[name] !== undefined)
  return names.map(name => bytesIn(test, name))
}

/** What the document may be written as: a deprecated type also as the one that took its place. */
function writtenIn(test: Fields): Buffer[] {
  const names = ['canonical_bson', 'converted_bson'].filter(name => test[name] !== undefined)
  return names.map(name => bytesIn(test, name))
}

function assertOneOf(expected: readonly Buffer[], bytes: Uint8Array): void {
  assert.ok(
    expected.some(each => each.equals(bytes)),
    `written as ${Buffer.from(bytes).toString('hex')}, expected ${expected.map(each => each.toString('hex')).join(' or ')}`
  )
}

function runDecodeError(test: Fields): void {
  const bytes = bytesIn(test, 'bson')
  assert.throws(() => decodeDocument(bytes, 0, bytes.length), BSONError)
}

function runParseError(test: Fields, type: string): void {
  const text = textOf(test['string'], 'string')
  assert.throws(() => (type === decimalType ? Decimal128.fromString(text) : BSON.serialize(EJSON.parse(text))))
}

/** Without a site, at one that knows nothing, and at one that has seen the document. */
function assertDecodesAsLibrary(bytes: Buffer): void {
  const expected = BSON.deserialize(bytes)
  const site = new DecodeSites().siteFor('corpus')
  for (const at of [undefined, site, site, site]) {
    assert.equal(shownWhole(decodeDocument(bytes, 0, bytes.length, undefined, at)), shownWhole(expected))
  }
}

/** With types, and keys in order; no two invalid dates are equal otherwise. */
function shownWhole(document: Document): string {
  return inspect(document, { depth: null, maxArrayLength: null, maxStringLength: null, showHidden: true })
}

/** With all the types that the bytes have. */
function typed(bytes: Buffer): Document {
  return decodeDocument(bytes, 0, bytes.length, { promoteValues: false, bsonRegExp: true })
}

function bytesIn(test: Fields, name: string): Buffer {
  return Buffer.from(textOf(test[name], name), 'hex')
}
