import { type Document, ObjectIds } from '../bson/index.ts'
import type { Listener, Runtime, Target, Transport } from '../runtime/index.ts'
import type { Aggregation } from './aggregation.ts'
import type { ClientFacts } from './caller.ts'
import { commandTable } from './commands/index.ts'
import { CursorRegistry } from './cursors.ts'
import { Dispatcher } from './dispatcher.ts'
import { FailPoints } from './fail_points.ts'
import { MonitorSilence } from './monitor_silence.ts'
import { startProcess } from './process.ts'
import { fromObject } from './query/index.ts'
import { type ConnectionPurpose, ServerConnection } from './server/server_connection.ts'
import { SessionRegistry } from './sessions.ts'
import { Store } from './store/index.ts'
import { Timestamps } from './timestamps.ts'
import { TopologyVersion } from './topology_version.ts'

type TCPTarget = Extract<Target, { kind: 'tcp' }>

/** An open connection as the server sees it. */
export interface ConnectionFacts {
  /** The `connectionId` that its hello was told. */
  readonly id: number
  /** `host:port` of the client. */
  readonly peer: string
  readonly purpose: ConnectionPurpose
  /** From the client's metadata; undefined until it has said hello, or if it has none. */
  readonly applicationName: string | undefined
  readonly driverName: string | undefined
}

export interface ClientConnections {
  readonly applicationName: string | undefined
  readonly driverName: string
  readonly created: number
  readonly current: number
}

export interface MemberConnections {
  /** Since the start. */
  readonly created: number
  readonly current: number
  readonly open: readonly ConnectionFacts[]
  /** By what clients said of themselves in their first hello. */
  readonly clients: readonly ClientConnections[]
}

export interface MemberOptions {
  readonly runtime: Runtime
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly aggregation?: Aggregation | undefined
}

/** One server of a deployment. */
export class Member {
  /** How long the first hello of each connection waits for its answer, in milliseconds. */
  handshakeDelayMS = 0
  readonly #runtime: Runtime
  readonly #failPoints: FailPoints
  readonly #cursors: CursorRegistry
  readonly #sessions = new SessionRegistry()
  readonly #topologyVersion: TopologyVersion
  readonly #monitorSilence = new MonitorSilence()
  readonly #dispatcher: Dispatcher
  readonly #connections = new Set<ServerConnection>()
  readonly #clients = new Map<string, { readonly client: ClientFacts; created: number }>()
  #created = 0
  #target: TCPTarget
  #listener: Listener | undefined
  #whenAllClosed: (() => void)[] = []

  /**
   * Resolves when the member can be dialled.
   * @throws what the network says when it cannot listen.
   */
  static async start(options: MemberOptions): Promise<Member> {
    const member = new Member(options)
    await member.#listen()
    return member
  }

  private constructor({ runtime, host, port, aggregation }: MemberOptions) {
    const { chance, clock } = runtime
    const objectIds = new ObjectIds(
      () => clock.epochMS(),
      bytes => chance.fill(bytes)
    )
    this.#runtime = runtime
    this.#target = { kind: 'tcp', host, port }
    this.#failPoints = new FailPoints(chance)
    this.#cursors = new CursorRegistry(chance)
    this.#topologyVersion = new TopologyVersion(objectIds.next())
    const commands = commandTable({
      store: new Store(chance),
      cursors: this.#cursors,
      sessions: this.#sessions,
      failPoints: this.#failPoints,
      timestamps: new Timestamps(clock),
      topologyVersion: this.#topologyVersion,
      monitorSilence: this.#monitorSilence,
      handshakeDelayMS: () => this.handshakeDelayMS,
      process: startProcess(runtime),
      address: () => this.address,
      connectionCounts: () => ({ created: this.#created, current: this.#connections.size }),
      objectIds,
      clock,
      aggregation
    })
    this.#dispatcher = new Dispatcher(commands, {
      failPoints: this.#failPoints,
      sessions: this.#sessions,
      warn: message => runtime.warn(message, 'CENOTE_EMBEDDED_DEFECT')
    })
  }

