/** Documents of the kinds that decoding is measured on; all are made here, from a seed. */
import { type Document, Long, ObjectId } from '../../src/bson/index.ts'

/** Numbers in [0, 1), the same ones for the same seed. */
export function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export interface DocumentSet {
  readonly name: string
  /** Documents in a batch. */
  readonly count: number
  document(index: number): Document
}

const random = chance(7)
const letters = 'abcdefghijklmnopqrstuvwxyz'
const words = [
  'harbour',
  'lantern',
  'granite',
  'meadow',
  'fjord',
  'café',
  'Straße',
  'ложка',
  '雨',
  'naïve',
  'copper',
  'willow'
]

function integer(below: number): number {
  return Math.floor(random() * below)
}

function text(length: number): string {
  return Array.from({ length }, () => letters[integer(letters.length)]).join('')
}

function id(): ObjectId {
  return new ObjectId(Uint8Array.from({ length: 12 }, () => integer(256)))
}

/** 14 fields: an id, 7 texts of 8 characters, 6 whole numbers. */
function small(prefix: string): Document {
  const fields: Document = { _id: id() }
  for (let i = 0; i < 7; i++) fields[`${prefix}text${i}`] = text(8)
  for (let i = 0; i < 6; i++) fields[`${prefix}count${i}`] = integer(1_000_000)
  return fields
}

/** 12 fields and more, each left out one time in five. */
function sparse(): Document {
  const all = Object.entries({ ...small(''), flag: random() < 0.5, price: integer(100_000) / 100 })
  return Object.fromEntries(all.filter(([key]) => key === '_id' || random() >= 0.2))
}

/** A third of the words are not in ASCII. */
function sentence(length: number): string {
  const usual = random() < 0.7
  let written = ''
  while (written.length < length) written += `${usual ? text(3 + integer(8)) : words[integer(words.length)]} `
  return written.slice(0, length)
}

function person(): Document {
  return {
    id: integer(2 ** 31),
    id_str: String(integer(2 ** 31)),
    name: `${text(5)} ${text(8)}`,
    screen_name: text(9),
    location: text(12),
    url: null,
    description: sentence(90),
    protected: false,
    verified: random() < 0.1,
    followers_count: integer(10_000),
    friends_count: integer(2000),
    listed_count: integer(50),
    favourites_count: integer(3000),
    statuses_count: integer(90_000),
    created_at: 'Mon Mar 02 14:28:51 +0000 2020',
    utc_offset: -25_200,
    time_zone: 'Pacific Time (US)',
    geo_enabled: true,
    lang: 'en',
    background_color: 'C0DEED',
    image_url: `https://images.example/${text(10)}/${text(24)}.png`,
    text_color: '333333',
    default_profile: true,
    following: null
  }
}

/** A message of a social network, with its author and what is mentioned in it. */
function post(): Document {
  return {
    _id: id(),
    created_at: 'Wed Nov 18 21:08:37 +0000 2020',
    text: sentence(120),
    truncated: false,
    entities: {
      hashtags: [{ text: text(6), indices: [20, 27] }],
      urls: [],
      mentions: [{ screen_name: text(8), name: text(14), id: integer(2 ** 31), indices: [3, 12] }]
    },
    source: `<a href="https://app.example/${text(8)}">${text(10)}</a>`,
    reply_to: null,
    user: person(),
    geo: { type: 'Point', coordinates: [random() * 180 - 90, random() * 360 - 180] },
    place: null,
    quote: random() < 0.3 ? { id: Long.fromBits(integer(2 ** 31), 2 ** 22), text: sentence(60) } : null,
    retweet_count: integer(500),
    favorite_count: integer(900),
    favorited: false,
    lang: 'en'
  }
}

function wide(): Document {
  const fields: Document = { _id: id() }
  for (let i = 1; i < 100; i++) fields[`field${i}`] = i % 2 === 0 ? text(6) : integer(10_000)
  return fields
}

function long(): Document {
  return Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`paragraph${i}`, sentence(30 + integer(170))]))
}

function arrays(): Document {
  return {
    whole: Array.from({ length: 250 }, () => integer(1_000_000)),
    broken: Array.from({ length: 250 }, () => random() * 1000)
  }
}

function measurement(): Document {
  return {
    at: new Date(1_600_000_000_000 + integer(2 ** 31)),
    until: new Date(1_700_000_000_000 + integer(2 ** 31)),
    total: Long.fromBits(integer(2 ** 31), 1 + integer(1000)),
    mean: random() * 100,
    deviation: random(),
    valid: random() < 0.5,
    last: random() < 0.5
  }
}

export const documentSets: readonly DocumentSet[] = [
  { name: 'small, one shape', count: 1000, document: () => small('') },
  { name: 'small, 20 shapes', count: 1000, document: index => small(`s${index % 20}`) },
  { name: 'each field absent 1 in 5', count: 1000, document: sparse },
  { name: 'posts, nested', count: 200, document: post },
  { name: 'wide, 100 fields', count: 200, document: wide },
  { name: 'long texts', count: 1000, document: long },
  { name: 'arrays of 500 numbers', count: 100, document: arrays },
  { name: 'dates, longs, doubles', count: 1000, document: measurement }
]
