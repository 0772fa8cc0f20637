import { describe, test } from 'node:test'
import { createEntities, fails, file, find, passes, type Step } from './own_cases.ts'

const entities = [...createEntities, { session: { id: 'session', client: 'client' } }]
const runOnRequirements = [{ topologies: ['replicaset'] }]
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
})
