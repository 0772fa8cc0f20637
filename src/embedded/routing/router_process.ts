import { ObjectIds } from '../../bson/index.ts'
import type { Runtime } from '../../runtime/index.ts'
import type { WireCompressor } from '../../wire/index.ts'
import type { Arguments } from '../arguments.ts'
import type { Caller } from '../caller.ts'
import type { Command } from '../command.ts'
import {
  authenticationCommands,
  configureFailPointCommand,
  diagnosticCommands,
  helloCommand,
  namesInTransactions,
  type Standing,
  searchIndexCommands,
  testCommands,
  userCommands
} from '../commands/index.ts'
import { ConnectionTable } from '../connection_table.ts'
import { Dispatcher } from '../dispatcher.ts'
import { FailPoints } from '../fail_points.ts'
import { CommandFailure } from '../failure.ts'
import { Authenticator } from '../login.ts'
import type { MonitorSilence } from '../monitor_silence.ts'
import { startProcess } from '../process.ts'
import { ClusterClock } from '../replication/index.ts'
import type { ServerProcess } from '../server.ts'
import type { SessionRegistry } from '../sessions.ts'
import { TopologyVersion } from '../topology_version.ts'
import type { UserDirectory } from '../users.ts'
import { clusterCommands } from './cluster_commands.ts'
import { RoutedCursors } from './routed_cursors.ts'
import { RoutedTransactions } from './routed_transactions.ts'
import { RouterExecution } from './router_execution.ts'
import { Routes } from './routes.ts'
import type { Shard } from './shard.ts'

export interface RouterProcessOptions {
  readonly runtime: Runtime
  readonly shard: Shard
  readonly monitorSilence: MonitorSilence
  readonly users: UserDirectory
  readonly compressors: readonly WireCompressor[]
  handshakeDelayMS(): number
  /** `host:port` */
  address(): string
}

/** All of a router: nothing of it outlives its process. */
export class RouterProcess implements ServerProcess {
  readonly failPoints: FailPoints
  /** The cluster's. */
  readonly sessions: SessionRegistry
  readonly topologyVersion: TopologyVersion
  readonly connections: ConnectionTable
  readonly #cursors = new RoutedCursors()
  readonly #unsubscribe: () => void
  #hasEnded = false

  constructor(options: RouterProcessOptions) {
    const { runtime, shard, users } = options
    const { chance, clock } = runtime
    const objectIds = new ObjectIds(
      () => clock.epochMS(),
      bytes => chance.fill(bytes)
    )
    this.failPoints = new FailPoints(chance)
    this.topologyVersion = new TopologyVersion(objectIds.next())
    this.sessions = shard.sessions
    const serviceId = objectIds.next()
    const transactions = new RoutedTransactions()
    this.#unsubscribe = shard.sessions.onEnd(session => {
      this.#cursors.forgetSession(session)
      transactions.forget(session)
    })
    const clusterClock = new ClusterClock(clock)
    clusterClock.advanceTo(shard.clusterTime)
    const services = {
      ...options,
      cursors: this.#cursors,
      transactions,
      failPoints: this.failPoints,
      topologyVersion: this.topologyVersion,
      authenticator: new Authenticator(users, runtime),
      process: startProcess('mongos', runtime),
      connectionCounts: () => this.connections.counts,
      handshakeDelayMS: () => options.handshakeDelayMS(),
      standing: (hello: Arguments, caller: Caller): Standing => ({
        isWritable: true,
        fields: { msg: 'isdbgrid', ...(isBalanced(hello, caller) ? { serviceId } : {}) }
      }),
      address: () => options.address(),
      clock
    }
    const routes = new Routes(services)
    const own = [
      helloCommand(services),
      ...authenticationCommands(services),
      ...userCommands(services),
      ...diagnosticCommands(services),
      ...testCommands(),
      ...searchIndexCommands(),
      configureFailPointCommand(services),
      ...clusterCommands(services)
    ]
    const dispatcher = new Dispatcher(commandTable(own, shard, routes), {
      failPoints: this.failPoints,
      sessions: this.sessions,
      topologyVersion: this.topologyVersion,
      users,
      namesInTransactions,
      execution: new RouterExecution({ routes, clusterClock }),
      warn: message => runtime.warn(message, 'CENOTE_EMBEDDED_DEFECT')
    })
    this.connections = new ConnectionTable(runtime, dispatcher, options.compressors)
  }

  get openCursors(): number {
    return this.#cursors.size
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  async end(): Promise<void> {
    this.#hasEnded = true
    this.#unsubscribe()
    await this.connections.end()
  }
}

/** By each of its names: what the router does itself, and what of the shard's commands it hands on. */
function commandTable(own: readonly Command[], shard: Shard, routes: Routes): ReadonlyMap<string, Command> {
  const table = new Map([...shard.commands].filter(([, command]) => routes.isFor(command)))
  for (const command of own) for (const name of [command.name, ...(command.aliases ?? [])]) table.set(name, command)
  return table
}

/**
 * Whether the client talks through a load balancer, and knows it. Who says so on a connection that came directly is told nothing.
 * @throws {CommandFailure} for a client that does not know it.
 */
function isBalanced(hello: Arguments, { throughLoadBalancer }: Caller): boolean {
  const isKnown = hello.boolean('loadBalanced')
  if (throughLoadBalancer && !isKnown)
    throw new CommandFailure(
      'LoadBalancerSupportMismatch',
      'The server is being accessed through a load balancer, but this driver does not have load balancing enabled'
    )
  return throughLoadBalancer
}
