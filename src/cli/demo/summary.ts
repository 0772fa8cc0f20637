/** The end of the demo in words and tables: a report in, lines out. */
import { type ShownEventName, wholeMS } from './event_line.ts'
import { type EventCounts, withoutPrefix } from './journal.ts'
import type { Report, StepDown } from './report.ts'
import { line, type Line } from './screen.ts'
import { type Column, shortened, textTable } from './text_table.ts'

/** What begins must end: the event on the left is told as often as those on the right together. */
const pairs: readonly { readonly begun: ShownEventName; readonly ended: readonly ShownEventName[] }[] = [
  { begun: 'connectionPoolCreated', ended: ['connectionPoolClosed'] },
  { begun: 'connectionCreated', ended: ['connectionClosed'] },
  { begun: 'connectionCheckOutStarted', ended: ['connectionCheckedOut', 'connectionCheckOutFailed'] },
  { begun: 'connectionCheckedOut', ended: ['connectionCheckedIn'] },
  { begun: 'serverOpening', ended: ['serverClosed'] },
  { begun: 'serverHeartbeatStarted', ended: ['serverHeartbeatSucceeded', 'serverHeartbeatFailed'] },
  { begun: 'topologyOpening', ended: ['topologyClosed'] }
]

export interface Balance {
  readonly text: string
  readonly even: boolean
}

export function balances(counts: EventCounts): Balance[] {
  return pairs.map(({ begun, ended }) => {
    const count = (name: ShownEventName): number => counts.get(name) ?? 0
    const even = count(begun) === ended.reduce((sum, name) => sum + count(name), 0)
    const right = ended.map(name => `${withoutPrefix(name)} ${count(name)}`).join(' + ')
    return { text: `${begun} ${count(begun)} ${even ? '=' : '≠'} ${right}`, even }
  })
}

/** Whether all went as it should. */
export function isClean(report: Report): boolean {
  return (
    report.failures === 0 &&
    report.dropped !== false &&
    balances(report.events).every(({ even }) => even) &&
    report.sockets.every(({ left }) => left === 0)
  )
}

export function summaryLines(report: Report): Line[] {
  return [
    line(''),
    line(`Summary of ${(report.loadMS / 1_000).toFixed(1)} s of load, seed ${report.seed}`, 'mark'),
    ...operationLines(report),
    line(`  failures    ${report.failures}`, report.failures === 0 ? 'good' : 'bad'),
    ...verifiedLines(report),
    ...stepDownLines(report.stepDowns),
    ...databaseLines(report),
    line('Events by kind', 'mark'),
    ...eventLines(report.events),
    line('Balance of the pairs', 'mark'),
    ...balances(report.events).map(({ text, even }) => line(`  ${text}`, even ? 'good' : 'bad')),
    line(`Sockets for each server before the shutdown and after it${countedBy(report)}`, 'mark'),
    ...socketLines(report)
  ]
}

function operationLines({ operations, loadMS }: Report): Line[] {
  const total = [...operations.values()].reduce((sum, count) => sum + count, 0)
  const rate = loadMS > 0 ? ` (${Math.round((total * 1_000) / loadMS)}/s)` : ''
  const kinds = Array.from(operations, ([name, count]) => `${name} ${count}`).sort()
  return [
    line(`  operations  ${total}${rate}`),
    ...(kinds.length === 0 ? [] : inLines(kinds).map(text => line(`              ${text}`, 'quiet')))
  ]
}

const kindsInLine = 3

function inLines(kinds: readonly string[]): string[] {
  const lines: string[] = []
  for (let index = 0; index < kinds.length; index += kindsInLine)
    lines.push(kinds.slice(index, index + kindsInLine).join(', '))
  return lines
}

function verifiedLines({ verified }: Report): Line[] {
  if (verified === undefined) return []
  const { orders, counters } = verified
  return [line(`  verified    all that was acknowledged: ${orders} orders and ${counters} counters`)]
}

