import type { Fields, OperationStep, TestFile } from './format.ts'

/**
 * What cases ask of a server and the embedded deployment has not, each by its name. A case that runs into anything else that
 * the deployment refuses fails.
 */
export type DeploymentGap =
  | '$where'
  | 'clustered indexes'
  | 'indexes that become unique'
  | 'linearizable reads'
  | 'sharded collections'
  | 'time series'
  | 'updateUser'

/** Fields that ask for it wherever they stand in an operation's arguments. */
const byField: Readonly<Record<string, DeploymentGap>> = {
  $where: '$where',
  clusteredIndex: 'clustered indexes',
  shardCollection: 'sharded collections',
  timeseries: 'time series'
}

const byReadConcern: Readonly<Record<string, DeploymentGap>> = {
  linearizable: 'linearizable reads'
}

/** The first gap that the operations, or what is prepared for them, run into. */
export function deploymentGapOf(file: TestFile, steps: readonly OperationStep[]): DeploymentGap | undefined {
  const options = (file.initialData ?? []).map(({ createOptions }) => createOptions)
  for (const given of [...options, ...steps.map(step => step.arguments)]) {
    const found = gapIn(given)
    if (found !== undefined) return found
  }
  return stepGapOf(file, steps)
}

function stepGapOf(file: TestFile, steps: readonly OperationStep[]): DeploymentGap | undefined {
  const levels = readConcernLevels(file)
  for (const { name, object, arguments: given = {} } of steps) {
    if (name === 'modifyCollection' && 'index' in given) return 'indexes that become unique'
    if (failingCommands(given).includes('updateUser')) return 'updateUser'
    // A pipeline that writes is refused with it, here as by a server.
    const level = endsInWrite(given) ? undefined : levels.get(object)
    if (level !== undefined && Object.hasOwn(byReadConcern, level)) return byReadConcern[level]
  }
  return undefined
}

function endsInWrite({ pipeline }: Fields): boolean {
  const last: unknown = Array.isArray(pipeline) ? pipeline.at(-1) : undefined
  return typeof last === 'object' && last !== null && ('$out' in last || '$merge' in last)
}

/** Of a fail point: the commands that are to fail must be there. */
function failingCommands({ failPoint }: Fields): readonly unknown[] {
  const { data } = (failPoint ?? {}) as { readonly data?: { readonly failCommands?: readonly unknown[] } }
  return data?.failCommands ?? []
}

/** Of the collections, by name. */
function readConcernLevels({ createEntities = [] }: TestFile): ReadonlyMap<string, string> {
  const levels = new Map<string, string>()
  for (const { collection } of createEntities) {
    const { level } = (collection?.collectionOptions?.['readConcern'] ?? {}) as { level?: string }
    if (collection !== undefined && level !== undefined) levels.set(collection.id, level)
  }
  return levels
}

function gapIn(value: unknown): DeploymentGap | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, inner] of Object.entries(value as Fields)) {
    const found = Object.hasOwn(byField, key) ? byField[key] : gapIn(inner)
    if (found !== undefined) return found
  }
  return undefined
}
