import { Binary, Long, Timestamp } from '../../bson/index.ts'
import type { Clock } from '../../runtime/index.ts'
import { Arguments } from '../arguments.ts'
import { CommandFailure } from '../failure.ts'
import type { BSONDocument } from '../query/index.ts'
import { fields } from '../reply.ts'
import { timestampOf } from './op_time.ts'

/** How far ahead of its own clock a member lets others set its cluster time: one year. */
const clusterTimeAheadSecondsMax: number = 365 * 24 * 60 * 60

/**
 * A member's cluster time: the greatest timestamp that it has heard of or made. It grows with each write and with what
 * others bring, and never goes back.
 */
export class ClusterClock {
  readonly #clock: Clock
  #time = 0n

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get time(): bigint {
    return this.#time
  }

  /** The timestamp of the next write: later than all before. */
  tick(): bigint {
    const now = this.#seconds() << 32n
    this.#time = now > this.#time ? now + 1n : this.#time + 1n
    return this.#time
  }

  advanceTo(time: bigint): void {
    if (time > this.#time) this.#time = time
  }

  /**
   * What a command brought as its `$clusterTime`. The signature is not looked at: there are no keys.
   * @throws {CommandFailure} for a time that is too far ahead.
   */
  receive(document: BSONDocument): void {
    const given = new Arguments('$clusterTime', document)
    given.check({ taken: ['clusterTime', 'signature'] })
    const time = timestampOf(given, 'clusterTime')
    const aheadSeconds = (time >> 32n) - this.#seconds()
    if (aheadSeconds > clusterTimeAheadSecondsMax) {
      throw new CommandFailure(
        'ClusterTimeFailsRateLimiter',
        `New cluster time, ${time >> 32n} s, is ${aheadSeconds} s ahead of this member's clock; ` +
          `at most ${clusterTimeAheadSecondsMax} are taken`
      )
    }
    this.advanceTo(time)
  }

  /** As it stands in replies. */
  document(): BSONDocument {
    return fields({ clusterTime: new Timestamp(this.#time), signature: unsigned })
  }

  #seconds(): bigint {
    return BigInt(Math.floor(this.#clock.epochMS() / 1000))
  }
}

/** What members without keys sign with. */
const unsigned: BSONDocument = new Map<string, Binary | Long>([
  ['hash', new Binary(new Uint8Array(20), Binary.SUBTYPE_DEFAULT)],
  ['keyId', Long.ZERO]
])
