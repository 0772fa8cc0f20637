import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Timestamp } from '../../src/bson/index.ts'
import {
  MongoClientClosedError,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoPoolClearedError,
  MongoServerError,
  MongoUnexpectedServerResponseError
} from '../../src/errors/index.ts'
import {
  afterBatch,
  afterEvent,
  type BatchFacts,
  isResumable,
  type Progress,
  progressFrom,
  resumingPoint,
  type StartingPoint
} from '../../src/operations/resume_rules.ts'
import { cleared, command, lost, selectionFailed } from './attempts.ts'

const given = { _data: 'given' }
const seen = { _data: 'seen' }
const end = { _data: 'end of the batch' }
const began = new Timestamp({ t: 7, i: 1 })
const asked = new Timestamp({ t: 5, i: 1 })

const none: BatchFacts = { isFirst: false, events: 0, postBatchResumeToken: undefined, operationTime: undefined }
const opened =
  (facts: Partial<BatchFacts> = {}) =>
  (progress: Progress) =>
    afterBatch(progress, { ...none, isFirst: true, operationTime: began, ...facts })
const answered =
  (facts: Partial<BatchFacts> = {}) =>
  (progress: Progress) =>
    afterBatch(progress, { ...none, ...facts })
const event = (progress: Progress) => afterEvent(progress, seen, undefined)
const lastEvent = (progress: Progress) => afterEvent(progress, seen, end)

type Step = (progress: Progress) => Progress
type Row = readonly [what: string, start: StartingPoint, steps: readonly Step[], token: unknown, resumes: StartingPoint]

const fromTime: StartingPoint = { startAtOperationTime: asked }
const rows: readonly Row[] = [
  ['nothing is known yet', {}, [], undefined, {}],
  ['an empty first batch without a token', {}, [opened()], undefined, { startAtOperationTime: began }],
  ['an empty first batch with one', {}, [opened({ postBatchResumeToken: end })], end, { resumeAfter: end }],
  ['a first batch with events, none read', {}, [opened({ events: 2 })], undefined, {}],
  ['the same, with a token', {}, [opened({ events: 2, postBatchResumeToken: end })], undefined, {}],
  ['an event', {}, [opened(), answered({ events: 2 }), event], seen, { resumeAfter: seen }],
  ['the last event of a batch with a token', {}, [opened(), lastEvent], end, { resumeAfter: end }],
  ['an empty batch without a token behind an event', {}, [opened(), event, answered()], seen, { resumeAfter: seen }],
  [
    'a later empty batch without one',
    {},
    [opened(), answered({ operationTime: asked })],
    undefined,
    { startAtOperationTime: began }
  ],
  ['the time of a start', fromTime, [opened()], undefined, fromTime],
  ['the same, with events that were not read', fromTime, [opened({ events: 1 })], undefined, fromTime],
  ['the same, and an event', fromTime, [opened({ events: 1 }), event], seen, { resumeAfter: seen }],
  ['the same, and a token', fromTime, [opened({ postBatchResumeToken: end })], end, { resumeAfter: end }],
  ['resumeAfter', { resumeAfter: given }, [], given, { resumeAfter: given }],
  ['the same, opened without a token', { resumeAfter: given }, [opened()], given, { resumeAfter: given }],
  ['the same, and an event', { resumeAfter: given }, [opened({ events: 1 }), event], seen, { resumeAfter: seen }],
  ['startAfter', { startAfter: given }, [opened()], given, { startAfter: given }],
  [
    'the same, and an empty batch',
    { startAfter: given },
    [opened({ postBatchResumeToken: end })],
    end,
    { startAfter: end }
  ],
  ['the same, and an event', { startAfter: given }, [opened({ events: 1 }), event], seen, { resumeAfter: seen }],
  [
    'both, of which the server makes an error',
    { startAfter: given, resumeAfter: seen },
    [],
    given,
    { startAfter: given }
  ]
]

suite('where a change stream is opened again that has got to', () => {
  for (const [what, start, steps, token, resumes] of rows)
    test(what, () => {
      const progress = steps.reduce((before, step) => step(before), progressFrom(start))
      assert.deepEqual(progress.token, token)
      assert.deepEqual(resumingPoint(progress), resumes)
    })
})

suite('a getMore that fails', () => {
  const label = ['ResumableChangeStreamError']
  const judged: readonly (readonly [what: string, resumable: boolean, reason: unknown])[] = [
    ['with a broken connection', true, lost()],
    ['with a connection that fell silent', true, new MongoNetworkTimeoutError('silent')],
    ['with a cleared pool', true, cleared()],
    ['with no server in sight', true, selectionFailed()],
    ['with the label', true, command(6, label)],
    ['with the label and an unknown code', true, command(123456, label)],
    ['for the server has no such cursor', true, command(43)],
    ['without the label', false, command(6)],
    ['with a code of the list for servers without labels', false, command(10107)],
    ['with the label that says no', false, command(280, ['NonResumableChangeStreamError'])],
    ['with no code', false, new MongoServerError({ ok: 0, errmsg: 'no' })],
    ['by what a closed client is told', false, new MongoClientClosedError('closed')],
    ['by what was given', false, new MongoInvalidArgumentError('wrong')],
    ['by an answer against the protocol', false, new MongoUnexpectedServerResponseError('what?')],
    ["by the caller's signal", false, new DOMException('aborted', 'AbortError')],
    ['by something that is no error', false, 'why not']
  ]
  for (const [what, resumable, reason] of judged)
    test(`${what} ${resumable ? 'resumes' : 'ends'} the stream`, () => {
      assert.equal(isResumable(reason), resumable)
    })
  test('has errors of the kinds that the rows speak of', () => {
    assert.ok(lost() instanceof MongoNetworkError)
    assert.ok(cleared() instanceof MongoPoolClearedError)
  })
})
