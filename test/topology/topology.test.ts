import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RealTopology } from '../../conformance/runners/real_topology.ts'
import {
  MongoClientClosedError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoServerError
} from '../../src/errors/index.ts'
import { readSelector, type SelectionWaiter, type Server, writeSelector } from '../../src/topology/index.ts'

const hosts = ['a:27017', 'b:27017', 'c:27017']
const member = { ok: 1, setName: 'rs', hosts, setVersion: 1, minWireVersion: 0, maxWireVersion: 25 }
const primary = { ...member, isWritablePrimary: true }
const secondary = { ...member, secondary: true }
const nearest = readSelector({ mode: 'nearest', tags: [], maxStalenessSeconds: -1 })

class Waiting implements SelectionWaiter {
  selectPrevious: SelectionWaiter['selectPrevious'] = undefined
  selectNext: SelectionWaiter['selectNext'] = undefined
  selectQueue: SelectionWaiter['selectQueue'] = undefined
  deprioritised: ReadonlySet<string> = new Set()
  readonly operationName = 'ping'
  readonly operationId = 1
  readonly selectionLimitMS = 30_000
  readonly selector: SelectionWaiter['selector']
  server: Server | undefined = undefined
  error: Error | undefined = undefined
  onSelected: (() => void) | undefined = undefined

  constructor(selector: SelectionWaiter['selector'] = writeSelector) {
    this.selector = selector
  }

  selected(server: Server): void {
    this.server = server
    this.onSelected?.()
  }

  unselected(error: Error): void {
    this.error = error
  }
}

function replicaSet(): RealTopology {
  const deployment = new RealTopology('mongodb://a/?replicaSet=rs')
  deployment.checkSucceeded('a:27017', primary)
  deployment.checkSucceeded('b:27017', secondary)
  deployment.checkSucceeded('c:27017', secondary)
  deployment.told.length = 0
  return deployment
}

describe('one change is one step', () => {
  test('a server that is found in order has its pool ready, and is only then selected', () => {
    const deployment = new RealTopology('mongodb://a/?replicaSet=rs')
    const waiting = new Waiting()
    waiting.onSelected = () => assert.equal(waiting.server?.pool.state, 'ready')
    assert.equal(deployment.topology.select(waiting), undefined)
    deployment.checkSucceeded('a:27017', primary)
    assert.equal(waiting.server?.address, 'a:27017')
  })

  test('an operation’s network error is told as Unknown first, then the pool is cleared', () => {
    const deployment = replicaSet()
    const error = new MongoNetworkError('read ECONNRESET')
    deployment.failed('a:27017', { error, phase: 'operation', generation: 0, serviceId: undefined })
    assert.deepEqual(
      deployment.told.map(({ kind }) => kind),
      ['serverDescriptionChanged', 'topologyDescriptionChanged']
    )
    const server = deployment.topology.servers.get('a:27017')
    assert.equal(server?.description.type, 'Unknown')
    assert.equal(server?.pool.state, 'paused')
    assert.equal(server?.pool.snapshot().lastClearCause, error)
  })

  test('a failed check by time-out clears the pool and interrupts; any other does not interrupt', () => {
    for (const [error, interrupts] of [
      [new MongoNetworkTimeoutError('silent'), true],
      [new MongoNetworkError('reset'), false]
    ] as const) {
      const deployment = replicaSet()
      const pool = deployment.topology.servers.get('a:27017')?.pool
      const cleared: boolean[] = []
      deployment.onPoolCleared(interrupting => cleared.push(interrupting))
      deployment.checkFailed('a:27017', error)
      assert.equal(pool?.generation, 1)
      assert.deepEqual(cleared, [interrupts])
    }
  })

  test('a server that leaves the set has its pool closed before it is told as closed', () => {
    const deployment = replicaSet()
    const pool = deployment.topology.servers.get('c:27017')?.pool
    deployment.checkSucceeded('a:27017', { ...primary, hosts: hosts.slice(0, 2), setVersion: 2 })
    assert.equal(pool?.state, 'closed')
    assert.equal(deployment.topology.servers.size, 2)
    assert.deepEqual(
      deployment.told.map(({ kind }) => kind),
      ['serverDescriptionChanged', 'serverClosed', 'topologyDescriptionChanged']
    )
  })

  test('an error of an older generation changes nothing', () => {
    const deployment = replicaSet()
    const error = new MongoNetworkError('read ECONNRESET')
    deployment.checkFailed('a:27017', error)
    deployment.checkSucceeded('a:27017', primary)
    deployment.failed('a:27017', { error, phase: 'operation', generation: 0, serviceId: undefined })
    assert.equal(deployment.topology.servers.get('a:27017')?.pool.state, 'ready')
  })
})

