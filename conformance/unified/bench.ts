import { type ClientSession, MongoClient } from '../../src/client/index.ts'
import { type Deployment, type Member, type Router, startDeployment } from '../../src/embedded/index.ts'
import { LoadBalancer } from '../../src/embedded/routing/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { CaseError } from './case_error.ts'
import { valueOf } from './extended_json.ts'
import type { ClientDefinition, CollectionData, Fields } from './format.ts'
import { type EntityValues, requireMatch } from './matching.ts'
import { claimedVersion, type OwnDeployment } from './requirements.ts'

const seed = 1
const kinds = {
  single: 'standalone',
  replicaset: 'replicaSet',
  sharded: 'sharded',
  'load-balanced': 'loadBalanced'
} as const
const user = { name: 'case', password: 'of the runner' } as const
const majority = { writeConcern: { w: 'majority' } } as const
/** In a connection string: behind the credentials, if there are any, and before the path. */
const addressesIn = /(?<=\/\/|@)[^/@]+(?=\/)/

/** A deployment on virtual time, and the runner's own client of it. */
export class Bench {
  readonly runtime: VirtualRuntime
  readonly deployment: Deployment
  readonly #uri: string
  /** The same with one router: the first one, or a load balancer before that alone. */
  readonly #uriOfOneRouter: string
  readonly #client: MongoClient
  /** Of what is prepared, so that its time is known. */
  readonly #session: ClientSession

  static async start({ topology, auth }: OwnDeployment): Promise<Bench> {
    const runtime = virtualRuntime({ seed })
    return await runtime.run(async () => {
      const deployment = await startDeployment({ kind: kinds[topology], runtime, users: auth ? [user] : [] })
      const balancer = topology === 'load-balanced' ? await balancerOfFirst(deployment, runtime) : undefined
      const bench = new Bench(runtime, deployment, auth, balancer?.address)
      await bench.#requireClaimedVersion()
      return bench
    })
  }

  private constructor(runtime: VirtualRuntime, deployment: Deployment, auth: boolean, balancer: string | undefined) {
    this.runtime = runtime
    this.deployment = deployment
    const credentials = `//${user.name}:${encodeURIComponent(user.password)}@`
    this.#uri = auth ? deployment.uri.replace('//', credentials) : deployment.uri
    const first = balancer ?? deployment.routers[0]?.address
    this.#uriOfOneRouter = first === undefined ? this.#uri : this.#uri.replace(addressesIn, first)
    this.#client = new MongoClient(this.#uri, { runtime })
    this.#session = this.#client.startSession()
  }

  /** A command of the runner itself, to the primary. */
  command(database: string, command: Fields): Promise<Fields> {
    return this.#client.db(database).command(command)
  }

  /** Makes the collection what the case wants to find. */
  async prepare({ databaseName, collectionName, createOptions, documents }: CollectionData): Promise<void> {
    const collection = this.#client.db(databaseName).collection(collectionName)
    await collection.drop({ ...majority, session: this.#session })
    if (createOptions !== undefined || documents.length === 0)
      await this.command(databaseName, {
        create: collectionName,
        ...(valueOf(createOptions ?? {}) as object),
        ...majority
      })
    if (documents.length > 0)
      await collection.insertMany(valueOf(documents) as Fields[], { ...majority, session: this.#session })
  }

  /** @throws CaseError when the collection has not these documents, in the order of their ids and with no further fields. */
  async requireData(
    { databaseName, collectionName, documents }: CollectionData,
    entities: EntityValues
  ): Promise<void> {
    const collection = this.#client.db(databaseName).collection(collectionName)
    const options = { sort: { _id: 1 }, readPreference: 'primary', readConcern: 'local' } as const
    const found = await collection.find({}, options).toArray()
    // Within a document, so that the documents themselves are not root-level ones.
    requireMatch({ documents }, { documents: found }, `outcome of ${databaseName}.${collectionName}`, entities)
  }

  /** A session that is as late as what was prepared sees it on every member. */
  tellTime(session: ClientSession): void {
    const { clusterTime } = this.#session
    if (clusterTime !== undefined) session.advanceClusterTime(clusterTime)
  }

  /** With credentials where they are needed. There is one router behind it, unless the case wants more. */
  uriFor({ useMultipleMongoses = false }: Pick<ClientDefinition, 'useMultipleMongoses'>): string {
    return useMultipleMongoses ? this.#uri : this.#uriOfOneRouter
  }

  /** That a client knows by its address. */
  serverAt(address: string): Member | Router | undefined {
    return this.#servers.find(server => server.address === address)
  }

  clearFailPoints(): void {
    for (const server of this.#servers) server.clearFailPoints()
  }

  get #servers(): readonly (Member | Router)[] {
    return [...this.deployment.routers, ...this.deployment.members]
  }

  async #requireClaimedVersion(): Promise<void> {
    const { version } = await this.command('admin', { buildInfo: 1 })
    if (typeof version !== 'string' || !version.startsWith(`${claimedVersion}.`))
      throw new CaseError(
        `the deployment claims the version ${String(version)}, and cases are chosen for ${claimedVersion}`
      )
  }
}

function balancerOfFirst({ routers }: Deployment, runtime: VirtualRuntime): Promise<LoadBalancer> {
  return LoadBalancer.start({ runtime, host: '127.0.0.1', port: 0, tls: undefined }, routers.slice(0, 1))
}
