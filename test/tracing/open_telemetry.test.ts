/** With OpenTelemetry's own API and SDK: what is registered there makes the spans. */
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { beforeEach, suite, test } from 'node:test'
import {
  type Context,
  context,
  type ContextManager,
  createContextKey,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace
} from '@opentelemetry/api'
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor
} from '@opentelemetry/sdk-trace-base'
import { driverVersion, type MongoClient } from '../../src/client/index.ts'
import { failureOf, withServer } from '../client/bench.ts'

const storage = new AsyncLocalStorage<Context>()
const manager: ContextManager = {
  active: () => storage.getStore() ?? ROOT_CONTEXT,
  with: (active, work, self, ...given) => storage.run(active, () => work.call(self as never, ...given)),
  bind: (_active, target) => target,
  enable: () => manager,
  disable: () => manager
}
context.setGlobalContextManager(manager)

/** A value that travels with the caller's context, as baggage does. */
const tenant = createContextKey('tenant')
const tenants = new Map<string, unknown>()
const tenantsSeen: SpanProcessor = {
  onStart: (span, parent) => void tenants.set(span.name, parent.getValue(tenant)),
  onEnd: () => undefined,
  forceFlush: async () => undefined,
  shutdown: async () => undefined
}

const exporter = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter), tenantsSeen] })
trace.setGlobalTracerProvider(provider)

beforeEach(() => {
  exporter.reset()
  tenants.clear()
})

function named(name: string): ReadableSpan {
  const found = exporter.getFinishedSpans().filter(span => span.name === name)
  assert.equal(found.length, 1, `${name}: ${found.length} spans`)
  return found[0]!
}

function assertIsIn(inner: ReadableSpan, outer: ReadableSpan): void {
  assert.equal(inner.spanContext().traceId, outer.spanContext().traceId)
  assert.equal(inner.parentSpanContext?.spanId, outer.spanContext().spanId)
}

/** A request of the application's, in which the client works. */
function request(work: () => Promise<unknown>): Promise<void> {
  return trace.getTracer('application').startActiveSpan('request', async span => {
    await work()
    span.end()
  })
}

async function findIn(client: MongoClient): Promise<void> {
  const orders = client.db('shop').collection('orders')
  await orders.insertMany([{}, {}, {}])
  await request(() => orders.find({}, { batchSize: 2 }).toArray())
}

suite('spans of a client', () => {
  test('are made by the registered provider, in the caller’s span, under the driver’s name and version', () =>
    withServer(async ({ connect }) => {
      await findIn(connect({ tracing: { enabled: true } }))
      for (const command of ['find', 'getMore']) {
        const operation = named(`${command} shop.orders`)
        assertIsIn(operation, named('request'))
        assertIsIn(named(command), operation)
        assert.equal(operation.kind, SpanKind.CLIENT)
        const { name, version } = operation.instrumentationScope
        assert.deepEqual([name, version], ['cenote', driverVersion])
        assert.equal(operation.attributes['db.namespace'], 'shop')
      }
    }))

  test('are made by a tracer of the program’s own, in the caller’s span too', () =>
    withServer(async ({ connect }) => {
      await findIn(connect({ tracing: { enabled: true, tracer: provider.getTracer('mine', '2') } }))
      assertIsIn(named('getMore shop.orders'), named('request'))
      assertIsIn(named('getMore'), named('getMore shop.orders'))
      assert.equal(named('find').instrumentationScope.name, 'mine')
    }))

  test('have all that the caller’s context has', () =>
    withServer(async ({ connect }) => {
      const client = connect({ tracing: { enabled: true } })
      await context.with(ROOT_CONTEXT.setValue(tenant, 'blue'), () => client.db('shop').collection('orders').findOne())
      assert.deepEqual(Object.fromEntries(tenants), { 'find shop.orders': 'blue', find: 'blue' })
    }))

  test('are failed by what fails, with the error as their event', () =>
    withServer(async ({ connect }) => {
      const client = connect({ tracing: { enabled: true } })
      const error = await failureOf(client.db('shop').command({ noSuchCommand: 1 }))
      for (const span of [named('runCommand shop'), named('noSuchCommand')]) {
        assert.deepEqual(span.status, { code: SpanStatusCode.ERROR, message: error.message })
        const [event, ...others] = span.events
        assert.equal(others.length, 0)
        assert.equal(event?.name, 'exception')
        assert.equal(event?.attributes?.['exception.type'], 'MongoServerError')
        assert.equal(span.attributes['exception.message'], error.message)
      }
    }))

  test('are none where tracing is suppressed, as it is while spans are exported', () =>
    withServer(async ({ connect }) => {
      const client = connect({ tracing: { enabled: true } })
      const suppressed = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')
      await context.with(ROOT_CONTEXT.setValue(suppressed, true), () =>
        client.db('shop').collection('orders').findOne()
      )
      assert.deepEqual(exporter.getFinishedSpans(), [])
    }))

  test('are none where they are not sampled', () =>
    withServer(async ({ connect }) => {
      const unsampled = new BasicTracerProvider({
        sampler: new AlwaysOffSampler(),
        spanProcessors: [new SimpleSpanProcessor(exporter)]
      })
      const client = connect({ tracing: { enabled: true, tracer: unsampled.getTracer('mine') } })
      await client.db('shop').collection('orders').findOne()
      assert.deepEqual(exporter.getFinishedSpans(), [])
    }))
})
