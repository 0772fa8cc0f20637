import type { Clock } from '../../runtime/index.ts'
import type { Call, Command } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import type { BSONValue } from '../query/index.ts'
import {
  compareOpTimes,
  copyOf,
  type Leadership,
  notPrimary,
  opTimeDocument,
  opTimeOf,
  type OpTime,
  type Replica
} from '../replication/index.ts'
import { DocumentBatch, empty, fields, type Reply, type ReplyValue } from '../reply.ts'

/** What one reply to another member has at most, in bytes of entries; one entry always fits. */
const entriesBytesMax: number = 16 * 1024 * 1024

/** What secondaries ask the primary for. */
export function oplogCommands(replica: Replica, clock: Clock): Command[] {
  const position = ['member', 'after']
  const followFields = { taken: [...position, 'committed', 'maxAwaitTimeMS'] }
  return [
    { ...plain, name: 'replSetFollow', fields: followFields, run: call => follow(replica, clock, call) },
    {
      ...plain,
      name: 'replSetUpdatePosition',
      fields: { taken: position },
      run: call => updatePosition(replica, call)
    },
    { ...plain, name: 'replSetCopy', fields: { taken: ['member', 'from'] }, run: call => copy(replica, call) }
  ]
}

const plain = { access: 'write', concerns: 'none', inStableAPI: false, adminOnly: true, internal: true } as const

function leading({ leadership }: Replica): Leadership {
  if (leadership !== undefined) return leadership
  throw notPrimary()
}

function opTimeIn({ name, arguments: given }: Call, field: string): OpTime {
  return opTimeOf(`${name}.${field}`, given.requiredDocument(field))
}

/** The entries behind the position, which is what the follower has by now. Waits for one, or for a newer commit. */
async function follow(replica: Replica, clock: Clock, call: Call): Promise<Reply> {
  const given = call.arguments
  const leadership = leading(replica)
  const after = opTimeIn(call, 'after')
  const committed = opTimeIn(call, 'committed')
  const deadlineMS = clock.nowMS() + (given.count('maxAwaitTimeMS') ?? 0)
  const { oplog, progress } = replica.data
  if (oplog.after(after, 0) === undefined) return fields({ copyNeeded: true })
  leadership.acknowledge(given.whole('member') ?? -1, after)
  const hasNews = (): boolean =>
    compareOpTimes(replica.lastOpTime, after) > 0 || compareOpTimes(replica.committed, committed) > 0
  while (!hasNews() && replica.leadership === leadership && clock.nowMS() < deadlineMS) {
    await call.caller.pause(deadlineMS - clock.nowMS(), wake => progress.subscribe(wake))
  }
  if (replica.leadership !== leadership) throw notPrimary()
  const entries = oplog.after(after, entriesBytesMax)
  if (entries === undefined) return fields({ copyNeeded: true })
  return fields<ReplyValue>({
    entries: new DocumentBatch(entries),
    committed: opTimeDocument(replica.committed)
  })
}

function updatePosition(replica: Replica, call: Call): Reply {
  leading(replica).acknowledge(call.arguments.whole('member') ?? -1, opTimeIn(call, 'after'))
  return empty
}

/** The first request takes the copy, the others fetch the rest of it. The last one tells which moment it is of. */
function copy(replica: Replica, { arguments: given }: Call): Reply {
  const { copies } = leading(replica)
  const member = given.whole('member') ?? -1
  const from = given.count('from') ?? 0
  const copied = from === 0 ? copyOf(replica.data) : copies.get(member)
  if (copied === undefined) throw new CommandFailure('CursorNotFound', `there is no copy for member ${member}`)
  copies.set(member, copied)
  let bytes = 0
  let to = from
  for (; to < copied.entries.length; to++) {
    bytes += copied.entries[to]?.length ?? 0
    if (to > from && bytes > entriesBytesMax) break
  }
  const entries = new DocumentBatch(copied.entries.slice(from, to))
  if (to < copied.entries.length) return fields<ReplyValue>({ entries })
  copies.delete(member)
  const { opTime, wallMS } = copied.position
  return fields<ReplyValue | BSONValue>({ entries, position: opTimeDocument(opTime), wall: new Date(wallMS) })
}
