import { Timestamp } from '../../bson/index.ts'
import type { Caller } from '../caller.ts'
import type { Command } from '../command.ts'
import { automaticLabels, type LabelSubject } from '../error_labels.ts'
import type { Attempt, Checked, Executed, Execution } from '../execution.ts'
import type { BSONDocument } from '../query/index.ts'
import type { ClusterClock } from '../replication/index.ts'
import type { ReplyValue } from '../reply.ts'
import { unnumberedStatements } from '../statements.ts'
import type { Handed, Routes } from './routes.ts'
import { concernErrorIn, requireSuccess, resultIn, type ShardReply } from './shard_reply.ts'
import { timesIn } from './shard.ts'

export interface RouterExecutionServices {
  readonly routes: Routes
  readonly clusterClock: ClusterClock
}

/** Runs what a router does by itself, and hands all else on to its shard. */
export class RouterExecution implements Execution {
  readonly isReplicated = true
  readonly #services: RouterExecutionServices

  constructor(services: RouterExecutionServices) {
    this.#services = services
  }

  receive(clusterTime: BSONDocument): void {
    this.#services.clusterClock.receive(clusterTime)
  }

  /** Where it runs, a router takes everything. */
  checkState(): void {}

  block(_command: Command, caller: Caller, durationMS: number): Promise<void> {
    return caller.pause(durationMS)
  }

  async execute(command: Command, checked: Checked, attempt: Attempt): Promise<Executed> {
    const { routes } = this.#services
    if (!routes.isFor(command)) {
      const reply = await command.run({ ...checked.call, statements: unnumberedStatements, snapshot: undefined })
      return { reply, concernError: undefined }
    }
    const handed: Handed = { command, checked, heard: reply => this.#heard(reply, attempt) }
    const reply = await routes.handOn(handed)
    requireSuccess(reply)
    return { reply: resultIn(reply), concernError: concernErrorIn(reply) }
  }

  /** A router repeats by itself what may be repeated: it asks no client to send a write once more. */
  labelsOf(subject: LabelSubject): readonly string[] {
    return automaticLabels({ ...subject, retryableWrite: false })
  }

  /** Errors are the shard's, or fail points': none is of the router's state. */
  tellsState(): boolean {
    return false
  }

  addTimes(reply: Map<string, ReplyValue>, { operationTime }: Attempt): void {
    const { clusterClock } = this.#services
    reply.set('$clusterTime', clusterClock.document())
    reply.set('operationTime', new Timestamp(operationTime ?? clusterClock.time))
  }

  #heard(reply: ShardReply, attempt: Attempt): void {
    const { cluster, operation } = timesIn(reply)
    this.#services.clusterClock.advanceTo(cluster)
    attempt.operationTime = operation ?? attempt.operationTime
  }
}
