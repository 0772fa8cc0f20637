/** `npm run test:interop`: servers, drivers and runtimes that others wrote, with cenote on the other side. */
import { writeFileSync } from 'node:fs'
import { commandLineOf, usage, UsageError } from './command_line.ts'
import { differencesPage } from './differences_page.ts'
import { goDriver, officialNodeDriver, pyMongo } from './foreign/index.ts'
import { mongoose } from './mongoose/index.ts'
import type { Stranger } from './parts.ts'
import { placeOf } from './places.ts'
import { jsRuntimes } from './runtimes/index.ts'
import { secantusDB } from './secantusdb/index.ts'
import { type Part, succeeded, summaryOf } from './summary.ts'

const strangers: readonly Stranger[] = [secantusDB, officialNodeDriver, pyMongo, goDriver, mongoose, jsRuntimes]

async function interop(args: readonly string[]): Promise<number> {
  const names = strangers.map(({ name }) => name)
  const { help, list, write, only } = commandLineOf(args, names)
  if (help || list) {
    process.stdout.write(help ? usage : `${names.join('\n')}\n`)
    return 0
  }
  if (write) {
    writeFileSync(placeOf('docs/differences.md'), differencesPage())
    return 0
  }
  const parts: Part[] = []
  for (const stranger of strangers.filter(({ name }) => only.length === 0 || only.includes(name)))
    parts.push(...(await partsOf(stranger)))
  process.stdout.write(`${summaryOf(parts)}\n`)
  return succeeded(parts) ? 0 : 1
}

/** What cannot be installed or started is a failure of its own, and the others run all the same. */
async function partsOf(stranger: Stranger): Promise<Part[]> {
  const parts: Part[] = []
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1000
  const progress = (line: string) =>
    process.stderr.write(`${seconds().toFixed(1).padStart(6)} s  ${stranger.name}: ${line}\n`)
  try {
    for await (const part of stranger.run(progress)) parts.push(part)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const failure = { name: 'it can be installed and started', outcome: 'failed', reason } as const
    parts.push({ stranger: stranger.name, what: 'the ground for its cases', results: [failure], seconds: seconds() })
  }
  return parts
}

// An exit takes the processes of the run with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

try {
  process.exitCode = await interop(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n\n${usage}`)
  process.exitCode = 2
}
