import { type Skip, skips } from '../runner.ts'
import { deploymentGapOf } from './deployment_gaps.ts'
import { deviationOf } from './deviations.ts'
import { type DriverMethod, isBuilt, type UnbuiltFeature, unbuiltArgument, whyLeftOut } from './features.ts'
import type { EntityDefinition, Fields, OperationStep, Test, TestFile } from './format.ts'
import { operationTables, type TargetKind } from './operations/index.ts'
import { testRunnerOperations } from './operations/test_runner_operations.ts'

/**
 * The first thing that the case needs and there is not, in the driver or the deployment; undefined: it can run. Looks at the
 * case alone, and runs nothing.
 */
export function needOf(file: TestFile, test: Test): Skip | undefined {
  const steps = allSteps(test.operations)
  const definitions = [...(file.createEntities ?? []), ...steps.flatMap(definitionsOf)]
  const kinds = kindsOf(definitions, steps)
  const entity = unbuiltEntityOf(definitions, test)
  if (entity !== undefined) return skips.feature(entity)
  return first(steps, step => unbuiltStep(step, kinds)) ?? otherNeedOf(file, test, steps)
}

function otherNeedOf(file: TestFile, test: Test, steps: readonly OperationStep[]): Skip | undefined {
  const gap = deploymentGapOf(file, steps)
  if (gap !== undefined) return skips.deploymentGap(gap)
  const deviation = deviationOf(file, test)
  return deviation === undefined ? undefined : skips.deviation(deviation)
}

/**
 * Entities that cannot be made yet, by name, and why. A case that refers to one is skipped, and so is one that refers to no
 * entity at all, for it is about making them; to other cases they do not matter.
 */
export function unbuiltEntities(definitions: readonly EntityDefinition[]): ReadonlyMap<string, UnbuiltFeature> {
  const found = new Map<string, UnbuiltFeature>()
  for (const { client, database, collection, session, bucket, clientEncryption } of definitions) {
    const { id } = client ?? database ?? collection ?? session ?? bucket ?? clientEncryption ?? { id: '' }
    const feature =
      (clientEncryption && 'client-side encryption') ??
      (client?.autoEncryptOpts === undefined ? undefined : 'client-side encryption') ??
      unbuiltOption(client?.uriOptions) ??
      found.get(database?.client ?? (collection ?? bucket)?.database ?? session?.client ?? '')
    if (feature !== undefined) found.set(id, feature)
  }
  return found
}

/** Options that the specification of pools has only for drivers that always had them. */
function unbuiltOption(options: object | undefined): UnbuiltFeature | undefined {
  return (['waitQueueSize', 'waitQueueMultiple'] as const).find(name => options !== undefined && name in options)
}

function unbuiltEntityOf(definitions: readonly EntityDefinition[], test: Test): UnbuiltFeature | undefined {
  const { operations, expectEvents, expectLogMessages, expectTracingMessages, outcome } = test
  const mentioned = textsIn([operations, expectEvents, expectLogMessages, expectTracingMessages, outcome])
  const names = definitions.flatMap(definition => Object.values(definition).map(({ id }: { id: string }) => id))
  const aboutMaking = !names.some(name => mentioned.has(name))
  for (const [id, feature] of unbuiltEntities(definitions)) if (aboutMaking || mentioned.has(id)) return feature
  return undefined
}

/** Whether a text means an entity cannot be told; names of entities are chosen so that it does. */
function textsIn(value: unknown, found: Set<string> = new Set()): Set<string> {
  if (typeof value === 'string') found.add(value)
  else if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) textsIn(each, found)
  return found
}

function unbuiltStep(step: OperationStep, kinds: ReadonlyMap<string, TargetKind>): Skip | undefined {
  const { name, object, arguments: given = {} } = step
  if (object === 'testRunner') {
    const feature = testRunnerOperations[name]?.unbuilt
    return feature === undefined ? undefined : lackOf(feature)
  }
  const kind = kinds.get(object)
  const row = kind === undefined ? undefined : operationTables[kind][name]
  if (row === undefined) return undefined
  if (row.unbuilt !== undefined) return lackOf(row.unbuilt)
  if (row.needs !== undefined && !isBuilt(row.needs)) return lackOf(row.needs)
  return first(Object.keys(given), argument => {
    const feature = row.unbuiltArguments?.[argument] ?? unbuiltArgument(argument)
    return feature === undefined ? undefined : lackOf(feature)
  })
}

function lackOf(feature: UnbuiltFeature | DriverMethod): Skip {
  const why = whyLeftOut(feature)
  return why === undefined ? skips.feature(feature) : skips.leftOut(why)
}

/** The kinds of the entities that operations are asked of, by name. */
function kindsOf(
  definitions: readonly EntityDefinition[],
  steps: readonly OperationStep[]
): ReadonlyMap<string, TargetKind> {
  const kinds = new Map<string, TargetKind>()
  for (const { client, database, collection, session, bucket } of definitions) {
    if (bucket !== undefined) kinds.set(bucket.id, 'bucket')
    if (session !== undefined) kinds.set(session.id, 'session')
    if (client !== undefined) kinds.set(client.id, 'client')
    if (database !== undefined) kinds.set(database.id, 'database')
    if (collection !== undefined) kinds.set(collection.id, 'collection')
  }
  for (const { object, name, saveResultAsEntity: id } of steps) {
    const kind = kinds.get(object)
    if (id !== undefined && kind !== undefined && operationTables[kind][name]?.makesCursor === true)
      kinds.set(id, 'cursor')
  }
  return kinds
}

/** With the operations that stand in others' arguments: for threads, loops and transactions. */
function allSteps(steps: readonly OperationStep[]): OperationStep[] {
  return steps.flatMap(step => {
    const { operation, operations, callback } = (step.arguments ?? {}) as Fields
    const inner = [operation, operations, callback].flat().filter(each => isStep(each))
    return [step, ...allSteps(inner)]
  })
}

function isStep(value: unknown): value is OperationStep {
  return typeof value === 'object' && value !== null && 'name' in value && 'object' in value
}

function definitionsOf({ name, object, arguments: given = {} }: OperationStep): readonly EntityDefinition[] {
  if (object !== 'testRunner' || name !== 'createEntities' || !Array.isArray(given['entities'])) return []
  return given['entities'] as readonly EntityDefinition[]
}

function first<Item, Found>(items: readonly Item[], find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}
