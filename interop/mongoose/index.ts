/**
 * mongoose on cenote: a program that uses it runs twice, with the official driver and with the package `cenote-mongodb` in
 * its place, each time on a replica set of its own, and its results must be equal.
 */
import { whileServing } from '../foreign/served.ts'
import { entriesWithoutCase, judge } from '../judge.ts'
import { part, type Stranger } from '../parts.ts'
import { run } from '../processes.ts'
import type { CaseResult } from '../summary.ts'
import type { TypeErrors } from './compiler.ts'
import { deviations } from './deviations.ts'
import { installations, type Installations, mongooseVersion } from './installations.ts'

const name = 'mongoose'
const programMSMax = 240_000

export const mongoose: Stranger = {
  name,
  async *run(progress) {
    const installed = await installations(progress)
    yield await part(name, 'its declarations with cenote’s', async () => typeCases(installed.typeErrors))
    progress('the program with each driver')
    yield await part(name, `${mongooseVersion} on cenote, beside the official driver`, () => programCases(installed))
  }
}

function typeCases({ ofProgram, ofAll }: TypeErrors): readonly CaseResult[] {
  return [
    { name: 'the program compiles', ...judge(ofProgram, '', undefined) },
    { name: 'so do the declarations that it uses', ...judge(ofAll, '', undefined) }
  ]
}

async function programCases({ official, cenote }: Installations): Promise<readonly CaseResult[]> {
  const expected = await resultsOf(official)
  const actual = await resultsOf(cenote)
  const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])]
  const cases = names.map(each => ({ name: each, ...judge(actual[each], expected[each], deviations[each]) }))
  const idle = entriesWithoutCase(deviations, names).map(each => ({
    name: each,
    ...judge('an entry of the table of deviations', 'a case', undefined)
  }))
  return [...cases, ...idle]
}

function resultsOf(program: string): Promise<Readonly<Record<string, unknown>>> {
  return whileServing(
    ['--members', '3'],
    async ({ uri }) =>
      JSON.parse(await run({ command: process.execPath, args: [program, uri] }, programMSMax)) as Record<
        string,
        unknown
      >
  )
}
