import { runNodeTask } from './children.ts'
import type { Task } from './client_program.ts'
import { runForeign } from './foreign.ts'
import type { Measured } from './measures.ts'
import type { RowResult, Side } from './results.ts'
import { type ServerKind, startCannedServer } from './server/start.ts'
import type { Loop, Workload } from './workloads/workload.ts'

export interface Settings {
  readonly server: ServerKind
  /** In the order in which they take turns; cenote is the first. */
  readonly sides: readonly Side[]
  readonly pairs: number
  /** About how long the official driver works in the measured part of each run. */
  readonly seconds: number
  /** The CPU that client and server share in the rows that have one between them; undefined: none can be bound. */
  readonly cpu: number | undefined
  /** Why a workload cannot run here. */
  readonly notRun: (workload: Workload) => string | undefined
  readonly progress: (text: string) => void
}

/**
 * So long that hardly anything is compiled any more: the compiler works in the measured process. For about as long as the
 * official driver works on it.
 */
const warmUpSeconds = 2.5

/** Bytes and promises are counted, not sampled: fewer operations do. */
const countedMax = 5_000

/** All rounds of one workload: the sides take turns, each time in a fresh process with a fresh server. */
export async function runWorkload(workload: Workload, settings: Settings): Promise<RowResult> {
  const runs = new Map<Side, Measured[]>()
  const costs = new Map<Side, Measured>()
  const operations = operationsOf(workload, settings.seconds)
  const notRun = settings.notRun(workload)
  if (notRun !== undefined) return { workload, runs, costs, operations, notRun }
  const sides = settings.sides.filter(side => takesPart(side, workload))
  const pairs = Math.min(settings.pairs, workload.pairsMax ?? Infinity)
  for (let pair = 1; pair <= pairs; pair++)
    for (const side of sides) {
      settings.progress(`${workload.name}: ${side}, ${pair} of ${pairs}`)
      const measured = await runSide(side, workload, 'time', operations, settings)
      runs.set(side, [...(runs.get(side) ?? []), measured])
    }
  if (workload.kind === 'loop')
    for (const side of sides.filter(isNode)) costs.set(side, await costsOf(side, workload, operations, settings))
  return { workload, runs, costs, operations }
}

async function costsOf(side: Side, workload: Loop, operations: number, settings: Settings): Promise<Measured> {
  settings.progress(`${workload.name}: ${side}, counting`)
  const counted = Math.min(operations, Math.max(countedMax, workload.inFlight))
  const bytes = await runSide(side, workload, 'bytes', counted, settings)
  const promises = await runSide(side, workload, 'promises', counted, settings)
  return { ...bytes, ...promises }
}

async function runSide(
  side: Side,
  workload: Workload,
  measuring: Task['measuring'],
  operations: number,
  settings: Settings
): Promise<Measured> {
  const cpu = workload.kind === 'loop' && workload.oneCPU ? settings.cpu : undefined
  const { handshakeDelayMS = 0 } = workload
  const server = await startCannedServer({ kind: settings.server, handshakeDelayMS, cpu })
  try {
    const { name } = workload
    const { uri } = server
    if (!isNode(side)) return await runForeign(side, workload, uri, operations, cpu)
    const warmUp = measuring === 'time' ? operationsOf(workload, warmUpSeconds) : operations
    return await runNodeTask({ driver: side, workload: name, uri, measuring, warmUp, operations, dividedBy: 1 }, cpu)
  } finally {
    await server.stop()
  }
}

export function isNode(side: Side): side is 'cenote' | 'mongodb' {
  return side === 'cenote' || side === 'mongodb'
}

function takesPart(side: Side, workload: Workload): boolean {
  return isNode(side) || (workload.kind === 'loop' && workload.foreign !== undefined && workload.inFlight <= 10)
}

/** The same number for every side. */
function operationsOf(workload: Workload, seconds: number): number {
  if (workload.kind === 'once') return 1
  return Math.max(workload.inFlight, Math.ceil(workload.operationsPerSecond * seconds))
}
