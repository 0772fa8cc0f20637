import { GridFSBucket } from '../../src/gridfs/index.ts'
import type { Bench } from './bench.ts'
import { CaseError } from './case_error.ts'
import { Entities } from './entities.ts'
import { optionsOf } from './driver_options.ts'
import type { UnbuiltFeature } from './features.ts'
import type { EntityDefinition, Fields } from './format.ts'
import { ObservedClient } from './observed_client.ts'
import { TestThread } from './test_thread.ts'

/** One case in progress: its entities, and the deployment that it runs against. */
export class CaseContext {
  readonly entities: Entities = new Entities()
  readonly bench: Bench
  /** Entities that cannot be made yet; nothing in the case refers to them. */
  readonly #unbuilt: ReadonlyMap<string, UnbuiltFeature>

  constructor(bench: Bench, unbuilt: ReadonlyMap<string, UnbuiltFeature>) {
    this.bench = bench
    this.#unbuilt = unbuilt
  }

  async create(definition: EntityDefinition): Promise<void> {
    const { client, database, collection, session, bucket, thread } = definition
    const { entities } = this
    if (this.#isUnbuilt(definition)) return
    if (client !== undefined) {
      const observed = new ObservedClient(client, this.bench.uriFor(client), this.bench.runtime)
      entities.add(client.id, observed)
      for (const [id, list] of observed.stored) entities.add(id, list)
      await observed.becomeReady()
    } else if (database !== undefined) {
      const { client: parent } = entities.client(database.client)
      entities.add(database.id, parent.db(database.databaseName, optionsOf(database.databaseOptions)))
    } else if (collection !== undefined) {
      const parent = entities.database(collection.database)
      entities.add(collection.id, parent.collection(collection.collectionName, optionsOf(collection.collectionOptions)))
    } else if (session !== undefined) {
      const { client: parent } = entities.client(session.client)
      const made = parent.startSession(sessionOptionsOf(session.sessionOptions, entities))
      this.bench.tellTime(made)
      entities.add(session.id, made)
    } else if (bucket !== undefined) {
      const parent = entities.database(bucket.database)
      entities.add(bucket.id, new GridFSBucket(parent, optionsOf(bucket.bucketOptions)))
    } else if (thread !== undefined) entities.add(thread.id, new TestThread())
    else throw new CaseError(`entities of the kind ${Object.keys(definition).join()} are unknown to this runner`)
  }

  /** Ends what the case has begun. */
  async close(): Promise<void> {
    for (const client of this.entities.clients()) client.stopRecording()
    this.bench.clearFailPoints()
    await Promise.all(this.entities.clients().map(({ client }) => client.close()))
  }

  #isUnbuilt(definition: EntityDefinition): boolean {
    return Object.values(definition).some(({ id }: { readonly id: string }) => this.#unbuilt.has(id))
  }
}

/** As `optionsOf`, but that the time of a snapshot is an entity. */
function sessionOptionsOf(options: Fields | undefined, entities: Entities): object {
  const { snapshotTime, ...others } = options ?? {}
  return typeof snapshotTime === 'string'
    ? { ...optionsOf(others), snapshotTime: entities.value(snapshotTime) }
    : optionsOf(options)
}
