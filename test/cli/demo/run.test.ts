/** The whole demo on virtual time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Order, orderOf } from '../../../src/cli/demo/ledger.ts'
import { ordersMax } from '../../../src/cli/demo/load_plan.ts'
import type { Report } from '../../../src/cli/demo/report.ts'
import { type DemoSetup, randomDatabaseName, runDemo, stepDownAtMS } from '../../../src/cli/demo/run.ts'
import type { Line, Screen, View } from '../../../src/cli/demo/screen.ts'
import { startSlowSet } from '../../../src/cli/demo/slow_set.ts'
import { isClean } from '../../../src/cli/demo/summary.ts'
import { MongoClient } from '../../../src/client/index.ts'
import { type Deployment, type VirtualRuntime, virtualRuntime } from '../../../src/embedded/index.ts'

class RecordingScreen implements Screen {
  readonly viewMS = 250
  readonly lines: string[] = []
  readonly views: View[] = []
  viewsEnded = false

  log({ text }: Line): void {
    this.lines.push(text)
  }

  show(view: View): void {
    assert.ok(!this.viewsEnded, 'no view after the last')
    this.views.push(view)
  }

  endViews(): void {
    this.viewsEnded = true
  }

  linesWith(text: string): string[] {
    return this.lines.filter(line => line.includes(text))
  }
}

interface Scene {
  readonly runtime: VirtualRuntime
  readonly deployment: Deployment
  readonly screen: RecordingScreen
  readonly stop: AbortController
}

interface Outcome extends Scene {
  readonly report: Report
  readonly tookMS: number
}

const databaseName = 'cenote_demo_of_a_test'
const seed = 5

/** Runs the demo, and `meanwhile` beside it; then looks whether anything is left on the deployment. */
async function demoOf(
  { query = '', ...given }: Partial<DemoSetup> & { readonly query?: string },
  meanwhile: (scene: Scene) => Promise<void> = async () => undefined
): Promise<Outcome> {
  const runtime = virtualRuntime({ seed })
  const screen = new RecordingScreen()
  const stop = new AbortController()
  return await runtime.run(async () => {
    const deployment = await startSlowSet(runtime)
    const scene = { runtime, deployment, screen, stop }
    const startedMS = runtime.clock.nowMS()
    const setup = {
      runtime,
      uri: `${deployment.uri}${query}`,
      deployment,
      databaseName,
      screen,
      seed,
      everyEvent: false
    }
    const running = runDemo({ ...setup, durationMS: 1_000, stop: stop.signal, ...given })
    const [report] = await Promise.all([running, meanwhile(scene)])
    const tookMS = runtime.clock.nowMS() - startedMS
    assert.ok(screen.viewsEnded)
    await deployment.stop()
    assert.equal(runtime.timersArmed(), 0)
    return { ...scene, report, tookMS }
  })
}

async function databases({ runtime, deployment }: Pick<Scene, 'runtime' | 'deployment'>): Promise<string[]> {
  const client = new MongoClient(deployment.uri, { runtime })
  const { databases: found } = await client.db('admin').command({ listDatabases: 1, nameOnly: true })
  await client.shutdown()
  return (found as { name: string }[]).map(({ name }) => name)
}

function operationsOf({ operations }: Report): number {
  return [...operations.values()].reduce((sum, count) => sum + count, 0)
}

test('a run with a step-down in the middle has no failures, balanced pairs and no socket left', async () => {
  const { report, screen } = await demoOf({ durationMS: 1_600 })
  assert.ok(isClean(report), screen.lines.join('\n'))
  assert.equal(report.failures, 0)
  assert.deepEqual([...report.operations.keys()].sort(), [
    'countDocuments',
    'deleteOne',
    'find',
    'findOne',
    'insertOne',
    'updateOne'
  ])
  assert.ok((report.verified?.orders ?? 0) > 0 && (report.verified?.counters ?? 0) > 0)
  const [stepDown, ...others] = report.stepDowns
  assert.deepEqual(others, [])
  assert.ok(stepDown?.electedAfterMS !== undefined && stepDown.writtenAfterMS !== undefined)
  assert.ok(stepDown.electedAfterMS >= 200 && stepDown.writtenAfterMS > stepDown.electedAfterMS)
  assert.match(screen.linesWith('told to step down')[0] ?? '', /^ {3}0\.\d\d the primary 127\.0\.0\.1:\d+ is told/)
  assert.match(screen.linesWith('recovered: ')[0] ?? '', /a write was acknowledged after \d+ ms; 0 failures so far$/)
  assert.equal(report.dropped, true)
})

