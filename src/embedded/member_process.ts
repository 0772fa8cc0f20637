import { ObjectIds } from '../bson/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { Aggregation } from './aggregation.ts'
import { commandsInTransaction, commandTable, namesInTransactions } from './commands/index.ts'
import { ConnectionTable } from './connection_table.ts'
import { CursorRegistry } from './cursors.ts'
import { Dispatcher } from './dispatcher.ts'
import { FailPoints } from './fail_points.ts'
import { Authenticator } from './login.ts'
import type { MonitorSilence } from './monitor_silence.ts'
import { startProcess } from './process.ts'
import type { Replica } from './replication/index.ts'
import { SessionRegistry } from './sessions.ts'
import type { Store } from './store/index.ts'
import type { WireCompressor } from '../wire/index.ts'
import { Timestamps } from './timestamps.ts'
import { TopologyVersion } from './topology_version.ts'
import type { UserDirectory } from './users.ts'

export interface MemberProcessOptions {
  readonly runtime: Runtime
  readonly store: Store
  /** Undefined: a standalone. */
  readonly replica: Replica | undefined
  readonly aggregation: Aggregation
  readonly monitorSilence: MonitorSilence
  readonly users: UserDirectory
  readonly compressors: readonly WireCompressor[]
  handshakeDelayMS(): number
  /** `host:port` */
  address(): string
}

/** All of a member that ends with its process. The data does not: it is in the store. */
export class MemberProcess {
  readonly failPoints: FailPoints
  readonly cursors: CursorRegistry
  readonly sessions: SessionRegistry = new SessionRegistry()
  readonly topologyVersion: TopologyVersion
  readonly connections: ConnectionTable
  #hasEnded = false

  constructor(options: MemberProcessOptions) {
    const { runtime, replica } = options
    const { chance, clock } = runtime
    const objectIds = new ObjectIds(
      () => clock.epochMS(),
      bytes => chance.fill(bytes)
    )
    this.failPoints = new FailPoints(chance)
    this.cursors = new CursorRegistry(chance)
    this.topologyVersion = new TopologyVersion(objectIds.next())
    const services = {
      ...options,
      cursors: this.cursors,
      sessions: this.sessions,
      failPoints: this.failPoints,
      timestamps: new Timestamps(clock),
      topologyVersion: this.topologyVersion,
      handshakeDelayMS: () => options.handshakeDelayMS(),
      authenticator: new Authenticator(options.users, runtime),
      process: startProcess(runtime),
      address: () => options.address(),
      connectionCounts: () => this.connections.counts,
      objectIds,
      clock
    }
    const commands = commandTable(services)
    const dispatcher = new Dispatcher(commands, {
      failPoints: this.failPoints,
      sessions: this.sessions,
      topologyVersion: this.topologyVersion,
      replica,
      users: options.users,
      clock,
      namesInTransactions,
      // Its cursors end with it.
      commandsInTransaction: store =>
        commandsInTransaction({ ...services, store, cursors: new CursorRegistry(chance) }),
      warn: message => runtime.warn(message, 'CENOTE_EMBEDDED_DEFECT')
    })
    this.connections = new ConnectionTable(runtime, dispatcher, options.compressors)
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Resolves when no connection is open. */
  async end(): Promise<void> {
    this.#hasEnded = true
    await this.connections.end()
  }
}
