/** Tries workloads with a few operations and looks at what the server received: whether a side really does the work. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Long } from '../src/bson/index.ts'
import { runNodeTask } from './children.ts'
import type { NodeDriver } from './drivers.ts'
import { commandName, hasClusterTime, sessionOf } from './server/envelope.ts'
import { readRecord, type Recorded } from './server/record.ts'
import { type ServerKind, startCannedServer } from './server/start.ts'
import type { Loop, Workload } from './workloads/workload.ts'

/** How much smaller than usual what is done once is. */
const dividedBy = 50

/** What is wrong with what the side sent; empty when nothing is. */
export async function smokeProblems(driver: NodeDriver, workload: Workload, kind: ServerKind): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'cenote-bench-'))
  const recordFile = join(folder, 'record')
  const operations = operationsOf(workload)
  try {
    const { handshakeDelayMS = 0 } = workload
    const server = await startCannedServer({ kind, recordFile, handshakeDelayMS })
    try {
      const task = {
        driver,
        workload: workload.name,
        uri: server.uri,
        warmUp: operations,
        warmUpMS: 0,
        operations,
        dividedBy
      } as const
      await runNodeTask({ ...task, measuring: 'time' }, undefined)
    } finally {
      await server.stop()
    }
    const recorded = readRecord(recordFile)
    const counts = workload.kind === 'loop' ? countProblems(recorded, workload, sentFor(workload, operations)) : []
    return [...counts, ...envelopeProblems(recorded)]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** So that every part has a multiple of ten and each worker as many; one alone where it is long by itself. */
function operationsOf(workload: Workload): number {
  if (workload.kind === 'once') return 1
  return workload.operationsPerSecond < 10 ? 1 : 2 * Math.max(10, workload.inFlight)
}

/** Warm-up, throughput and, with half as many, latencies; in each part every worker does the same. */
function sentFor({ inFlight }: Loop, operations: number): number {
  const rounded = (count: number): number => Math.ceil(count / inFlight) * inFlight
  return 2 * rounded(operations) + rounded(operations / 2)
}

function countProblems(recorded: readonly Recorded[], workload: Loop, operations: number): string[] {
  const { tenSend, documentsInserted = 1 } = workload
  const counts = new Map<string, number>()
  for (const request of recorded) {
    const name = commandName(request)
    // A driver may cut its documents into as many commands as it likes; all of them must come.
    const field = fieldsOfDocuments[name]
    const weight = field === undefined ? 1 : documentsOf(request, field) / documentsInserted
    counts.set(name, (counts.get(name) ?? 0) + weight)
  }
  return Object.entries(tenSend).flatMap(([name, inTen]) => {
    const expected = (inTen * operations) / 10
    const count = counts.get(name) ?? 0
    return Math.abs(count - expected) < 1e-6 ? [] : [`${count} of ${name}, not ${expected}`]
  })
}

/** Of commands that a driver may cut. */
const fieldsOfDocuments: Readonly<Record<string, string>> = { insert: 'documents', bulkWrite: 'ops' }

function documentsOf({ command, sequences }: Recorded, field: string): number {
  const documents: readonly unknown[] = sequences[field] ?? command?.[field] ?? []
  return documents.length
}

const withoutSession: ReadonlySet<string> = new Set(['hello', 'isMaster', 'ismaster', 'endSessions'])
const writes: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'bulkWrite'])

/**
 * Commands that lack what a session of a replica set puts around each: `lsid`, the cluster time that the client was told,
 * with its signature, and for a write a number that its session has not used.
 */
export function envelopeProblems(recorded: readonly Recorded[]): string[] {
  const problems: string[] = []
  // Nobody has told a client the time who has had no reply to an operation.
  const askedBefore = new Set<number>()
  const transactions = new Set<string>()
  for (const request of recorded) {
    const { command, connection } = request
    const name = commandName(request)
    if (command === undefined || withoutSession.has(name)) continue
    const session = sessionOf(command)
    if (session === undefined) problems.push(`${name} without lsid`)
    if (askedBefore.has(connection) && !hasClusterTime(request)) problems.push(`${name} without $clusterTime`)
    askedBefore.add(connection)
    if (!writes.has(name)) continue
    const number: unknown = command['txnNumber']
    const transaction = `${session} ${String(number)}`
    if (!Long.isLong(number)) problems.push(`${name} without txnNumber`)
    else if (transactions.has(transaction)) problems.push(`${name} with a txnNumber that its session has used`)
    transactions.add(transaction)
  }
  return problems
}
