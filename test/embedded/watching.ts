/** Change streams of the embedded deployment, as their wire has them. */
import assert from 'node:assert/strict'
import { type Document, EJSON, Long } from '../../src/bson/index.ts'
import type { DeploymentOptions } from '../../src/embedded/index.ts'
import type { RawClient } from './raw_client.ts'
import { type ReplicaBench, withReplicaSet } from './replica_bench.ts'

/** What a reply brought: events as users see them, the token, and the cursor to ask on. */
interface Answer {
  readonly events: readonly Document[]
  readonly token: Document
  readonly id: Long
  readonly ns: string
}

function answerOf(reply: Document): Answer {
  const { cursor } = reply
  assert.ok(cursor !== undefined, JSON.stringify(reply))
  const { firstBatch, nextBatch = firstBatch, postBatchResumeToken, id, ns } = cursor
  assert.equal(typeof postBatchResumeToken?._data, 'string')
  const events = (EJSON.deserialize({ nextBatch }) as { nextBatch: Document[] }).nextBatch
  return { events, token: postBatchResumeToken, id: Long.fromString(id.$numberLong), ns }
}

export class Watch {
  readonly client: RawClient
  readonly database: string
  answer: Answer
  static async open(client: RawClient, stage: Document = {}, more: Document = {}): Promise<Watch> {
    const { database = 'test', aggregate = 'c', pipeline = [], ...further } = more
    const command = { aggregate, pipeline: [{ $changeStream: stage }, ...pipeline], cursor: {}, ...further }
    return new Watch(client, database, answerOf(await client.command(database, command)))
  }

  constructor(client: RawClient, database: string, answer: Answer) {
    this.client = client
    this.database = database
    this.answer = answer
  }

  /** What has happened since, waiting at most so long. */
  async more(maxTimeMS = 50, options: Document = {}): Promise<readonly Document[]> {
    const { id, ns } = this.answer
    const getMore = { getMore: id, collection: ns.slice(ns.indexOf('.') + 1), maxTimeMS, ...options }
    this.answer = answerOf(await this.client.command(this.database, getMore))
    return this.answer.events
  }

  async refused(code: number): Promise<Document> {
    const { id, ns } = this.answer
    const getMore = { getMore: id, collection: ns.slice(ns.indexOf('.') + 1), maxTimeMS: 50 }
    return refusal(await this.client.command(this.database, getMore), code)
  }
}

export function refusal(reply: Document, code: number): Document {
  assert.equal(reply['code']?.$numberInt, String(code), JSON.stringify(reply))
  return reply
}

export interface Bench extends ReplicaBench {
  readonly client: RawClient
  /** Against the database `test` of the primary. */
  readonly run: (command: Document) => Promise<Document>
}

export function withPrimary(
  act: (bench: Bench) => Promise<void>,
  options: Partial<DeploymentOptions> = { members: 1 }
): Promise<void> {
  return withReplicaSet(async bench => {
    const client = await bench.connect(bench.member(await bench.primary()))
    const run = async (command: Document): Promise<Document> => {
      const reply = await client.command('test', command)
      assert.equal(reply['ok']?.$numberDouble, '1.0', JSON.stringify(reply))
      return reply
    }
    await act({ ...bench, client, run })
  }, options)
}

export const types = (events: readonly Document[]): unknown[] => events.map(({ operationType }) => operationType)
export const set = (update: Document | readonly Document[], q: Document = { _id: 1 }): Document => ({
  update: 'c',
  updates: [{ q, u: update }]
})
