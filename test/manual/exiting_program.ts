/** Uses the deployment of its first argument and exits with connections in the pool, without a shutdown. */
import { MongoClient } from '../../src/client/index.ts'

const [uri] = process.argv.slice(2)
if (uri === undefined) throw new Error('the connection string is missing')
const client = new MongoClient(uri, { minPoolSize: 2 })
await client.warmUp()
process.exit(0)
