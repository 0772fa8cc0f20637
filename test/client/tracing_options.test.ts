import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { inspect } from 'node:util'
import { RecordingTracer } from '../../conformance/unified/recording_tracer.ts'
import { ClientOptions, MongoInvalidArgumentError, type TracingOptions } from '../../src/client/index.ts'
import { OpenTelemetryMissingError } from '../../src/runtime/index.ts'
import { type Bench, MongoClient, withServer } from './bench.ts'
import { treesOf } from './tracing_bench.ts'

suite('the environment', () => {
  const enabled = 'OTEL_NODEJS_INSTRUMENTATION_MONGODB_ENABLED'
  const length = 'OTEL_NODEJS_INSTRUMENTATION_MONGODB_QUERY_TEXT_MAX_LENGTH'

  async function tracedWith(
    { connect, runtime }: Bench,
    env: Record<string, string>,
    tracing: TracingOptions = {}
  ): Promise<RecordingTracer> {
    const tracer = new RecordingTracer()
    const client = connect({
      runtime: { ...runtime, host: { ...runtime.host, env } },
      tracing: { tracer, ...tracing }
    })
    await client.db('shop').collection('orders').find().toArray()
    return tracer
  }

  test('prose test 1: enables tracing, and does not', () =>
    withServer(async bench => {
      assert.deepEqual(treesOf(await tracedWith(bench, { [enabled]: 'false' })), [])
      assert.deepEqual(treesOf(await tracedWith(bench, { [enabled]: 'true' })), [['find shop.orders', 'find']])
      assert.deepEqual(treesOf(await tracedWith(bench, {})), [])
    }))

  test('prose test 2: has commands shown, and not', () =>
    withServer(async bench => {
      const shown = await tracedWith(bench, { [enabled]: 'true', [length]: '1024' })
      assert.equal(shown.roots[0]!.nested[0]!.attributes['db.query.text'], '{"find":"orders","filter":{}}')
      const hidden = await tracedWith(bench, { [enabled]: 'true' })
      assert.equal('db.query.text' in hidden.roots[0]!.nested[0]!.attributes, false)
    }))

  test('says less than the options of a client', () =>
    withServer(async bench => {
      const on = { [enabled]: '1', [length]: '1024' }
      assert.deepEqual(treesOf(await tracedWith(bench, on, { enabled: false })), [])
      const off = await tracedWith(bench, { [enabled]: 'no' }, { enabled: true })
      assert.deepEqual(treesOf(off), [['find shop.orders', 'find']])
      const cut = await tracedWith(bench, on, { queryTextMaxLength: 4 })
      assert.equal(cut.roots[0]!.nested[0]!.attributes['db.query.text'], '{"fi...')
    }))

  test('with a value that cannot be used counts as not set, with a warning', () =>
    withServer(
      async bench => {
        assert.deepEqual(treesOf(await tracedWith(bench, { [enabled]: 'perhaps' })), [])
        assert.deepEqual(bench.runtime.warnings, [
          {
            code: 'CENOTE_TRACING_ENVIRONMENT',
            message: `The environment variable ${enabled} is "perhaps", and must be 1, true or yes, or 0, false or no: ignored`
          }
        ])
      },
      { warnings: /INSTRUMENTATION_MONGODB_ENABLED/ }
    ))
})

suite('the option tracing', () => {
  test('without anything that makes spans is refused when the client is made, with what to do', () =>
    withServer(async ({ runtime, deployment }) => {
      const without = {
        ...runtime,
        openTelemetry: () => {
          throw new OpenTelemetryMissingError('spans need the package "x"; npm install x')
        }
      }
      assert.throws(
        () => new MongoClient(deployment.uri, { runtime: without, tracing: { enabled: true } }),
        new MongoInvalidArgumentError(
          'tracing is enabled: spans need the package "x"; npm install x, give a tracer of your own as tracing.tracer, or do not enable it'
        )
      )
    }))

  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [true, /^tracing must be an object, such as \{ enabled: true \}$/],
    [{ enable: true }, /^tracing has no "enable"; it takes enabled, queryTextMaxLength, tracer$/],
    [{ enabled: 1 }, /^tracing\.enabled must be true or false$/],
    [
      { queryTextMaxLength: -1 },
      /^tracing\.queryTextMaxLength must be a number of Unicode code points, 0 for no text$/
    ],
    [{ queryTextMaxLength: 1.5 }, /^tracing\.queryTextMaxLength must be/],
    [{ tracer: {} }, /^tracing\.tracer must have a method startSpan/]
  ]
  for (const [tracing, message] of wrong)
    test(`refuses ${inspect(tracing)}`, () => {
      assert.throws(
        () => new MongoClient('mongodb://127.0.0.1', { tracing: tracing as TracingOptions }),
        error => error instanceof MongoInvalidArgumentError && message.test(error.message)
      )
    })

  test('is taken from ClientOptions as well', () =>
    withServer(async ({ deployment, runtime }) => {
      const tracer = new RecordingTracer()
      const options = ClientOptions.parse(deployment.uri)
      options.runtime = runtime
      options.tracing = { enabled: true, tracer }
      const client = new MongoClient(options)
      await client.db('shop').collection('orders').findOne()
      await client.shutdown()
      assert.deepEqual(treesOf(tracer), [
        ['find shop.orders', 'find'],
        ['endSessions admin', 'endSessions']
      ])
    }))
})
