import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoClient, type MongoClientOptions } from '../../src/client/index.ts'
import { type Deployment, startDeployment, type VirtualRuntime, virtualRuntime } from '../../src/embedded/index.ts'

type Ask = () => Promise<unknown>

/** A way to wait for an operation: leaves the line on which it waits, and fails as the operation does. */
type Caller = (ask: Ask, mark: (line: number) => void) => Promise<unknown>

const callers: readonly Caller[] = [
  async function awaits(ask, mark) {
    mark(nextLine())
    await ask()
  },
  async function awaitsAll(ask, mark) {
    mark(nextLine())
    await Promise.all([ask(), Promise.resolve()])
  },
  async function awaitsTheFirst(ask, mark) {
    mark(nextLine())
    await Promise.race([ask(), new Promise(() => undefined)])
  }
]

/** The line below the one that asks. */
function nextLine(): number {
  const frame = String(new Error().stack).split('\n')[2] ?? ''
  return Number(/:(\d+):\d+\)?$/.exec(frame)?.[1]) + 1
}

interface Scene {
  readonly runtime: VirtualRuntime
  readonly deployment: Deployment
  readonly client: MongoClient
  readonly signal: AbortSignal
  readonly abort: () => void
}

const operations = {
  command: ({ client, signal }: Scene) => client.db('shop').command({ count: 'orders' }, { signal }),
  findOne: ({ client, signal }: Scene) => client.db('shop').collection('orders').findOne({}, { signal }),
  insertOne: ({ client, signal }: Scene) => client.db('shop').collection('orders').insertOne({ sku: 'a1' }, { signal })
} as const

const names = ['count', 'find', 'insert']

interface Failure {
  readonly how: string
  readonly options?: MongoClientOptions
  /** Before the operation begins. */
  readonly arrange: (scene: Scene) => Promise<void> | void
  /** While it is in progress. */
  readonly meanwhile?: (scene: Scene) => Promise<void>
  readonly error: RegExp
}

function failCommands(scene: Scene, mode: unknown, data: object): void {
  scene.deployment.members[0]!.configureFailPoint({
    configureFailPoint: 'failCommand',
    mode,
    data: { failCommands: names, ...data }
  })
}

/** All operations hang on the server for a minute. */
function block(scene: Scene): void {
  failCommands(scene, 'alwaysOn', { blockConnection: true, blockTimeMS: 60_000 })
}

/** The one connection is busy, so whoever comes now has to queue. */
async function occupy(scene: Scene): Promise<void> {
  block(scene)
  scene.client
    .db('shop')
    .command({ count: 'orders' })
    .catch(() => undefined)
  await scene.runtime.sleep(20)
}

const failures: readonly Failure[] = [
  {
    how: 'that the server refuses',
    arrange: scene => failCommands(scene, 'alwaysOn', { errorCode: 8000 }),
    error: /^MongoServerError/
  },
  {
    how: 'that waits in the queue for too long',
    options: { maxPoolSize: 1, waitQueueTimeoutMS: 50 },
    arrange: occupy,
    error: /^MongoWaitQueueTimeoutError/
  },
  {
    how: 'that was retried, and failed again',
    arrange: scene =>
      failCommands(
        scene,
        { times: 9 },
        {
          errorCode: 462,
          errorLabels: ['SystemOverloadedError', 'RetryableError']
        }
      ),
    error: /^MongoServerError/
  },
  {
    how: 'whose connection closes',
    arrange: scene => failCommands(scene, 'alwaysOn', { closeConnection: true }),
    error: /^MongoNetworkError/
  },
  {
    how: 'that is aborted before it begins',
    arrange: scene => scene.abort(),
    error: /^Error: the user left/
  },
  {
    how: 'that is aborted in the queue',
    options: { maxPoolSize: 1 },
    arrange: occupy,
    meanwhile: async scene => scene.abort(),
    error: /^Error: the user left/
  },
  {
    how: 'that is aborted in flight',
    arrange: block,
    meanwhile: async scene => scene.abort(),
    error: /^Error: the user left/
  },
  {
    how: 'whose time is over',
    options: { timeoutMS: 100 },
    arrange: block,
    error: /^MongoOperationTimeoutError/
  },
  {
    how: 'for which there is no server',
    options: { serverSelectionTimeoutMS: 100 },
    arrange: async ({ deployment, runtime }) => {
      const [member] = deployment.members
      await member!.refuseDials(true)
      member!.dropConnections()
      await runtime.sleep(20)
    },
    error: /^MongoServerSelectionError/
  },
  {
    how: 'whose client is closed at once',
    arrange: block,
    meanwhile: scene => scene.client.close(),
    error: /^Mongo/
  },
  {
    how: 'whose client was closed before',
    arrange: scene => scene.client.close(),
    error: /^MongoClientClosedError/
  }
]

/** What the operation failed with, and the line on which its caller waited. */
async function failureOf(
  { options = {}, arrange, meanwhile }: Failure,
  operation: (scene: Scene) => Promise<unknown>,
  caller: Caller
): Promise<{ error: Error; line: number }> {
  const runtime = virtualRuntime({ seed: 7, eventsMax: 100_000 })
  return runtime.run(async () => {
    const deployment = await startDeployment({ kind: 'standalone', runtime })
    const client = await MongoClient.connect(deployment.uri, { ...options, runtime })
    const controller = new AbortController()
    const { signal } = controller
    const scene: Scene = {
      runtime,
      deployment,
      client,
      signal,
      abort: () => controller.abort(new Error('the user left'))
    }
    await arrange(scene)
    let line = 0
    const failed = caller(
      () => operation(scene),
      at => {
        line = at
      }
    ).then(
      () => assert.fail('the operation succeeded'),
      (error: Error) => error
    )
    await runtime.sleep(20)
    await meanwhile?.(scene)
    const error = await failed
    await client.close()
    await deployment.stop()
    return { error, line }
  })
}

for (const failure of failures)
  for (const [name, operation] of Object.entries(operations))
    test(`${name} ${failure.how}: the stack names the caller's line`, async () => {
      for (const caller of callers) {
        const { error, line } = await failureOf(failure, operation, caller)
        const stack = String(error.stack)
        assert.match(stack, failure.error)
        assert.match(stack, new RegExp(`\\bat (?:async )?${caller.name} \\(.*stack\\.test\\.[jt]s:${line}:\\d+\\)`))
      }
    })
