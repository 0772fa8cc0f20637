import type { Measure, Measured } from './measures.ts'
import { medianOf, type Spread, spreadOf } from './statistics.ts'
import type { Workload } from './workloads/workload.ts'

/** Who does the work. */
export type Side = 'cenote' | 'mongodb' | ForeignSide

/** Programs of their own, with the workloads that have a foreign name: other languages, and bare sockets as the floor. */
export type ForeignSide = 'go' | 'rust' | 'sockets'

/** One row: what each run of each side measured, in the order of the rounds. */
export interface RowResult {
  readonly workload: Workload
  readonly runs: ReadonlyMap<Side, readonly Measured[]>
  /** Bytes and promises, from processes of their own. */
  readonly costs: ReadonlyMap<Side, Measured>
  /** Operations of each run. */
  readonly operations: number
  /** Why it was not run. */
  readonly notRun?: string
}

export function valuesOf({ runs, costs }: RowResult, side: Side, measure: Measure): number[] {
  const values = [...(runs.get(side) ?? []), costs.get(side) ?? {}].map(measured => measured[measure])
  return values.filter(value => value !== undefined)
}

export function medianValue(row: RowResult, side: Side, measure: Measure): number | undefined {
  return medianOf(valuesOf(row, side, measure))
}

/** cenote's share of what the peer needs, of each round by itself: what disturbs a round disturbs both. */
export function ratioTo(peer: Side, row: RowResult): Spread | undefined {
  const measure = row.workload.judgedBy
  const peers = row.runs.get(peer) ?? []
  const ratios = (row.runs.get('cenote') ?? []).map((ours, round) => {
    const theirs = peers[round]?.[measure]
    return theirs === undefined ? Number.NaN : (ours[measure] ?? Number.NaN) / theirs
  })
  return spreadOf(ratios.filter(ratio => !Number.isNaN(ratio)))
}

export type Verdict = 'aim' | 'must' | 'missed' | undefined

/** Which target the row reaches. */
export function verdictOf(row: RowResult): Verdict {
  const { target, judgedBy } = row.workload
  if (target === undefined || row.notRun !== undefined) return undefined
  const { mustMost, mustRatio, aimRatio } = target
  const value = medianValue(row, 'cenote', judgedBy)
  const ratio = ratioTo('mongodb', row)?.median
  if (mustMost !== undefined) return value !== undefined && value <= mustMost ? 'must' : 'missed'
  if (mustRatio === undefined || ratio === undefined) return undefined
  if (ratio > mustRatio) return 'missed'
  return aimRatio !== undefined && ratio <= aimRatio ? 'aim' : 'must'
}
