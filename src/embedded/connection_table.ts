import type { Runtime, Transport } from '../runtime/index.ts'
import type { ClientFacts } from './caller.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { WireCompressor } from '../wire/index.ts'
import { type ConnectionPurpose, ServerConnection } from './server/server_connection.ts'

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
  /** Who has authenticated, as `database.name`. */
  readonly user: string | undefined
  /** The subject of the certificate that it presented, in the form of RFC 2253; undefined: it presented none. */
  readonly certificateSubject: string | undefined
}

export interface ClientConnections {
  readonly applicationName: string | undefined
  readonly driverName: string
  readonly created: number
  readonly current: number
}

/** Those of clients; the connections of other members are left out. */
export interface MemberConnections {
  /** Since the start of the member's process. */
  readonly created: number
  readonly current: number
  readonly open: readonly ConnectionFacts[]
  /** By what clients said of themselves in their first hello. */
  readonly clients: readonly ClientConnections[]
}

/** The connections of a member's process. Of other members' it knows when they say hello. */
export class ConnectionTable {
  readonly #runtime: Runtime
  readonly #dispatcher: Dispatcher
  readonly #compressors: readonly WireCompressor[]
  readonly #open = new Set<ServerConnection>()
  readonly #clients = new Map<string, { readonly client: ClientFacts; created: number }>()
  #accepted = 0
  #ofMembers = 0
  #whenAllClosed: (() => void)[] = []

  constructor(runtime: Runtime, dispatcher: Dispatcher, compressors: readonly WireCompressor[]) {
    this.#compressors = compressors
    this.#runtime = runtime
    this.#dispatcher = dispatcher
  }

  /** Of clients, since the start and now. */
  get counts(): { readonly created: number; readonly current: number } {
    return { created: this.#accepted - this.#ofMembers, current: this.#ofClients().length }
  }

  facts(): MemberConnections {
    const open = this.#ofClients()
    return {
      ...this.counts,
      open: open.map(factsOf),
      clients: Array.from(this.#clients.values(), ({ client, created }) => ({
        ...client,
        created,
        current: open.filter(connection => clientKey(connection.client) === clientKey(client)).length
      }))
    }
  }

  accept(transport: Transport, peer: string, throughLoadBalancer = false): ServerConnection {
    const connection = new ServerConnection(++this.#accepted, peer, transport, {
      runtime: this.#runtime,
      dispatcher: this.#dispatcher,
      compressors: this.#compressors,
      throughLoadBalancer,
      introduced: client => this.#introduced(client),
      isInternal: () => this.#ofMembers++,
      ended: () => this.#ended(connection)
    })
    this.#open.add(connection)
    return connection
  }

  /** Cuts off the clients that the filter chooses, and says how many. */
  drop(filter: (connection: ConnectionFacts) => boolean): number {
    const chosen = this.#ofClients().filter(connection => filter(factsOf(connection)))
    for (const connection of chosen) connection.close()
    return chosen.length
  }

  /** Cuts everybody off. Resolves when all sockets are closed. */
  async end(): Promise<void> {
    if (this.#open.size === 0) return
    const allClosed = new Promise<void>(resolve => this.#whenAllClosed.push(resolve))
    for (const connection of this.#open) connection.close()
    await allClosed
  }

  #ofClients(): ServerConnection[] {
    return [...this.#open].filter(({ internal }) => !internal)
  }

  #introduced(client: ClientFacts): void {
    const known = this.#clients.get(clientKey(client))
    if (known === undefined) this.#clients.set(clientKey(client), { client, created: 1 })
    else known.created++
  }

  #ended(connection: ServerConnection): void {
    this.#open.delete(connection)
    if (this.#open.size > 0) return
    for (const told of this.#whenAllClosed.splice(0)) told()
  }
}

function factsOf({
  id,
  peer,
  purpose,
  client,
  certificateSubject,
  login: { user }
}: ServerConnection): ConnectionFacts {
  const { applicationName, driverName } = client ?? { applicationName: undefined, driverName: undefined }
  const userName = user && `${user.database}.${user.name}`
  return { id, peer, purpose, applicationName, driverName, certificateSubject, user: userName }
}

function clientKey(client: ClientFacts | undefined): string {
  return JSON.stringify([client?.applicationName, client?.driverName])
}
