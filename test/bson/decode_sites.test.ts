import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Allowance } from '../../src/bson/decoding/allowance.ts'
import { prefixesOfClientMax, prefixesOfSiteMax, sitesMax, storesOfClientMax } from '../../src/bson/decoding/sites.ts'
import { BSON, type DecodeSite, DecodeSites, decodeSequence, type Document } from '../../src/bson/index.ts'
import { assertAsLibrary, difference } from './library.ts'

/** Fields that no other `index` has. */
function shaped(index: number, fields = 6): Document {
  return Object.fromEntries(Array.from({ length: fields }, (_, field) => [`s${index}f${field}`, field]))
}

function assertDecodes(documents: readonly Document[], site: DecodeSite): void {
  const into: Document[] = []
  const bytes = Buffer.concat(documents.map(document => BSON.serialize(document)))
  decodeSequence(bytes, 0, bytes.length, into, undefined, site)
  assert.equal(difference(into, documents, ''), undefined)
}

test('an allowance is spent with the one that it is a part of, and given back to it', () => {
  const whole = new Allowance(10)
  const part = new Allowance(6, whole)
  const other = new Allowance(6, whole)
  assert.equal(part.take(6), true)
  assert.equal(part.take(), false, 'its own is spent')
  assert.equal(other.take(5), false, 'the whole has 4 left')
  assert.equal(other.take(4), true)
  part.giveBack()
  assert.equal(whole.taken, 4)
  assert.equal(part.take(7), false)
  assert.equal(part.take(6), true)
  part.close()
  part.giveBack()
  assert.equal(part.take(), false)
})

test('a name has one site, of its client', () => {
  const sites = new DecodeSites()
  assert.equal(sites.siteFor('find a.b'), sites.siteFor('find a.b'))
  assert.notEqual(sites.siteFor('find a.b'), sites.siteFor('find a.c'))
  assert.notEqual(sites.siteFor('find a.b'), new DecodeSites().siteFor('find a.b'))
})

test('documents of thousands of shapes decode right and leave a site no larger than its limit', () => {
  const sites = new DecodeSites()
  const site = sites.siteFor('find shop.orders')
  for (let round = 0; round < 2; round++) {
    assertDecodes(
      Array.from({ length: 5000 }, (_, index) => shaped(index)),
      site
    )
    assert.ok(sites.learned.prefixes <= prefixesOfSiteMax)
  }
  assert.equal(sites.learned.stores, 0, 'none of them is a large part of all')
})

test('so do documents within documents and arrays within arrays', () => {
  const sites = new DecodeSites()
  const documents = Array.from({ length: 3000 }, (_, index) => ({
    fixed: [[[shaped(index, 2)]], shaped(index, 1)],
    [`field${index}`]: { inner: shaped(index, 1), list: [[shaped(index, 1)]] }
  }))
  assertDecodes(documents, sites.siteFor('find shop.orders'))
  assert.ok(sites.learned.prefixes <= prefixesOfSiteMax)
})

test('a client learns no more than its limit, however many sites it has', () => {
  const sites = new DecodeSites()
  for (let name = 0; name < 40; name++) {
    assertDecodes(
      Array.from({ length: 1000 }, (_, index) => shaped(index % 30, 40)),
      sites.siteFor(`find shop.c${name}`)
    )
    assert.ok(sites.learned.prefixes <= prefixesOfClientMax)
  }
  assert.ok(sites.learned.prefixes > prefixesOfClientMax / 2, 'the limit was what ended it')
})

test('the oldest site makes room for a new one; it still decodes, and no longer counts', () => {
  const sites = new DecodeSites()
  const first = sites.siteFor('find shop.c0')
  assertDecodes([shaped(1)], first)
  assert.equal(sites.learned.prefixes, 6)
  for (let name = 1; name <= sitesMax; name++) sites.siteFor(`find shop.c${name}`)
  assert.deepEqual(sites.learned, { sites: sitesMax, prefixes: 0, stores: 0 })
  assertDecodes([shaped(1), shaped(2)], first)
  assert.equal(sites.learned.prefixes, 0)
  assert.notEqual(sites.siteFor('find shop.c0'), first)
})

test('a long key is decoded, and not learned', () => {
  const sites = new DecodeSites()
  const document = { ['k'.repeat(100_000)]: 1, b: { ['l'.repeat(65)]: [2] } }
  assertDecodes([document, document], sites.siteFor('find shop.orders'))
  assert.equal(sites.learned.prefixes, 0)
})

test('a shape that comes often gets store copies, and decodes as before', () => {
  const sites = new DecodeSites()
  const site = sites.siteFor('find shop.orders')
  const document = { ...shaped(1, 17), nested: { a: null, b: 'text' }, 12: 'twelve', constructor: 1 }
  const documents = Array.from({ length: 150 }, () => document)
  assertDecodes(documents, site)
  assert.ok(sites.learned.stores > 0)
  assertDecodes(documents, site)
  assertAsLibrary(BSON.serialize({ ...document, more: true }), site)
})

test('no server takes the store copies of other clients, and no collection those of others', () => {
  const hostile = new DecodeSites()
  for (let name = 0; name < 10; name++) {
    const site = hostile.siteFor(`find shop.c${name}`)
    const before = hostile.learned.stores
    for (let shape = 0; shape < 30; shape++) {
      assertDecodes(
        Array.from({ length: 200 }, () => shaped(100 * name + shape)),
        site
      )
    }
    if (name === 0) assert.ok(hostile.learned.stores < storesOfClientMax, 'a part of what the client may have')
    assert.ok(hostile.learned.stores >= before)
  }
  assert.ok(hostile.learned.stores <= storesOfClientMax)
  const other = new DecodeSites()
  assertDecodes(
    Array.from({ length: 200 }, () => shaped(1)),
    other.siteFor('find shop.orders')
  )
  assert.equal(other.learned.stores, 1)
})
