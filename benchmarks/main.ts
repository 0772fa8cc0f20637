/** `npm run bench`: cenote and its peers side by side. */
import { writeFileSync } from 'node:fs'
import { flagsOf, type Flags, Refusal, usage } from './command_line.ts'
import { buildForeign } from './foreign.ts'
import { machineLines } from './machine.ts'
import { type PageContent, writePage } from './page.ts'
import { canPin } from './pinning.ts'
import { asText, conclusions, detailTable, ratioTable } from './report.ts'
import type { RowResult, Side } from './results.ts'
import { runWorkload, type Settings } from './runner.ts'
import { bestServer } from './server/start.ts'
import { smokeProblems } from './smoke.ts'
import { scoreTable } from './specification_scores.ts'
import { specificationText } from './specification_data.ts'
import { workloads } from './workloads/index.ts'
import type { Workload } from './workloads/workload.ts'

async function main(): Promise<void> {
  const flags = flagsOf(process.argv.slice(2))
  if (flags.help) return console.log(usage)
  if (flags.list) return console.log(workloads.map(({ name, title }) => `${name.padEnd(20)}${title}`).join('\n'))
  const chosen = chosenBy(flags.workload)
  if (flags.write && flags.workload.length > 0) throw new Refusal('--write makes the whole page: leave out --workload')
  const settings = settingsOf(flags)
  if (flags.smoke) return smoke(chosen, settings)
  for (const peer of flags.peer) buildForeign(peer)
  const rows: RowResult[] = []
  for (const workload of chosen) rows.push(await runWorkload(workload, settings))
  progress('')
  print(rows, settings)
  if (flags.json !== undefined) writeFileSync(flags.json, json(rows, settings))
  if (flags.write) writePage({ ...contentOf(rows, settings), command: commandOf(flags), pairs: flags.pairs })
}

function contentOf(rows: readonly RowResult[], settings: Settings): Omit<PageContent, 'command' | 'pairs'> {
  return {
    rows,
    sides: settings.sides,
    machine: machineLines(settings.server),
    conclusions: conclusionsOf(rows, settings)
  }
}

function conclusionsOf(rows: readonly RowResult[], { cpu }: Settings): string[] {
  const unbound = 'The rows of one CPU are not: taskset is missing, nothing was bound.'
  return cpu === undefined ? [...conclusions(rows), unbound] : conclusions(rows)
}

function commandOf({ pairs, seconds, peer }: Flags): string {
  return `npm run bench -- --pairs ${pairs} --seconds ${seconds}${peer.map(name => ` --peer ${name}`).join('')} --write`
}

async function smoke(chosen: readonly Workload[], { server, notRun }: Settings): Promise<void> {
  for (const workload of chosen)
    for (const driver of ['cenote', 'mongodb'] as const) {
      const reason = notRun(workload)
      const problems = reason === undefined ? await smokeProblems(driver, workload, server) : []
      const outcome = reason === undefined ? (problems.length === 0 ? 'ok' : 'WRONG') : `not run: ${reason}`
      console.log(`${workload.name}, ${driver}: ${outcome}`)
      for (const problem of problems) console.log(`  ${problem}`)
      if (problems.length > 0) process.exitCode = 1
    }
}

function print(rows: readonly RowResult[], settings: Settings): void {
  console.log(machineLines(settings.server).join('\n'))
  console.log(`\n${asText(ratioTable(rows, settings.sides))}\n\n${asText(detailTable(rows))}\n`)
  const scores = scoreTable(rows)
  if (scores.rows.length > 0) console.log(`${asText(scores)}\n`)
  for (const line of conclusionsOf(rows, settings)) console.log(line)
}

function chosenBy(names: readonly string[]): readonly Workload[] {
  if (names.length === 0) return workloads
  const chosen = workloads.filter(({ name }) => names.some(part => name.includes(part)))
  if (chosen.length > 0) return chosen
  throw new Refusal(
    `no workload has ${names.join(' or ')} in its name; there are\n  ${workloads.map(({ name }) => name).join('\n  ')}`
  )
}

function settingsOf(flags: Flags): Settings {
  const complain = (text: string): void => console.error(text)
  const hasSpecification = specificationText('tweet') !== undefined
  const cpu = canPin() ? flags.cpu : undefined
  if (cpu === undefined) complain('The rows of one CPU are not: taskset is missing, nothing is bound.')
  return {
    server: flags.server ?? bestServer(complain),
    sides: ['cenote', 'mongodb', ...flags.peer],
    pairs: flags.pairs,
    seconds: flags.seconds,
    cpu,
    notRun: ({ needsSpecification = false }) =>
      needsSpecification && !hasSpecification ? 'the benchmark specification is not there' : undefined,
    progress
  }
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
  else if (text !== '') process.stderr.write(`${text}\n`)
}

function json(rows: readonly RowResult[], settings: Settings): string {
  const sides = (values: ReadonlyMap<Side, unknown>): object => Object.fromEntries(values)
  const content = {
    machine: machineLines(settings.server),
    rows: rows.map(({ workload, runs, costs, operations, notRun }) => ({
      workload: workload.name,
      judgedBy: workload.judgedBy,
      target: workload.target,
      operations,
      notRun,
      runs: sides(runs),
      costs: sides(costs)
    }))
  }
  return `${JSON.stringify(content, undefined, 2)}\n`
}

try {
  await main()
} catch (error) {
  if (!(error instanceof Refusal)) throw error
  console.error(error.message)
  process.exitCode = 1
}
