import type { ScramKeys } from '../../auth/index.ts'
import type { Runtime, Timer } from '../../runtime/index.ts'
import { CommandFailure } from '../failure.ts'
import { winnerOf } from './election.ts'
import type { Source } from './follower.ts'
import { compareOpTimes, type OpTime } from './op_time.ts'
import { notPrimary, Replica, type SetView, type StepDownOptions } from './replica.ts'

interface Candidate {
  readonly replica: Replica
  readonly lastOpTime: OpTime
  readonly mayLead: boolean
}

/**
 * The members of a replica set, and who is its primary. The members agree by this object instead of by messages: who is
 * gone is known at once, and an election takes as long as it was told to.
 */
export class ReplicaSet implements SetView {
  readonly name: string
  readonly version = 1
  readonly memberKeys: ScramKeys | undefined
  readonly #runtime: Runtime
  readonly #electionMS: number
  readonly #replicas: Replica[] = []
  readonly #frozenUntilMS = new Map<Replica, number>()
  readonly #timer: Timer
  #timerAtMS = Infinity
  #term = 0n
  #primary: Replica | undefined
  #closed = false

  constructor(runtime: Runtime, name: string, electionMS: number, memberKeys: ScramKeys | undefined) {
    this.#runtime = runtime
    this.name = name
    this.memberKeys = memberKeys
    this.#electionMS = electionMS
    this.#timer = runtime.timers.create(() => this.#electionIsDue())
  }

  get replicas(): readonly Replica[] {
    return this.#replicas
  }

  get primary(): Replica | undefined {
    return this.#primary
  }

  get term(): bigint {
    return this.#term
  }

  get hosts(): readonly string[] {
    return this.#replicas.map(({ source }) => source.address)
  }

  get primaryAddress(): string | undefined {
    return this.#primary?.source.address
  }

  get majority(): number {
    return Math.floor(this.#replicas.length / 2) + 1
  }

  /** One more member. All have to be there before the first primary is. */
  add(source: Source): Replica {
    const replica = new Replica(this.#replicas.length, this, source, this.#runtime)
    this.#replicas.push(replica)
    return replica
  }

  /** Makes the first member the primary, and resolves when all others have its data. */
  async initiate(): Promise<void> {
    const [first] = this.#replicas
    if (first === undefined) return
    this.#elect(first)
    await new Promise<void>(resolve => {
      const check = (): void => {
        if ((first.leadership?.countAt(first.lastOpTime) ?? Infinity) < this.#replicas.length) return
        unsubscribe()
        resolve()
      }
      const unsubscribe = first.data.progress.subscribe(check)
      check()
    })
  }

  /** A member's process ends. A primary that is left without a majority is none any longer. */
  async leave(replica: Replica): Promise<void> {
    const gone = replica.leave()
    if (this.#closed) return gone
    const running = this.#running().length
    if (replica === this.#primary || running < this.majority) this.#dismissPrimary()
    this.#considerElection()
    return gone
  }

  /** A member's process has started again. */
  enter(replica: Replica): void {
    replica.follow(this.#primary?.source)
    this.#considerElection()
  }

  /**
   * Resolves when the primary has stepped down.
   * @throws {CommandFailure} when no secondary has caught up in time.
   */
  async stepDown(primary: Replica, { periodMS, catchUpMS, force }: StepDownOptions): Promise<void> {
    const { leadership } = primary
    if (leadership === undefined) throw notPrimary()
    const caughtUp = await this.#successorReady(primary, catchUpMS)
    if (primary.leadership !== leadership) throw notPrimary()
    if (!caughtUp && !force) {
      throw new CommandFailure(
        'ExceededTimeLimit',
        `No electable secondaries caught up within ${catchUpMS} ms. Please use the replSetStepDown command with the ` +
          'argument {force: true} to force node to step down.'
      )
    }
    this.freeze(primary, periodMS)
    this.#dismissPrimary()
    this.#considerElection()
  }

  /** @throws {CommandFailure} when there is no primary, too. */
  async stepDownPrimary(options: StepDownOptions): Promise<void> {
    if (this.#primary === undefined) throw notPrimary()
    await this.stepDown(this.#primary, options)
  }

  /** The member does not stand for election for so long; 0 lets it again. */
  freeze(replica: Replica, periodMS: number): void {
    this.#frozenUntilMS.set(replica, this.#runtime.clock.nowMS() + periodMS)
    this.#considerElection()
  }

  /** There are no elections any more. */
  close(): void {
    this.#closed = true
    this.#disarm()
  }

  #running(): Replica[] {
    return this.#replicas.filter(({ state }) => state !== 'down')
  }

  #isFrozen(replica: Replica): boolean {
    return (this.#frozenUntilMS.get(replica) ?? 0) > this.#runtime.clock.nowMS()
  }

  #candidates(): Candidate[] {
    return this.#running().map(replica => ({
      replica,
      lastOpTime: replica.lastOpTime,
      mayLead: replica.state !== 'copying' && !this.#isFrozen(replica)
    }))
  }

  #dismissPrimary(): void {
    if (this.#primary === undefined) return
    this.#primary = undefined
    for (const replica of this.#running()) replica.follow(undefined)
  }

  /** Somebody may be able to win now, or when the first frozen member may stand again; until then nothing is done. */
  #considerElection(): void {
    if (this.#closed || this.#primary !== undefined) return
    const nowMS = this.#runtime.clock.nowMS()
    const winner = winnerOf(this.#candidates(), this.majority)
    const thawsMS = this.#running().map(replica => this.#frozenUntilMS.get(replica) ?? 0)
    const nextThawMS = Math.min(...thawsMS.filter(atMS => atMS > nowMS))
    const atMS = winner === undefined ? nextThawMS : nowMS + this.#electionMS
    if (atMS >= this.#timerAtMS) return
    this.#timerAtMS = atMS
    this.#timer.armAt(atMS)
  }

  #electionIsDue(): void {
    this.#disarm()
    const winner = winnerOf(this.#candidates(), this.majority)
    if (winner === undefined) this.#considerElection()
    else this.#elect(winner.replica)
  }

  #elect(winner: Replica): void {
    this.#disarm()
    this.#term++
    this.#primary = winner
    winner.lead(this.#term)
    for (const replica of this.#running()) if (replica !== winner) replica.follow(winner.source)
  }

  #disarm(): void {
    this.#timerAtMS = Infinity
    this.#timer.disarm()
  }

  /** Whether another member could take over without losing anything, at the latest so much later. */
  #successorReady(primary: Replica, limitMS: number): Promise<boolean> {
    const { leadership } = primary
    const isReady = (): boolean =>
      this.#candidates().some(
        ({ replica, lastOpTime, mayLead }) =>
          replica !== primary && mayLead && compareOpTimes(lastOpTime, primary.lastOpTime) >= 0
      )
    return new Promise(resolve => {
      const finish = (ready: boolean): void => {
        unsubscribe()
        timer.disarm()
        resolve(ready)
      }
      const check = (): void => {
        if (primary.leadership !== leadership) finish(false)
        else if (isReady()) finish(true)
      }
      const timer = this.#runtime.timers.create(() => finish(false))
      const unsubscribe = primary.data.progress.subscribe(check)
      timer.armAt(this.#runtime.clock.nowMS() + limitMS)
      check()
    })
  }
}
