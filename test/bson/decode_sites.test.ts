import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { Head } from '../../src/bson/decoding/heads.ts'
import { Stores } from '../../src/bson/decoding/stores.ts'
import { placesOfSiteMax, sitesMax, storesOfClientMax } from '../../src/bson/decoding/sites.ts'
import { storeCopies } from '../../src/bson/decoding/store_copies.ts'
import { BSON, type DecodeSite, DecodeSites, decodeSequence, type Document } from '../../src/bson/index.ts'
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

// First, since copies that are given are gone for the process.
test('no client takes the store copies of all others, and each copy is given once', () => {
  const hostile = new Stores(storesOfClientMax)
  const copies = Array.from({ length: 1000 }, () => hostile.next()).filter(copy => copy !== undefined)
  assert.ok(copies.length <= storesOfClientMax)
  assert.ok(storesOfClientMax < storeCopies.length)
  assert.equal(new Set(copies).size, copies.length)
  const next = new Stores(storesOfClientMax).next()
  assert.notEqual(next, undefined)
  assert.ok(!copies.includes(next as (typeof copies)[number]))
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
  const head = (key: string) => new Head(3, key, 0, key.length + 2, [1])
  for (let field = 0; field < placesOfSiteMax - 2; field++) {
    assert.equal(place.field(head(`f${field}`)), place.field(head(`f${field}`)))
    assert.notEqual(place.field(head(`f${field}`)), undefined)
  }
  assert.notEqual(place.inner, undefined)
  assert.equal(place.field(head('one more')), undefined)
  assert.equal(place.field(head('f0'))?.inner, undefined)
})

test('documents within documents and arrays within arrays decode right at every place, and where there is none left', () => {
  const site = new DecodeSites().siteFor('find shop.orders')
  const documents = Array.from({ length: 3000 }, (_, index) => ({
    fixed: [[[shaped(index, 2)]], shaped(index, 1)],
    [`field${index}`]: { inner: shaped(index, 1), list: [[shaped(index, 1)]] }
  }))
  assertDecodes(documents, site)
})

test('a document of common keys decodes as before when its keys have stores of their own', () => {
  const site = new DecodeSites().siteFor('find shop.orders')
  const document = { ...shaped(1, 17), nested: { a: null, b: 'text' }, 12: 'twelve', constructor: 1 }
  const documents = repeated(document, 300)
  assertDecodes(documents, site)
  assertDecodes([...documents, { ...shaped(1, 3), s1f0: 'text', 12: [1] }, shaped(1, 140)], site)
  assertAsLibrary(BSON.serialize({ ...document, more: true }), site)
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
