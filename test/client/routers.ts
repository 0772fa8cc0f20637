import { decodeDocument, type Document, encodeDocument } from '../../src/bson/index.ts'
import { MongoClient, type MongoClientOptions } from '../../src/client/index.ts'
import { type Bench, targetOf } from './bench.ts'
import { Middleman } from './middleman.ts'

const addresses = ['one.test:27017', 'two.test:27017'] as const

export interface Routers {
  /** By address. */
  readonly routers: ReadonlyMap<string, Middleman>
  /** A client that knows both. */
  readonly connect: (options?: MongoClientOptions) => MongoClient
}

/** What of a member's hello is not in a router's. */
const ofMembers: readonly string[] = [
  'setName',
  'setVersion',
  'hosts',
  'me',
  'primary',
  'secondary',
  'electionId',
  'lastWrite',
  'topologyVersion'
]

/**
 * Two that stand before one member and say that they are routers of a sharded cluster, with a recovery token in each good reply:
 * enough for a driver to see one, and nothing of what a router does.
 */
export async function withRouters(
  { runtime, member }: Bench,
  test: (routers: Routers) => Promise<void>
): Promise<void> {
  const routers = new Map(
    addresses.map(address => [address, new Middleman(runtime, targetOf(member.address), address)] as const)
  )
  const clients: MongoClient[] = []
  for (const [address, router] of routers) {
    let token = 0
    router.rewriteReplies(reply => rewritten(reply, () => `${address} ${++token}`))
    await router.listen()
  }
  await test({
    routers,
    connect: options => {
      const client = new MongoClient(`mongodb://${addresses.join()}/`, { runtime, localThresholdMS: 1_000, ...options })
      clients.push(client)
      return client
    }
  })
  for (const client of clients) await client.close()
  for (const router of routers.values()) await router.close()
}

const opReply = 1

function rewritten(message: Uint8Array, nextToken: () => string): Uint8Array {
  const view = new DataView(message.buffer, message.byteOffset, message.length)
  const bodyAt = view.getInt32(12, true) === opReply ? 36 : 21
  const document = decodeDocument(message, bodyAt, message.length - bodyAt)
  const body = encodeDocument(
    'isWritablePrimary' in document || 'ismaster' in document ? hello(document) : answer(document, nextToken)
  )
  const bytes = new Uint8Array(bodyAt + body.length)
  bytes.set(message.subarray(0, bodyAt))
  bytes.set(body, bodyAt)
  new DataView(bytes.buffer).setInt32(0, bytes.length, true)
  return bytes
}

function hello(document: Document): Document {
  return {
    ...Object.fromEntries(Object.entries(document).filter(([field]) => !ofMembers.includes(field))),
    msg: 'isdbgrid'
  }
}

function answer(document: Document, nextToken: () => string): Document {
  return document['ok'] === 1 ? { ...document, recoveryToken: { of: nextToken() } } : document
}
