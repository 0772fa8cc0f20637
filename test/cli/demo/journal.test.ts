import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Journal } from '../../../src/cli/demo/journal.ts'
import {
  ConnectionCheckedInEvent,
  ConnectionCheckedOutEvent,
  ConnectionClosedEvent,
  ConnectionCreatedEvent,
  ServerHeartbeatStartedEvent
} from '../../../src/client/index.ts'

const address = 'db1:27017'
const heartbeat = { address, topologyId: 1, driverConnectionId: 1, serverConnectionId: undefined, awaited: false }

function journalOf(everyEvent: boolean): { readonly journal: Journal; readonly lines: string[] } {
  const lines: string[] = []
  const elapsedMS = (): number => 61_250
  const journal = new Journal({ write: ({ text }) => lines.push(text), elapsedMS, addressCharacters: 9, everyEvent })
  return { journal, lines }
}

function tellAll(journal: Journal): void {
  journal.told(new ConnectionCheckedOutEvent(address, 1, 0))
  journal.told(new ServerHeartbeatStartedEvent(heartbeat))
  journal.told(new ConnectionCreatedEvent(address, 2))
  journal.told(new ConnectionCheckedOutEvent(address, 1, 0))
  journal.told(new ConnectionCheckedInEvent(address, 1))
}

test('events of routine are told as counts, all others at once, each line with its time', () => {
  const { journal, lines } = journalOf(false)
  tellAll(journal)
  assert.deepEqual(lines, ['  61.25 db1:27017 connectionCreated          #2'])
  journal.tellRoutine()
  assert.deepEqual(lines.slice(1), ['  61.25 2 checkedOut, 1 checkedIn', '  61.25 1 heartbeatStarted'])
  journal.tellRoutine()
  assert.equal(lines.length, 3, 'nothing new, no line')
})

test('if every event is asked for, each has its line', () => {
  const { journal, lines } = journalOf(true)
  tellAll(journal)
  journal.tellRoutine()
  assert.equal(lines.length, 5)
})

test('every event is counted by its kind, however it is told', () => {
  for (const everyEvent of [false, true]) {
    const { journal } = journalOf(everyEvent)
    tellAll(journal)
    assert.deepEqual(Object.fromEntries(journal.counts), {
      connectionCheckedOut: 2,
      serverHeartbeatStarted: 1,
      connectionCreated: 1,
      connectionCheckedIn: 1
    })
  }
})

test('what a server says cannot forge lines, nor steer the terminal', () => {
  const { journal, lines } = journalOf(false)
  journal.told(new ConnectionClosedEvent(address, 1, 'error', new Error('a\n  0.00 b\u001b[2Jc\u202ed')))
  assert.deepEqual(lines, ['  61.25 db1:27017 connectionClosed           #1 error: a   0.00 b [2Jc d'])
})
