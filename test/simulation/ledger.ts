import assert from 'node:assert/strict'
import type { MongoClient, PoolEvents, PoolRow } from '../../src/client/index.ts'
import type { Member } from '../../src/embedded/index.ts'
import type { Clock } from '../../src/runtime/index.ts'
import type { ClientNetwork } from './client_network.ts'

/** What the events of one pool add up to. */
interface Sums {
  created: number
  ready: number
  closed: number
  closedWhilePending: number
  checkOutsStarted: number
  checkOutsFailed: number
  checkedOut: number
  checkedIn: number
}

type Told = PoolEvents[keyof PoolEvents]

/** So long after the last change that either side saw, no dial and no close is under way: more than a round trip. */
const settledAfterMS = 5

/**
 * Four books of the same connections: the client's figures, its events, the network's own ends, and what the servers count.
 * The first three must agree at every moment, the fourth whenever no dial and no close is under way.
 */
export class Ledger {
  readonly #network: ClientNetwork
  readonly #members: readonly Member[]
  readonly #clock: Clock
  #seen = ''
  #seenSinceMS = 0
  /** How often the servers' counts were compared. */
  settled = 0
  readonly #pools = new Map<string, { readonly sums: Sums; readonly pending: Set<number> }>()

  constructor(network: ClientNetwork, members: readonly Member[], clock: Clock) {
    this.#network = network
    this.#members = members
    this.#clock = clock
  }

  told(event: Told): void {
    const { sums, pending } = this.#poolOf(event.address)
    switch (event.name) {
      case 'connectionCreated':
        sums.created++
        pending.add(event.connectionId)
        return
      case 'connectionReady':
        sums.ready++
        pending.delete(event.connectionId)
        return
      case 'connectionClosed':
        sums.closed++
        if (pending.delete(event.connectionId)) sums.closedWhilePending++
        return
      case 'connectionCheckOutStarted':
        sums.checkOutsStarted++
        return
      case 'connectionCheckOutFailed':
        sums.checkOutsFailed++
        return
      case 'connectionCheckedOut':
        sums.checkedOut++
        return
      case 'connectionCheckedIn':
        sums.checkedIn++
        return
      case 'connectionPoolCreated':
      case 'connectionPoolReady':
      case 'connectionPoolCleared':
      case 'connectionPoolClosed':
        return
    }
  }

  /** At any moment of the program: then no event waits to be told. */
  check(client: MongoClient): void {
    const rows = client.pools()
    for (const row of rows) this.#checkEvents(row)
    const sockets = client.connections()
    assert.equal(sockets.length, this.#network.ends(), 'sockets of the client and ends of the network')
    const pooled = sockets.filter(({ purpose, state }) => purpose === 'pool' && state !== 'closed')
    const total = rows.reduce((sum, row) => sum + row.total, 0)
    assert.equal(pooled.length, total, 'sockets of pools and connections of pools')
    this.#checkServers()
  }

  #checkServers(): void {
    const counts = this.#members.map(member => member.connections())
    const seen = JSON.stringify([
      this.#network.dialled,
      this.#network.ends(),
      counts.map(each => [each.created, each.current])
    ])
    const nowMS = this.#clock.nowMS()
    if (seen !== this.#seen) {
      this.#seen = seen
      this.#seenSinceMS = nowMS
    }
    if (nowMS - this.#seenSinceMS < settledAfterMS) return
    const current = counts.reduce((sum, each) => sum + each.current, 0)
    assert.equal(current, this.#network.ends(), 'connections that the servers count and ends of the network')
    this.settled++
  }

  #checkEvents(row: PoolRow): void {
    const { sums, pending } = this.#poolOf(row.address)
    const { total, available, checkedOut, waiting, counters } = row
    assert.deepEqual(
      { total, pending: row.pending, checkedOut, waiting, available },
      {
        total: sums.created - sums.closed,
        pending: pending.size,
        checkedOut: sums.checkedOut - sums.checkedIn,
        waiting: sums.checkOutsStarted - sums.checkedOut - sums.checkOutsFailed,
        available: sums.ready - (sums.closed - sums.closedWhilePending) - (sums.checkedOut - sums.checkedIn)
      }
    )
    assert.deepEqual(
      [counters.connectionsCreated, counters.connectionsReady, counters.checkOutsStarted, counters.checkedIn],
      [sums.created, sums.ready, sums.checkOutsStarted, sums.checkedIn]
    )
  }

  #poolOf(address: string): { readonly sums: Sums; readonly pending: Set<number> } {
    const known = this.#pools.get(address)
    if (known !== undefined) return known
    const sums = {
      created: 0,
      ready: 0,
      closed: 0,
      closedWhilePending: 0,
      checkOutsStarted: 0,
      checkOutsFailed: 0,
      checkedOut: 0,
      checkedIn: 0
    }
    const pool = { sums, pending: new Set<number>() }
    this.#pools.set(address, pool)
    return pool
  }
}
