import type { Clock } from '../runtime/index.ts'
import type { Server } from '../topology/index.ts'
import type { Command } from './command.ts'
import type { OperationOptions } from './operation_options.ts'

/** The server could not answer any more before the operation has to be over. */
export const tooLate = -1

interface TimedOperation {
  readonly command: Pick<Command<unknown>, 'traits'>
  readonly server: Server | undefined
  /** `Infinity`: no limit. */
  readonly endsMS: number
}

/**
 * What the server is told of time by `maxTimeMS`, in whole milliseconds; undefined: nothing. The way there and back is
 * not the server's. Source: the client side operations timeout specification.
 */
export function serverTimeMS(
  { command, server, endsMS }: TimedOperation,
  { maxAwaitTimeMS, serverIsUntold = !command.traits.limitsServerTime }: OperationOptions,
  clock: Clock
): number | undefined {
  if (endsMS === Number.POSITIVE_INFINITY) return maxAwaitTimeMS
  if (maxAwaitTimeMS === undefined && serverIsUntold) return undefined
  const leftMS = endsMS - clock.nowMS() - (server?.description.minRoundTripTimeMS ?? 0)
  if (leftMS <= 0) return tooLate
  return Math.min(maxAwaitTimeMS ?? Number.POSITIVE_INFINITY, Math.max(1, Math.floor(leftMS)))
}

/** How long a server is looked for, in whole milliseconds, `leftMS` before the operation has to be over; undefined: no limit. */
export function selectionLimitMS(serverSelectionTimeoutMS: number, leftMS: number): number | undefined {
  const limitMS = Math.min(serverSelectionTimeoutMS > 0 ? serverSelectionTimeoutMS : Number.POSITIVE_INFINITY, leftMS)
  return limitMS === Number.POSITIVE_INFINITY ? undefined : Math.max(0, Math.floor(limitMS))
}