test('each pool is shown as it is at that moment, and the pools are seen to grow', async () => {
  const { screen } = await demoOf({})
  const pools = screen.views.flatMap(view => view.pools)
  assert.ok(pools.some(({ checkedOut }) => checkedOut > 0))
  assert.ok(pools.some(({ pending }) => pending > 0))
  assert.equal(Math.max(...screen.views.map(view => view.pools.length)), 3)
  for (const { total, maxPoolSize, minPoolSize, maxConnecting, pending } of pools) {
    assert.deepEqual([maxPoolSize, minPoolSize, maxConnecting], [20, 1, 3])
    assert.ok(total <= maxPoolSize && pending <= maxConnecting)
  }
  assert.match(screen.views.at(-1)?.status ?? '', /^\d\.\d s {2}\d+ operations {2}\d+\/s {2}0 failures/)
})

test('what the connection string says goes before the manual’s options, and what is wrong in it is told', async () => {
  const { report, screen } = await demoOf({ durationMS: 500, query: '&maxPoolSize=5&maxPoolSyze=7' })
  assert.ok(isClean(report), screen.lines.join('\n'))
  const sizes = new Set(screen.views.flatMap(({ pools }) => pools.map(({ maxPoolSize }) => maxPoolSize)))
  assert.deepEqual([...sizes], [5])
  assert.equal(screen.linesWith('unknown option "maxPoolSyze"').length, 1)
})

test('servers and client agree on the sockets before the shutdown', async () => {
  const { report } = await demoOf({})
  assert.equal(report.sockets.length, 3)
  for (const { byServer, pool, monitoring, left } of report.sockets) {
    assert.equal(byServer?.open, pool + monitoring)
    assert.equal(monitoring, 2)
    assert.ok(pool >= 1 && pool <= 20)
    assert.equal(left, 0)
  }
})

test('a deployment that is not the demo’s own is not stepped down, and loses nothing but the demo’s database', async () => {
  const before: unknown[] = []
  const { report, screen } = await demoOf({ deployment: undefined }, async scene => {
    const client = new MongoClient(scene.deployment.uri, { runtime: scene.runtime })
    await client.db('shop').collection('orders').insertOne({ sku: 'a1' })
    await client.shutdown()
    before.push(scene.deployment.primary, await databases(scene))
    await scene.runtime.sleep(2_000)
    before.push(scene.deployment.primary, await databases(scene))
  })
  assert.ok(isClean(report), screen.lines.join('\n'))
  assert.deepEqual(report.stepDowns, [])
  const [primary, during, primaryAfter, after] = before
  assert.equal(primaryAfter, primary)
  assert.ok((during as string[]).includes(databaseName))
  assert.ok(!(after as string[]).includes(databaseName) && (after as string[]).includes('shop'))
  assert.ok(report.sockets.every(({ byServer }) => byServer === undefined))
})

test('each operation that fails is shown with its message, is counted, and makes the run a failed one', async () => {
  const data = { failCommands: ['insert'], errorCode: 2, blockConnection: false }
  const { report, screen } = await demoOf({ deployment: undefined }, async ({ deployment }) => {
    deployment.primary?.configureFailPoint({ configureFailPoint: 'failCommand', mode: { times: 3 }, data })
  })
  assert.equal(report.failures, 3)
  assert.equal(screen.linesWith('FAILED insertOne: ').length, 3)
  assert.match(screen.linesWith('FAILED insertOne: ')[0] ?? '', /failCommand/)
  assert.ok(!isClean(report))
})

