import { parseArgs } from 'node:util'
import type { Runtime } from '../../runtime/index.ts'
import { nodeRuntime } from '../../runtime/node/index.ts'
import { orUsageError, wholeNumber } from '../usage.ts'
import { reach, reachMSMax } from './given_deployment.ts'
import { LiveScreen } from './live_screen.ts'
import { PlainScreen } from './plain_screen.ts'
import { type DemoSetup, randomDatabaseName, runDemo } from './run.ts'
import type { Screen } from './screen.ts'
import { startSlowSet } from './slow_set.ts'
import { stopOnSignals } from './stop_signals.ts'
import { isClean, summaryLines } from './summary.ts'

const demoUsage = `cenote demo [options]

Starts an embedded replica set of three, reads and writes on it with a client that has the pool options of the manual, shows
events and pools as they come, steps the primary down, shuts down gracefully and prints a summary. Runs until Ctrl-C.

  --once         end after 10 s; the step-down comes in the middle
  --seconds N    end after N seconds, 1 to 86400, instead
  --every-event  a line for each event; otherwise those of each operation and heartbeat are told as counts once a second
  --seed N       of what the load chooses, 0 to 4294967295 (default: by chance)
  --help         this text

MONGODB_URI, in the environment: use that deployment instead. One database, cenote_demo_ and twelve hexadecimal digits, is
made there and dropped at the end; nothing is stepped down, killed or configured.

Without a terminal it prints plain lines. NO_COLOR turns colours off. A second Ctrl-C ends it at once.
Status 0: all went well; 1: an operation failed, or the deployment cannot be reached; 2: the command line makes no sense.
`

const onceMS = 10_000
const secondsMax = 86_400
const seedMax = 2 ** 32 - 1

/** Resolves with the exit status once all is over. */
export async function demo(args: readonly string[]): Promise<number> {
  const { once, seconds, seed, 'every-event': everyEvent, help } = parsed(args).values
  if (help) {
    process.stdout.write(demoUsage)
    return 0
  }
  const runtime = nodeRuntime()
  return await run({
    runtime,
    screen: screenOf(process.stdout),
    databaseName: randomDatabaseName(runtime),
    seed: seed === undefined ? anySeed(runtime) : wholeNumber('--seed', seed, 0, seedMax, demoUsage),
    durationMS: seconds === undefined ? (once ? onceMS : Infinity) : secondsOf(seconds) * 1_000,
    everyEvent
  })
}

function secondsOf(text: string): number {
  return wholeNumber('--seconds', text, 1, secondsMax, demoUsage)
}

function anySeed({ chance }: Runtime): number {
  return Math.floor(chance.fraction() * (seedMax + 1))
}

function parsed(args: readonly string[]) {
  const options = {
    once: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    'every-event': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false }
  } as const
  return orUsageError(() => parseArgs({ args: [...args], options }), demoUsage)
}

function screenOf(stdout: NodeJS.WriteStream): Screen {
  return stdout.isTTY && process.env['TERM'] !== 'dumb'
    ? new LiveScreen(stdout)
    : new PlainScreen(text => stdout.write(text))
}

async function run(given: Omit<DemoSetup, 'uri' | 'deployment' | 'stop'>): Promise<number> {
  const { runtime, screen, databaseName } = given
  const givenURI = process.env['MONGODB_URI'] ?? ''
  const stop = new AbortController()
  const release = stopOnSignals(stop, signal => {
    screen.endViews()
    const left = givenURI === '' ? '' : ` If the database ${databaseName} is there, it was not dropped.`
    process.stderr.write(`\ncenote: ended at once by a second ${signal}.${left}\n`)
  })
  if (givenURI !== '') {
    process.stderr.write(`Looking for the deployment of MONGODB_URI, for ${reachMSMax / 1_000} s at most.\n`)
    await reach(givenURI, runtime, stop.signal)
  }
  const deployment = givenURI === '' ? await startSlowSet(runtime) : undefined
  try {
    const uri = deployment?.uri ?? givenURI
    const report = await runDemo({ ...given, uri, deployment, stop: stop.signal })
    for (const line of summaryLines(report)) screen.log(line)
    return isClean(report) ? 0 : 1
  } finally {
    await deployment?.stop()
    release()
  }
}
