import { loops } from './loops.ts'
import { onces } from './onces.ts'
import { specificationLoops } from './specification.ts'
import type { Workload } from './workload.ts'

export const workloads: readonly Workload[] = [...loops, ...onces, ...specificationLoops]
