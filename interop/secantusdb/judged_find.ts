import { MongoClient, type MongoClientOptions } from '../../src/client/index.ts'
import { countByKind, recordPoolEvents } from '../../test/integration/drivers.ts'
import { imbalances } from '../balance.ts'
import { judge, type Judgement } from '../judge.ts'

/** The one document in `shop.orders`. */
export const found = { _id: 1 }

/** What a client's find ends with, and whether the books of its pools balance afterwards. */
export async function judgedFind(address: string, options: MongoClientOptions, expected: unknown): Promise<Judgement> {
  const client = new MongoClient(`mongodb://${address}/`, options)
  const told = recordPoolEvents(client)
  let actual: unknown
  try {
    actual = await client.db('shop').collection<{ _id: number }>('orders').findOne()
  } catch (error) {
    const { name, code } = error as Error & { readonly code?: unknown }
    actual = { error: name, code }
  } finally {
    await client.shutdown()
  }
  return judge({ actual, imbalances: imbalances(countByKind(told)) }, { actual: expected, imbalances: [] }, undefined)
}
