/** A script that listens to a change stream which fails; with the argument `errors` it listens to errors as well. */
import { MongoClient } from '../../src/client/index.ts'
import { startDeployment } from '../../src/embedded/index.ts'

const deployment = await startDeployment({ kind: 'replicaSet', members: 1 })
const client = new MongoClient(deployment.uri)
const stream = client.db('shop').collection('orders').watch()
deployment.members[0]?.configureFailPoint({
  configureFailPoint: 'failCommand',
  mode: { times: 1 },
  data: { failCommands: ['getMore'], errorCode: 11601 }
})
if (process.argv[2] === 'errors') stream.on('error', ({ message }) => console.log(message))
const closed = new Promise<void>(resolve => stream.on('close', () => resolve()))
stream.on('change', () => undefined)
await closed
await client.shutdown()
await deployment.stop()
