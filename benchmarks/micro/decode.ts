/**
 * Decoding side by side with the BSON library, in one process: `npx tsc -b && node dist/benchmarks/micro/decode.js`.
 * `--set WORD` takes only the sets whose name has the word (each by itself tells most), `--rounds N` more rounds,
 * `--json FILE` a file with one document in Extended JSON as a further set.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { BSON, decodeBatch, decodeDocument, DecodeSites, type Document, EJSON } from '../../src/bson/index.ts'
import { loadFillCopies } from '../../src/bson/decoding/fills.ts'
import { type DocumentSet, documentSets } from './documents.ts'

const { values: flags } = parseArgs({
  options: { set: { type: 'string' }, rounds: { type: 'string', default: '9' }, json: { type: 'string' } }
})
const rounds = Number(flags.rounds)

/** CPU of one round of one way, and of all warming up. */
const roundMS = 60

interface Way {
  readonly name: string
  /** All documents of the set once. */
  run(): void
}

function waysOf(set: DocumentSet): Way[] {
  const documents = Array.from({ length: set.count }, (_, index) => BSON.serialize(set.document(index)))
  const fields = documents.map((bytes, index) => [index, BSON.deserialize(bytes)])
  const array = Buffer.from(BSON.serialize(Object.fromEntries(fields)))
  const places = placesIn(array)
  const site = new DecodeSites().siteFor('batches')
  const single = new DecodeSites().siteFor('documents')
  let into: Document[] = []
  return [
    {
      name: 'library',
      run: () => {
        into = []
        for (const [start, end] of places) into.push(BSON.deserialize(array.subarray(start, end)))
      }
    },
    {
      name: 'batch',
      run: () => {
        into = []
        decodeBatch(array, 0, array.length, into, undefined, site)
      }
    },
    {
      name: 'one by one',
      run: () => {
        into = []
        for (const [start, end] of places) into.push(decodeDocument(array, start, end - start, undefined, single))
      }
    },
    {
      name: 'no site',
      run: () => {
        into = []
        for (const [start, end] of places) into.push(decodeDocument(array, start, end - start))
      }
    }
  ]
}

/** Where the documents of an encoded array begin and end. */
function placesIn(array: Buffer): [start: number, end: number][] {
  const places: [number, number][] = []
  for (let at = 4; at < array.length - 1; ) {
    const start = array.indexOf(0, at) + 1
    at = start + array.readInt32LE(start)
    places.push([start, at])
  }
  return places
}

/** Nanoseconds of CPU for one run. */
function cost(way: Way, runs: number): number {
  const before = process.cpuUsage()
  for (let i = 0; i < runs; i++) way.run()
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / runs
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

function measure(set: DocumentSet): Record<string, number | string> {
  const ways = waysOf(set)
  const runs = ways.map(way => {
    for (let i = 0; i < 3; i++) cost(way, 1 + Math.floor(5000 / set.count))
    return Math.max(1, Math.round((roundMS * 1e6) / cost(way, 5)))
  })
  const costs = ways.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, way] of ways.entries()) costs[index]?.push(cost(way, runs[index] ?? 1) / set.count)
  }
  const [library = Number.NaN, ...own] = costs.map(median)
  const row: Record<string, number | string> = {
    set: set.name,
    bytes: Math.round(BSON.calculateObjectSize(set.document(0))),
    library: Math.round(library)
  }
  for (const [index, nanoseconds] of own.entries()) {
    const name = ways[index + 1]?.name ?? ''
    row[name] = Math.round(nanoseconds)
    row[`× ${name}`] = Number((library / nanoseconds).toFixed(2))
  }
  return row
}

const sets = [...documentSets]
if (flags.json !== undefined) {
  const document: Document = EJSON.parse(readFileSync(flags.json, 'utf8'))
  sets.push({ name: flags.json, count: 200, document: () => document })
}
await loadFillCopies()
console.log('Nanoseconds of CPU for a document, medians; × is the library divided by it.')
console.table(sets.filter(set => set.name.includes(flags.set ?? '')).map(measure))
