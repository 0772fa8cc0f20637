import { Timestamp } from '../../bson/index.ts'
import type { Chance, Clock } from '../../runtime/index.ts'
import type { Caller } from '../caller.ts'
import type { Command } from '../command.ts'
import { refusal, type Request } from '../dispatcher.ts'
import { CommandFailure } from '../failure.ts'
import type { Member } from '../member.ts'
import { MemberUnreachable, type Replica, type ReplicaSet } from '../replication/index.ts'
import { ClusterSessions } from './cluster_sessions.ts'
import { type Candidate, type ReadPreference, suitable } from './read_preference.ts'
import { isWorthAnotherAttempt, type ShardReply } from './shard_reply.ts'

/** How long a router looks for a member that may be asked, if `maxTimeMS` does not end it before. */
export const memberSearchMSMax = 15_000
/** How often a command that may be repeated is sent. */
const attemptsMax = 4

/** A command that goes to the shard. */
export interface Errand {
  readonly request: Request
  readonly caller: Caller
  readonly preference: ReadPreference
  /** Whether it does no harm to send it twice: what has failed on the way may have been carried out. */
  readonly isRepeatable: boolean
  /** 0: no limit. */
  readonly maxTimeMS: number
}

export interface ShardAnswer {
  readonly reply: ShardReply
  readonly member: Member
}

interface Host extends Candidate {
  readonly member: Member
}

/** The replica set behind the routers, as they see it: they call its members, and know at once who has gone or leads. */
export class Shard {
  readonly sessions: ClusterSessions = new ClusterSessions()
  readonly #runtime: { readonly clock: Clock; readonly chance: Chance }
  readonly #set: ReplicaSet
  readonly #hosts: readonly { readonly member: Member; readonly replica: Replica }[]

  constructor(
    runtime: { readonly clock: Clock; readonly chance: Chance },
    set: ReplicaSet,
    members: readonly Member[]
  ) {
    this.#runtime = runtime
    this.#set = set
    this.#hosts = set.replicas.flatMap((replica, index) => {
      const member = members[index]
      return member === undefined ? [] : [{ member, replica }]
    })
  }

  get name(): string {
    return this.#set.name
  }

  /** `set/host:port,…` */
  get connectionString(): string {
    return `${this.#set.name}/${this.#set.hosts.join(',')}`
  }

  /** The latest cluster time that any member knows. */
  get clusterTime(): bigint {
    return this.#hosts.reduce((latest, { replica: { data } }) => {
      const { time } = data.clusterClock
      return time > latest ? time : latest
    }, 0n)
  }

  /** What its members know, by each of its names. */
  get commands(): ReadonlyMap<string, Command> {
    return this.#hosts[0]?.member.commands ?? new Map()
  }

  get running(): readonly Member[] {
    return this.#hosts.filter(({ replica }) => replica.state !== 'down').map(({ member }) => member)
  }

  /**
   * Finds a member that may be asked, waiting for one if there is none, and asks it. Its reply may be an error.
   * @throws {CommandFailure} when no member was found in time.
   * @throws {ConnectionEnded} when the client is gone.
   */
  async send(errand: Errand): Promise<ShardAnswer> {
    const { clock } = this.#runtime
    const endsMS = errand.maxTimeMS === 0 ? Infinity : clock.nowMS() + errand.maxTimeMS
    for (let attempt = 1; ; attempt++) {
      const member = await this.#find(errand, endsMS)
      const reply = await this.ask(member, errand.request, errand.caller)
      if (!errand.isRepeatable || attempt === attemptsMax || !isWorthAnotherAttempt(reply)) return { reply, member }
    }
  }

  /**
   * The reply of a member. One that is gone, or goes before it has answered, answers with the error of a host that cannot be reached.
   * @throws {ConnectionEnded} when the client is gone.
   */
  async ask(member: Member, request: Request, caller: Caller): Promise<ShardReply> {
    try {
      const { reply } = await member.ask(request, caller)
      return reply
    } catch (error) {
      if (!(error instanceof MemberUnreachable)) throw error
      return refusal(new CommandFailure('HostUnreachable', error.message))
    }
  }

  async #find({ preference, caller, maxTimeMS }: Errand, endsMS: number): Promise<Member> {
    const { clock, chance } = this.#runtime
    const searchEndsMS = Math.min(endsMS, clock.nowMS() + memberSearchMSMax)
    for (;;) {
      const found = suitable(preference, this.#candidates())
      const chosen = found[Math.floor(chance.fraction() * found.length)]
      if (chosen !== undefined) return chosen.member
      const leftMS = searchEndsMS - clock.nowMS()
      if (leftMS <= 0) throw this.#notFound(preference, searchEndsMS === endsMS ? maxTimeMS : 0)
      await caller.pause(leftMS, wake => this.#onChange(wake))
    }
  }

  #candidates(): Host[] {
    return this.#hosts.map(({ member, replica }) => ({
      member,
      state: replica.state,
      lastWriteMS: replica.data.oplog.last.wallMS
    }))
  }

  #onChange(wake: () => void): () => void {
    const ends = this.#hosts.map(({ replica }) => replica.data.progress.subscribe(wake))
    return () => {
      for (const end of ends) end()
    }
  }

  #notFound({ mode }: ReadPreference, maxTimeMS: number): CommandFailure {
    const wanted = `a host that matches the read preference { mode: "${mode}" } in the shard ${this.#set.name}`
    if (maxTimeMS > 0)
      return new CommandFailure(
        'MaxTimeMSExpired',
        `operation exceeded time limit: ${maxTimeMS} ms (maxTimeMS), looking for ${wanted}`
      )
    return new CommandFailure(
      'FailedToSatisfyReadPreference',
      `Could not find ${wanted} within ${memberSearchMSMax} ms`
    )
  }
}

/** The times in a member's reply, as 64 bits each. */
export function timesIn(reply: ShardReply): { readonly cluster: bigint; readonly operation: bigint | undefined } {
  const clusterTime = reply.get('$clusterTime')
  const cluster = clusterTime instanceof Map ? clusterTime.get('clusterTime') : undefined
  const operation = reply.get('operationTime')
  return {
    cluster: cluster instanceof Timestamp ? cluster.toBigInt() : 0n,
    operation: operation instanceof Timestamp ? operation.toBigInt() : undefined
  }
}
