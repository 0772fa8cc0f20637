import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Entities } from '../../../conformance/unified/entities.ts'
import { countEvents, requireEvents } from '../../../conformance/unified/expected_events.ts'
import type { ExpectedEvent, ExpectedEvents } from '../../../conformance/unified/format.ts'
import { eventTypeOf, type ObservedEvent } from '../../../conformance/unified/observed_client.ts'

const entities = new Entities()

function observed(name: string, fields: object = {}): ObservedEvent {
  return { name, type: eventTypeOf(name), fields: fields as ObservedEvent['fields'] }
}

const find = { commandName: 'find', databaseName: 'db', command: { find: 'c', filter: {} }, serverConnectionId: 3 }
const told = [
  observed('poolReadyEvent'),
  observed('commandStartedEvent', find),
  observed('connectionClosedEvent', { reason: 'stale' }),
  observed('commandSucceededEvent', { commandName: 'find', reply: { ok: 1, n: 2 } }),
  observed('serverHeartbeatStartedEvent', { awaited: false }),
  observed('serverDescriptionChangedEvent', {
    previousDescription: { type: 'Unknown', address: 'a:1' },
    newDescription: { type: 'RSPrimary', address: 'a:1' }
  })
]
const commands: readonly ExpectedEvent[] = [{ commandStartedEvent: {} }, { commandSucceededEvent: {} }]

function problem(expected: Omit<ExpectedEvents, 'client'>): string | undefined {
  try {
    requireEvents({ client: 'client', ...expected }, told, entities)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

suite('the events of a client', () => {
  test('are compared by type; those of commands where no type is given', () => {
    assert.equal(problem({ events: commands }), undefined)
    assert.equal(problem({ eventType: 'command', events: commands }), undefined)
    assert.equal(
      problem({ eventType: 'cmap', events: [{ poolReadyEvent: {} }, { connectionClosedEvent: {} }] }),
      undefined
    )
    assert.match(problem({ eventType: 'cmap', events: commands }) ?? '', /poolReadyEvent came, not commandStartedEvent/)
  })

  test('that lack, or come in another order, fail the case', () => {
    assert.match(
      problem({ events: [...commands, { commandFailedEvent: {} }] }) ?? '',
      /event 3, commandFailedEvent, did/
    )
    assert.match(problem({ events: commands.toReversed() }) ?? '', /event 1: commandStartedEvent find came, not/)
  })

  test('that nobody expects fail the case, unless it allows more at the end', () => {
    assert.match(
      problem({ events: commands.slice(0, 1) }) ?? '',
      /2 events came, not 1; client told: commandStartedEvent find/
    )
    assert.equal(problem({ events: commands.slice(0, 1), ignoreExtraEvents: true }), undefined)
    assert.match(problem({ events: commands.slice(1), ignoreExtraEvents: true }) ?? '', /event 1/)
    assert.match(problem({ events: [] }) ?? '', /2 events came, not 0/)
  })
})

suite('a field of an event', () => {
  const rows: readonly (readonly [name: string, fitting: readonly object[], others: readonly object[]])[] = [
    ['commandStartedEvent', [{ commandName: 'find' }], [{ commandName: 'insert' }]],
    ['commandStartedEvent', [{ databaseName: 'db' }], [{ databaseName: 'other' }]],
    [
      'commandStartedEvent',
      [{ command: { find: 'c' } }],
      [{ command: { filter: { a: 1 } } }, { command: { limit: 1 } }]
    ],
    ['commandStartedEvent', [{ hasServerConnectionId: true }], [{ hasServerConnectionId: false }]],
    ['commandStartedEvent', [{ hasServiceId: false }], [{ hasServiceId: true }]],
    ['commandSucceededEvent', [{ reply: { ok: 1 } }], [{ reply: { ok: 0 } }]],
    ['connectionClosedEvent', [{ reason: 'stale' }], [{ reason: 'idle' }]],
    ['serverHeartbeatStartedEvent', [{ awaited: false }], [{ awaited: true }]],
    [
      'serverDescriptionChangedEvent',
      [{ newDescription: { type: 'RSPrimary' } }],
      [{ newDescription: { type: 'Unknown' } }]
    ],
    [
      'serverDescriptionChangedEvent',
      [{ previousDescription: { type: 'Unknown' } }],
      [{ previousDescription: { type: 'x' } }]
    ]
  ]
  for (const [name, fitting, others] of rows) {
    test(`${name}: ${Object.keys(fitting[0] ?? {}).join()}`, () => {
      for (const fields of fitting) assert.equal(countEvents({ [name]: fields } as ExpectedEvent, told, entities), 1)
      for (const fields of others) assert.equal(countEvents({ [name]: fields } as ExpectedEvent, told, entities), 0)
    })
  }

  test('that this runner does not know fails the case, also where no such event came', () => {
    assert.match(problem({ events: [{ commandStartedEvent: { colour: 1 } }] }) ?? '', /colour is unknown/)
    assert.throws(() => countEvents({ poolClearedEvent: { colour: 1 } }, told, entities), /colour is unknown/)
  })
})
