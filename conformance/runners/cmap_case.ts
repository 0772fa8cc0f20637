import type { PoolEvents } from '../../src/pool/index.ts'

/** A file of the format of connection monitoring and pooling: one case. */
export interface PoolCase {
  readonly version: number
  readonly style: 'unit' | 'integration'
  readonly description: string
  readonly poolOptions?: Readonly<Record<string, unknown>>
  readonly operations: readonly Operation[]
  readonly error?: Readonly<Record<string, unknown>>
  readonly events: readonly Readonly<Record<string, unknown>>[]
  readonly ignore?: readonly string[]
  readonly runOn?: readonly Readonly<Record<string, unknown>>[]
  readonly failPoint?: Readonly<Record<string, unknown>>
}

/** One step of a case. */
export interface Operation {
  readonly name: string
  readonly thread?: string
  readonly target?: string
  readonly label?: string
  readonly connection?: string
  readonly event?: string
  readonly count?: number
  readonly timeout?: number
  readonly ms?: number
  readonly interruptInUseConnections?: boolean
}

/** An event as the format has it: `type`, and the fields by their names there. */
export type ToldEvent = Readonly<Record<string, unknown>>

export function asToldEvent(kind: keyof PoolEvents, event: object): ToldEvent {
  const { durationMS, name: _name, ...others } = event as Record<string, unknown>
  const type = String(kind).charAt(0).toUpperCase() + String(kind).slice(1)
  return { type, ...others, ...(durationMS === undefined ? {} : { duration: durationMS }) }
}
