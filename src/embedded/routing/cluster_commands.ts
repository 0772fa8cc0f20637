import type { Call, Command } from '../command.ts'
import { sessionIdsIn } from '../commands/index.ts'
import { CommandFailure } from '../failure.ts'
import type { BSONValue } from '../query/index.ts'
import { empty, fields, int32, int64, type Reply, type ReplyValue } from '../reply.ts'
import type { Shard } from './shard.ts'

export interface ClusterServices {
  readonly shard: Shard
  /** `host:port` */
  address(): string
}

const plain = { fields: { taken: [] }, access: 'anywhere', concerns: 'none', inStableAPI: false } as const

/** What only routers know, and what they do with sessions. */
export function clusterCommands(services: ClusterServices): Command[] {
  return [
    {
      ...plain,
      name: 'isdbgrid',
      run: () => fields<ReplyValue>({ isdbgrid: int32(1), hostname: services.address() })
    },
    { ...plain, name: 'listShards', adminOnly: true, run: () => listShards(services.shard) },
    {
      ...plain,
      name: 'checkMetadataConsistency',
      fields: { taken: ['checkIndexes', 'cursor'] },
      run: ({ database }) => inconsistencies(database)
    },
    ...sessionCommands(services.shard),
    ...administration.map(refusedForOneShard),
    {
      ...plain,
      name: 'replSetGetStatus',
      adminOnly: true,
      run: () => {
        throw new CommandFailure('CommandFailed', 'replSetGetStatus is not supported through mongos')
      }
    }
  ]
}

function listShards({ name, connectionString: host }: Shard): Reply {
  const state = int32(1)
  return fields<ReplyValue>({ shards: [fields<BSONValue>({ _id: name, host, state })] })
}

/** One shard has nothing to be at odds with. */
function inconsistencies(database: string): Reply {
  return fields<ReplyValue>({
    cursor: fields<ReplyValue>({ firstBatch: [], id: int64(0), ns: `${database}.$cmd.aggregate` })
  })
}

// ───────────────────────── sessions ─────────────────────────

/** They are the cluster's: the other routers hear of it, and the members are told. */
function sessionCommands(shard: Shard): Command[] {
  const { sessions } = shard
  return [...shard.commands.values()]
    .filter(({ name }) => sessionCommandNames.includes(name))
    .map(
      (command): Command => ({
        ...command,
        run: async call => {
          const ids = command.name === 'killAllSessions' ? sessions.ids : sessionIdsIn(call)
          for (const id of ids) {
            if (command.name === 'refreshSessions') sessions.see(id)
            else sessions.end(id)
          }
          await tellMembers(shard, call)
          return empty
        }
      })
    )
}

const sessionCommandNames: readonly string[] = ['endSessions', 'killSessions', 'killAllSessions', 'refreshSessions']

async function tellMembers(shard: Shard, { arguments: given, database, caller }: Call): Promise<void> {
  for (const member of shard.running) await shard.ask(member, { body: given.body, database }, caller)
}

// ───────────────────────── what takes more than one shard ─────────────────────────

const administration: readonly string[] = [
  'addShard',
  'removeShard',
  'enableSharding',
  'shardCollection',
  'reshardCollection',
  'unshardCollection',
  'refineCollectionShardKey',
  'moveCollection',
  'movePrimary',
  'moveChunk',
  'moveRange',
  'mergeChunks',
  'split',
  'addShardToZone',
  'removeShardFromZone',
  'updateZoneKeyRange',
  'balancerStart',
  'balancerStop',
  'balancerStatus'
]

function refusedForOneShard(name: string): Command {
  return {
    ...plain,
    name,
    fields: 'any',
    concerns: 'both',
    run: () => {
      const text = `'${name}' is not supported: the embedded deployment has one shard, and no collection that is sharded`
      throw new CommandFailure('NotImplemented', text)
    }
  }
}
