import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { inspect } from 'node:util'
import {
  ClientAllowance,
  fillsOfClientMax,
  placesOfSiteMax,
  SiteAllowance,
  stepElementsMax,
  stepsOfClientMax,
  stepsOfSiteMax
} from '../../src/bson/decoding/allowance.ts'
import { fillCopies } from '../../src/bson/decoding/fill_copies.ts'
import { Fills, loadFillCopies } from '../../src/bson/decoding/fills.ts'
import { Head, noHead } from '../../src/bson/decoding/heads.ts'
import { Shape } from '../../src/bson/decoding/shape.ts'
import { sitesMax } from '../../src/bson/decoding/sites.ts'
import { Step } from '../../src/bson/decoding/steps.ts'
import { BSON, type DecodeSite, DecodeSites, decodeSequence, type Document } from '../../src/bson/index.ts'
import { collectGarbage } from '../events/fake_runtime.ts'
import { assertAsLibrary, difference } from './library.ts'

/** Fields that no other `index` has. */
function shaped(index: number, fields = 6): Document {
  return Object.fromEntries(Array.from({ length: fields }, (_, field) => [`s${index}f${field}`, field]))
}

function decoded(documents: readonly Document[], site: DecodeSite): Document[] {
  const into: Document[] = []
  const bytes = Buffer.concat(documents.map(document => BSON.serialize(document)))
  decodeSequence(bytes, 0, bytes.length, into, undefined, site)
  return into
}

function assertDecodes(documents: readonly Document[], site: DecodeSite): void {
  assert.equal(difference(decoded(documents, site), documents, ''), undefined)
}

function repeated(document: Document, times: number): Document[] {
  return Array.from({ length: times }, () => document)
}

function headOf(key: string): Head {
  return new Head(3, key, 0, key.length + 2, [1])
}

before(loadFillCopies)

// First, since copies that are given are gone for the process.
test('no client takes the fill copies of all others, and each copy is given once', () => {
  const hostile = new Fills(fillsOfClientMax)
  const copies = Array.from({ length: 1000 }, () => hostile.next(2) ?? []).flat()
  assert.equal(copies.length, fillsOfClientMax)
  assert.ok(fillsOfClientMax < fillCopies.length)
  assert.equal(new Set(copies).size, copies.length)
  const next = new Fills(fillsOfClientMax).next(1) ?? []
  assert.equal(next.length, 1)
  assert.ok(!copies.some(copy => next.includes(copy)))
})

test('a copy that is given has filled nothing yet: the share of a client is counted down even where none is left', () => {
  const fills = new Fills(3)
  assert.equal(fills.next(4), undefined)
  assert.equal(fills.next(3)?.length, 3)
  assert.equal(fills.next(1), undefined)
})

test('a shape has copies once it came often, and often enough for its place', () => {
  const fills = new Fills(2)
  const rare = new Shape(['a'])
  for (let documents = 51; documents < 51 * 300; documents += 51) rare.meet(documents, fills)
  assert.ok(!rare.hasCopies)
  const common = new Shape(Array.from({ length: 17 }, (_, index) => `k${index}`))
  for (let documents = 1; documents < 100; documents++) common.meet(documents, fills)
  assert.ok(!common.hasCopies)
  common.meet(100, fills)
  assert.ok(common.hasCopies)
  const late = new Shape(['a'])
  for (let documents = 1; documents < 300; documents++) late.meet(documents, fills)
  assert.ok(!late.hasCopies, 'there is none left')
})

test('a site has steps for as many beginnings as its limit, of as many elements as theirs', () => {
  const allowance = new SiteAllowance(new ClientAllowance())
  const start = new Step(undefined, noHead())
  let step: Step | undefined = start
  for (let element = 0; element < stepElementsMax; element++) step = step?.to(headOf(`f${element}`), allowance)
  assert.notEqual(step, undefined)
  assert.equal(step?.to(headOf('one more'), allowance), undefined)
  for (let left = stepsOfSiteMax - stepElementsMax; left > 0; left--) {
    assert.notEqual(start.to(headOf(`b${left}`), allowance), undefined)
  }
  assert.equal(start.to(headOf('one more'), allowance), undefined)
})

