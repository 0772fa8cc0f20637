/** Two drivers behind one set of names: a test that changes nothing but the import. */
import * as official from 'mongodb'
import * as cenote from '../../src/client/index.ts'
import { type PoolEventName, poolEventNames } from './pool_event_names.ts'

/** What tests use of a driver. cenote's types stand for both: what compiles for it runs on the official driver as well. */
export type Library = Pick<
  typeof cenote,
  | 'Binary'
  | 'BSONRegExp'
  | 'BSONSymbol'
  | 'Code'
  | 'DBRef'
  | 'Decimal128'
  | 'Double'
  | 'Int32'
  | 'Long'
  | 'MaxKey'
  | 'MinKey'
  | 'MongoClient'
  | 'ObjectId'
  | 'Timestamp'
  | 'UUID'
>

export type DriverName = 'cenote' | 'mongodb'

export interface Driver {
  readonly name: DriverName
  readonly library: Library
  /** The end of a client that has done its work: the server is told what it can forget, and nothing is left open. */
  readonly end: (client: cenote.MongoClient) => Promise<void>
}

export const drivers: readonly Driver[] = [
  { name: 'cenote', library: cenote, end: client => client.shutdown() },
  { name: 'mongodb', library: official as unknown as Library, end: client => client.close() }
]

export interface ToldEvent {
  readonly name: PoolEventName
  readonly reason: string | undefined
}

/** Every pool event that the client tells from now on, in order. */
export function recordPoolEvents(client: cenote.MongoClient): readonly ToldEvent[] {
  const told: ToldEvent[] = []
  for (const name of poolEventNames)
    client.on(name, event => told.push({ name, reason: 'reason' in event ? event.reason : undefined }))
  return told
}

/** How often each kind was told; kinds that never were are 0. */
export function countByKind(told: readonly ToldEvent[]): Record<PoolEventName, number> {
  const counts = poolEventNames.map(kind => [kind, told.filter(({ name }) => name === kind).length] as const)
  return Object.fromEntries(counts) as Record<PoolEventName, number>
}

/**
 * Resolves when the client knows that the server is gone: the official driver does not retry a write whose connection breaks
 * after its monitor has noticed.
 */
export function goneFrom(client: cenote.MongoClient, address: string): Promise<void> {
  return new Promise(resolve => {
    client.on('serverDescriptionChanged', event => {
      if (event.address === address && event.newDescription.type === 'Unknown') resolve()
    })
  })
}
