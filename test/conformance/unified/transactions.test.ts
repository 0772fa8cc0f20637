import { describe, test } from 'node:test'
import { createEntities, fails, file, find, passes, runner, type Step } from './own_cases.ts'

const entities = [...createEntities, { session: { id: 'session', client: 'client' } }]
const runOnRequirements = [{ topologies: ['replicaset'] }]
const onRouters = { runOnRequirements: [{ topologies: ['sharded'] }] }

/** The client of the cases, which knows several routers or one. */
function entitiesOf(useMultipleMongoses: boolean): readonly object[] {
  return entities.map(entity => ('client' in entity ? { client: { ...entity.client, useMultipleMongoses } } : entity))
}

const ofSession = (name: string, given: object = {}, more: object = {}): Step => ({
  name,
  object: 'session',
  arguments: given as Step['arguments'],
  ...more
})
const asserted = (name: string, given: object = {}): Step => ({
  name,
  object: 'testRunner',
  arguments: { session: 'session', ...given }
})
const inState = (state: string): Step => asserted('assertSessionTransactionState', { state })
const read = find({ arguments: { filter: {}, session: 'session' } })
const caseOf = (operations: readonly Step[]) => file({ operations }, { createEntities: entities, runOnRequirements })

describe('transactions of cases', () => {
  test('are started and ended, and their state is asserted', async () => {
    await passes(
      caseOf([
        inState('none'),
        ofSession('startTransaction', { readPreference: { mode: 'Primary' } }),
        inState('starting'),
        read,
        inState('in_progress'),
        ofSession('commitTransaction'),
        inState('committed'),
        ofSession('startTransaction'),
        ofSession('abortTransaction'),
        inState('aborted')
      ])
    )
    await fails(caseOf([inState('starting')]), /session should be in the state starting, not no transaction/)
    await fails(caseOf([inState('begun')]), /should be in the state begun/)
  })

  test('are run by withTransaction, whose callback fails with what fails in it, expected or not', async () => {
    const callback = (step: object) => ofSession('withTransaction', { callback: [step] })
    await passes(caseOf([callback(read), inState('committed')]))
    const refused = find({
      arguments: { filter: { $no: 1 }, session: 'session' },
      expectError: { isClientError: false }
    })
    await fails(caseOf([callback(refused)]), /withTransaction of session failed/)
    await passes(caseOf([{ ...callback(refused), expectError: { errorCode: 2 } }, inState('aborted')]))
    const wrong = find({ arguments: { filter: {}, session: 'session' }, expectResult: [{ _id: 'nobody' }] })
    await fails(caseOf([callback(wrong)]), /has 2 elements, not 1/)
    await fails(caseOf([ofSession('withTransaction', { callback: 5 })]), /is a list of operations/)
  })

  test('have a router only where there are some', async () => {
    await passes(caseOf([asserted('assertSessionUnpinned')]))
    await fails(caseOf([asserted('assertSessionPinned')]), /session should be pinned/)
    await fails(caseOf([asserted('targetedFailPoint', { failPoint: {} })]), /session is not pinned/)
  })

  test('are pinned to one router, whose fail points are targeted', async () => {
    const failPoint = {
      configureFailPoint: 'failCommand',
      mode: { times: 1 },
      data: { failCommands: ['find'], errorCode: 8 }
    }
    const operations = [
      asserted('assertSessionUnpinned'),
      ofSession('startTransaction'),
      read,
      asserted('assertSessionPinned'),
      asserted('targetedFailPoint', { failPoint }),
      { ...read, expectError: { errorCode: 8 } },
      ofSession('abortTransaction'),
      asserted('assertSessionUnpinned')
    ]
    for (const useMultipleMongoses of [true, false])
      await passes(file({ operations }, { createEntities: entitiesOf(useMultipleMongoses), ...onRouters }))
  })

  test('are of clients that know one router, or several where the case says so', async () => {
    const ready = runner('waitForEvent', { client: 'client', event: { poolReadyEvent: {} }, count: 2 })
    const operations = [find(), ready]
    await passes(file({ operations }, { createEntities: entitiesOf(true), ...onRouters }))
    await fails(file({ operations }, { createEntities: entitiesOf(false), ...onRouters }), /came 1 times, not 2/)
  })
})
