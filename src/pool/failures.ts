import {
  MongoClientClosedError,
  MongoPoolClearedError,
  MongoPoolClosedError,
  MongoWaitQueueTimeoutError,
  type PoolCondition
} from '../errors/index.ts'

/** The first words of these messages are the connection pooling specification's; the figures are ours. */

export function waitQueueTimeout(pool: PoolCondition): MongoWaitQueueTimeoutError {
  const limit = pool.maxPoolSize === 0 ? 'no limit' : `${pool.maxPoolSize}`
  const commands = Object.entries(pool.inUseBy).map(([command, count]) => `${command} ${count}`)
  const oldest = pool.oldestInUseMS === undefined ? '' : `, the oldest for ${wholeMS(pool.oldestInUseMS)}`
  const inUse = pool.inUse === 0 ? 'in use 0' : `in use ${pool.inUse} (${commands.join(', ')}${oldest})`
  const dials = pool.lastDialError === undefined ? '' : `; the last dial failed: ${pool.lastDialError.message}`
  return new MongoWaitQueueTimeoutError(
    `Timed out while checking out a connection from connection pool: ${pool.address} had none for ` +
      `${wholeMS(pool.waitedMS)}; maxPoolSize ${limit}, ${inUse}, available ${pool.available}, pending ${pool.pending} ` +
      `(maxConnecting ${pool.maxConnecting}), waiting ${pool.waiting}; the pool is ${pool.state}, generation ` +
      `${pool.generation}${dials}. ${advice(pool)}`,
    pool
  )
}

function advice(pool: PoolCondition): string {
  if (pool.lastDialError !== undefined) return 'New connections fail: mend that first.'
  if (pool.maxPoolSize > 0 && pool.inUse >= pool.maxPoolSize)
    return 'Every connection is in use: look for slow operations, or raise maxPoolSize.'
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

function wholeMS(timeMS: number): string {
  return `${Math.round(timeMS)} ms`
}
