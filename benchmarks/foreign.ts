/** Peers that are programs of their own: MongoDB's drivers of other languages, from their registries, and bare sockets. */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runChild } from './children.ts'
import { Refusal } from './command_line.ts'
import type { Measured } from './measures.ts'
import type { ForeignSide } from './results.ts'
import { collections, database } from './server/collections.ts'
import type { ForeignTask } from './sockets_program.ts'
import { poolSize, type Workload } from './workloads/workload.ts'

const root = new URL('../../', import.meta.url)

function pathOf(place: string): string {
  return fileURLToPath(new URL(place, root))
}

const socketsProgram = pathOf('dist/benchmarks/sockets_program.js')

interface Toolchain {
  readonly tool: string
  readonly build: readonly string[]
  readonly sources: string
  readonly program: string
  readonly environment: Readonly<Record<string, string>>
}

const toolchains: Readonly<Record<'go' | 'rust', Toolchain>> = {
  go: {
    tool: 'go',
    build: ['build', '-o', pathOf('dist/benchmarks/peers/go/bench-peer'), '.'],
    sources: pathOf('benchmarks/peers/go'),
    program: pathOf('dist/benchmarks/peers/go/bench-peer'),
    environment: {}
  },
  rust: {
    tool: 'cargo',
    build: ['build', '--release', '--quiet'],
    sources: pathOf('benchmarks/peers/rust'),
    program: pathOf('dist/benchmarks/peers/rust/release/bench-peer'),
    environment: { CARGO_TARGET_DIR: pathOf('dist/benchmarks/peers/rust') }
  }
}

/** Builds the program: a matter of minutes the first time, of a second later. */
export function buildForeign(side: ForeignSide): void {
  if (side === 'sockets') return
  const { tool, build, sources, program, environment } = toolchains[side]
  mkdirSync(fileURLToPath(new URL('.', `file://${program}`)), { recursive: true })
  const env = { ...process.env, ...environment }
  const { error, status } = spawnSync(tool, build, { cwd: sources, env, stdio: ['ignore', 'inherit', 'inherit'] })
  if (error !== undefined)
    throw new Refusal(
      `--peer ${side} needs the program "${tool}" of its toolchain, which cannot be run (${error.message})`
    )
  if (status !== 0)
    throw new Refusal(`--peer ${side}: "${tool} ${build.join(' ')}" in ${sources} ended with status ${status}`)
}

export function runForeign(
  side: ForeignSide,
  workload: Workload,
  uri: string,
  operations: number,
  cpu: number | undefined
): Promise<Measured> {
  if (workload.kind === 'once' || workload.foreign === undefined)
    throw new Error(`${workload.name} has no counterpart in ${side}`)
  const { foreign, inFlight } = workload
  const collection = foreign === 'find' ? collections.thousand : collections.small
  const task: ForeignTask = { uri, workload: foreign, database, collection, operations, inFlight, poolSize }
  const args = [JSON.stringify(task)]
  if (side === 'sockets') return runChild(process.execPath, [socketsProgram, ...args], cpu)
  return runChild(toolchains[side].program, args, cpu)
}
