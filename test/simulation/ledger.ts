import assert from 'node:assert/strict'
import type { MongoClient, PoolEvents, PoolRow } from '../../src/client/index.ts'
import type { Member } from '../../src/embedded/index.ts'

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

/** A network that knows how many dialling ends a client has on it, from `connect` until `closed` is told. */
export interface ClientEnds {
  ends(): number
}

/**
 * Four books of the same connections: the client's figures, its events, the network's own ends, and what the servers count.
 * The first three must agree at every moment, the fourth whenever no dial and no close is under way.
 */
export class Ledger {
  readonly #network: ClientEnds
  readonly #members: readonly Member[]
  readonly #pools = new Map<string, { readonly sums: Sums; readonly pending: Set<number> }>()

  constructor(network: ClientEnds, members: readonly Member[]) {
    this.#network = network
    this.#members = members
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
  }

  /** At a moment when no dial and no close is under way: what each server counts, and the client's pool and monitors. */
  checkServers(client: MongoClient): void {
    const rows = client.pools()
    const monitoring = client.connections().filter(({ purpose }) => purpose !== 'pool')
    for (const member of this.#members) {
      const { address } = member
      const total = rows.find(row => row.address === address)?.total ?? 0
      const own = total + monitoring.filter(socket => socket.address === address).length
      assert.equal(member.connections().current, own, `connections that ${address} counts, and the client's`)
    }
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
