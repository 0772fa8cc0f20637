/**
 * What mongoose does with a driver besides calling it: it reads fields of the official driver's insides. Each habit stands
 * here with its reason, so that it can go when mongoose has lost it; what the class of collections must have by itself
 * stands there. Read in mongoose 9.12.
 */
import {
  BulkWriteResult as Result,
  type ClientBulkWriteModel,
  type ClientBulkWriteOptions,
  type ClientBulkWriteResult,
  type ClientOptions,
  type Db as BaseDb,
  type Document,
  MongoClient as Client,
  type MongoClientOptions,
  type ResolvedOptions,
  type TopologyDescription
} from 'cenote'
import { Db, identify } from './handles.ts'

type HandleOptions = Parameters<Client['db']>[1]

export class MongoClient extends Client {
  readonly #source: string | ClientOptions
  #topology: Topology | undefined

  constructor(source: string | ClientOptions, overrides: MongoClientOptions = {}) {
    super(source, overrides)
    this.#source = source
  }

  override async connect(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<this> {
    await super.connect(options)
    this.#topology ??= new Topology(this)
    return this
  }

  override db(name?: string, options?: HandleOptions): Db {
    return super.db(name, options) as Db
  }

  override async bulkWrite<SchemaMap extends Record<string, Document> = Record<string, Document>>(
    models: readonly ClientBulkWriteModel<SchemaMap>[],
    options?: ClientBulkWriteOptions
  ): Promise<ClientBulkWriteResult> {
    if (Array.isArray(models)) for (const model of models) identify(insertedBy(model), () => this.nextId())
    return await super.bulkWrite(models, options)
  }

  protected override makeDb(...of: ConstructorParameters<typeof BaseDb>): Db {
    return new Db(...of)
  }

  /**
   * `Connection.setClient` takes a client for connected when it has a topology; `description.type` decides to which events
   * a connection subscribes, and `s.description` whether `readyState` may go by the last heartbeat.
   */
  get topology(): Topology | undefined {
    return this.#topology
  }

  /**
   * `Connection.setClient` takes the connection string and the database from here, and each connection its `host` and
   * `port`.
   */
  get s(): Internals {
    return new Internals(this.#source, this.options)
  }
}

/** Undefined of other models, and of what is none. */
function insertedBy(model: { readonly name?: unknown; readonly document?: unknown } | null): unknown {
  return model?.name === 'insertOne' ? model.document : undefined
}

/** Named as the official driver's. */
class Topology {
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  get description(): TopologyDescription {
    return this.#client.topologyDescription()
  }

  get s(): { readonly description: TopologyDescription } {
    return { description: this.description }
  }
}

/** Accessors of a class: what is printed shows no connection string, in which there may be a password. */
class Internals {
  readonly #source: string | ClientOptions
  readonly #options: ResolvedOptions

  constructor(source: string | ClientOptions, options: ResolvedOptions) {
    this.#source = source
    this.#options = options
  }

  /** Undefined: the client was made from options that had been read from a connection string before. */
  get url(): string | undefined {
    return typeof this.#source === 'string' ? this.#source : undefined
  }

  get options(): { readonly hosts: ResolvedOptions['hosts']; readonly dbName: string | undefined } {
    return { hosts: this.#options.hosts, dbName: this.#options.defaultDatabase }
  }
}

/**
 * `Model.bulkWrite` makes a result of its own when there is nothing to write, from what the official driver adds its
 * batches up in, and writes further fields into it.
 */
export class BulkWriteResult extends Result {
  constructor(raw: RawBulkWriteResult) {
    super({
      insertedCount: raw.nInserted,
      matchedCount: raw.nMatched,
      modifiedCount: raw.nModified,
      deletedCount: raw.nRemoved,
      upsertedCount: raw.upserted.length,
      insertedIds: byPlace(raw.insertedIds),
      upsertedIds: byPlace(raw.upserted)
    })
  }
}

export interface RawBulkWriteResult {
  readonly nInserted: number
  readonly nMatched: number
  readonly nModified: number
  readonly nRemoved: number
  readonly insertedIds: readonly Placed[]
  readonly upserted: readonly Placed[]
}

interface Placed {
  readonly index: number
  readonly _id: unknown
}

function byPlace(placed: readonly Placed[]): Record<number, unknown> {
  return Object.fromEntries(placed.map(({ index, _id }) => [index, _id]))
}
