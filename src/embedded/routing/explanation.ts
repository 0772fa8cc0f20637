import { type BSONDocument, type BSONValue, isDocument } from '../query/index.ts'
import { fields, int32 } from '../reply.ts'
import type { Shard, ShardAnswer } from './shard.ts'
import type { ShardReply } from './shard_reply.ts'

const stage = 'SINGLE_SHARD'
/** Of what a member counts: what stands beside its parts too. */
const sums: readonly string[] = ['nReturned', 'executionTimeMillis', 'totalKeysExamined', 'totalDocsExamined']

/** A member's explanation as its router gives it: the plan is to ask one shard, whose own plan is below. `serverInfo`: the router's. */
export function explanationThroughRouter(
  { reply, member }: ShardAnswer,
  shard: Shard,
  serverInfo: BSONDocument
): ShardReply {
  const explained = new Map(reply).set('serverInfo', serverInfo)
  const stages = reply.get('stages')
  if (stages !== undefined) {
    explained.delete('stages')
    const parts = fields<BSONValue>({ host: member.address, stages: stages as BSONValue })
    return explained.set('splitPipeline', null).set('shards', fields<BSONValue>({ [shard.name]: parts }))
  }
  const plan = fields<BSONValue>({
    shardName: shard.name,
    connectionString: shard.connectionString,
    serverInfo: documentIn(reply, 'serverInfo'),
    ...Object.fromEntries(documentIn(reply, 'queryPlanner'))
  })
  const winningPlan = fields<BSONValue>({ stage, shards: [plan] })
  explained.set('queryPlanner', fields<BSONValue>({ mongosPlannerVersion: int32(1), winningPlan }))
  if (!reply.has('executionStats')) return explained
  const stats = documentIn(reply, 'executionStats')
  const counted = Object.fromEntries([...stats].filter(([name]) => sums.includes(name)))
  const shards = [fields<BSONValue>({ shardName: shard.name, ...Object.fromEntries(stats) })]
  const executionStages = fields<BSONValue>({ stage, ...counted, shards })
  return explained.set('executionStats', fields<BSONValue>({ ...counted, executionStages }))
}

function documentIn(reply: ShardReply, field: string): BSONDocument {
  const value = reply.get(field) as BSONValue | undefined
  return value !== undefined && isDocument(value) ? value : new Map()
}
