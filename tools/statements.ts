/** The manual's statements: what they need to be shown, and the page that is made of them. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

export type ManualPage = 'connection pools' | 'connection pool monitoring'

/** One thing that the manual promises. */
export interface Statement {
  readonly id: string
  readonly page: ManualPage
  /** The promise, in our own words. */
  readonly says: string
  /** How it is read where its letter and its meaning part. */
  readonly reading?: string
  /** Full names of the tests that show it: names of suites and test, joined with ` › `. */
  readonly tests: readonly string[]
}

/** Why statements are not shown by the tests that passed, as one line each. */
export function notShown(statements: readonly Statement[], passed: ReadonlySet<string>): string[] {
  return statements.flatMap(({ id, tests }) => {
    if (tests.length === 0) return [`${id} names no test: add one to its row in test/manual/statements.ts`]
    return tests
      .filter(test => !passed.has(test))
      .map(
        test =>
          `${id} is not shown: no test "${test}" ran and passed. ` +
          'Mend the test, or name in test/manual/statements.ts the one that shows the statement now'
      )
  })
}

const pages: readonly { readonly page: ManualPage; readonly title: string; readonly file: string }[] = [
  { page: 'connection pools', title: 'Connection pools', file: 'connection-pools.md' },
  { page: 'connection pool monitoring', title: 'Connection pool monitoring', file: 'connection-pool-monitoring.md' }
]

/** `docs/manual/statements.md`. */
export function statementsPage(statements: readonly Statement[]): string {
  const sections = pages.map(({ page, title, file }) => {
    const rows = statements.filter(statement => statement.page === page).map(row)
    return `## [${title}](${file})\n\n| statement | what it says | shown by |\n|---|---|---|\n${rows.join('\n')}\n`
  })
  return (
    '# What the manual states, and the tests that show it\n\n' +
    'Made from `test/manual/statements.ts` by `npm run build && node dist/tools/statements.js --write`; do not edit it here.\n' +
    '`npm test` fails when a test that is named here did not run and pass.\n\n' +
    sections.join('\n')
  )
}

function row({ id, says, reading, tests }: Statement): string {
  const read = reading === undefined ? '' : `<br>*Read as:* ${reading}`
  return `| ${id} | ${says}${read} | ${tests.join('<br>')} |`
}

/** The table is among the tests, which are compiled after the tools: it is found when it is asked for. */
export async function readStatements(): Promise<readonly Statement[]> {
  const table: { readonly statements: readonly Statement[] } = await import(
    pathToFileURL(resolve('dist/test/manual/statements.js')).href
  )
  return table.statements
}

export const statementsFile = 'docs/manual/statements.md'

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } })
  const page = statementsPage(await readStatements())
  if (values.write) writeFileSync(statementsFile, page)
  else process.stdout.write(page)
}
