import type { Aggregation, PipelineContext } from '../aggregation.ts'
import { Arguments } from '../arguments.ts'
import { ChangeStreamSource, scopeOf, watchOptionsOf } from '../changes/index.ts'
import type { Call } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import { outputStages } from '../output_stages.ts'
import type { BSONDocument } from '../query/index.ts'
import type { Replica } from '../replication/index.ts'

const stage = '$changeStream'
const splitStage = '$changeStreamSplitLargeEvent'

/** The stages that may come behind, but for the one that splits events. Each makes one document of one, or none. */
const stagesBehind: readonly string[] = [
  '$match',
  '$project',
  '$addFields',
  '$set',
  '$unset',
  '$replaceRoot',
  '$replaceWith',
  '$redact'
]

/** Whether a pipeline watches. */
export function isWatching(stages: readonly BSONDocument[]): boolean {
  return stages[0]?.has(stage) === true
}

/**
 * What the pipeline of an aggregate that watches gives. `collection`: undefined where the command names none.
 * @throws {CommandFailure} as a server refuses it.
 */
export function watch(
  call: Call,
  stages: readonly BSONDocument[],
  collection: string | undefined,
  {
    replica,
    aggregation,
    context
  }: { replica: Replica | undefined; aggregation: Aggregation; context: PipelineContext }
): ChangeStreamSource {
  if (replica === undefined)
    throw new CommandFailure(40573, 'The $changeStream stage is only supported on replica sets')
  const [first = new Map(), ...behind] = stages
  if (first.size !== 1)
    throw new CommandFailure(40323, 'A pipeline stage specification object must contain exactly one field.')
  refuseReadConcern(call)
  const options = watchOptionsOf(first.get(stage) ?? null)
  const scope = scopeOf(call.database, collection, options.allChangesForCluster)
  const splits = behind.at(-1)?.has(splitStage) === true
  const shaping = splits ? behind.slice(0, -1) : behind
  const pipeline = aggregation.pipeline(shaping.map(checked), context)
  for (const each of shaping) refuseBehind(each)
  if (splits) checkSplitting(behind.at(-1))
  return new ChangeStreamSource(replica, { scope, options, pipeline, splits })
}

/** The one that watches has to be the first, the one that splits the last. None may write. */
function checked(each: BSONDocument): BSONDocument {
  if (each.has(stage)) throw new CommandFailure(40602, `${stage} is only valid as the first stage in a pipeline`)
  if (outputStages.some(name => each.has(name))) refuseBehind(each)
  if (!each.has(splitStage)) return each
  throw new CommandFailure(7182802, `${splitStage} must be the last stage in the pipeline`)
}

function checkSplitting(each: BSONDocument | undefined): void {
  const operand = new Arguments('aggregate', each ?? new Map()).requiredDocument(splitStage)
  new Arguments(splitStage, operand).check({ taken: [] })
}

function refuseBehind(each: BSONDocument): void {
  const [name = ''] = each.keys()
  if (!stagesBehind.includes(name))
    throw new CommandFailure('IllegalOperation', `${name} is not permitted in a $changeStream pipeline`)
}

function refuseReadConcern(call: Call): void {
  const concern = call.arguments.document('readConcern')
  const level = concern === undefined ? undefined : new Arguments('readConcern', concern).string('level')
  if (level === undefined || level === 'majority') return
  throw new CommandFailure('InvalidOptions', `$changeStream cannot be used with a '${level}' read concern level`)
}
