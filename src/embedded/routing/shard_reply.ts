import { Double, Int32 } from '../../bson/index.ts'
import { CommandFailure } from '../failure.ts'
import { type BSONDocument, type BSONValue, isDocument } from '../query/index.ts'
import { fields, int32, type ReplyValue } from '../reply.ts'

/** What a member has answered: all of it, `ok` and the times too. */
export type ShardReply = Map<string, ReplyValue>

/**
 * Codes by which a member says that it is not, or no longer, what the command needs. A client would take them for the router's own
 * state, which is in order: it is told that a host was unreachable.
 */
const stateCodes: ReadonlySet<number> = new Set([91, 189, 10058, 10107, 11600, 11602, 13435, 13436])
/** Besides those, codes after which the same may be asked again: the network's. */
const networkCodes: ReadonlySet<number> = new Set([6, 7, 89, 9001])

/** Fields that the router says for itself. */
const ownFields: ReadonlySet<string> = new Set([
  'ok',
  'errmsg',
  'code',
  'codeName',
  'topologyVersion',
  '$clusterTime',
  'operationTime'
])

export function hasSucceeded(reply: ShardReply): boolean {
  const ok = reply.get('ok')
  return ok instanceof Double && ok.value === 1
}

/** Whether the command may succeed on another member, or soon. */
export function isWorthAnotherAttempt(reply: ShardReply): boolean {
  if (hasSucceeded(reply)) return false
  const code = codeIn(reply)
  return stateCodes.has(code) || networkCodes.has(code)
}

/** @throws {CommandFailure} what the reply says that failed, as a router words it. */
export function requireSuccess(reply: ShardReply): void {
  if (hasSucceeded(reply)) return
  const code = codeIn(reply)
  const errmsg = reply.get('errmsg')
  // A reply that is an error has no batch of documents in it.
  const further = [...reply].filter(([name]) => !ownFields.has(name)) as [string, BSONValue][]
  throw new CommandFailure(
    stateCodes.has(code) ? 'HostUnreachable' : code,
    typeof errmsg === 'string' ? errmsg : '',
    Object.fromEntries(further)
  )
}

/** What a client is told besides of a reply that is no error. */
export function resultIn(reply: ShardReply): ShardReply {
  return new Map([...reply].filter(([name]) => !ownFields.has(name) && name !== 'writeConcernError'))
}

/** The write stands, but its concern is not met: why, as a router words it. */
export function concernErrorIn(reply: ShardReply): BSONDocument | undefined {
  const found = reply.get('writeConcernError')
  if (found === undefined || !isDocument(found as BSONValue)) return undefined
  const error = found as BSONDocument
  const code = error.get('code')
  if (!(code instanceof Int32 && stateCodes.has(code.value))) return error
  const { code: number, codeName } = new CommandFailure('HostUnreachable', '')
  return new Map([...error, ...fields<BSONValue>({ code: int32(number), codeName })])
}

function codeIn(reply: ShardReply): number {
  const code = reply.get('code')
  return code instanceof Int32 ? code.value : 0
}
