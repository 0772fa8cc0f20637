import { type ClientSession, type CommandStartedEvent, type MongoClient } from '../../src/client/index.ts'
import type { Bench } from './bench.ts'
import { placeOf } from './session_methods.ts'

/** The commands that the client sends from now on. */
export function startedOf(client: MongoClient): CommandStartedEvent[] {
  const started: CommandStartedEvent[] = []
  client.on('commandStarted', event => started.push(event))
  return started
}

export const lsidOf = ({ command }: CommandStartedEvent): string =>
  String((command['lsid'] as { id: unknown } | undefined)?.id)
export const idOf = ({ id }: ClientSession): string => String(id?.id)

/** A client of a deployment that has a collection with five documents. */
export async function prepared({ connect }: Bench): Promise<MongoClient> {
  const client = connect()
  const { collection } = placeOf(client)
  await collection.insertMany(Array.from({ length: 5 }, (_, _id) => ({ _id })))
  await client.db('shop').createCollection('present')
  return client
}