function stepDownLines(stepDowns: readonly StepDown[]): Line[] {
  if (stepDowns.length === 0) return []
  const longest = (figures: readonly (number | undefined)[]): string =>
    wholeMS(Math.max(...figures.map(figure => figure ?? 0)))
  const over = stepDowns.filter(({ writtenAfterMS }) => writtenAfterMS !== undefined)
  if (over.length === 0) return [line(`  step-downs  ${stepDowns.length}, and the run ended before the recovery`)]
  const elected = longest(over.map(({ electedAfterMS }) => electedAfterMS))
  const written = longest(over.map(({ writtenAfterMS }) => writtenAfterMS))
  const most = over.length > 1 ? ' at most' : ''
  return [
    line(`  step-downs  ${stepDowns.length}: a new primary after ${elected}, the next write after ${written}${most}`)
  ]
}

function databaseLines({ database, dropped }: Report): Line[] {
  if (dropped === undefined) return []
  if (dropped) return [line(`  database    ${database}, dropped`)]
  return [line(`  database    ${database} COULD NOT BE DROPPED: drop it yourself`, 'bad')]
}

const families: Readonly<Record<ShownEventName, 'pool' | 'discovery'>> = {
  connectionPoolCreated: 'pool',
  connectionPoolReady: 'pool',
  connectionPoolCleared: 'pool',
  connectionPoolClosed: 'pool',
  connectionCreated: 'pool',
  connectionReady: 'pool',
  connectionClosed: 'pool',
  connectionCheckOutStarted: 'pool',
  connectionCheckOutFailed: 'pool',
  connectionCheckedOut: 'pool',
  connectionCheckedIn: 'pool',
  topologyOpening: 'discovery',
  topologyDescriptionChanged: 'discovery',
  topologyClosed: 'discovery',
  serverOpening: 'discovery',
  serverDescriptionChanged: 'discovery',
  serverClosed: 'discovery',
  serverHeartbeatStarted: 'discovery',
  serverHeartbeatSucceeded: 'discovery',
  serverHeartbeatFailed: 'discovery'
}

/** Every kind, those too that never came: pools' events on the left, those of discovery on the right. */
function eventLines(counts: EventCounts): Line[] {
  const kinds = Object.keys(families) as ShownEventName[]
  const left = kinds.filter(kind => families[kind] === 'pool')
  const right = kinds.filter(kind => families[kind] === 'discovery')
  const sides = [(row: number) => left[row], (row: number) => right[row]]
  const columns = sides.flatMap((kindIn): Column<number>[] => [
    { title: '', align: 'left', cell: row => kindIn(row) ?? '' },
    { title: '', align: 'right', cell: row => countText(kindIn(row), counts) }
  ])
  return textTable(columns, [...left.keys()])
    .slice(1)
    .map(text => line(`  ${text}`))
}

function countText(kind: ShownEventName | undefined, counts: EventCounts): string {
  return kind === undefined ? '' : String(counts.get(kind) ?? 0)
}

const addressCharactersMax = 30

type SocketRow = Report['sockets'][number]

function socketLines({ sockets }: Report): Line[] {
  const asked = sockets.some(({ byServer }) => byServer !== undefined)
  const columns: Column<SocketRow>[] = [
    { title: 'server', align: 'left', cell: ({ address }) => shortened(address, addressCharactersMax) },
    ...(asked ? serverColumns : []),
    { title: 'in pool', align: 'right', cell: ({ pool }) => String(pool) },
    { title: 'monitoring', align: 'right', cell: ({ monitoring }) => String(monitoring) },
    { title: 'afterwards', align: 'right', cell: ({ left }) => String(left) }
  ]
  return textTable(columns, sockets).map((text, index) => line(`  ${text}`, index === 0 ? 'quiet' : 'plain'))
}

/** Who counted what is left. */
function countedBy({ sockets }: Report): string {
  return sockets.some(({ byServer }) => byServer !== undefined) ? '' : ', by the client’s count'
}

/** What the server says; the other columns are the client's, but for the last, which is the server's again. */
const serverColumns: readonly Column<SocketRow>[] = [
  { title: 'opened', align: 'right', cell: ({ byServer }) => String(byServer?.opened ?? '-') },
  { title: 'open', align: 'right', cell: ({ byServer }) => String(byServer?.open ?? '-') }
]
