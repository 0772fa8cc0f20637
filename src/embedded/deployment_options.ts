import { MongoInvalidArgumentError } from '../errors/index.ts'
import type { CompressorName, Runtime } from '../runtime/index.ts'
import type { DeploymentTLS } from './tls.ts'
import type { UserOptions } from './users.ts'

/**
 * A server; a replica set; routers before a replica set, which is a sharded cluster of one shard; or such a cluster behind a load
 * balancer.
 */
export type DeploymentKind = 'standalone' | 'replicaSet' | 'sharded' | 'loadBalanced'

export interface DeploymentOptions {
  readonly kind: DeploymentKind
  /** Default: Node's own time, chance and sockets. */
  readonly runtime?: Runtime
  /** Where to listen (default `127.0.0.1`). Anything but a loopback address needs `exposed`. */
  readonly host?: string
  /**
   * Default 0: any free port. Else all listen on this port and the ones after it: the load balancer, then the routers, then the
   * members.
   */
  readonly port?: number
  /** Who may connect: everybody else is refused all but the handshake, `ping` and `connectionStatus`. Default: nobody has to authenticate. */
  readonly users?: readonly UserOptions[]
  /** Lets others than this machine connect; without `users` nobody has to authenticate. */
  readonly exposed?: boolean
  /** Encrypts all connections, those among members too; there is no plain text then. */
  readonly tls?: DeploymentTLS
  /** What clients may have messages compressed by, if they offer it (default `zlib`); an empty list: nothing. */
  readonly compressors?: readonly CompressorName[]
  /** Of a replica set, also one behind routers: 1 to 7 (default 3). */
  readonly members?: number
  /** Of a replica set: its name (default `rs0`). Behind routers it is the shard's too. */
  readonly setName?: string
  /** Of a replica set: how long it has no primary when it has lost one (default 200). */
  readonly electionMS?: number
  /** Of a sharded cluster, also one behind a load balancer: 1 to 16 (default 2). */
  readonly routers?: number
}

const commonOptions = ['kind', 'runtime', 'host', 'port', 'exposed', 'users', 'tls', 'compressors'] as const
const setOptions = [...commonOptions, 'members', 'setName', 'electionMS'] as const
const clusterOptions = [...setOptions, 'routers'] as const
const optionNames: Readonly<Record<DeploymentKind, readonly string[]>> = {
  standalone: commonOptions,
  replicaSet: setOptions,
  sharded: clusterOptions,
  loadBalanced: clusterOptions
}

const portMax = 65_535
/** A set has at most so many members with a vote. */
const membersMax = 7
const routersMax = 16

/** @throws {MongoInvalidArgumentError} for options that are unknown, of another kind, or out of range. */
export function checkOptions(options: DeploymentOptions): void {
  const kind: string = options.kind
  if (!isKind(kind)) {
    const kinds = Object.keys(optionNames).map(name => `"${name}"`)
    throw invalid(`the kind is one of ${kinds.join(', ')}, not ${JSON.stringify(kind)}`)
  }
  const names = optionNames[kind]
  for (const name of Object.keys(options)) {
    if (!names.includes(name))
      throw invalid(`"${name}" is no option of the kind ${kind}; there are ${names.join(', ')}`)
  }
  const { host = '127.0.0.1', exposed = false, members = 1, routers = 1, setName = 'rs0', electionMS = 0 } = options
  requireWhole('the number of members', members, 1, membersMax)
  requireWhole('the number of routers', routers, 1, routersMax)
  requireWhole('the port', options.port ?? 0, 0, portMax - portsBehindFirst[kind])
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

/** At most. */
const portsBehindFirst: Readonly<Record<DeploymentKind, number>> = {
  standalone: 0,
  replicaSet: membersMax,
  sharded: routersMax + membersMax,
  loadBalanced: routersMax + membersMax
}

function isKind(kind: string): kind is DeploymentKind {
  return Object.hasOwn(optionNames, kind)
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