  /** `host:port` */
  get address(): string {
    const { host, port } = this.#target
    return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  }

  connections(): MemberConnections {
    const open = [...this.#connections]
    return {
      created: this.#created,
      current: open.length,
      open: open.map(factsOf),
      clients: Array.from(this.#clients.values(), ({ client, created }) => ({
        ...client,
        created,
        current: open.filter(connection => clientKey(connection.client) === clientKey(client)).length
      }))
    }
  }

  /** The sessions that the member has seen and nobody has ended, as 32 hexadecimal digits each. */
  sessions(): readonly string[] {
    return this.#sessions.ids
  }

  /** How many cursors are open. */
  openCursors(): number {
    return this.#cursors.size
  }

  /**
   * Takes a `configureFailPoint` command, as the server would. Says how often the fail point had been entered before.
   * @throws {CommandFailure} for a fail point, a mode or data that is not known.
   */
  configureFailPoint(command: Document): number {
    return this.#failPoints.configure(fromObject(command))
  }

  clearFailPoints(): void {
    this.#failPoints.clear()
  }

  /** As after a change of the member's state: hellos that wait are answered at once. */
  raiseTopologyVersion(): void {
    this.#topologyVersion.raise()
  }

  /** New dials are refused, as where nobody listens. Connections that are open stay so. Resolves when it is so. */
  async refuseDials(on: boolean): Promise<void> {
    if (!on) await this.#listen()
    else await this.#stopListening()
  }

  /** Monitors get no answers any more, until it is off. A monitor is known by its second hello. */
  silenceMonitors(on: boolean): void {
    this.#monitorSilence.set(on)
  }

  /** Cuts off the connections that the filter chooses, and says how many. */
  dropConnections(filter: (connection: ConnectionFacts) => boolean = () => true): number {
    const chosen = [...this.#connections].filter(connection => filter(factsOf(connection)))
    for (const connection of chosen) connection.close()
    return chosen.length
  }

  /** Resolves when nothing listens and no connection is open. */
  async stop(): Promise<void> {
    await this.#stopListening()
    if (this.#connections.size === 0) return
    const allClosed = new Promise<void>(resolve => this.#whenAllClosed.push(resolve))
    this.dropConnections()
    await allClosed
  }

  async #listen(): Promise<void> {
    if (this.#listener !== undefined) return
    const { network } = this.#runtime
    await new Promise<void>((resolve, reject) => {
      this.#listener = network.listen(
        this.#target,
        (transport, peer) => this.#accept(transport, peer),
        (error, bound) => {
          if (bound.kind === 'tcp') this.#target = bound
          if (error === undefined) return resolve()
          this.#listener = undefined
          reject(error)
        }
      )
    })
  }

  async #stopListening(): Promise<void> {
    const listener = this.#listener
    this.#listener = undefined
    if (listener !== undefined) await new Promise<void>(resolve => listener.close(resolve))
  }

  #accept(transport: Transport, peer: string): ServerConnection {
    const connection = new ServerConnection(++this.#created, peer, transport, {
      runtime: this.#runtime,
      dispatcher: this.#dispatcher,
      introduced: client => this.#introduced(client),
      ended: () => this.#ended(connection)
    })
    this.#connections.add(connection)
    return connection
  }

  #introduced(client: ClientFacts): void {
    const known = this.#clients.get(clientKey(client))
    if (known === undefined) this.#clients.set(clientKey(client), { client, created: 1 })
    else known.created++
  }

  #ended(connection: ServerConnection): void {
    this.#connections.delete(connection)
    if (this.#connections.size > 0) return
    for (const told of this.#whenAllClosed.splice(0)) told()
  }
}

function factsOf({ id, peer, purpose, client }: ServerConnection): ConnectionFacts {
  return { id, peer, purpose, applicationName: client?.applicationName, driverName: client?.driverName }
}

function clientKey(client: ClientFacts | undefined): string {
  return JSON.stringify([client?.applicationName, client?.driverName])
}
