import { MongoInvalidArgumentError } from '../errors/index.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import type { CompressorName, Runtime } from '../runtime/index.ts'
import { createAggregation } from './aggregation/index.ts'
import { serverCompressors } from './compressors.ts'
import { Member } from './member.ts'
import { ReplicaSet } from './replication/index.ts'
import { type DeploymentTLS, memberTLSOf, requireMutualTrust } from './tls.ts'
import { UserDirectory, type UserOptions } from './users.ts'

export interface DeploymentOptions {
  readonly kind: 'standalone' | 'replicaSet'
  /** Default: Node's own time, chance and sockets. */
  readonly runtime?: Runtime
  /** Where to listen (default `127.0.0.1`). Anything but a loopback address needs `exposed`. */
  readonly host?: string
  /** Default 0: any free port. The members of a replica set listen on this port and the ones after it. */
  readonly port?: number
  /** Who may connect: everybody else is refused all but the handshake, `ping` and `connectionStatus`. Default: nobody has to authenticate. */
  readonly users?: readonly UserOptions[]
  /** Lets others than this machine connect; without `users` nobody has to authenticate. */
  readonly exposed?: boolean
  /** Encrypts all connections, those among members too; there is no plain text then. */
  readonly tls?: DeploymentTLS
  /** What clients may have messages compressed by, if they offer it (default `zlib`); an empty list: nothing. */
  readonly compressors?: readonly CompressorName[]
  /** Of a replica set: 1 to 7 (default 3). */
  readonly members?: number
  /** Of a replica set: its name (default `rs0`). */
  readonly setName?: string
  /** Of a replica set: how long it has no primary when it has lost one (default 200). */
  readonly electionMS?: number
}

const commonOptions = ['kind', 'runtime', 'host', 'port', 'exposed', 'users', 'tls', 'compressors'] as const
const optionNames: Readonly<Record<DeploymentOptions['kind'], ReadonlySet<string>>> = {
  standalone: new Set(commonOptions),
  replicaSet: new Set([...commonOptions, 'members', 'setName', 'electionMS'])
}

const portMax = 65_535
/** A set has at most so many members with a vote. */
const membersMax = 7
const membersDefault = 3
const electionMSDefault = 200

/** How long a primary that was told to step down does not stand for election, and how long others may take to catch up. */
const stepDownPeriodMS = 10_000

/** A MongoDB deployment in this process, for tests, demos and simulation. All its data is gone with it. */
export class Deployment {
  /**
   * To connect to it, with any driver. It names no user: give the credentials beside it, and with TLS the authority of its
   * certificate.
   */
  readonly uri: string
  readonly members: readonly Member[]
  readonly #set: ReplicaSet | undefined

  constructor(members: readonly Member[], set?: ReplicaSet) {
    this.members = members
    this.#set = set
    const query = [
      ...(set === undefined ? [] : [`replicaSet=${encodeURIComponent(set.name)}`]),
      ...(members.some(({ internalTLS }) => internalTLS !== undefined) ? ['tls=true'] : [])
    ]
    const options = query.length === 0 ? '' : `?${query.join('&')}`
    this.uri = `mongodb://${members.map(({ address }) => address).join(',')}/${options}`
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
    const set = this.#set
    if (set === undefined) throw new MongoInvalidArgumentError('stepDown: a standalone is no primary')
    await set.stepDownPrimary({ periodMS: stepDownPeriodMS, catchUpMS: stepDownPeriodMS, force: false })
  }

  /**
   * Ends the member with this index as a process that is killed. Its data stays for a restart. Resolves when its sockets are
   * closed.
   */
  async kill(index: number): Promise<void> {
    await this.#member('kill', index).stop()
  }

  /**
   * Starts the member again that was killed: a new process, the same port and data. In a replica set it catches up from the
   * primary; writes that no other member had are lost, since all its data is replaced then. Resolves when it can be dialled.
   */
  async restart(index: number): Promise<void> {
    await this.#member('restart', index).restart()
  }

  /** Ends all connections, and resolves when nothing is left open. May be called again. */
  async stop(): Promise<void> {
    this.#set?.close()
    await Promise.all(this.members.map(member => member.stop()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #member(call: string, index: number): Member {
    const member = this.members[index]
    if (member !== undefined) return member
    throw new MongoInvalidArgumentError(`${call}: there is no member ${index}; there are ${this.members.length}`)
  }
}

/**
 * Starts a deployment and resolves when it can be dialled; a replica set has its primary by then, and the others follow it.
 * @throws {MongoInvalidArgumentError} for options that are unknown, or not built yet.
 */
export async function startDeployment(options: DeploymentOptions): Promise<Deployment> {
  check(options)
  const { kind, runtime = nodeRuntime(), host = '127.0.0.1', port = 0 } = options
  const aggregation = createAggregation(runtime)
  const tls = options.tls === undefined ? undefined : memberTLSOf(options.tls, runtime)
  const certificates = options.tls?.requestClientCertificate === undefined ? 'none' : 'asked'
  const users = await UserDirectory.from(options.users ?? [], runtime, certificates)
  const compressors = serverCompressors(options.compressors ?? ['zlib'], runtime)
  const common = { runtime, host, tls, aggregation, users, compressors }
  if (kind === 'standalone') return new Deployment([await Member.start({ ...common, port })])
  const { members: count = membersDefault, setName = 'rs0', electionMS = electionMSDefault } = options
  const set = new ReplicaSet(runtime, setName, electionMS, users.memberKeys)
  const members: Member[] = []
  try {
    for (let index = 0; index < count; index++) {
      members.push(await Member.start({ ...common, port: port === 0 ? 0 : port + index, set }))
    }
    await requireMutualTrust(runtime, members)
  } catch (error) {
    set.close()
    await Promise.all(members.map(member => member.stop()))
    throw error
  }
  await set.initiate()
  return new Deployment(members, set)
}

function check(options: DeploymentOptions): void {
  const kind: string = options.kind
  if (kind === 'sharded') throw invalid('the kind "sharded" is not built yet; "standalone" and "replicaSet" are')
  if (kind !== 'standalone' && kind !== 'replicaSet') {
    throw invalid(`the kind is "standalone" or "replicaSet", not ${JSON.stringify(kind)}`)
  }
  const names = optionNames[kind]
  for (const name of Object.keys(options)) {
    if (!names.has(name)) throw invalid(`"${name}" is no option of a ${kind}; there are ${[...names].join(', ')}`)
  }
  const { host = '127.0.0.1', exposed = false, members = 1, setName = 'rs0', electionMS = 0 } = options
  requireWhole('the number of members', members, 1, membersMax)
  requireWhole('the port', options.port ?? 0, 0, portMax - (kind === 'replicaSet' ? membersMax : 0))
  if (setName === '') throw invalid('the name of the set is empty')
  if (!(electionMS >= 0 && electionMS < Infinity)) {
    throw invalid(`electionMS is a number of milliseconds from 0, not ${electionMS}`)
  }
  if (!exposed && !isLoopback(host)) {
    throw invalid(
      `the host "${host}" is no loopback address${options.users === undefined ? ', and nobody has to authenticate' : ''}; set exposed to true to listen there`
    )
  }
}

function requireWhole(what: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  throw invalid(`${what} is a whole number from ${min} to ${max}, not ${value}`)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

function invalid(what: string): MongoInvalidArgumentError {
  return new MongoInvalidArgumentError(`startDeployment: ${what}`)
}
