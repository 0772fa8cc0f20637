import assert from 'node:assert/strict'
import type {
  Collection,
  CommandStartedEvent,
  Document,
  FindCursor,
  MongoClient,
  MongoClientOptions
} from '../../src/client/index.ts'
import { type Bench, withServer } from './bench.ts'

export interface Numbered {
  readonly _id: number
}

export interface Log {
  readonly bench: Bench
  readonly client: MongoClient
  readonly collection: Collection<Numbered>
  /** When the cursor's commands were sent, in milliseconds, by name. */
  readonly sent: (name: string) => readonly { readonly atMS: number; readonly command: Document }[]
  readonly insert: (...ids: readonly number[]) => Promise<void>
}

export const cappedLog = { capped: true, size: 100_000 } as const

/** A capped collection with the documents 0 and 1, and a client that is looked at. */
export function withLog(act: (log: Log) => Promise<void>, options: MongoClientOptions = {}): Promise<void> {
  return withServer(async bench => {
    const writer = bench.connect().db('shop')
    await writer.createCollection('log', cappedLog)
    await writer.collection<Numbered>('log').insertMany([{ _id: 0 }, { _id: 1 }])
    const client = bench.connect(options)
    const started: { readonly atMS: number; readonly event: CommandStartedEvent }[] = []
    client.on('commandStarted', event => started.push({ atMS: bench.nowMS(), event }))
    await act({
      bench,
      client,
      collection: client.db('shop').collection<Numbered>('log'),
      sent: name =>
        started
          .filter(({ event }) => event.commandName === name)
          .map(({ atMS, event }) => ({ atMS, command: event.command })),
      insert: async (...ids) => {
        await writer.collection<Numbered>('log').insertMany(ids.map(_id => ({ _id })))
      }
    })
  })
}

export const tailable = { tailable: true } as const
export const awaiting = { tailable: true, awaitData: true } as const

export async function readBoth(cursor: FindCursor<Numbered>): Promise<void> {
  assert.deepEqual([await cursor.next(), await cursor.next()], [{ _id: 0 }, { _id: 1 }])
}

/** How long the work took, in virtual milliseconds. */
export async function took({ nowMS }: Bench, work: () => Promise<unknown>): Promise<number> {
  const beganMS = nowMS()
  await work()
  return nowMS() - beganMS
}

export function between(what: number, least: number, below: number): void {
  assert.ok(what >= least && what < below, `${what} is not from ${least} up to ${below}`)
}
