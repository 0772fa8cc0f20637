import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  isActive,
  type TransactionInput,
  type TransactionState,
  transactionStep
} from '../../src/operations/transaction_state.ts'

const none = 'no transaction'
const starting = 'starting transaction'
const running = 'transaction in progress'
const committed = 'transaction committed'
const aborted = 'transaction aborted'

/** The state that follows and whether the server is told, or the words that the specification wants in the refusal. */
type Cell = readonly [TransactionState, 'nobody' | 'server' | 'again'] | RegExp

const inProgress = /^Transaction already in progress/
const notStarted = /^No transaction started/

const table: Readonly<Record<TransactionState, Readonly<Record<TransactionInput, Cell>>>> = {
  [none]: {
    startTransaction: [starting, 'nobody'],
    commitTransaction: notStarted,
    abortTransaction: notStarted,
    operation: [none, 'nobody'],
    command: [none, 'nobody']
  },
  [starting]: {
    startTransaction: inProgress,
    commitTransaction: [committed, 'nobody'],
    abortTransaction: [aborted, 'nobody'],
    operation: [starting, 'nobody'],
    command: [running, 'nobody']
  },
  [running]: {
    startTransaction: inProgress,
    commitTransaction: [committed, 'server'],
    abortTransaction: [aborted, 'server'],
    operation: [running, 'nobody'],
    command: [running, 'nobody']
  },
  [committed]: {
    startTransaction: [starting, 'nobody'],
    commitTransaction: [committed, 'again'],
    abortTransaction: /^Cannot call abortTransaction after calling commitTransaction/,
    operation: [none, 'nobody'],
    command: [committed, 'nobody']
  },
  [aborted]: {
    startTransaction: [starting, 'nobody'],
    commitTransaction: /^Cannot call commitTransaction after calling abortTransaction/,
    abortTransaction: /^Cannot call abortTransaction twice/,
    operation: [none, 'nobody'],
    command: [aborted, 'nobody']
  }
}

for (const [state, cells] of Object.entries(table) as [TransactionState, Record<TransactionInput, Cell>][])
  describe(`a session in the state "${state}"`, () => {
    for (const [input, cell] of Object.entries(cells) as [TransactionInput, Cell][])
      test(`${input}: ${cell instanceof RegExp ? 'refused' : `${cell[0]}, tells ${cell[1]}`}`, () => {
        const step = transactionStep(state, input)
        if (!(cell instanceof RegExp)) assert.deepEqual(step, { state: cell[0], tells: cell[1] })
        else {
          assert.ok('refusal' in step)
          assert.match(step.refusal, cell)
        }
      })
  })

test('commands belong to a transaction from its start to its end', () => {
  assert.deepEqual(
    [none, starting, running, committed, aborted].filter(state => isActive(state as TransactionState)),
    [starting, running]
  )
})
