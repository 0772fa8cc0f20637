/** A table of pools: rows in, lines out. */
import type { PoolRow } from '../../client/index.ts'
import { type Column, shortened, textTable } from './text_table.ts'

const addressCharactersMax = 40
const addressCharactersMin = 9
/** A pool is drawn with a character for each connection, as long as it has no more than so many. */
const barCharactersMax = 30

/** Lines of at most `charactersMax`: a picture of each pool where there is room, long addresses cut where there is none. */
export function poolTable(pools: readonly PoolRow[], charactersMax: number): string[] {
  const narrow = columns(pools, addressCharactersMax)
  const wide = textTable([...narrow, barColumn], pools)
  if (pools.every(isDrawn) && widthOf(wide) <= charactersMax) return wide
  const lines = textTable(narrow, pools)
  const excess = widthOf(lines) - charactersMax
  if (excess <= 0) return lines
  const longest = Math.max(...pools.map(({ address }) => Math.min(address.length, addressCharactersMax)))
  const cut = textTable(columns(pools, Math.max(addressCharactersMin, longest - excess)), pools)
  return cut.map(text => text.slice(0, charactersMax))
}

function columns(pools: readonly PoolRow[], charactersMax: number): Column<PoolRow>[] {
  return [
    { title: 'server', align: 'left', cell: ({ address }) => shortened(address, charactersMax) },
    { title: 'type', align: 'left', cell: ({ serverType }) => serverType.replace(/^RS/, '') },
    { title: 'pool', align: 'left', cell: stateText },
    { title: 'in use', align: 'right', cell: ({ checkedOut }) => String(checkedOut) },
    { title: 'idle', align: 'right', cell: ({ available }) => String(available) },
    { title: 'pending', align: 'right', cell: ({ pending }) => String(pending) },
    { title: 'waiting', align: 'right', cell: ({ waiting }) => String(waiting) },
    { title: 'served', align: 'right', cell: row => String(served(row)).padStart(servedWidth(pools)) }
  ]
}

function stateText({ state, draining }: PoolRow): string {
  return draining && state !== 'closed' ? 'drains' : state
}

function served({ counters }: PoolRow): number {
  return counters.checkedOutAtOnce + counters.checkedOutAfterWait
}

/** A column that grows with each digit would make the table jump. */
function servedWidth(pools: readonly PoolRow[]): number {
  return Math.max(6, ...pools.map(row => String(served(row)).length))
}

const barColumn: Column<PoolRow> = {
  title: '# in use  - idle  ~ pending',
  align: 'left',
  cell: ({ checkedOut, available, pending, maxPoolSize }) =>
    `[${`${'#'.repeat(checkedOut)}${'-'.repeat(available)}${'~'.repeat(pending)}`.padEnd(maxPoolSize)}]`
}

function isDrawn({ maxPoolSize }: PoolRow): boolean {
  return maxPoolSize > 0 && maxPoolSize <= barCharactersMax
}

function widthOf(lines: readonly string[]): number {
  return Math.max(...lines.map(({ length }) => length))
}
