/**
 * A script that uses a client and then ends as its argument says: `shutdown`, `close`, or `nothing` for one that forgets to.
 * Prints, as JSON, what kept the process alive before the client was made and at the end, and how many sockets the client has.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { MongoClient } from '../../src/client/index.ts'

const [, , uri = '', end = 'shutdown'] = process.argv
// Node itself makes this stream when the first socket of a process closes.
void process.stderr
// Both times in the same place: after a timer of the script's own.
await sleep(1)
const before = process.getActiveResourcesInfo().sort()
const client = new MongoClient(uri, { minPoolSize: 2, waitQueueTimeoutMS: 60_000, timeoutMS: 60_000 })
const orders = client.db('shop').collection<{ _id: number }>('orders')
await Promise.all(
  Array.from({ length: 20 }, (_, _id) => orders.updateOne({ _id }, { $set: { seen: true } }, { upsert: true }))
)
await orders.find({}, { batchSize: 2 }).next()
if (end === 'shutdown') await client.shutdown()
if (end === 'close') await client.close()
await sleep(1)
const after = process.getActiveResourcesInfo().sort()
console.log(JSON.stringify({ before, after, sockets: client.connections().length }))
