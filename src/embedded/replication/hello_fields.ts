import type { BSONValue } from '../query/index.ts'
import { fields, int32 } from '../reply.ts'
import { compareOpTimes, opTimeDocument } from './op_time.ts'
import type { Replica } from './replica.ts'

/** What a member's hello says of its set, besides whether it is the primary. */
export function setFields(replica: Replica): Readonly<Record<string, BSONValue>> {
  const { set, leadership, state } = replica
  const { name, version, hosts, primaryAddress } = set
  return {
    hosts: [...hosts],
    setName: name,
    setVersion: int32(version),
    secondary: state === 'secondary',
    ...(primaryAddress === undefined ? {} : { primary: primaryAddress }),
    me: replica.source.address,
    ...(leadership === undefined ? {} : { electionId: leadership.electionId }),
    lastWrite: lastWrite(replica)
  }
}

function lastWrite({ data: { oplog }, committed }: Replica): BSONValue {
  const { last } = oplog
  // A member that is behind has not got all that a majority has.
  const majority = compareOpTimes(committed, last.opTime) < 0 ? committed : last.opTime
  return fields<BSONValue>({
    opTime: opTimeDocument(last.opTime),
    lastWriteDate: new Date(last.wallMS),
    majorityOpTime: opTimeDocument(majority),
    majorityWriteDate: new Date(oplog.wallMSOf(majority) ?? last.wallMS)
  })
}
