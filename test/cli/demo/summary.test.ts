import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Report } from '../../../src/cli/demo/report.ts'
import { balances, isClean, summaryLines } from '../../../src/cli/demo/summary.ts'
import type { ShownEventName } from '../../../src/cli/demo/event_line.ts'

const events: Readonly<Partial<Record<ShownEventName, number>>> = {
  connectionPoolCreated: 3,
  connectionPoolReady: 3,
  connectionPoolClosed: 3,
  connectionCreated: 42,
  connectionReady: 41,
  connectionClosed: 42,
  connectionCheckOutStarted: 1_000_010,
  connectionCheckedOut: 1_000_000,
  connectionCheckOutFailed: 10,
  connectionCheckedIn: 1_000_000
}

const clean: Report = {
  seed: 7,
  loadMS: 10_000,
  operations: new Map([
    ['insertOne', 400_000],
    ['findOne', 600_000]
  ]),
  failures: 0,
  verified: { orders: 300, counters: 32 },
  stepDowns: [{ electedAfterMS: 210.4, writtenAfterMS: 250 }],
  events: eventCounts(events),
  sockets: [
    { address: '127.0.0.1:40001', byServer: { opened: 24, open: 22 }, pool: 20, monitoring: 2, left: 0 },
    {
      address: 'shard-00-02.cluster0.region.provider.example:27017',
      byServer: undefined,
      pool: 1,
      monitoring: 2,
      left: 0
    }
  ],
  database: 'cenote_demo_0123456789ab',
  dropped: true
}

function eventCounts(counts: Readonly<Partial<Record<ShownEventName, number>>>): Report['events'] {
  return new Map(Object.entries(counts) as [ShownEventName, number][])
}

function textOf(report: Report): string {
  return summaryLines(report)
    .map(({ text }) => text)
    .join('\n')
}

test('the summary says operations, failures, events by kind, the balance and the sockets', () => {
  const text = textOf(clean)
  for (const expected of [
    /^Summary of 10\.0 s of load, seed 7$/m,
    /^ {2}operations {2}1000000 \(100000\/s\)$/m,
    /^ +findOne 600000, insertOne 400000$/m,
    /^ {2}failures {4}0$/m,
    /^ {2}verified {4}all that was acknowledged: 300 orders and 32 counters$/m,
    /^ {2}step-downs {2}1: a new primary after 210 ms, the next write after 250 ms$/m,
    /^ {2}database {4}cenote_demo_0123456789ab, dropped$/m,
    /^ {2}connectionCreated +42 /m,
    /^ {2}connectionPoolCleared +0 /m,
    /^ {2}connectionCheckOutStarted 1000010 = checkedOut 1000000 \+ checkOutFailed 10$/m,
    /^ {2}server +opened +open +in pool +monitoring +afterwards$/m,
    /^ {2}127\.0\.0\.1:40001 +24 +22 +20 +2 +0$/m,
    /^ {2}shard-00[^ ]*…[^ ]*:27017 +- +- +1 +2 +0$/m
  ])
    assert.match(text, expected)
})

test('each of the twenty kinds of events is there, also if it never came', () => {
  const [, table = ''] = /^Events by kind\n([^]*)\nBalance/m.exec(textOf({ ...clean, events: new Map() })) ?? []
  assert.equal(table.match(/^ {2}connection\w+ +0\b/gm)?.length, 11)
  assert.equal(table.match(/ {2}(?:server|topology)\w+ +0$/gm)?.length, 9)
})

test('the summary can be read at 80 columns', () => {
  const sockets = clean.sockets.map(row => ({ ...row, byServer: undefined }))
  for (const report of [clean, { ...clean, sockets, dropped: false }])
    for (const { text } of summaryLines(report)) assert.ok(text.length <= 80, text)
})

test('where servers cannot be asked, it says that the client has counted', () => {
  const sockets = clean.sockets.map(row => ({ ...row, byServer: undefined }))
  const text = textOf({ ...clean, sockets })
  assert.match(text, /^Sockets .*, by the client’s count$/m)
  assert.doesNotMatch(text, /opened/)
})

test('what has not happened is not mentioned', () => {
  const text = textOf({ ...clean, verified: undefined, stepDowns: [], dropped: undefined })
  assert.doesNotMatch(text, /verified|step-downs|database/)
})

test('of several step-downs the slowest counts; one without its recovery is told as such', () => {
  const unfinished = { electedAfterMS: 1, writtenAfterMS: undefined }
  const several = [{ electedAfterMS: 900, writtenAfterMS: 950 }, ...clean.stepDowns, unfinished]
  const text = textOf({ ...clean, stepDowns: several })
  assert.match(text, /step-downs {2}3: a new primary after 900 ms, the next write after 950 ms at most/)
  assert.match(textOf({ ...clean, stepDowns: [unfinished] }), /step-downs {2}1, and the run ended before the recovery/)
})

test('a database that could not be dropped is named, with what to do', () => {
  assert.match(textOf({ ...clean, dropped: false }), /cenote_demo_0123456789ab COULD NOT BE DROPPED: drop it yourself/)
})

test('a run is clean only without failures, with its database dropped, all pairs even and no socket left', () => {
  assert.ok(isClean(clean))
  assert.ok(isClean({ ...clean, dropped: undefined }))
  assert.ok(!isClean({ ...clean, failures: 1 }))
  assert.ok(!isClean({ ...clean, dropped: false }))
  assert.ok(!isClean({ ...clean, sockets: clean.sockets.map(row => ({ ...row, left: 1 })) }))
  assert.ok(!isClean({ ...clean, events: eventCounts({ ...events, connectionClosed: 41 }) }))
})

const begunAndEnded: readonly (readonly [ShownEventName, ShownEventName])[] = [
  ['connectionPoolCreated', 'connectionPoolClosed'],
  ['connectionCreated', 'connectionClosed'],
  ['connectionCheckOutStarted', 'connectionCheckedOut'],
  ['connectionCheckOutStarted', 'connectionCheckOutFailed'],
  ['connectionCheckedOut', 'connectionCheckedIn'],
  ['serverOpening', 'serverClosed'],
  ['serverHeartbeatStarted', 'serverHeartbeatSucceeded'],
  ['serverHeartbeatStarted', 'serverHeartbeatFailed'],
  ['topologyOpening', 'topologyClosed']
]

for (const [begun, ended] of begunAndEnded)
  test(`each ${begun} is balanced by a ${ended}, and one that is not is shown`, () => {
    const balanceOf = (counts: Readonly<Partial<Record<ShownEventName, number>>>) =>
      balances(eventCounts(counts)).find(({ text }) => text.startsWith(`${begun} `))
    assert.equal(balanceOf({ [begun]: 2, [ended]: 2 })?.even, true)
    const odd = balanceOf({ [begun]: 2, [ended]: 1 })
    assert.equal(odd?.even, false)
    assert.match(odd.text, /^\w+ 2 ≠ /)
  })
