import { ObjectIds } from '../bson/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { WireCompressor } from '../wire/index.ts'
import type { Aggregation } from './aggregation.ts'
import { type Caller, ConnectionEnded } from './caller.ts'
import type { Command } from './command.ts'
import { commandsInTransaction, commandTable, namesInTransactions } from './commands/index.ts'
import { ConnectionTable } from './connection_table.ts'
import { CursorRegistry } from './cursors.ts'
import { type Answer, Dispatcher, type Request } from './dispatcher.ts'
import { FailPoints } from './fail_points.ts'
import { LocalCaller } from './local_caller.ts'
import { Authenticator, memberLogin } from './login.ts'
import { MemberExecution } from './member_execution.ts'
import type { MonitorSilence } from './monitor_silence.ts'
import { startProcess } from './process.ts'
import { type Replica, setFields } from './replication/index.ts'
import type { ServerProcess } from './server.ts'
import { SessionRegistry } from './sessions.ts'
import type { Store } from './store/index.ts'
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
export class MemberProcess implements ServerProcess {
  readonly failPoints: FailPoints
  readonly cursors: CursorRegistry
  readonly sessions: SessionRegistry = new SessionRegistry()
  readonly topologyVersion: TopologyVersion
  readonly connections: ConnectionTable
  readonly commands: ReadonlyMap<string, Command>
  readonly #users: UserDirectory
  readonly #dispatcher: Dispatcher
  readonly #asking = new Set<LocalCaller>()
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
      standing: () => ({
        isWritable: replica === undefined || replica.state === 'primary',
        fields: { ...(replica === undefined ? {} : setFields(replica)), readOnly: false }
      }),
      authenticator: new Authenticator(options.users, runtime),
      process: startProcess('mongod', runtime),
      address: () => options.address(),
      connectionCounts: () => this.connections.counts,
      objectIds,
      clock
    }
    this.commands = commandTable(services)
    this.#users = options.users
    this.#dispatcher = new Dispatcher(this.commands, {
      failPoints: this.failPoints,
      sessions: this.sessions,
      topologyVersion: this.topologyVersion,
      users: options.users,
      namesInTransactions,
      execution: new MemberExecution({
        replica,
        failPoints: this.failPoints,
        clock,
        // Its cursors end with it.
        commandsInTransaction: store =>
          commandsInTransaction({ ...services, store, cursors: new CursorRegistry(chance) })
      }),
      warn: message => runtime.warn(message, 'CENOTE_EMBEDDED_DEFECT')
    })
    this.connections = new ConnectionTable(runtime, this.#dispatcher, options.compressors)
  }

  get openCursors(): number {
    return this.cursors.size
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /**
   * Takes a command from another server's process, on behalf of its client. Undefined: this process is gone, or a fail point has
   * ended the connection that there would be.
   * @throws {ConnectionEnded} when the client is gone.
   */
  async ask(request: Request, client: Caller): Promise<Answer | undefined> {
    if (this.#hasEnded) return undefined
    const caller = new LocalCaller(client, memberLogin(this.#users))
    this.#asking.add(caller)
    try {
      const answer = await this.#dispatcher.answer(request, caller)
      return caller.hasEnded ? undefined : answer
    } catch (error) {
      if (error instanceof ConnectionEnded && !caller.clientIsGone) return undefined
      throw error
    } finally {
      this.#asking.delete(caller)
    }
  }

  async end(): Promise<void> {
    this.#hasEnded = true
    for (const caller of this.#asking) caller.end()
    await this.connections.end()
  }
}
