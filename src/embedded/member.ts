import type { ClientTLS } from '../runtime/index.ts'
import type { Aggregation } from './aggregation.ts'
import type { Caller } from './caller.ts'
import type { Command } from './command.ts'
import type { Answer, Request } from './dispatcher.ts'
import { MemberProcess } from './member_process.ts'
import { MemberUnreachable, type Replica, type ReplicaSet } from './replication/index.ts'
import { Server, type ServerOptions } from './server.ts'
import { Store } from './store/index.ts'

export interface MemberOptions extends ServerOptions {
  readonly aggregation: Aggregation
  /** The set that it becomes a member of. */
  readonly set?: ReplicaSet | undefined
}

/** A server that has data: a standalone, or a member of a replica set. */
export class Member extends Server<MemberProcess> {
  readonly #options: MemberOptions
  readonly #replica: Replica | undefined
  readonly #store: Store

  /**
   * Resolves when the member can be dialled.
   * @throws what the network says when it cannot listen.
   */
  static async start(options: MemberOptions): Promise<Member> {
    const member = new Member(options)
    await member.listen()
    return member
  }

  private constructor(options: MemberOptions) {
    super(options)
    const { runtime, set } = options
    this.#options = options
    this.#replica = set?.add(this)
    this.#store = this.#replica?.data.store ?? new Store(runtime.chance)
    this.#replica?.stateChanges.subscribe(() => this.raiseTopologyVersion())
  }

  /** How other members connect to it; undefined: in plain text. */
  get internalTLS(): ClientTLS | undefined {
    return this.#options.tls?.internal
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

  /** What it knows, by each of its names: for the routers before it. */
  get commands(): ReadonlyMap<string, Command> {
    return this.process.commands
  }

  /** Whether it is open, outside of a transaction. */
  hasCursor(id: bigint): boolean {
    return this.process.cursors.has(id)
  }

  /**
   * Takes a command from a server of the same deployment, on behalf of that server's client.
   * @throws {MemberUnreachable} where the reply of a member that is dialled would not come.
   * @throws {ConnectionEnded} when the client is gone.
   */
  async ask(request: Request, client: Caller): Promise<Answer> {
    const answer = await this.process.ask(request, client)
    if (answer === undefined)
      throw new MemberUnreachable(`the member ${this.address} cannot be reached: it closed the connection`)
    return answer
  }

  protected newProcess(): MemberProcess {
    const { runtime, aggregation, users, compressors = [] } = this.#options
    return new MemberProcess({
      runtime,
      store: this.#store,
      replica: this.#replica,
      aggregation,
      users,
      compressors,
      monitorSilence: this.monitorSilence,
      handshakeDelayMS: () => this.handshakeDelayMS,
      address: () => this.address
    })
  }

  protected override left(): Promise<void> | undefined {
    return this.#replica === undefined ? undefined : this.#options.set?.leave(this.#replica)
  }

  protected override entered(): void {
    if (this.#replica !== undefined) this.#options.set?.enter(this.#replica)
  }
}
