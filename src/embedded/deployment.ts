import { MongoInvalidArgumentError } from '../errors/index.ts'
import { nodeRuntime } from '../runtime/node/index.ts'
import type { Runtime } from '../runtime/index.ts'
import { createAggregation } from './aggregation/index.ts'
import { Member } from './member.ts'

export interface DeploymentOptions {
  readonly kind: 'standalone'
  /** Default: Node's own time, chance and sockets. */
  readonly runtime?: Runtime
  /** Where to listen (default `127.0.0.1`). Anything but a loopback address needs `exposed`. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  /** Lets others than this machine connect. Nobody has to authenticate. */
  readonly exposed?: boolean
}

const optionNames: ReadonlySet<string> = new Set(['kind', 'runtime', 'host', 'port', 'exposed'])
const portMax = 65_535

/** A MongoDB deployment in this process, for tests, demos and simulation. All its data is gone with it. */
export class Deployment {
  /** To connect to it, with any driver. */
  readonly uri: string
  readonly members: readonly Member[]

  constructor(members: readonly Member[]) {
    this.members = members
    this.uri = `mongodb://${members.map(({ address }) => address).join(',')}/`
  }

  /** Ends all connections, and resolves when nothing is left open. May be called again. */
  async stop(): Promise<void> {
    await Promise.all(this.members.map(member => member.stop()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/**
 * Starts a deployment and resolves when it can be dialled.
 * @throws {MongoInvalidArgumentError} for options that are unknown, or not built yet.
 */
export async function startDeployment(options: DeploymentOptions): Promise<Deployment> {
  check(options)
  const { runtime = nodeRuntime(), host = '127.0.0.1', port = 0 } = options
  return new Deployment([await Member.start({ runtime, host, port, aggregation: createAggregation(runtime) })])
}

function check(options: DeploymentOptions): void {
  for (const name of Object.keys(options)) {
    if (!optionNames.has(name)) throw invalid(`"${name}" is no option; there are ${[...optionNames].join(', ')}`)
  }
  const kind: string = options.kind
  if (kind === 'replicaSet' || kind === 'sharded') throw invalid(`the kind "${kind}" is not built yet; "standalone" is`)
  if (kind !== 'standalone') throw invalid(`the kind is "standalone", not ${JSON.stringify(kind)}`)
  const { host = '127.0.0.1', port = 0, exposed = false } = options
  if (!Number.isInteger(port) || port < 0 || port > portMax) {
    throw invalid(`the port is a whole number from 0 to ${portMax}, not ${port}`)
  }
  if (!exposed && !isLoopback(host)) {
    throw invalid(
      `the host "${host}" is no loopback address, and nobody has to authenticate; set exposed to true to listen there`
    )
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

function invalid(what: string): MongoInvalidArgumentError {
  return new MongoInvalidArgumentError(`startDeployment: ${what}`)
}
