import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Bench } from '../../../conformance/unified/bench.ts'
import { Entities } from '../../../conformance/unified/entities.ts'
import { requireSpans } from '../../../conformance/unified/expected_spans.ts'
import type { ExpectedSpan, ExpectedTracingMessages, TestFile } from '../../../conformance/unified/format.ts'
import { needOf } from '../../../conformance/unified/needs.ts'
import { type RecordedSpan, RecordingTracer } from '../../../conformance/unified/recording_tracer.ts'
import { runCase } from '../../../conformance/unified/run_case.ts'
import { type TracingContext, UUID } from '../../../src/client/index.ts'

const spanKey = Symbol.for('OpenTelemetry Context Key SPAN')
const session = '01234567-89ab-4cde-8f01-23456789abcd'

/** Two operations, the first with two commands. */
function recorded({ ends = true, kind = 2 } = {}): readonly RecordedSpan[] {
  const tracer = new RecordingTracer()
  const begin = (name: string, parent?: RecordedSpan, attributes = {}): RecordedSpan => {
    const context: TracingContext = {
      getValue: (key: symbol) => (key === spanKey ? parent : undefined),
      setValue: () => context,
      deleteValue: () => context
    }
    return tracer.startSpan(name, { kind: kind as 2, attributes }, context)
  }
  const find = begin('find a.b')
  for (const code of ['89', undefined])
    begin('find', find, code === undefined ? {} : { 'db.response.status_code': code }).end()
  find.end()
  const insert = begin('insert a.b', undefined, { 'db.mongodb.lsid': session, 'db.mongodb.cursor_id': '5' })
  if (ends) insert.end()
  return tracer.roots
}

const command = (code?: string): ExpectedSpan => ({
  name: 'find',
  attributes: { 'db.response.status_code': code ?? { $$exists: false } }
})
const find: ExpectedSpan = { name: 'find a.b', attributes: {}, nested: [command('89'), command()] }
const insert: ExpectedSpan = { name: 'insert a.b', attributes: {} }

function problem(
  spans: readonly ExpectedSpan[],
  more: Partial<ExpectedTracingMessages> = {},
  roots: readonly RecordedSpan[] = recorded()
): string | undefined {
  const entities = new Entities()
  entities.add('session', { id: { id: new UUID(session) } })
  try {
    requireSpans({ client: 'client', spans, ...more }, roots, entities)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

suite('the spans of a client', () => {
  test('are compared one by one, with those that stand in them and with the attributes that are expected', () => {
    assert.equal(problem([find, insert]), undefined)
    assert.match(problem([insert, find]) ?? '', /spans of client > find a\.b: its name is not insert a\.b/)
    assert.match(
      problem([{ ...find, nested: [command(), command()] }, insert]) ?? '',
      /spans of client > find a\.b > find\.db\.response\.status_code should not be there/
    )
  })

  test('that lack, or come beyond those expected, fail the case on every level', () => {
    assert.match(
      problem([find, insert, insert]) ?? '',
      /the span insert a\.b did not come; spans of client: find a\.b, insert/
    )
    assert.match(problem([find]) ?? '', /2 spans came, not 1/)
    assert.match(problem([{ ...find, nested: [command('89')] }, insert]) ?? '', /> find a\.b: find, find/)
  })

  test('may come beyond those expected where the case says so, and those it has may not lack', () => {
    const ignoreExtraSpans = true
    assert.equal(problem([insert], { ignoreExtraSpans }), undefined)
    assert.equal(problem([{ ...find, nested: [command()] }], { ignoreExtraSpans }), undefined)
    assert.match(problem([insert, find], { ignoreExtraSpans }) ?? '', /the span find a\.b did not come/)
    assert.match(problem([{ ...find, nested: [command('8')] }], { ignoreExtraSpans }) ?? '', /is "89", not "8"/)
  })

  test('have ended, and are a client’s', () => {
    assert.match(problem([find, insert], {}, recorded({ ends: false })) ?? '', /insert a\.b: it has not ended/)
    assert.match(problem([find, insert], {}, recorded({ kind: 0 })) ?? '', /its kind is 0, not client/)
  })

  test('have texts where the case has sessions and numbers of 64 bits', () => {
    const attributes = { 'db.mongodb.lsid': { $$sessionLsid: 'session' }, 'db.mongodb.cursor_id': { $$type: 'long' } }
    assert.equal(problem([find, { ...insert, attributes }]), undefined)
  })
})

const file: TestFile = {
  description: 'own',
  schemaVersion: '1.27',
  createEntities: [
    { client: { id: 'client', observeTracingMessages: { enableCommandPayload: true } } },
    { client: { id: 'other' } },
    { database: { id: 'database', client: 'client', databaseName: 'a' } },
    { database: { id: 'unseen', client: 'other', databaseName: 'a' } }
  ],
  tests: []
}

async function outcome(spans: readonly ExpectedSpan[], ofFile: TestFile = file): Promise<string | undefined> {
  const operations = ['database', 'unseen'].map(object => ({
    name: 'runCommand',
    object,
    arguments: { command: { ping: 1 }, commandName: 'ping' }
  }))
  const test = { description: 'one', operations, expectTracingMessages: [{ client: 'client', spans }] }
  assert.equal(needOf(ofFile, test), undefined)
  try {
    await runCase(ofFile, test, await Bench.start({ topology: 'single', auth: false }))
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

suite('a case with spans', () => {
  const text = { $$matchAsDocument: { $$matchAsRoot: { ping: 1 } } }
  const spansWith = (shown: unknown): ExpectedSpan[] => [
    { name: 'runCommand a', attributes: {}, nested: [{ name: 'ping', attributes: { 'db.query.text': shown } }] }
  ]

  test('observes those of its client alone, with the commands where it asks for them', async () => {
    assert.equal(await outcome(spansWith(text)), undefined)
    assert.match((await outcome(spansWith({ $$exists: false }))) ?? '', /db\.query\.text should not be there/)
    const [, ...others] = file.createEntities ?? []
    const hiding = { ...file, createEntities: [{ client: { id: 'client', observeTracingMessages: {} } }, ...others] }
    assert.equal(await outcome(spansWith({ $$exists: false }), hiding), undefined)
  })
})
