/** Change streams on virtual time, and what their client sends for them. */
import assert from 'node:assert/strict'
import type {
  ChangeStream,
  ChangeStreamDocument,
  Collection,
  CommandStartedEvent,
  CommandSucceededEvent,
  Document,
  MongoClient,
  MongoClientOptions
} from '../../src/client/index.ts'
import { type Bench, type BenchOptions, withServer } from './bench.ts'

export interface Watched {
  readonly bench: Bench
  readonly client: MongoClient
  readonly collection: Collection
  /** Commands of the client, by name. */
  readonly sent: (name: string) => readonly Document[]
  /** And to whom. */
  readonly sentTo: (name: string) => readonly string[]
  readonly replies: (name: string) => readonly Document[]
  /** By another client. */
  readonly insert: (...ids: readonly number[]) => Promise<void>
}

/** A replica set of one member with an empty collection `shop.orders`, unless options say otherwise. */
export function withOrders(
  act: (watched: Watched) => Promise<void>,
  options: MongoClientOptions = {},
  benchOptions: BenchOptions = {}
): Promise<void> {
  return withServer(
    async bench => {
      const orders = bench.connect().db('shop').collection<Document & { readonly _id: number }>('orders')
      await bench.connect().db('shop').createCollection('orders')
      const client = bench.connect(options)
      const started: CommandStartedEvent[] = []
      const succeeded: CommandSucceededEvent[] = []
      client.on('commandStarted', event => started.push(event))
      client.on('commandSucceeded', event => succeeded.push(event))
      const named = (name: string) => started.filter(({ commandName }) => commandName === name)
      await act({
        bench,
        client,
        collection: client.db('shop').collection('orders'),
        sent: name => named(name).map(({ command }) => command),
        sentTo: name => named(name).map(({ address }) => address),
        replies: name =>
          succeeded.filter(({ commandName }) => commandName === name).map(({ reply }) => reply as Document),
        insert: async (...ids) => {
          await orders.insertMany(ids.map(_id => ({ _id })))
        }
      })
    },
    { kind: 'replicaSet', ...benchOptions }
  )
}

export const resumable = ['ResumableChangeStreamError']

/** The stage that watches, of each aggregate. */
export function stages(aggregates: readonly Document[]): Document[] {
  return aggregates.map(({ pipeline }) => (pipeline as readonly Document[])[0]?.['$changeStream'] as Document)
}

/** What the events are about: the `_id` of their documents. */
export async function nextIds(stream: ChangeStream, count: number): Promise<unknown[]> {
  const ids: unknown[] = []
  while (ids.length < count) ids.push(idOf(await stream.next()))
  return ids
}

export function idOf(event: ChangeStreamDocument): unknown {
  return 'documentKey' in event ? event.documentKey._id : event.operationType
}

/** Nobody has a connection, the server no cursor, and the pool is as it was. */
export function assertQuiet({ bench, client }: Watched): void {
  assert.equal(bench.member.openCursors(), 0)
  for (const pool of client.pools()) assert.deepEqual([pool.checkedOut, pool.waiting], [0, 0])
}
