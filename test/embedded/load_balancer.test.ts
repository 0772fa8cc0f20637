/** The load balancer of the embedded deployment, as the wire has it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startDeployment } from '../../src/embedded/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { type ClusterBench, codeOf, insert, withCluster } from './cluster_bench.ts'
import { cursorId, numbered, RawClient } from './raw_client.ts'
import { outside, succeeds } from './transaction_bench.ts'

const kind = 'loadBalanced'
const hello = { hello: 1, loadBalanced: true }

function balanced({ deployment, connect }: Pick<ClusterBench, 'deployment' | 'connect'>): Promise<RawClient> {
  return connect({ address: new URL(deployment.uri).host })
}

test('connections go to the routers in turn, and each hello says which one it is', () =>
  withCluster(
    async bench => {
      const { router } = bench
      const ids: string[] = []
      for (let times = 0; times < 6; times++) {
        const raw = await balanced(bench)
        const { serviceId, msg } = await raw.command('admin', hello)
        assert.equal(msg, 'isdbgrid')
        assert.deepEqual((await raw.command('admin', hello))['serviceId'], serviceId)
        ids.push(serviceId.$oid)
      }
      assert.equal(new Set(ids).size, 3)
      assert.deepEqual(ids.slice(3), ids.slice(0, 3))
      // Two of them have a direct connection of the bench as well.
      assert.deepEqual(
        [0, 1, 2].map(index => router(index).connections().current),
        [3, 3, 2]
      )
    },
    { kind, routers: 3 }
  ))

test('its connection string names it alone, and the mode', () =>
  withCluster(
    ({ deployment, router, member }) => {
      assert.match(deployment.uri, /^mongodb:\/\/127\.0\.0\.1:\d+\/\?loadBalanced=true$/)
      const { host } = new URL(deployment.uri)
      const others = [router(0), router(1), member(0), member(1), member(2)].map(({ address }) => address)
      assert.equal(new Set([host, ...others]).size, 6)
      return Promise.resolve()
    },
    { kind }
  ))

test('a client that does not know of it is refused, and who speaks to a router directly is told of none', () =>
  withCluster(
    async bench => {
      const raw = await balanced(bench)
      const refused = await raw.command('admin', { hello: 1 })
      assert.deepEqual([codeOf(refused), refused['codeName']], [354, 'LoadBalancerSupportMismatch'])
      assert.match(String(refused['errmsg']), /through a load balancer/)
      assert.equal(codeOf(await raw.command('admin', { ...hello, loadBalanced: false })), 354)
      assert.equal((await bench.first.command('admin', hello))['serviceId'], undefined)
    },
    { kind }
  ))

test('each router knows only its own cursors, and all have the same data', () =>
  withCluster(
    async bench => {
      const [one, other] = [await balanced(bench), await balanced(bench)]
      succeeds(await one.command('test', { insert: 'c', documents: numbered(5) }))
      assert.deepEqual(await outside(other), [0, 1, 2, 3, 4])
      const id = cursorId(await one.command('test', { find: 'c', batchSize: 1 }))
      assert.equal(codeOf(await other.command('test', { getMore: id, collection: 'c' })), 43)
      succeeds(await one.command('test', { getMore: id, collection: 'c' }))
    },
    { kind }
  ))

test('a router that is killed is left out, and has another serviceId when it is back; without any nobody is served', () =>
  withCluster(
    async bench => {
      const { deployment } = bench
      const serviceIds = async (count: number): Promise<Set<string>> => {
        const ids = new Set<string>()
        for (let times = 0; times < count; times++) {
          const raw = await balanced(bench)
          ids.add((await raw.command('admin', hello))['serviceId'].$oid)
        }
        return ids
      }
      const before = await serviceIds(4)
      await deployment.killRouter(0)
      const left = await serviceIds(4)
      assert.deepEqual([before.size, left.size], [2, 1])
      assert.ok([...left].every(id => before.has(id)))
      await deployment.restartRouter(0)
      const after = await serviceIds(4)
      assert.deepEqual([after.size, [...after].filter(id => before.has(id))], [2, [...left]])
      await deployment.killRouter(0)
      await deployment.killRouter(1)
      const nobody = await balanced(bench)
      await nobody.ended
    },
    { kind }
  ))

test('what it has accepted is closed with the deployment, on real sockets too', async () => {
  const deployment = await startDeployment({ kind, routers: 1, members: 1 })
  const raw = await RawClient.connect(nodeRuntime(), { address: new URL(deployment.uri).host })
  assert.ok((await raw.command('admin', hello))['serviceId'].$oid)
  succeeds(await insert(raw, [1]))
  await deployment.stop()
  await raw.ended
  await assert.rejects(RawClient.connect(nodeRuntime(), { address: new URL(deployment.uri).host }), /the dial failed/)
})
