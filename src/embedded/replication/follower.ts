import type { ScramKeys } from '../../auth/index.ts'
import type { ClientTLS, Runtime, Target, Timer } from '../../runtime/index.ts'
import { Arguments } from '../arguments.ts'
import { CommandFailure } from '../failure.ts'
import { type BSONDocument, type BSONValue, encodeDocument } from '../query/index.ts'
import { fields, int32, int64 } from '../reply.ts'
import { InternalClient, MemberUnreachable } from './internal_client.ts'
import { type OpTime, opTimeDocument, opTimeOf } from './op_time.ts'
import { decodeEntry, type OplogEntry } from './oplog_entry.ts'

/** How long the primary lets a follower wait for new entries. */
const followAwaitMS = 10_000
/** How much longer an answer may take before the connection counts as dead. */
const answerSlackMS = 10_000
/** After a connection that failed. */
const retryMS = 100

/** Whose data follows. */
export interface Following {
  readonly index: number
  readonly lastOpTime: OpTime
  readonly committed: OpTime
  readonly replicationDelayMS: number
  readonly memberKeys: ScramKeys | undefined
  apply(entry: OplogEntry, bytes: Uint8Array): void
  commit(opTime: OpTime): void
  /** What is here did not come from that primary, or is too old: all of it is going to be replaced. */
  copyBegins(): void
  copyEnds(entries: readonly OplogEntry[], position: OpTime, wallMS: number): void
}

export interface Source {
  readonly target: Target
  /** `host:port` */
  readonly address: string
  /** Undefined: plain text. */
  readonly internalTLS: ClientTLS | undefined
}

/** Applies a primary's oplog to a member's data, as long as it is not stopped. */
export class Follower {
  readonly #runtime: Runtime
  readonly #following: Following
  readonly #source: Source
  readonly #timer: Timer
  readonly #ended: Promise<void>
  #client: InternalClient | undefined
  #wake: (() => void) | undefined
  #acknowledged: OpTime | undefined
  #stopped = false

  constructor(runtime: Runtime, following: Following, source: Source) {
    this.#runtime = runtime
    this.#following = following
    this.#source = source
    this.#timer = runtime.timers.create(() => this.reconsider())
    this.#ended = this.#run()
  }

  /** Nothing is applied any more. Resolves when the socket is closed. */
  stop(): Promise<void> {
    this.#stopped = true
    void this.#client?.close()
    this.reconsider()
    return this.#ended
  }

  /** The delay has changed. */
  reconsider(): void {
    this.#wake?.()
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const client = new InternalClient(this.#runtime, this.#source)
      this.#client = client
      try {
        await client.introduce(this.#following.memberKeys)
        while (!this.#stopped) await this.#pull(client)
      } catch (error) {
        this.#tell(error)
      }
      await client.close()
      if (!this.#stopped) await this.#pause(retryMS)
    }
  }

  /** Members that come and go are what a set is for; anything else is a defect of ours. */
  #tell(error: unknown): void {
    if (this.#stopped || error instanceof MemberUnreachable || error instanceof CommandFailure) return
    const why = error instanceof Error ? error.message : String(error)
    this.#runtime.warn(
      `the embedded member ${this.#following.index} could not apply what ${this.#source.address} sent: ${why}`,
      'CENOTE_EMBEDDED_DEFECT'
    )
  }

  async #pull(client: InternalClient): Promise<void> {
    const { lastOpTime, committed } = this.#following
    const reply = await client.command(
      fields<BSONValue>({
        replSetFollow: int32(1),
        ...this.#position(lastOpTime),
        committed: opTimeDocument(committed),
        maxAwaitTimeMS: int64(followAwaitMS)
      }),
      followAwaitMS + answerSlackMS
    )
    const given = new Arguments('reply', reply)
    if (given.boolean('copyNeeded')) return this.#copy(client)
    for (const { body } of given.statements('entries')) {
      const entry = decodeEntry(body)
      await this.#untilDue(client, entry.wallMS)
      if (this.#stopped) return
      this.#following.apply(entry, encodeDocument(body))
    }
    this.#following.commit(opTimeOf('reply.committed', given.requiredDocument('committed')))
  }

  #position(opTime: OpTime): Readonly<Record<string, BSONValue>> {
    this.#acknowledged = opTime
    return { member: int32(this.#following.index), after: opTimeDocument(opTime) }
  }

  /** A delayed member applies an entry so long after it was written; what it has by then, it tells before it waits. */
  async #untilDue(client: InternalClient, wallMS: number): Promise<void> {
    const leftMS = (): number => wallMS + this.#following.replicationDelayMS - this.#runtime.clock.epochMS()
    while (!this.#stopped && this.#following.replicationDelayMS > 0 && leftMS() > 0) {
      const { lastOpTime } = this.#following
      if (lastOpTime === this.#acknowledged) await this.#pause(leftMS())
      else {
        const update = fields<BSONValue>({ replSetUpdatePosition: int32(1), ...this.#position(lastOpTime) })
        await client.command(update, answerSlackMS)
      }
    }
  }

  async #copy(client: InternalClient): Promise<void> {
    this.#following.copyBegins()
    const entries: OplogEntry[] = []
    for (;;) {
      const reply = await client.command(this.#copyCommand(entries.length), answerSlackMS)
      const given = new Arguments('reply', reply)
      for (const { body } of given.statements('entries')) entries.push(decodeEntry(body))
      if (this.#stopped) return
      const last = given.document('position')
      if (last === undefined) continue
      const wall = given.required('wall')
      if (!(wall instanceof Date)) throw given.wrongType('wall', wall, 'date')
      return this.#following.copyEnds(entries, opTimeOf('reply.position', last), wall.getTime())
    }
  }

  #copyCommand(from: number): BSONDocument {
    return fields<BSONValue>({ replSetCopy: int32(1), member: int32(this.#following.index), from: int64(from) })
  }

  #pause(durationMS: number): Promise<void> {
    this.#timer.armAt(this.#runtime.clock.nowMS() + durationMS)
    return new Promise(resolve => {
      this.#wake = () => {
        this.#wake = undefined
        this.#timer.disarm()
        resolve()
      }
    })
  }
}