test("no step is kept for a key that is not, nor for one with which a document may be the library's", () => {
  const allowance = new SiteAllowance(new ClientAllowance())
  const start = new Step(undefined, noHead())
  assert.equal(start.to(new Head(3, 'long', 0, 6, []), allowance), undefined)
  assert.equal(start.to(headOf('$id'), allowance), undefined)
  assert.equal(start.to(headOf('__proto__'), allowance), undefined)
  assert.notEqual(start.to(headOf('id'), allowance), undefined)
})

test('the sites of a client share its steps, and one that is forgotten gives back its own and learns no more', () => {
  const client = new ClientAllowance()
  const sites = Array.from({ length: stepsOfClientMax / stepsOfSiteMax }, () => new SiteAllowance(client))
  for (const site of sites) for (let step = 0; step < stepsOfSiteMax; step++) assert.ok(site.takeStep())
  const late = new SiteAllowance(client)
  assert.ok(!late.takeStep())
  sites[0]?.end()
  sites[0]?.end()
  assert.ok(!sites[0]?.takeStep())
  assert.ok(!sites[0]?.takePlace())
  for (let step = 0; step < stepsOfSiteMax; step++) assert.ok(late.takeStep())
  assert.ok(!new SiteAllowance(client).takeStep())
})

test('a name has one site, of its client', () => {
  const sites = new DecodeSites()
  assert.equal(sites.siteFor('find a.b'), sites.siteFor('find a.b'))
  assert.notEqual(sites.siteFor('find a.b'), sites.siteFor('find a.c'))
  assert.notEqual(sites.siteFor('find a.b'), new DecodeSites().siteFor('find a.b'))
})

test('a client has no more sites than its limit: the oldest is forgotten, and still decodes', () => {
  const sites = new DecodeSites()
  const first = sites.siteFor('find shop.c0')
  const second = sites.siteFor('find shop.c1')
  for (let name = 2; name < sitesMax; name++) sites.siteFor(`find shop.c${name}`)
  assert.equal(sites.siteFor('find shop.c0'), first)
  sites.siteFor('find shop.more')
  assert.equal(sites.siteFor('find shop.c1'), second)
  assert.notEqual(sites.siteFor('find shop.c0'), first)
  assertDecodes([shaped(1), shaped(2)], first)
})

test('documents of thousands of shapes decode right, again and again', () => {
  const site = new DecodeSites().siteFor('find shop.orders')
  const documents = Array.from({ length: 5000 }, (_, index) => shaped(index))
  for (let round = 0; round < 2; round++) assertDecodes(documents, site)
})

test('a key that comes for the second time is kept, up to a limit: the oldest make room', () => {
  const site = new DecodeSites().siteFor('find shop.orders')
  assertDecodes([shaped(0)], site)
  assert.equal(site.table.size, 0)
  assertDecodes([shaped(0)], site)
  assert.equal(site.table.size, 6)
  for (let round = 0; round < 2; round++) {
    assertDecodes(
      Array.from({ length: 1000 }, (_, index) => shaped(index >> 1)),
      site
    )
    assert.equal(site.table.size, 2048)
  }
})

test('a long key is decoded, and not kept', () => {
  const site = new DecodeSites().siteFor('find shop.orders')
  assertDecodes(repeated({ ['k'.repeat(63)]: 1, ['k'.repeat(100_000)]: 1 }, 3), site)
  assert.equal(site.table.size, 0)
  assertDecodes(repeated({ ['k'.repeat(62)]: 1 }, 3), site)
  assert.equal(site.table.size, 1)
})

test('a site has places for as many fields with documents as its limit, and for arrays in arrays', () => {
  const { place } = new DecodeSites().siteFor('find shop.orders')
  for (let field = 0; field < placesOfSiteMax - 2; field++) {
    assert.equal(place.field(headOf(`f${field}`)), place.field(headOf(`f${field}`)))
    assert.notEqual(place.field(headOf(`f${field}`)), undefined)
  }
  assert.notEqual(place.inner, undefined)
  assert.equal(place.field(headOf('one more')), undefined)
  assert.equal(place.field(headOf('f0'))?.inner, undefined)
})

