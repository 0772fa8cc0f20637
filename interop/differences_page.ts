/** `docs/differences.md`: what the tables say of each driver on each server, side by side. Pure. */
import { cases } from '../test/integration/cases/index.ts'
import { differences } from '../test/integration/differences.ts'
import { type DriverName, drivers } from '../test/integration/drivers.ts'
import { booksCase } from './balance.ts'
import { officialDriverDeviations } from './expected.ts'
import { deviations } from './secantusdb/deviations.ts'

const servers = ['the embedded deployment', 'SecantusDB'] as const

interface Combination {
  readonly server: (typeof servers)[number]
  readonly driver: DriverName
}

const combinations: readonly Combination[] = servers.flatMap(server =>
  drivers.map(({ name: driver }) => ({ server, driver }))
)

/** Why a case gives another result than it expects; empty: it does not. */
function reasonsOf(name: string, { server, driver }: Combination): readonly string[] {
  const difference = differences[name]
  const ofDriver = difference?.driver === driver ? [`${driver}: ${difference.reason}`] : []
  const known = driver === 'mongodb' ? officialDriverDeviations[name] : undefined
  const ofBooks = known === undefined ? [] : [`${driver}: ${known.reason}`]
  const deviation = server === 'SecantusDB' ? deviations[driver][name] : undefined
  const ofServer = deviation === undefined || deviation === known ? [] : [`${server}: ${deviation.reason}`]
  return [...ofDriver, ...ofBooks, ...ofServer]
}

export function differencesPage(): string {
  const names = [...cases.map(({ name }) => name), booksCase]
  const rows = names
    .map(name => ({ name, cells: combinations.map(each => reasonsOf(name, each)) }))
    .filter(({ cells }) => cells.some(reasons => reasons.length > 0))
  const reasons = [...new Set(rows.flatMap(({ cells }) => cells.flat()))]
  const numbersOf = (cell: readonly string[]) => cell.map(reason => reasons.indexOf(reason) + 1).join(', ')
  const table = [
    ['case', ...combinations.map(({ server, driver }) => `${driver} on ${server}`)],
    ['---', ...combinations.map(() => '---')],
    ...rows.map(({ name, cells }) => [name, ...cells.map(numbersOf)])
  ]
  return `# Differences between drivers and between servers

Made by \`npm run test:interop -- --write\`; do not edit it by hand.

The same ${cases.length} cases (\`test/integration/cases/\`) run through cenote and through the official Node.js driver (\`mongodb\`), each on the
embedded deployment, standalone and as a replica set, and on SecantusDB, an independent server, as both too. A result is compared
as a whole, errors and their texts included. ${cases.length + 1 - rows.length} of ${cases.length + 1} give the same everywhere; the rest are below. A cell is empty where the
result is the expected one, and else has the numbers of the reasons. A run fails when a case differs otherwise than its table says
(\`test/integration/differences.ts\`, \`interop/expected.ts\`, \`interop/secantusdb/deviations.ts\`), and when it does not differ any more.

${table.map(row => `| ${row.join(' | ')} |`).join('\n')}

Reasons, each with whose it is:

${reasons.map((reason, index) => `${index + 1}. ${reason}`).join('\n')}
`
}
