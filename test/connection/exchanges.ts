/** Exchanges that write down what they are told. */
import type { Document } from '../../src/bson/index.ts'
import type { Connection, Exchange } from '../../src/connection/index.ts'
import { messageFlags, type MessageWriter, type Reply } from '../../src/wire/index.ts'

export interface Failure {
  readonly error: Error
  readonly wrote: boolean
}

/** `{ ping: 1, $db: 'admin' }`. The hooks run inside the calls of their names. */
export class Ping implements Exchange {
  readonly expectsReply: boolean
  readonly exhaustAllowed: boolean
  requestId = 0
  readonly replies: Document[] = []
  readonly failures: Failure[] = []
  sentTimes = 0
  onWrite: ((connection: Connection) => void) | undefined
  onReplied: ((reply: Reply, connection: Connection) => void) | undefined
  onFailed: (() => void) | undefined
  readonly ended: Promise<void>
  #end: () => void = () => undefined

  constructor({ expectsReply = true, exhaustAllowed = false } = {}) {
    this.expectsReply = expectsReply
    this.exhaustAllowed = exhaustAllowed
    this.ended = new Promise(resolve => {
      this.#end = resolve
    })
  }

  write(message: MessageWriter, requestId: number, connection: Connection): Uint8Array {
    this.requestId = requestId
    this.onWrite?.(connection)
    const exhaust = this.exhaustAllowed ? messageFlags.exhaustAllowed : 0
    const body = message.begin(requestId, exhaust | (this.expectsReply ? 0 : messageFlags.moreToCome))
    body.int32('ping', 1)
    body.string('$db', 'admin')
    message.endBody()
    return message.finish()
  }

  replied(reply: Reply, connection: Connection): void {
    this.replies.push(reply.document())
    this.onReplied?.(reply, connection)
    if (!reply.moreToCome) this.#end()
  }

  failed(error: Error, wrote: boolean): void {
    this.failures.push({ error, wrote })
    this.onFailed?.()
    this.#end()
  }

  sent(): void {
    this.sentTimes++
    this.#end()
  }
}
