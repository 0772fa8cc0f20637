import type { Document } from '../bson/index.ts'
import type { ClientTLS, Listener, Runtime, Target } from '../runtime/index.ts'
import type { Aggregation } from './aggregation.ts'
import type { ConnectionFacts, MemberConnections } from './connection_table.ts'
import { MemberProcess } from './member_process.ts'
import { MonitorSilence } from './monitor_silence.ts'
import { fromObject } from './query/index.ts'
import type { Replica, ReplicaSet } from './replication/index.ts'
import { Store } from './store/index.ts'
import type { MemberTLS } from './tls.ts'
import type { UserDirectory } from './users.ts'
import type { WireCompressor } from '../wire/index.ts'

type TCPTarget = Extract<Target, { kind: 'tcp' }>

export interface MemberOptions {
  readonly runtime: Runtime
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly tls?: MemberTLS | undefined
  readonly aggregation: Aggregation
  readonly users: UserDirectory
  /** Default: none. */
  readonly compressors?: readonly WireCompressor[]
  /** The set that it becomes a member of. */
  readonly set?: ReplicaSet | undefined
}

/** One server of a deployment. */
export class Member {
  /** How long the first hello of each client's connection waits for its answer, in milliseconds. */
  handshakeDelayMS = 0
  readonly #runtime: Runtime
  readonly #tls: MemberTLS | undefined
  readonly #aggregation: Aggregation
  readonly #users: UserDirectory
  readonly #compressors: readonly WireCompressor[]
  readonly #set: ReplicaSet | undefined
  readonly #replica: Replica | undefined
  readonly #store: Store
  readonly #monitorSilence = new MonitorSilence()
  #process: MemberProcess
  #target: TCPTarget
  #listener: Listener | undefined

  /**
   * Resolves when the member can be dialled.
   * @throws what the network says when it cannot listen.
   */
  static async start(options: MemberOptions): Promise<Member> {
    const member = new Member(options)
    await member.#listen()
    return member
  }

  private constructor({ runtime, host, port, tls, aggregation, users, compressors = [], set }: MemberOptions) {
    this.#runtime = runtime
    this.#tls = tls
    this.#aggregation = aggregation
    this.#users = users
    this.#compressors = compressors
    this.#target = { kind: 'tcp', host, port }
    this.#set = set
    this.#replica = set?.add(this)
    this.#store = this.#replica?.data.store ?? new Store(runtime.chance)
    this.#process = this.#newProcess()
    this.#replica?.stateChanges.subscribe(() => this.raiseTopologyVersion())
  }

  /** Where it listens, or did before it was stopped. */
  get target(): Target {
    return this.#target
  }

  /** `host:port` */
  get address(): string {
    const { host, port } = this.#target
    return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  }

  /** How other members connect to it; undefined: in plain text. */
  get internalTLS(): ClientTLS | undefined {
    return this.#tls?.internal
  }

  get isPrimary(): boolean {
    return this.#replica?.state === 'primary'
  }

  /**
   * A secondary applies each write so long after it was made, in milliseconds. Nothing on a standalone, and nothing as long
   * as the member is the primary.
   */
  get replicationDelayMS(): number {
    return this.#replica?.replicationDelayMS ?? 0
  }

  set replicationDelayMS(delayMS: number) {
    if (this.#replica !== undefined) this.#replica.replicationDelayMS = delayMS
  }

  connections(): MemberConnections {
    return this.#process.connections.facts()
  }

  /** The sessions that the member has seen and nobody has ended, as 32 hexadecimal digits each. */
  sessions(): readonly string[] {
    return this.#process.sessions.ids
  }

  /** How many cursors are open. */
  openCursors(): number {
    return this.#process.cursors.size
  }

  /**
   * Takes a `configureFailPoint` command, as the server would. Says how often the fail point had been entered before.
   * @throws {CommandFailure} for a fail point, a mode or data that is not known.
   */
  configureFailPoint(command: Document): number {
    return this.#process.failPoints.configure(fromObject(command))
  }

  clearFailPoints(): void {
    this.#process.failPoints.clear()
  }

  /** As after a change of the member's state: hellos that wait are answered at once. */
  raiseTopologyVersion(): void {
    this.#process.topologyVersion.raise()
  }

  /** New dials are refused, as where nobody listens. Connections that are open stay so. Resolves when it is so. */
  async refuseDials(on: boolean): Promise<void> {
    if (on) await this.#stopListening()
    else if (!this.#process.hasEnded) await this.#listen()
  }

  /** Monitors get no answers any more, until it is off. A monitor is known by its second hello. */
  silenceMonitors(on: boolean): void {
    this.#monitorSilence.set(on)
  }

  /** Cuts off the clients that the filter chooses, and says how many. */
  dropConnections(filter: (connection: ConnectionFacts) => boolean = () => true): number {
    return this.#process.connections.drop(filter)
  }

  /**
   * Ends the member as a process that is killed: sockets close, commands under way have no reply. Resolves when nothing
   * listens and no connection is open. The data stays for a restart.
   */
  async stop(): Promise<void> {
    const process = this.#process
    const left = this.#replica === undefined ? undefined : this.#set?.leave(this.#replica)
    await Promise.all([left, this.#stopListening(), process.end()])
  }

  /**
   * Starts a member that was stopped, as a new process on the same port, with the data that it had. Fail points, sessions,
   * cursors and counts begin anew. Resolves when it can be dialled; one that runs is left as it is.
   */
  async restart(): Promise<void> {
    if (!this.#process.hasEnded) return
    this.#process = this.#newProcess()
    await this.#listen()
    if (this.#replica !== undefined) this.#set?.enter(this.#replica)
  }

  #newProcess(): MemberProcess {
    return new MemberProcess({
      runtime: this.#runtime,
      store: this.#store,
      replica: this.#replica,
      aggregation: this.#aggregation,
      users: this.#users,
      compressors: this.#compressors,
      monitorSilence: this.#monitorSilence,
      handshakeDelayMS: () => this.handshakeDelayMS,
      address: () => this.address
    })
  }

  async #listen(): Promise<void> {
    if (this.#listener !== undefined) return
    const { network } = this.#runtime
    await new Promise<void>((resolve, reject) => {
      this.#listener = network.listen(
        this.#target,
        (transport, peer) => this.#process.connections.accept(transport, peer),
        (error, bound) => {
          if (bound.kind === 'tcp') this.#target = bound
          if (error === undefined) return resolve()
          this.#listener = undefined
          reject(error)
        },
        this.#tls?.server
      )
    })
  }

  async #stopListening(): Promise<void> {
    const listener = this.#listener
    this.#listener = undefined
    if (listener !== undefined) await new Promise<void>(resolve => listener.close(resolve))
  }
}
