import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Task } from './client_program.ts'
import type { Measured } from './measures.ts'
import { pinned } from './pinning.ts'

const program = fileURLToPath(new URL('client_program.js', import.meta.url))
const childMSMax = 300_000

/** Megabytes of the young generation where bytes are counted: so large that nothing is collected. */
const youngMB = 512

/** Runs one task of one of the Node drivers in a process of its own. */
export function runNodeTask(task: Task, cpu: number | undefined): Promise<Measured> {
  return runChild(process.execPath, [...nodeFlags(task), program, JSON.stringify(task)], cpu)
}

function nodeFlags({ measuring }: Task): string[] {
  const young = [`--min-semi-space-size=${youngMB}`, `--max-semi-space-size=${youngMB}`]
  // The collector is called before a measurement, and for what a workload holds; its settings stay Node's own.
  return ['--expose-gc', ...(measuring === 'bytes' ? young : [])]
}

/** Runs a program that prints what it measured as JSON. */
export async function runChild(program: string, args: readonly string[], cpu: number | undefined): Promise<Measured> {
  const [file, all] = pinned(cpu, program, args)
  const { stdout, stderr } = await promisify(execFile)(file, all, { timeout: childMSMax })
  if (stderr !== '') process.stderr.write(stderr)
  return JSON.parse(stdout) as Measured
}