describe('selection', () => {
  test('the count of operations is raised with each selection, and the lower of two is chosen', () => {
    const deployment = replicaSet()
    for (let round = 0; round < 300; round++) deployment.topology.select(new Waiting(nearest))
    const counts = [...deployment.topology.servers.values()].map(({ operationCount }) => operationCount)
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      300
    )
    for (const count of counts) assert.ok(count > 80 && count < 120, counts.join())
  })

  test('who waits is served in the order of coming, once, and may select again at once', () => {
    const deployment = new RealTopology('mongodb://a/?replicaSet=rs')
    const order: number[] = []
    const waiters = [0, 1, 2].map(index => {
      const waiting = new Waiting()
      waiting.onSelected = () => {
        order.push(index)
        if (index === 0) assert.ok(deployment.topology.select(new Waiting()))
      }
      deployment.topology.select(waiting)
      return waiting
    })
    deployment.checkSucceeded('a:27017', primary)
    assert.deepEqual(order, [0, 1, 2])
    assert.equal(waiters[0]?.server?.operationCount, 4)
  })

  test('a deprioritised server is avoided while another is suitable', () => {
    const deployment = replicaSet()
    for (let round = 0; round < 20; round++) {
      const waiting = new Waiting(nearest)
      waiting.deprioritised = new Set(['a:27017', 'b:27017'])
      assert.equal(deployment.topology.select(waiting)?.address, 'c:27017')
    }
  })

  test('an incompatible server fails those who wait and those who come, and heals', () => {
    const deployment = new RealTopology('mongodb://a/?replicaSet=rs')
    const waiting = new Waiting()
    deployment.topology.select(waiting)
    deployment.checkSucceeded('a:27017', { ...primary, maxWireVersion: 8 })
    assert.match(waiting.error?.message ?? '', /requires at least 9 \(MongoDB 4\.4\)/)
    assert.throws(() => deployment.topology.select(new Waiting()), /requires at least 9/)
    deployment.checkSucceeded('a:27017', primary)
    assert.ok(deployment.topology.select(new Waiting()))
  })

  test('one that gives up leaves the queue, and is not told later', () => {
    const deployment = new RealTopology('mongodb://a/?replicaSet=rs')
    const waiting = new Waiting()
    deployment.topology.select(waiting)
    assert.equal(deployment.topology.withdraw(waiting, new Error('no longer')), true)
    assert.equal(deployment.topology.withdraw(waiting, new Error('no longer')), false)
    deployment.checkSucceeded('a:27017', primary)
    assert.equal(waiting.server, undefined)
  })
})

describe('closing', () => {
  test('who waits for a server is refused; pools close before their servers, and the end is told last', () => {
    const deployment = replicaSet()
    deployment.checkSucceeded('a:27017', secondary)
    const waiting = new Waiting()
    deployment.topology.select(waiting)
    deployment.told.length = 0
    deployment.topology.close()
    deployment.topology.close()
    assert.ok(waiting.error instanceof MongoClientClosedError)
    assert.deepEqual(
      deployment.told.map(({ kind }) => kind),
      ['serverClosed', 'serverClosed', 'serverClosed', 'topologyDescriptionChanged', 'topologyClosed']
    )
    assert.throws(() => deployment.topology.select(new Waiting()), MongoClientClosedError)
  })

  test('what comes late changes nothing', () => {
    const deployment = replicaSet()
    deployment.topology.close()
    deployment.told.length = 0
    deployment.checkSucceeded('a:27017', primary)
    deployment.checkFailed('b:27017', new MongoServerError({ ok: 0, code: 91 }))
    assert.deepEqual(deployment.told, [])
    assert.equal(deployment.topology.servers.size, 0)
  })

  test('a pool of a server that is found while draining drains too', () => {
    const deployment = new RealTopology('mongodb://a/?replicaSet=rs')
    deployment.topology.drain({ keepsLast: false })
    deployment.checkSucceeded('a:27017', primary)
    for (const { pool } of deployment.topology.servers.values()) assert.equal(pool.snapshot().draining, true)
  })
})
