import { CaseError } from '../case_error.ts'
import type { CaseContext } from '../case_context.ts'
import { countEvents } from '../expected_events.ts'
import { valueOf } from '../extended_json.ts'
import type { EntityDefinition, ExpectedEvent, Fields, OperationStep } from '../format.ts'
import { shown } from '../matching.ts'
import type { UnbuiltFeature } from '../features.ts'
import type { TopologyDescription } from '../../../src/client/index.ts'

/** How long the format lets an operation wait where it gives no time itself. */
const waitMSMax = 10_000

export type Perform = (step: OperationStep, context: CaseContext) => Promise<void>

export interface TestRunnerRow {
  readonly unbuilt?: UnbuiltFeature
  readonly required: readonly string[]
  readonly optional?: readonly string[]
  /** `given` is JSON. `perform` runs an operation of the case. */
  run(context: CaseContext, given: Fields, perform: Perform): Promise<void> | void
}

export const testRunnerOperations: Readonly<Record<string, TestRunnerRow>> = {
  failPoint: {
    required: ['client', 'failPoint'],
    run: async ({ entities }, { client, failPoint }) => {
      await entities
        .client(text(client))
        .client.db('admin')
        .command(valueOf(failPoint) as object)
    }
  },
  createEntities: {
    required: ['entities'],
    run: async (context, { entities }) => {
      for (const definition of entities as readonly EntityDefinition[]) await context.create(definition)
    }
  },
  wait: { required: ['ms'], run: ({ bench }, { ms }) => bench.runtime.sleep(ms as number) },
  ...eventOperations(),
  ...topologyOperations(),
  ...threadOperations(),
  ...catalogOperations(),
  assertNumberConnectionsCheckedOut: {
    required: ['client', 'connections'],
    run: ({ entities }, { client, connections }) => {
      const pools = entities.client(text(client)).client.pools()
      const checkedOut = pools.reduce((sum, pool) => sum + pool.checkedOut, 0)
      if (checkedOut !== connections)
        throw new CaseError(`${text(client)} has ${checkedOut} connections checked out, not ${shown(connections)}`)
    }
  },
  assertSameLsidOnLastTwoCommands: lsidsOfLastTwo('the same', true),
  assertDifferentLsidOnLastTwoCommands: lsidsOfLastTwo('different', false),
  assertSessionDirty: dirtiness(true),
  assertSessionNotDirty: dirtiness(false),
  ...transactionOperations(),
  loop: unbuilt('loop')
}

const transactionStates: Readonly<Record<string, string>> = {
  none: 'no transaction',
  starting: 'starting transaction',
  in_progress: 'transaction in progress',
  committed: 'transaction committed',
  aborted: 'transaction aborted'
}

function transactionOperations(): Record<string, TestRunnerRow> {
  const pinning = (expected: boolean): TestRunnerRow => ({
    required: ['session'],
    run: ({ entities }, { session }) => {
      const { pinnedAddress } = entities.session(text(session)).transaction
      if ((pinnedAddress !== undefined) !== expected)
        throw new CaseError(
          `${text(session)} should ${expected ? '' : 'not '}be pinned; it is to ${shown(pinnedAddress)}`
        )
    }
  })
  return {
    targetedFailPoint: {
      required: ['session', 'failPoint'],
      run: ({ entities, bench }, { session, failPoint }) => {
        const { pinnedAddress } = entities.session(text(session)).transaction
        const server = pinnedAddress === undefined ? undefined : bench.serverAt(pinnedAddress)
        if (server === undefined) throw new CaseError(`${text(session)} is not pinned`)
        server.configureFailPoint(valueOf(failPoint) as object)
      }
    },
    assertSessionPinned: pinning(true),
    assertSessionUnpinned: pinning(false),
    assertSessionTransactionState: {
      required: ['session', 'state'],
      run: ({ entities }, { session, state }) => {
        const { state: actual } = entities.session(text(session)).transaction
        if (actual !== transactionStates[text(state)])
          throw new CaseError(`${text(session)} should be in the state ${text(state)}, not ${actual}`)
      }
    }
  }
}

function eventOperations(): Record<string, TestRunnerRow> {
  const required = ['client', 'event', 'count']
  return {
    waitForEvent: {
      required,
      run: async ({ entities }, { client, event, count }) => {
        const observed = entities.client(text(client))
        const seen = (): number => countEvents(event as ExpectedEvent, observed.events, entities)
        const problem = (): string => `${shown(event)} came ${seen()} times, not ${shown(count)}`
        await observed.until(() => seen() >= (count as number), waitMSMax, problem)
      }
    },
    assertEventCount: {
      required,
      run: ({ entities }, { client, event, count }) => {
        const seen = countEvents(event as ExpectedEvent, entities.client(text(client)).events, entities)
        if (seen !== count) throw new CaseError(`${shown(event)} came ${seen} times, not ${shown(count)}`)
      }
    }
  }
}