test('documents within documents and arrays within arrays decode right at every place, and where there is none left', () => {
  const site = new DecodeSites().siteFor('find shop.orders')
  const documents = Array.from({ length: 3000 }, (_, index) => ({
    fixed: [[[shaped(index, 2)]], shaped(index, 1)],
    [`field${index}`]: { inner: shaped(index, 1), list: [[shaped(index, 1)]] }
  }))
  assertDecodes(documents, site)
})

test('a document of common keys decodes as before when its shape has copies', () => {
  const site = new DecodeSites().siteFor('find shop.orders')
  const document = { ...shaped(1, 17), nested: { a: null, b: 'text' }, 12: 'twelve', constructor: 1 }
  const documents = repeated(document, 300)
  assertDecodes(documents, site)
  assertDecodes([...documents, { ...shaped(1, 3), s1f0: 'text', 12: [1] }, shaped(1, 140)], site)
  assertAsLibrary(BSON.serialize({ ...document, more: true }), site)
})

test('documents that begin alike and go on otherwise are each themselves, whichever came before', () => {
  const site = new DecodeSites().siteFor('find shop.orders')
  const kinds: Document[] = [
    {},
    { a: 1 },
    { a: 'text' },
    { a: 1, b: 2 },
    { b: 2, a: 1 },
    { a: 1, b: { a: 1, b: { c: [{ a: 1 }, { a: 'text' }, {}] } } },
    { a: 1, b: { a: 1 }, c: 3 },
    shaped(3, 40),
    shaped(3, 33),
    shaped(3, stepElementsMax + 10),
    { a: 1, ['k'.repeat(100)]: 2, b: 3, c: { d: 4 } }
  ]
  for (let round = 0; round < 150; round++) assertDecodes([...kinds, kinds[round % kinds.length] ?? {}], site)
  assertDecodes(
    Array.from({ length: 2000 }, (_, index) => kinds[(index * index) % kinds.length] ?? {}),
    site
  )
})

test('where most documents go on as none before, none begins by steps any more, and all decode right', () => {
  const { place } = new DecodeSites().siteFor('find shop.orders')
  for (let documents = 0; documents < 1000; documents++) {
    place.documents++
    if (documents % 4 === 0) place.meetUnforeseen()
  }
  assert.notEqual(place.start, undefined, 'one in four')
  const site = new DecodeSites().siteFor('find shop.orders')
  const sparse = (index: number): Document =>
    Object.fromEntries(Object.entries(shaped(1, 12)).filter((_, field) => ((index * 2_654_435_761) >>> field) & 1))
  const documents = Array.from({ length: 4096 }, (_, index) => sparse(index))
  for (let round = 0; round < 2; round++) assertDecodes(documents, site)
  assert.equal(site.place.start, undefined)
  assertDecodes([{}, { a: { b: 1 } }, shaped(1), ...documents], site)
})

test('no decoded value is kept alive by the decoder', async () => {
  const site = new DecodeSites().siteFor('find shop.orders')
  const document = { a: { b: [1, 2] }, c: { d: { e: 'text' } } }
  const kept = decoded(repeated(document, 20), site).map(({ a, c }) => [new WeakRef(a), new WeakRef(c.d)])
  // A weak reference holds its target until the end of the turn that made it.
  await new Promise(setImmediate)
  collectGarbage()
  assert.ok(kept.flat().every(reference => reference.deref() === undefined))
})

test('objects with room look like any others', () => {
  const site = new DecodeSites().siteFor('find shop.orders')
  const document = { a: 1, b: { c: 'text' } }
  const last = decoded(repeated(document, 300), site).at(-1)
  assert.equal(Object.getPrototypeOf(last), Object.prototype)
  assert.equal(inspect(last), inspect(document))
  assert.equal(JSON.stringify(last), JSON.stringify(document))
  assert.deepEqual(structuredClone(last), document)
})
