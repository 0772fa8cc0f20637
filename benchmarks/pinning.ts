import { spawnSync } from 'node:child_process'

/** The command line that runs a program on one CPU only; unchanged without one. */
export function pinned(cpu: number | undefined, program: string, args: readonly string[]): [string, string[]] {
  return cpu === undefined ? [program, [...args]] : ['taskset', ['--cpu-list', String(cpu), program, ...args]]
}

/** Whether programs can be bound to a CPU here. */
export function canPin(): boolean {
  return spawnSync('taskset', ['--cpu-list', '0', 'true']).status === 0
}
