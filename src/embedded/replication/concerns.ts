import type { Caller } from '../caller.ts'
import { CommandFailure } from '../failure.ts'
import type { ReadConcern, WriteConcern } from '../generic_fields.ts'
import { type BSONDocument, type BSONValue } from '../query/index.ts'
import { fields, int32 } from '../reply.ts'
import type { Leadership } from './leadership.ts'
import { compareOpTimes } from './op_time.ts'
import type { Replica } from './replica.ts'

/**
 * Waits until a read sees what it asks for: all up to `afterClusterTime` or `atClusterTime`, and with the level `majority` only
 * what a majority has. A majority read waits where a server would answer from an older version of the data; a snapshot is read
 * from one.
 * @throws {CommandFailure} when `maxTimeMS` (0: no limit) is over before.
 */
export async function awaitReadConcern(
  replica: Replica,
  concern: ReadConcern,
  maxTimeMS: number,
  caller: Caller
): Promise<void> {
  const { level, afterClusterTime, atClusterTime } = concern
  const time = atClusterTime ?? afterClusterTime ?? 0n
  if (time > replica.data.clusterClock.time) {
    const field = atClusterTime === undefined ? 'afterClusterTime' : 'atClusterTime'
    throw new CommandFailure(
      'InvalidOptions',
      `readConcern ${field} value must not be greater than the current clusterTime`
    )
  }
  const isReady = (): boolean => {
    if (level === 'snapshot') return snapshotTime(replica) >= time && snapshotTime(replica) > 0n
    if (replica.lastOpTime.timestamp < time) return false
    return level !== 'majority' || compareOpTimes(replica.committed, replica.lastOpTime) >= 0
  }
  // Where nobody writes, nothing else would bring the time up to what was asked for.
  if (replica.lastOpTime.timestamp < time) replica.leadership?.recordNoop()
  const reached = await waitFor(replica, maxTimeMS === 0 ? Infinity : maxTimeMS, caller, isReady)
  if (reached) return
  throw new CommandFailure(
    'MaxTimeMSExpired',
    `operation exceeded time limit: ${maxTimeMS} ms (maxTimeMS), waiting for its read concern`
  )
}

/** Waits until enough members have all that is here now, and tells why if they will not; the write stays in any case. */
export async function awaitWriteConcern(
  replica: Replica,
  leadership: Leadership,
  concern: WriteConcern,
  caller: Caller
): Promise<BSONDocument | undefined> {
  const { w, wtimeoutMS } = concern
  const members = replica.set.hosts.length
  if (typeof w === 'string' && w !== 'majority') {
    return errorDocument(
      new CommandFailure(
        'UnknownReplWriteConcern',
        `No write concern mode named '${w}' found in replica set configuration`
      )
    )
  }
  if (typeof w === 'number' && w > members) {
    const text = `Not enough data-bearing nodes: w is ${w}, the set has ${members}`
    return errorDocument(new CommandFailure('UnsatisfiableWriteConcern', text))
  }
  const opTime = replica.lastOpTime
  const isReached = (): boolean =>
    typeof w === 'number' ? leadership.countAt(opTime) >= w : compareOpTimes(replica.committed, opTime) >= 0
  const steppedDown = (): boolean => replica.leadership !== leadership
  const limitMS = wtimeoutMS === 0 ? Infinity : wtimeoutMS
  const ended = await waitFor(replica, limitMS, caller, () => isReached() || steppedDown())
  if (isReached()) return undefined
  if (ended) {
    return errorDocument(new CommandFailure('PrimarySteppedDown', 'Primary stepped down while waiting for replication'))
  }
  return errorDocument(timedOut(concern))
}

/** The latest time at which a snapshot can be read here: a majority has all up to it, and so has this member. */
export function snapshotTime({ committed, lastOpTime }: Replica): bigint {
  return committed.timestamp < lastOpTime.timestamp ? committed.timestamp : lastOpTime.timestamp
}

function timedOut({ w, wtimeoutMS }: WriteConcern): CommandFailure {
  const document = fields<BSONValue>({ w: typeof w === 'number' ? int32(w) : w, wtimeout: int32(wtimeoutMS) })
  const errInfo = fields<BSONValue>({ wtimeout: true, writeConcern: document })
  return new CommandFailure('WriteConcernTimeout', 'waiting for replication timed out', { errInfo })
}

function errorDocument({ code, codeName, message, fields: further }: CommandFailure): BSONDocument {
  return fields<BSONValue>({ code: int32(code), codeName, errmsg: message, ...further })
}

/** Says whether it became true in time. */
async function waitFor(replica: Replica, limitMS: number, caller: Caller, isTrue: () => boolean): Promise<boolean> {
  if (isTrue()) return true
  let became = false
  await caller.pause(limitMS, wake =>
    replica.data.progress.subscribe(() => {
      if (became || !isTrue()) return
      became = true
      wake()
    })
  )
  return became
}
