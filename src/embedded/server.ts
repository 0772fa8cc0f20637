import type { Document } from '../bson/index.ts'
import type { Runtime, Target, Transport, TransportHandler } from '../runtime/index.ts'
import type { WireCompressor } from '../wire/index.ts'
import type { ConnectionFacts, ConnectionTable, MemberConnections } from './connection_table.ts'
import type { FailPoints } from './fail_points.ts'
import { ListeningPort } from './listening_port.ts'
import { MonitorSilence } from './monitor_silence.ts'
import { fromObject } from './query/index.ts'
import type { SessionRegistry } from './sessions.ts'
import type { MemberTLS } from './tls.ts'
import type { TopologyVersion } from './topology_version.ts'
import type { UserDirectory } from './users.ts'

export interface ServerOptions {
  readonly runtime: Runtime
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly tls?: MemberTLS | undefined
  readonly users: UserDirectory
  /** Default: none. */
  readonly compressors?: readonly WireCompressor[]
}

/** All of a server that ends with its process. */
export interface ServerProcess {
  readonly failPoints: FailPoints
  readonly sessions: SessionRegistry
  readonly topologyVersion: TopologyVersion
  readonly connections: ConnectionTable
  readonly openCursors: number
  readonly hasEnded: boolean
  /** Resolves when no connection is open. */
  end(): Promise<void>
}

/** A server of a deployment, whatever its part is: where it listens, its process, and its faults on call. */
export abstract class Server<Process extends ServerProcess = ServerProcess> {
  /** How long the first hello of each client's connection waits for its answer, in milliseconds. */
  handshakeDelayMS = 0
  protected readonly monitorSilence: MonitorSilence = new MonitorSilence()
  readonly #port: ListeningPort
  #process: Process | undefined

  protected constructor({ runtime: { network }, host, port, tls }: ServerOptions) {
    const accept = (transport: Transport, peer: string): TransportHandler =>
      this.process.connections.accept(transport, peer)
    this.#port = new ListeningPort({ network, host, port, tls: tls?.server, accept })
  }

  /** Where it listens, or did before it was stopped. */
  get target(): Target {
    return this.#port.target
  }

  /** `host:port` */
  get address(): string {
    return this.#port.address
  }

  /** Of clients: those of other servers are left out. */
  connections(): MemberConnections {
    return this.process.connections.facts()
  }

  /** The sessions that the server has seen and nobody has ended, as 32 hexadecimal digits each. */
  sessions(): readonly string[] {
    return this.process.sessions.ids
  }

  /** How many cursors are open. */
  openCursors(): number {
    return this.process.openCursors
  }

  /**
   * Takes a `configureFailPoint` command, as the server would. Says how often the fail point had been entered before.
   * @throws {CommandFailure} for a fail point, a mode or data that is not known.
   */
  configureFailPoint(command: Document): number {
    return this.process.failPoints.configure(fromObject(command))
  }

  clearFailPoints(): void {
    this.process.failPoints.clear()
  }

  /** As after a change of the server's state: hellos that wait are answered at once. */
  raiseTopologyVersion(): void {
    this.process.topologyVersion.raise()
  }

  /** New dials are refused, as where nobody listens. Connections that are open stay so. Resolves when it is so. */
  async refuseDials(on: boolean): Promise<void> {
    if (on) await this.#port.close()
    else if (!this.process.hasEnded) await this.#port.open()
  }

  /** Monitors get no answers any more, until it is off. A monitor is known by its second hello. */
  silenceMonitors(on: boolean): void {
    this.monitorSilence.set(on)
  }

  /** Cuts off the clients that the filter chooses, and says how many. */
  dropConnections(filter: (connection: ConnectionFacts) => boolean = () => true): number {
    return this.process.connections.drop(filter)
  }

  /**
   * Ends the server as a process that is killed: sockets close, commands under way have no reply. Resolves when nothing
   * listens and no connection is open. What is not its process's stays for a restart.
   */
  async stop(): Promise<void> {
    await Promise.all([this.left(), this.#port.close(), this.process.end()])
  }

  /**
   * Starts a server that was stopped, as a new process on the same port. Fail points, cursors, counts and a member's sessions
   * begin anew. Resolves when it can be dialled; one that runs is left as it is.
   */
  async restart(): Promise<void> {
    if (!this.process.hasEnded) return
    this.#process = this.newProcess()
    await this.#port.open()
    this.entered()
  }

  /** Resolves when the server can be dialled. @throws what the network says when it cannot listen. */
  protected async listen(): Promise<void> {
    await this.#port.open()
  }

  /** The first one is made when it is needed. */
  protected get process(): Process {
    return (this.#process ??= this.newProcess())
  }

  protected abstract newProcess(): Process

  /** The process ends: others are told. */
  protected left(): Promise<void> | undefined {
    return undefined
  }

  /** A new process has begun to listen. */
  protected entered(): void {}
}
