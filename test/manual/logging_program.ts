/** A child of the tests: an example of logging, whose standard streams and environment the tests choose. */
import * as examples from '../../examples/manual.ts'

const [example = '', uri = '', path = ''] = process.argv.slice(2)
const make = examples[example as 'clientThatLogs' | 'clientThatLogsUnlessTheEnvironmentSays' | 'clientThatLogsToAFile']
const client = make(uri, path)
await client
  .db('shop')
  .collection('orders')
  .insertOne({ sku: 'a1'.repeat(500) })
await examples.endOf(client)
