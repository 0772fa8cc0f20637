import {
  MongoClientClosedError,
  MongoNetworkError,
  MongoPoolClearedError,
  MongoPoolClosedError,
  MongoWaitQueueTimeoutError,
  type PoolCondition
} from '../errors/index.ts'
import type { PinHolder, PooledConnection } from './slots.ts'

/** The first words of these messages are the connection pooling specification's; the figures are ours. */

export function waitQueueTimeout(pool: PoolCondition): MongoWaitQueueTimeoutError {
  const limit = pool.maxPoolSize === 0 ? 'no limit' : `${pool.maxPoolSize}`
  const commands = Object.entries(pool.inUseBy).map(([command, count]) => `${command} ${count}`)
  const oldest = pool.oldestInUseMS === undefined ? '' : `, the oldest for ${wholeMS(pool.oldestInUseMS)}`
  const inUse = pool.inUse === 0 ? 'in use 0' : `in use ${pool.inUse} (${commands.join(', ')}${oldest})`
  const dials = pool.lastDialError === undefined ? '' : `; the last dial failed: ${pool.lastDialError.message}`
  const pinned = pool.loadBalanced ? `; ${inUseByHolder(pool)}` : ''
  return new MongoWaitQueueTimeoutError(
    `Timed out while checking out a connection from connection pool: ${pool.address} had none for ` +
      `${wholeMS(pool.waitedMS)}; maxPoolSize ${limit}, ${inUse}, available ${pool.available}, pending ${pool.pending} ` +
      `(maxConnecting ${pool.maxConnecting}), waiting ${pool.waiting}; the pool is ${pool.state}, generation ` +
      `${pool.generation}${dials}${pinned}. ${advice(pool)}`,
    pool
  )
}

/** In the words of the load balancers specification. */
function inUseByHolder({ maxPoolSize, inUse, inUseByCursors, inUseByTransactions }: PoolCondition): string {
  const byOthers = inUse - inUseByCursors - inUseByTransactions
  return (
    `maxPoolSize: ${maxPoolSize}, connections in use by cursors: ${inUseByCursors}, connections in use by transactions: ` +
    `${inUseByTransactions}, connections in use by other operations: ${byOthers}`
  )
}

function advice(pool: PoolCondition): string {
  if (pool.lastDialError !== undefined) return 'New connections fail: mend that first.'
  const isFull = pool.maxPoolSize > 0 && pool.inUse >= pool.maxPoolSize
  if (isFull && pool.inUseByCursors + pool.inUseByTransactions > 0)
    return 'Open cursors and transactions have a connection each to themselves: end them, or raise maxPoolSize.'
  if (isFull) return 'Every connection is in use: look for slow operations, or raise maxPoolSize.'
  return 'New connections are slow to open: raise maxConnecting or minPoolSize, or look at the network.'
}

export function poolCleared(address: string, cause: Error | undefined): MongoPoolClearedError {
  if (cause === undefined)
    return new MongoPoolClearedError(
      `Connection pool for ${address} is paused: no check of the server has succeeded yet. The operation was not sent.`,
      address
    )
  return new MongoPoolClearedError(
    `Connection pool for ${address} was cleared because another operation failed with: ${cause.message}`,
    address,
    { cause }
  )
}

export function poolClosed(address: string): MongoPoolClosedError {
  return new MongoPoolClosedError('Attempted to check out a connection from closed connection pool', address)
}

/** For the operation on a connection that the pool took away: by a clear that interrupts, or by `client.close()`. */
export function interrupted(address: string, command: string, cause: Error | undefined): Error {
  if (cause === undefined)
    return new MongoClientClosedError(`The client was closed while ${command} was in progress on ${address}`)
  return new MongoPoolClearedError(`Connection to ${address} interrupted due to server monitor timeout`, address, {
    cause
  })
}

const remedies: Readonly<Record<PinHolder, string>> = {
  cursor: 'close the cursor and read anew',
  transaction: 'abort the transaction and begin it anew'
}

/** For an operation that needs this very connection: its backend cannot be reached by any other. */
export function pinLost(command: string, holder: PinHolder, { id, connection }: PooledConnection): MongoNetworkError {
  const cause = connection?.broken
  const lost = cause === undefined ? 'has gone back to the pool' : `is broken: ${cause.message}`
  return new MongoNetworkError(
    `${command} was not sent: connection ${id} to ${connection?.address}, which alone leads to the backend of its ${holder}, ` +
      `${lost}; ${remedies[holder]}`,
    { cause }
  )
}

function wholeMS(timeMS: number): string {
  return `${Math.round(timeMS)} ms`
}
