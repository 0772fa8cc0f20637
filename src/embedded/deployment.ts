import { MongoInvalidArgumentError } from '../errors/index.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import { createAggregation } from './aggregation/index.ts'
import { serverCompressors } from './compressors.ts'
import { checkOptions, type DeploymentOptions } from './deployment_options.ts'
import { Member, type MemberOptions } from './member.ts'
import { ReplicaSet } from './replication/index.ts'
import { LoadBalancer, Router, Shard } from './routing/index.ts'
import { memberTLSOf, requireMutualTrust } from './tls.ts'
import { UserDirectory } from './users.ts'

const membersDefault = 3
const routersDefault = 2
const electionMSDefault = 200

/** How long a primary that was told to step down does not stand for election, and how long others may take to catch up. */
const stepDownPeriodMS = 10_000

/** What runs. Whoever starts a part adds it, so that all of it can be stopped. */
interface Parts {
  readonly members: Member[]
  readonly routers: Router[]
  set: ReplicaSet | undefined
  loadBalancer: LoadBalancer | undefined
}

/** A MongoDB deployment in this process, for tests, demos and simulation. All its data is gone with it. */
export class Deployment {
  /**
   * To connect to it, with any driver: to the load balancer, the routers or the members, the first that there are. It names no
   * user: give the credentials beside it, and with TLS the authority of its certificate.
   */
  readonly uri: string
  /** The servers that have the data: one, or those of the replica set. */
  readonly members: readonly Member[]
  /** Of a sharded cluster; else none. */
  readonly routers: readonly Router[]
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.members = parts.members
    this.routers = parts.routers
    this.#parts = parts
    this.uri = uriOf(parts)
  }

  /** Of a replica set; undefined while it has none. */
  get primary(): Member | undefined {
    return this.members.find(({ isPrimary }) => isPrimary)
  }

  /**
   * The primary of a replica set steps down, as soon as another member could take over without losing a write. Resolves when
   * it has; the election comes after that.
   * @throws {CommandFailure} when there is no primary, or when none of the others catches up within 10 s.
   */
  async stepDown(): Promise<void> {
    const { set } = this.#parts
    if (set === undefined) throw new MongoInvalidArgumentError('stepDown: a standalone is no primary')
    await set.stepDownPrimary({ periodMS: stepDownPeriodMS, catchUpMS: stepDownPeriodMS, force: false })
  }

  /**
   * Ends the member with this index as a process that is killed. Its data stays for a restart. Resolves when its sockets are
   * closed.
   */
  async kill(index: number): Promise<void> {
    await found('kill', 'member', this.members, index).stop()
  }

  /**
   * Starts the member again that was killed: a new process, the same port and data. In a replica set it catches up from the
   * primary; writes that no other member had are lost, since all its data is replaced then. Resolves when it can be dialled.
   */
  async restart(index: number): Promise<void> {
    await found('restart', 'member', this.members, index).restart()
  }

  /**
   * Ends the router with this index as a process that is killed, and its cursors with it. Transactions that were begun at it can be
   * committed at another one, with their recovery tokens. Resolves when its sockets are closed.
   */
  async killRouter(index: number): Promise<void> {
    await found('killRouter', 'router', this.routers, index).stop()
  }

  /** Starts the router again that was killed: a new process on the same port. Resolves when it can be dialled. */
  async restartRouter(index: number): Promise<void> {
    await found('restartRouter', 'router', this.routers, index).restart()
  }

  /** Ends all connections, and resolves when nothing is left open. May be called again. */
  async stop(): Promise<void> {
    await stopAll(this.#parts)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

function uriOf({ members, routers, set, loadBalancer }: Parts): string {
  const servers = loadBalancer === undefined ? (routers.length > 0 ? routers : members) : [loadBalancer]
  const query = [
    ...(loadBalancer === undefined ? [] : ['loadBalanced=true']),
    ...(set === undefined || routers.length > 0 ? [] : [`replicaSet=${encodeURIComponent(set.name)}`]),
    ...(members.some(({ internalTLS }) => internalTLS !== undefined) ? ['tls=true'] : [])
  ]
  const options = query.length === 0 ? '' : `?${query.join('&')}`
  return `mongodb://${servers.map(({ address }) => address).join(',')}/${options}`
}

function found<Server>(call: string, what: string, servers: readonly Server[], index: number): Server {
  const server = servers[index]
  if (server !== undefined) return server
  throw new MongoInvalidArgumentError(`${call}: there is no ${what} ${index}; there are ${servers.length}`)
}

async function stopAll({ members, routers, set, loadBalancer }: Parts): Promise<void> {
  set?.close()
  await Promise.all([
    loadBalancer?.stop(),
    ...routers.map(router => router.stop()),
    ...members.map(member => member.stop())
  ])
}

/**
 * Starts a deployment and resolves when it can be dialled; a replica set has its primary by then, and the others follow it.
 * @throws {MongoInvalidArgumentError} for options that are unknown, or not of the kind.
 */
export async function startDeployment(options: DeploymentOptions): Promise<Deployment> {
  checkOptions(options)
  const { runtime = nodeRuntime(), host = '127.0.0.1' } = options
  const aggregation = createAggregation(runtime)
  const tls = options.tls === undefined ? undefined : memberTLSOf(options.tls, runtime)
  const certificates = options.tls?.requestClientCertificate === undefined ? 'none' : 'asked'
  const users = await UserDirectory.from(options.users ?? [], runtime, certificates)
  const compressors = serverCompressors(options.compressors ?? ['zlib'], runtime)
  const common = { runtime, host, tls, aggregation, users, compressors }
  const parts: Parts = { members: [], routers: [], set: undefined, loadBalancer: undefined }
  try {
    await startParts(parts, options, common)
  } catch (error) {
    await stopAll(parts)
    throw error
  }
  return new Deployment(parts)
}

type CommonOptions = Omit<MemberOptions, 'port' | 'set'>

async function startParts(parts: Parts, options: DeploymentOptions, common: CommonOptions): Promise<void> {
  const { kind, port = 0 } = options
  const isCluster = kind === 'sharded' || kind === 'loadBalanced'
  const routerCount = isCluster ? (options.routers ?? routersDefault) : 0
  const firstRouter = kind === 'loadBalanced' ? 1 : 0
  const portAt = (offset: number): number => (port === 0 ? 0 : port + offset)
  if (kind === 'standalone') {
    parts.members.push(await Member.start({ ...common, port }))
    return
  }
  const set = await startSet(parts, options, common, index => portAt(firstRouter + routerCount + index))
  if (!isCluster) return
  const shard = new Shard(common.runtime, set, parts.members)
  for (let index = 0; index < routerCount; index++)
    parts.routers.push(await Router.start({ ...common, port: portAt(firstRouter + index), shard }))
  if (kind === 'loadBalanced') parts.loadBalancer = await LoadBalancer.start({ ...common, port }, parts.routers)
}

async function startSet(
  parts: Parts,
  options: DeploymentOptions,
  common: CommonOptions,
  portOf: (index: number) => number
): Promise<ReplicaSet> {
  const { runtime, users } = common
  const { members: count = membersDefault, setName = 'rs0', electionMS = electionMSDefault } = options
  const set = new ReplicaSet(runtime, setName, electionMS, users.memberKeys)
  parts.set = set
  for (let index = 0; index < count; index++)
    parts.members.push(await Member.start({ ...common, port: portOf(index), set }))
  await requireMutualTrust(runtime, parts.members)
  await set.initiate()
  return set
}
