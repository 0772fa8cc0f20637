import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { Runner, SpecificationCase } from '../../../conformance/runner.ts'
import { unified } from '../../../conformance/runners/unified.ts'

/** In place of the specification's own folder: two versions, of which the later knows one field more. */
export const source = mkdtempSync(join(tmpdir(), 'cenote-unified-'))
after(() => rmSync(source, { recursive: true }))
mkdirSync(join(source, 'unified-test-format'))
for (const [version, further] of [
  ['1.0', {}],
  ['1.5', { extra: {} }]
] as const) {
  const names = ['description', 'schemaVersion', 'runOnRequirements', 'createEntities', 'initialData', 'tests']
  const properties = { ...Object.fromEntries(names.map(name => [name, {}])), ...further }
  const schema = { type: 'object', required: ['tests'], properties, additionalProperties: false }
  writeFileSync(join(source, 'unified-test-format', `schema-${version}.json`), JSON.stringify(schema))
}

export const createEntities = [
  { client: { id: 'client', observeEvents: ['commandStartedEvent', 'poolReadyEvent', 'connectionCheckedOutEvent'] } },
  { database: { id: 'database', client: 'client', databaseName: 'shop' } },
  { collection: { id: 'orders', database: 'database', collectionName: 'orders' } }
]
export const initialData = [
  {
    databaseName: 'shop',
    collectionName: 'orders',
    documents: [
      { _id: 1, sku: 'a' },
      { _id: 2, sku: 'b' }
    ]
  }
]

export type Step = Readonly<Record<string, unknown>>

export function file(test: Step, further: Step = {}): Step {
  return {
    description: 'own',
    schemaVersion: '1.0',
    createEntities,
    initialData,
    tests: [{ description: 'one', operations: [], ...test }],
    ...further
  }
}

export function only(content: unknown, runner: Runner = unified): SpecificationCase {
  const [one, ...others] = runner.cases(content, 'own/file.json', source)
  assert.ok(one !== undefined && others.length === 0)
  return one
}

export async function passes(content: unknown, runner?: Runner): Promise<void> {
  const one = only(content, runner)
  assert.equal(one.skip, undefined)
  await one.run()
}

export async function fails(content: unknown, problem: RegExp, runner?: Runner): Promise<void> {
  const one = only(content, runner)
  assert.equal(one.skip, undefined)
  await assert.rejects(async () => await one.run(), problem)
}

export function skipOf(content: unknown): string | undefined {
  const { skip } = only(content)
  return skip && `${skip.kind}: ${skip.reason}`
}

export function find(more: Step = {}): Step {
  return { name: 'find', object: 'orders', arguments: { filter: {} }, ...more }
}

export function runner(name: string, given: Step): Step {
  return { name, object: 'testRunner', arguments: given }
}

export function failing(data: Step, times = 1): Step {
  const failPoint = { configureFailPoint: 'failCommand', mode: { times }, data: { failCommands: ['find'], ...data } }
  return runner('failPoint', { client: 'client', failPoint })
}

export const started = (command: string): Step => ({ commandStartedEvent: { commandName: command } })