function topologyOperations(): Record<string, TestRunnerRow> {
  return {
    recordTopologyDescription: {
      required: ['client', 'id'],
      run: ({ entities }, { client, id }) => {
        const { description } = entities.client(text(client))
        if (description === undefined) throw new CaseError(`${text(client)} has not begun to discover its servers`)
        entities.add(text(id), description)
      }
    },
    assertTopologyType: {
      required: ['topologyDescription', 'topologyType'],
      run: ({ entities }, { topologyDescription, topologyType }) => {
        const { type } = entities.value(text(topologyDescription)) as TopologyDescription
        if (type !== topologyType) throw new CaseError(`the topology is ${type}, not ${shown(topologyType)}`)
      }
    },
    waitForPrimaryChange: {
      required: ['client', 'priorTopologyDescription'],
      optional: ['timeoutMS'],
      run: async ({ entities }, { client, priorTopologyDescription, timeoutMS = waitMSMax }) => {
        const observed = entities.client(text(client))
        const before = primaryOf(entities.value(text(priorTopologyDescription)) as TopologyDescription)
        const changed = (): boolean => {
          const now = observed.description === undefined ? undefined : primaryOf(observed.description)
          return now !== undefined && now !== before
        }
        await observed.until(
          changed,
          timeoutMS as number,
          () => `${text(client)} found no other primary than ${before ?? 'none'}`
        )
      }
    }
  }
}

function primaryOf({ servers }: TopologyDescription): string | undefined {
  return [...servers.values()].find(({ type }) => type === 'RSPrimary')?.address
}

function threadOperations(): Record<string, TestRunnerRow> {
  return {
    runOnThread: {
      required: ['thread', 'operation'],
      run: (context, { thread, operation }, perform) => {
        context.entities.thread(text(thread)).run(() => perform(operation as OperationStep, context))
      }
    },
    waitForThread: {
      required: ['thread'],
      run: async ({ entities, bench }, { thread }) => {
        const tooLong = bench.runtime.sleep(waitMSMax).then(() => {
          throw new CaseError(`the thread ${text(thread)} did not finish within ${waitMSMax} ms`)
        })
        await Promise.race([entities.thread(text(thread)).finished(), tooLong])
      }
    }
  }
}

function catalogOperations(): Record<string, TestRunnerRow> {
  const collection = async ({ bench }: CaseContext, { databaseName, collectionName }: Fields): Promise<boolean> => {
    const listed = await bench.command(text(databaseName), { listCollections: 1, filter: { name: collectionName } })
    return (listed['cursor'] as { firstBatch: readonly unknown[] }).firstBatch.length > 0
  }
  const index = async (context: CaseContext, given: Fields): Promise<boolean> => {
    if (!(await collection(context, given))) return false
    const listed = await context.bench.command(text(given['databaseName']), { listIndexes: given['collectionName'] })
    const { firstBatch } = listed['cursor'] as { firstBatch: readonly { name: unknown }[] }
    return firstBatch.some(({ name }) => name === given['indexName'])
  }
  const row = (find: typeof collection, required: readonly string[], expected: boolean): TestRunnerRow => ({
    required,
    run: async (context, given) => {
      if ((await find(context, given)) !== expected)
        throw new CaseError(
          `${required.map(name => text(given[name])).join('.')} should ${expected ? '' : 'not '}exist`
        )
    }
  })
  const ofCollection = ['databaseName', 'collectionName']
  const ofIndex = [...ofCollection, 'indexName']
  return {
    assertCollectionExists: row(collection, ofCollection, true),
    assertCollectionNotExists: row(collection, ofCollection, false),
    assertIndexExists: row(index, ofIndex, true),
    assertIndexNotExists: row(index, ofIndex, false)
  }
}

function lsidsOfLastTwo(what: string, expected: boolean): TestRunnerRow {
  return {
    required: ['client'],
    run: ({ entities }, { client }) => {
      const started = entities.client(text(client)).events.filter(({ name }) => name === 'commandStartedEvent')
      const ids = started.slice(-2).map(({ fields }) => (fields['command'] as Fields)['lsid'])
      if (ids.length < 2 || ids.includes(undefined))
        throw new CaseError('the last two commands have not both a session')
      if ((shown(ids[0]) === shown(ids[1])) !== expected)
        throw new CaseError(`the last two commands should have ${what} session`)
    }
  }
}

function dirtiness(expected: boolean): TestRunnerRow {
  return {
    required: ['session'],
    run: ({ entities }, { session }) => {
      if (entities.session(text(session)).serverSession?.isDirty !== expected)
        throw new CaseError(`the session ${text(session)} should ${expected ? '' : 'not '}be dirty`)
    }
  }
}

function unbuilt(feature: UnbuiltFeature): TestRunnerRow {
  return {
    unbuilt: feature,
    required: [],
    run: () => {
      throw new CaseError(`${feature}: not built`)
    }
  }
}

function text(value: unknown): string {
  if (typeof value === 'string') return value
  throw new CaseError(`${shown(value)} should be a text`)
}
