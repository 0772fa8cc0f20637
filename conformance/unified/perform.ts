import { AbstractCursor, ChangeStream, ClientSession, Collection, Db } from '../../src/client/index.ts'
import { GridFSBucket } from '../../src/gridfs/index.ts'
import { CaseError } from './case_error.ts'
import type { CaseContext } from './case_context.ts'
import { described, requireError } from './expected_error.ts'
import { valueOf } from './extended_json.ts'
import { unbuiltArgument } from './features.ts'
import type { Fields, OperationStep } from './format.ts'
import { requireDocuments, requireMatch } from './matching.ts'
import { ObservedClient } from './observed_client.ts'
import { operationTables, type TargetKind } from './operations/index.ts'
import type { OperationRow } from './operations/row.ts'
import { testRunnerOperations } from './operations/test_runner_operations.ts'

/** Does one operation of a case and requires what the case expects of it. */
export async function perform(step: OperationStep, context: CaseContext): Promise<void> {
  if (step.object === 'testRunner') await performOfRunner(step, context)
  else await performOfEntity(step, context)
}

/** Those of a callback: what fails there is the callback's error, also if the case expects it. */
async function performAll(steps: readonly OperationStep[], context: CaseContext): Promise<void> {
  for (const step of steps) {
    if (step.object === 'testRunner') await performOfRunner(step, context)
    else {
      const outcome = await performOfEntity(step, context)
      if ('error' in outcome) throw outcome.error
    }
  }
}

async function performOfRunner({ name, arguments: given = {} }: OperationStep, context: CaseContext): Promise<void> {
  const row = Object.hasOwn(testRunnerOperations, name) ? testRunnerOperations[name] : undefined
  if (row === undefined) throw new CaseError(`the operation ${name} of the test runner is unknown`)
  checkArguments(`${name} of the test runner`, given, row.required, row.optional ?? [])
  await row.run(context, given, perform)
}

async function performOfEntity(step: OperationStep, context: CaseContext): Promise<Outcome> {
  const { name, object, arguments: given = {} } = step
  const target = context.entities.value(object)
  const kind = kindOf(target)
  if (kind === undefined) throw new CaseError(`the entity ${object} has no operations`)
  const row = Object.hasOwn(operationTables[kind], name) ? operationTables[kind][name] : undefined
  if (row === undefined) throw new CaseError(`the operation ${name} of a ${kind} is unknown`)
  checkArguments(`${name} of ${object}`, given, row.required, row.optional)
  const { [row.steps ?? '']: steps, ...others } = given
  const values = withSession(valueOf(others) as Fields, context)
  let outcome: Outcome
  try {
    const all = row.steps === undefined ? values : { ...values, [row.steps]: steps }
    outcome = { value: await row.run(target as never, all, inner => performAll(inner, context)) }
  } catch (error) {
    if (error instanceof CaseError) throw error
    outcome = { error }
  }
  settle(step, row, outcome, context)
  return outcome
}

/** The format names the session that the driver is given. */
function withSession(given: Fields, { entities }: CaseContext): Fields {
  return typeof given['session'] === 'string' ? { ...given, session: entities.session(given['session']) } : given
}

type Outcome = { readonly value: unknown } | { readonly error: unknown }

function settle(step: OperationStep, row: OperationRow, outcome: Outcome, { entities }: CaseContext): void {
  if (step.ignoreResultAndError === true) return
  const where = `${step.name} of ${step.object}`
  if ('error' in outcome) {
    if (step.expectError === undefined) throw new CaseError(`${where} failed: ${described(outcome.error)}`)
    return requireError(step.expectError, outcome.error, entities)
  }
  if (step.expectError !== undefined) throw new CaseError(`${where} should have failed`)
  const compare = row.documents === true ? requireDocuments : requireMatch
  if (Object.hasOwn(step, 'expectResult')) compare(step.expectResult, outcome.value, `the result of ${where}`, entities)
  if (step.saveResultAsEntity !== undefined) entities.add(step.saveResultAsEntity, outcome.value)
}

function kindOf(entity: unknown): TargetKind | undefined {
  if (entity instanceof ObservedClient) return 'client'
  if (entity instanceof Db) return 'database'
  if (entity instanceof Collection) return 'collection'
  if (entity instanceof ClientSession) return 'session'
  if (entity instanceof GridFSBucket) return 'bucket'
  return entity instanceof AbstractCursor || entity instanceof ChangeStream ? 'cursor' : undefined
}

/** A mistake in the case, which no expectation of an error covers. */
function checkArguments(where: string, given: Fields, required: readonly string[], optional: readonly string[]): void {
  const missing = required.find(name => !Object.hasOwn(given, name))
  if (missing !== undefined) throw new CaseError(`${where} lacks the argument ${missing}`)
  const unknown = Object.keys(given).find(name => !required.includes(name) && !optional.includes(name))
  if (unknown === undefined) return
  const feature = unbuiltArgument(unknown)
  throw new CaseError(
    `${where} has the argument ${unknown}, which ${feature === undefined ? 'is unknown' : 'is not built'}`
  )
}
