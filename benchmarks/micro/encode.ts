/**
 * The encoder against the library's `serialize`, in one process and one run: rounds take turns, and the median of each
 * one's rounds counts. `own` makes bytes for each document, `list` makes them for all, as an insertMany does. Processor time, not the clock's. Run it by
 *
 *     npx tsc -b && node dist/benchmarks/micro/encode.js [rounds]
 */
import {
  BSON,
  type Document,
  encodeDocument,
  EncodedDocumentList,
  Long,
  ObjectId,
  Timestamp
} from '../../src/bson/index.ts'

const rounds = Number(process.argv[2] ?? 9)
const roundMS = 60

// A linear congruential generator: the same data in each run.
let seed = 2_013
function random(below: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}

function text(length: number, alphabet = 'abcdefghijklmnopqrstuvwxyz'): string {
  const letters = Array.from(alphabet)
  return Array.from({ length }, () => letters[random(letters.length)]).join('')
}

function many<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

function small(): Document {
  return {
    _id: new ObjectId(text(24, '0123456789abcdef')),
    sku: text(8),
    name: text(8),
    colour: text(8),
    city: text(8),
    street: text(8),
    owner: text(8),
    carrier: text(8),
    quantity: random(1000),
    price: random(100_000),
    weight: random(10_000),
    views: random(1_000_000),
    rank: random(100),
    stock: random(1000)
  }
}

function ofShape(shape: number): Document {
  const document: Document = { _id: new ObjectId(text(24, '0123456789abcdef')) }
  for (let field = 0; field < 13; field++) {
    document[`f${shape}_${'xyzuvwstrqpon'[field]}`] = field < 7 ? text(8) : random(1_000_000)
  }
  return document
}

function status(): Document {
  return {
    _id: new ObjectId(text(24, '0123456789abcdef')),
    createdAt: new Date(1_700_000_000_000 + random(10 ** 9)),
    text: text(100 + random(100)),
    source: text(70),
    truncated: false,
    inReplyToStatus: null,
    inReplyToUser: undefined,
    author: {
      id: random(2 ** 31),
      name: text(12, 'abcdefgé'),
      screenName: text(10),
      location: text(14),
      description: text(90),
      url: `https://${text(12)}.example/${text(8)}`,
      protected: false,
      followersCount: random(100_000),
      friendsCount: random(5000),
      listedCount: random(500),
      createdAt: new Date(1_500_000_000_000 + random(10 ** 9)),
      verified: true,
      profile: { backgroundColour: text(6), image: `https://${text(20)}.example/${text(30)}`, usesBackground: true }
    },
    entities: {
      hashtags: many(3, () => ({ text: text(9), indices: [random(140), random(140)] })),
      urls: many(1, () => ({ url: text(23), expanded: text(50), indices: [random(140), random(140)] })),
      mentions: many(2, () => ({ screenName: text(10), name: text(14), id: random(2 ** 31), indices: [1, 2] }))
    },
    coordinates: [random(1000) / 7, random(1000) / 7],
    repeatCount: random(1000),
    favouriteCount: random(1000),
    language: 'en'
  }
}

function wide(): Document {
  return Object.fromEntries(many(100, index => [`field${index}`, index % 3 === 0 ? text(8) : random(10_000)]))
}

function longTexts(): Document {
  return {
    title: text(60),
    body: text(1200),
    abstract: text(300, random(10) < 3 ? 'abcdefghijäöü€' : undefined),
    notes: text(200)
  }
}

function numbers(): Document {
  return { series: many(300, () => random(100_000)), samples: many(200, () => random(1_000_000) / 997) }
}

function moments(): Document {
  return {
    at: new Date(1_700_000_000_000 + random(10 ** 9)),
    until: new Date(1_700_000_000_000 + random(10 ** 9)),
    count: Long.fromNumber(2 ** 40 + random(2 ** 31)),
    big: BigInt(random(2 ** 31)) * 4_000_000_000n,
    version: new Timestamp({ t: 1_700_000_000, i: random(100) }),
    ratio: random(1000) / 7,
    share: random(1000) / 13,
    active: true,
    hidden: false
  }
}

const sets: Readonly<Record<string, readonly Document[]>> = {
  'small, one shape': many(200, small),
  'small, 20 shapes': many(200, index => ofShape(index % 20)),
  status: many(50, status),
  'wide, 100 fields': many(30, wide),
  'long texts': many(50, longTexts),
  'arrays of numbers': many(20, numbers),
  'dates and longs': many(200, moments),
  '1,000 to insert': many(1000, small)
}

const ways: Readonly<Record<string, (documents: readonly Document[]) => unknown>> = {
  library: documents => documents.map(document => BSON.serialize(document, { ignoreUndefined: false })),
  own: documents => documents.map(document => encodeDocument(document, false)),
  list: documents => {
    const list = new EncodedDocumentList()
    for (const document of documents) list.add(document, false)
    list.finish().release()
  }
}

function processorMS(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Nanoseconds for a document. */
function measure(way: (documents: readonly Document[]) => unknown, documents: readonly Document[]): number {
  const started = processorMS()
  let encoded = 0
  let spent = 0
  while (spent < roundMS) {
    // Asking for the time costs as much as several documents.
    for (let repeat = 0; repeat < 5; repeat++) way(documents)
    encoded += 5 * documents.length
    spent = processorMS() - started
  }
  return (spent * 1e6) / encoded
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}

const results = new Map<string, Map<string, number[]>>()
for (let round = -2; round < rounds; round++) {
  for (const [set, documents] of Object.entries(sets)) {
    const ofSet = results.get(set) ?? new Map<string, number[]>()
    results.set(set, ofSet)
    for (const [name, way] of Object.entries(ways)) {
      const nanoseconds = measure(way, documents)
      // The first rounds warm up.
      if (round >= 0) ofSet.set(name, [...(ofSet.get(name) ?? []), nanoseconds])
    }
  }
}

console.log(`ns for a document, medians of ${rounds} rounds; Node ${process.version}`)
for (const [set, ofSet] of results) {
  const library = median(ofSet.get('library') ?? [])
  const columns = [...ofSet].map(([name, values]) => {
    const ns = median(values)
    return `${name} ${Math.round(ns)}${name === 'library' ? '' : ` (${(library / ns).toFixed(2)})`}`
  })
  console.log(`${set.padEnd(20)} ${columns.join('   ')}`)
}
