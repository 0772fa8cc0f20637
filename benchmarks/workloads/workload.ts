import type { Client, Driver } from '../drivers.ts'
import type { Measure, Measured } from '../measures.ts'

export type Operation = () => Promise<unknown>

/** What is promised, and what is hoped for. */
export interface Target {
  /** cenote's share of what the official driver needs. */
  readonly mustRatio?: number
  readonly aimRatio?: number
  /** What cenote may need at most, in the unit of the measure that judges. */
  readonly mustMost?: number
}

interface Row {
  readonly name: string
  readonly title: string
  readonly judgedBy: Measure
  readonly target?: Target
  /** More pairs than that would take too long. */
  readonly pairsMax?: number
  /** By how long the server delays each handshake. */
  readonly handshakeDelayMS?: number
  /** Whether it reads documents of the drivers' benchmark specification. */
  readonly needsSpecification?: boolean
}

/** Operations that follow on each other, by as many workers as are in flight. */
export interface Loop extends Row {
  readonly kind: 'loop'
  readonly inFlight: number
  /** Client and server have one CPU between them: how their work overlaps cannot blur what it costs. */
  readonly oneCPU: boolean
  readonly listeners: boolean
  /** About what the official driver does, so that all sides are given the same number. */
  readonly operationsPerSecond: number
  readonly operation: (client: Client, driver: Driver) => Operation
  /** The commands that ten operations in a row send. */
  readonly tenSend: Readonly<Record<string, number>>
  /** What the benchmark specification takes an operation's size to be, for megabytes in a second. */
  readonly scoredBytes?: number
  /** How many documents an insert carries, or operations a bulk write of the client, in one command or more. */
  readonly documentsInserted?: number
  /** What the peers of other languages call it; undefined where they have no such workload. */
  readonly foreign?: 'ping' | 'findOne' | 'find' | 'insertOne'
}

/** What a side does once in a process. */
export interface Once extends Row {
  readonly kind: 'once'
  readonly run: (context: OnceContext) => Promise<Measured>
}

export interface OnceContext {
  readonly uri: string
  /** Imports the driver, which is part of some measurements. */
  readonly importDriver: () => Promise<Driver>
  /** How much smaller than usual it is to be: 1, or more when only its function is tried. */
  readonly dividedBy: number
}

export type Workload = Loop | Once

/** Beside the pool's size everything is a default. */
export const poolSize = 10