test('each read compares what it gets with what was written: what others have changed is a failure', async () => {
  const { report, screen } = await demoOf({ durationMS: 2_500 }, async ({ runtime, deployment }) => {
    const client = new MongoClient(deployment.uri, { runtime })
    const orders = client.db(databaseName).collection<Order>('orders')
    await runtime.sleep(500)
    await orders.updateMany({ worker: { $lt: 16 } }, { $inc: { amount: 1 } })
    await orders.deleteMany({ worker: { $gte: 16, $lt: 32 } })
    const extra = Array.from({ length: ordersMax + 1 }, (_, index) => orderOf(47, 900_000 + index))
    await orders.insertMany(extra)
    await client.shutdown()
  })
  for (const expected of [
    /FAILED find: order \d+ was written with worker \d+ and amount \d+, and read with/,
    /FAILED findOne: order \d+ was written with worker \d+ and amount \d+, and read with/,
    /FAILED findOne: order \d+ was acknowledged, and was not found$/m,
    /FAILED deleteOne: order \d+ was acknowledged, and was not there$/m,
    /FAILED countDocuments: worker 47 has \d+ orders, and never had more than 8$/m,
    /FAILED order 47000900000 was deleted or never written, and is there$/m
  ])
    assert.match(screen.lines.join('\n'), expected)
  assert.equal(screen.linesWith('FAILED').length, report.failures)
})

test('what was acknowledged and is gone is told by its number, and makes the run a failed one', async () => {
  const { report, screen } = await demoOf({}, async ({ runtime, deployment }) => {
    const client = new MongoClient(deployment.uri, { runtime })
    await runtime.sleep(980)
    await client.db(databaseName).collection('orders').deleteMany({})
    await client.shutdown()
  })
  assert.ok(report.failures > 0)
  assert.ok(screen.linesWith('FAILED order ').some(line => line.endsWith('was acknowledged and is lost')))
  assert.ok(!isClean(report))
})

test('without a limit the load runs until it is told to stop, and ends as gracefully as ever', async () => {
  const { report, screen } = await demoOf({ durationMS: Infinity }, async ({ runtime, stop }) => {
    await runtime.sleep(700)
    stop.abort()
  })
  assert.ok(isClean(report), screen.lines.join('\n'))
  assert.equal(report.loadMS, 700)
  assert.equal(report.dropped, true)
  assert.ok(operationsOf(report) > 0)
})

test('stopped before it begins, it writes nothing, drops nothing and leaves nothing', async () => {
  const { report } = await demoOf({ durationMS: Infinity, stop: AbortSignal.abort() })
  assert.ok(isClean(report))
  assert.equal(operationsOf(report), 0)
  assert.deepEqual([report.verified, report.dropped], [undefined, undefined])
})

test('a deployment that is gone does not keep it from ending: what fails is told, the database that is left too', async () => {
  const { report, screen, tookMS } = await demoOf({ deployment: undefined }, async scene => {
    await scene.runtime.sleep(900)
    for (const index of scene.deployment.members.keys()) await scene.deployment.kill(index)
  })
  assert.equal(report.dropped, false)
  assert.ok(report.failures > 0 && !isClean(report))
  assert.equal(screen.linesWith('FAILED dropDatabase').length, 1)
  assert.ok(tookMS < 20_000, `${tookMS} ms`)
})

test('the step-down comes in the middle of a run; without an end, after 5 s and then every 30 s', () => {
  assert.deepEqual([stepDownAtMS(10_000, 0), stepDownAtMS(10_000, 1)], [5_000, Infinity])
  assert.deepEqual(
    [0, 1, 2].map(earlier => stepDownAtMS(Infinity, earlier)),
    [5_000, 35_000, 65_000]
  )
})

test('the database has a name of its own for each run', () => {
  const runtime = virtualRuntime({ seed })
  const names = [randomDatabaseName(runtime), randomDatabaseName(runtime)]
  for (const name of names) assert.match(name, /^cenote_demo_[0-9a-f]{12}$/)
  assert.notEqual(names[0], names[1])
})
