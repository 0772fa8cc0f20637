import assert from 'node:assert/strict'
import { BSON, type Document, Long } from '../../src/bson/index.ts'
import type { RawClient } from './raw_client.ts'
import { type ReplicaBench, withReplicaSet } from './replica_bench.ts'

export const transient = ['TransientTransactionError']

interface Failure {
  readonly code: number
  readonly labels: readonly string[] | undefined
}

/** One transaction of a session of its own, as a client writes it down. */
export class Txn {
  readonly #raw: RawClient
  readonly lsid: Document
  readonly number: number
  #begun = false

  constructor(raw: RawClient, session: number, number = 1) {
    this.#raw = raw
    this.lsid = { id: new BSON.UUID(session.toString(16).padStart(32, '0')) }
    this.number = number
  }

  get fields(): Document {
    return { lsid: this.lsid, txnNumber: Long.fromNumber(this.number), autocommit: false }
  }

  command(command: Document, database = 'test'): Promise<Document> {
    const first = this.#begun ? {} : { startTransaction: true }
    this.#begun = true
    return this.#raw.command(database, { ...command, ...this.fields, ...first })
  }

  insert(...ids: readonly unknown[]): Promise<Document> {
    return this.command({ insert: 'c', documents: ids.map(_id => ({ _id })) })
  }

  increment(_id: number): Promise<Document> {
    return this.command({ update: 'c', updates: [{ q: { _id }, u: { $inc: { n: 1 } } }] })
  }

  async ids(collection = 'c'): Promise<number[]> {
    return idsOf(await this.command({ find: collection, sort: { _id: 1 } }))
  }

  end(name: 'commitTransaction' | 'abortTransaction', more: Document = {}): Promise<Document> {
    return this.#raw.command('admin', { [name]: 1, ...this.fields, ...more })
  }

  commit(more?: Document): Promise<Document> {
    return this.end('commitTransaction', more)
  }
}

export function idsOf(reply: Document): number[] {
  assert.deepEqual(reply['ok'], { $numberDouble: '1.0' }, JSON.stringify(reply))
  return reply['cursor'].firstBatch.map(({ _id }: Document) => Number(_id.$numberInt))
}

export function succeeds(reply: Document): Document {
  assert.deepEqual(reply['ok'], { $numberDouble: '1.0' }, JSON.stringify(reply))
  assert.equal(reply['writeErrors'], undefined, JSON.stringify(reply))
  return reply
}

export function failureOf(reply: Document): Failure {
  assert.deepEqual(reply['ok'], { $numberDouble: '0.0' }, JSON.stringify(reply))
  return { code: Number(reply['code'].$numberInt), labels: reply['errorLabels'] }
}

export const conflict = { code: 112, labels: transient }
export const gone = { code: 251, labels: transient }

export async function outside(raw: RawClient, collection = 'c'): Promise<number[]> {
  return idsOf(await raw.command('test', { find: collection, sort: { _id: 1 } }))
}

/** A set of one member, whose collection `c` has the documents 1 and 2. */
export function withOne(work: (raw: RawClient, bench: ReplicaBench) => Promise<void>): Promise<void> {
  return withReplicaSet(
    async bench => {
      const raw = await bench.connect(bench.member(0))
      await raw.command('test', {
        insert: 'c',
        documents: [
          { _id: 1, n: 0 },
          { _id: 2, n: 0 }
        ]
      })
      await work(raw, bench)
    },
    { members: 1 }
  )
}

/** Resolves with what has come by then; undefined: nothing. */
export async function soon<Value>({ runtime }: ReplicaBench, promise: Promise<Value>): Promise<Value | undefined> {
  return Promise.race([promise, runtime.sleep(100).then(() => undefined)])
}
