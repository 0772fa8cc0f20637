/** A primary that is killed while operations are in progress on it: all of them succeed on the next one, each applied once. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Document, MongoClient, PoolClearedEvent } from '../../src/client/index.ts'
import type { Deployment, Member } from '../../src/embedded/index.ts'
import { countByKind, recordPoolEvents } from './drivers.ts'

export interface Scene {
  readonly deployment: Deployment
  /** With room for all operations at once. */
  readonly client: MongoClient
}

export const operations = 60
const kindsOfOperation = 3
/** No operation on the primary ends before that is dead. */
const blockTimeMS = 600_000

/** How the primary goes, and what its pool is cleared for. */
export interface End {
  readonly title: string
  readonly noticedBy: 'monitor' | 'operation' | 'either'
  /** Before it is killed: what makes the client notice. */
  readonly begin: (primary: Member) => Promise<void> | void
}

export const ends: readonly End[] = [
  {
    title: 'the monitor notices first',
    noticedBy: 'monitor',
    async begin(primary) {
      await primary.refuseDials(true)
      primary.dropConnections(({ purpose }) => purpose === 'monitor')
    }
  },
  {
    title: 'the operations notice first, while its monitors are held back',
    noticedBy: 'operation',
    async begin(primary) {
      primary.silenceMonitors(true)
      await primary.refuseDials(true)
      primary.dropConnections(({ purpose }) => purpose === 'pool')
    }
  },
  { title: 'all of its sockets close at once', noticedBy: 'either', begin: () => undefined }
]

/** `beforeDeath` is awaited once the client has noticed, with the primary not yet dead. */
export async function killPrimaryUnderLoad(
  { deployment, client }: Scene,
  { begin, noticedBy }: End,
  beforeDeath: () => Promise<void> = () => Promise.resolve()
): Promise<void> {
  const counters = client.db('shop').collection<{ _id: number; count: number }>('counters')
  await counters.insertMany(Array.from({ length: operations }, (_, _id) => ({ _id, count: 0 })))
  const { primary } = deployment
  assert.ok(primary !== undefined)
  const data = { failCommands: ['update', 'insert', 'find'], blockConnection: true, blockTimeMS }
  primary.configureFailPoint({ configureFailPoint: 'failCommand', mode: 'alwaysOn', data })
  const events = recordPoolEvents(client)
  const running: Promise<unknown>[] = []
  for (let key = 0; key < operations; key += kindsOfOperation) {
    running.push(counters.updateOne({ _id: key }, { $inc: { count: 1 } }))
    running.push(counters.insertOne({ _id: operations + key, count: 1 }))
    running.push(counters.findOne({ _id: key }))
  }
  const poolOf = (): ReturnType<MongoClient['pools']>[number] | undefined =>
    client.pools().find(({ address }) => address === primary.address)
  while ((poolOf()?.checkedOut ?? 0) < operations) await once(client, 'connectionCheckedOut')
  const noticed = once(client, 'connectionPoolCleared') as Promise<[PoolClearedEvent]>
  await begin(primary)
  if (noticedBy !== 'either') {
    const [{ address, error }] = await noticed
    assert.deepEqual([address, /monitor connection/.test(error.message)], [primary.address, noticedBy === 'monitor'])
    await beforeDeath()
  }
  await deployment.kill(deployment.members.indexOf(primary))
  await Promise.all(running)
  const retries = countByKind(events).connectionCheckOutStarted - operations
  assert.ok(retries >= 20, `${retries} retries`)
  assert.notEqual(deployment.primary?.address, primary.address)
  assert.deepEqual([poolOf()?.state, poolOf()?.total], ['paused', 0])
  assert.ok(countByKind(events).connectionPoolCleared >= 1)
  const expected: Document[] = []
  for (let key = 0; key < operations; key++) expected.push({ _id: key, count: key % kindsOfOperation === 0 ? 1 : 0 })
  for (let key = 0; key < operations; key += kindsOfOperation) expected.push({ _id: operations + key, count: 1 })
  assert.deepEqual(await counters.find({}, { sort: { _id: 1 } }).toArray(), expected)
}
