import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Int32, Long } from '../../src/bson/index.ts'
import {
  MongoClientClosedError,
  MongoCompatibilityError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoOperationTimeoutError,
  MongoPoolClearedError,
  MongoPoolClosedError,
  MongoServerError,
  MongoUnexpectedServerResponseError,
  MongoWaitQueueTimeoutError,
  MongoWriteConcernError,
  type PoolCondition,
  type ServerErrorReply
} from '../../src/errors/index.ts'
import { TransportError, type TransportStage } from '../../src/runtime/index.ts'
import {
  afterApplicationError,
  afterFailedCheck,
  type ErrorOutcome,
  type ErrorPhase,
  factsOf,
  loadBalancer,
  transportErrorOf,
  unknownServer
} from '../../src/topology/index.ts'
import { a, described, election, primary } from './hellos.ts'

const generation = 3
const nowMS = 500
const serviceId = election(7)
const labels = { errorLabels: ['SystemOverloadedError', 'RetryableError'] }
const server = described(a, primary([a], { topologyVersion: version(5) }))
const balancer = loadBalancer(a)

const reset = new MongoNetworkError('reset')
const silent = new MongoNetworkTimeoutError('silent')
const overloaded = new MongoNetworkError('reset', labels)
const overloadedTimeout = new MongoNetworkTimeoutError('silent', labels)

/** What the rules return, as the words of the table. */
type Effect = 'unknown' | 'clear' | 'cancel' | 'check'
const nothing: readonly Effect[] = []
const broken: readonly Effect[] = ['unknown', 'clear', 'cancel']
const shutdown: readonly Effect[] = ['unknown', 'clear', 'check']
const stateChange: readonly Effect[] = ['unknown', 'check']

suite('an error with the pool’s generation', () => {
  const rows: readonly [string, readonly ErrorPhase[], Error, readonly Effect[]][] = [
    ['labelled as overload', ['connect', 'hello', 'auth', 'operation'], overloaded, nothing],
    ['a time-out labelled as overload', ['connect', 'hello', 'auth', 'operation'], overloadedTimeout, nothing],
    [
      'a command error labelled as overload',
      ['hello', 'auth', 'operation'],
      command({ code: 462, errorLabels: labels.errorLabels }),
      nothing
    ],
    ['a name that is not resolved', ['connect'], transportFailure('lookup', 'ENOTFOUND'), broken],
    ['a certificate that is not accepted', ['connect'], transportFailure('certificate'), broken],
    ['a proxy that fails', ['connect'], transportFailure('proxy'), broken],
    ['a command error', ['hello', 'auth'], command({ code: 1234 }), broken],
    ['a failed authentication', ['auth'], command({ code: 18 }), broken],
    ['a network error without labels', ['auth', 'operation'], reset, broken],
    ['a network time-out', ['auth'], silent, broken],
    ['a network time-out', ['operation'], silent, nothing],
    ['a proof that does not hold', ['auth'], new MongoUnexpectedServerResponseError('wrong proof'), broken],
    ['a version that does not fit', ['hello'], new MongoCompatibilityError('too old'), broken],
    ['a reply that breaks the protocol', ['operation'], new MongoUnexpectedServerResponseError('odd'), nothing],
    ['InterruptedAtShutdown', ['hello', 'auth', 'operation'], command({ code: 11600 }), shutdown],
    ['ShutdownInProgress', ['hello', 'auth', 'operation'], command({ code: 91 }), shutdown],
    ['InterruptedDueToReplStateChange', ['hello', 'auth', 'operation'], command({ code: 11602 }), stateChange],
    ['NotPrimaryOrSecondary', ['operation'], command({ code: 13436 }), stateChange],
    ['PrimarySteppedDown', ['operation'], command({ code: 189 }), stateChange],
    ['NotWritablePrimary', ['operation'], command({ code: 10107 }), stateChange],
    ['NotPrimaryNoSecondaryOk', ['operation'], command({ code: 13435 }), stateChange],
    ['LegacyNotPrimary', ['operation'], command({ code: 10058 }), stateChange],
    ['a code in another number type', ['operation'], command({ code: new Int32(91) as unknown as number }), shutdown],
    ['no code, and "node is recovering"', ['operation'], command({ errmsg: 'node is recovering' }), stateChange],
    [
      'no code, and "not master or secondary"',
      ['operation'],
      command({ errmsg: 'not master or secondary' }),
      stateChange
    ],
    ['no code, and "not master"', ['operation'], command({ errmsg: 'not master' }), stateChange],
    ['no code, and "not master" in $err', ['operation'], command({ $err: 'not master' }), stateChange],
    ['another code, whatever the message', ['operation'], command({ code: 1, errmsg: 'not master' }), nothing],
    ['another command error', ['operation'], command({ code: 11000 }), nothing],
    ['network codes that a mongos reports', ['operation'], command({ code: 6 }), nothing],
    ['network codes that a mongos reports', ['operation'], command({ code: 9001 }), nothing],
    ['a write concern error of a server that shuts down', ['operation'], writeConcernError(91), shutdown],
    ['a write concern error of a server that stepped down', ['operation'], writeConcernError(189), stateChange],
    ['another write concern error', ['operation'], writeConcernError(64), nothing],
    [
      'errors of single writes',
      ['operation'],
      command({ ok: 1, code: 10107, writeErrors: [{ code: 10107 }] }),
      nothing
    ],
    [
      'a wait-queue time-out',
      ['connect', 'operation'],
      new MongoWaitQueueTimeoutError('late', {} as PoolCondition),
      nothing
    ],
    ['a pool that was cleared', ['connect', 'operation'], new MongoPoolClearedError('cleared', a), nothing],
    ['a pool that is closed', ['connect', 'operation'], new MongoPoolClosedError('closed', a), nothing],
    [
      'a client that is closed',
      ['connect', 'hello', 'auth', 'operation'],
      new MongoClientClosedError('closed'),
      nothing
    ],
    ['an operation’s own deadline', ['operation'], new MongoOperationTimeoutError('late'), nothing]
  ]
  for (const [what, phases, error, effects] of rows) {
    for (const phase of phases) {
      test(`${what}, in the phase ${phase}: ${effects.join(', ') || 'nothing'}`, () => {
        const outcome = afterApplicationError(
          server,
          generation,
          { error, phase, generation, serviceId: undefined },
          nowMS
        )
        assert.deepEqual(effectsOf(outcome), effects)
        if (outcome === undefined) return
        assert.equal(outcome.newDescription?.error, error)
        assert.equal(outcome.newDescription?.lastUpdateMS, nowMS)
        assert.equal(outcome.clear?.interruptInUse ?? false, false)
      })
    }
  }
})

suite('a stale error', () => {
  const late = (error: Error, of: number): ErrorOutcome | undefined =>
    afterApplicationError(
      server,
      generation,
      { error, phase: 'operation', generation: of, serviceId: undefined },
      nowMS
    )

  test('of an older generation does nothing, whatever it is', () => {
    assert.equal(late(reset, generation - 1), undefined)
    assert.equal(late(command({ code: 91, topologyVersion: version(9) }), generation - 1), undefined)
  })
  test('with a topology version that is known already does nothing', () => {
    assert.equal(late(command({ code: 91, topologyVersion: version(5) }), generation), undefined)
    assert.equal(late(command({ code: 91, topologyVersion: version(4) }), generation), undefined)
  })
  test('is one only by the same process: a newer or another version counts, and is kept', () => {
    for (const topologyVersion of [version(6), version(1, 2)]) {
      const kept = late(command({ code: 189, topologyVersion }), generation)?.newDescription?.topologyVersion
      assert.deepEqual(kept?.counter, topologyVersion.counter)
    }
  })
  test('cannot be told without a version: it counts, and leaves none', () => {
    const outcome = late(command({ code: 189 }), generation)
    assert.ok(outcome !== undefined)
    assert.equal(outcome.newDescription?.topologyVersion, undefined)
  })
  test('a network error leaves no topology version, so that the next reply always counts', () => {
    assert.equal(late(reset, generation)?.newDescription?.topologyVersion, undefined)
  })
})

suite('behind a load balancer', () => {
  const rows: readonly [string, ErrorPhase, Error, boolean][] = [
    ['a refused connection', 'connect', reset, false],
    ['a command error to the hello', 'hello', command({ code: 91 }), false],
    ['a failed authentication', 'auth', command({ code: 18 }), true],
    ['a network error while authenticating', 'auth', reset, true],
    ['a network error', 'operation', reset, true],
    ['a network time-out', 'operation', silent, false],
    ['a server that shuts down', 'operation', command({ code: 11600 }), true],
    ['a server that stepped down', 'operation', command({ code: 189 }), false]
  ]
  for (const [what, phase, error, clears] of rows) {
    test(`${what} in the phase ${phase} clears ${clears ? 'its service only' : 'nothing'}`, () => {
      const outcome = afterApplicationError(balancer, generation, { error, phase, generation, serviceId }, nowMS)
      const expected = {
        newDescription: undefined,
        clear: { interruptInUse: false, serviceId },
        cancelCheck: false,
        requestCheck: false
      }
      assert.deepEqual(outcome, clears ? expected : undefined)
    })
  }
  test('an error of no service clears nothing', () => {
    const failure = { error: reset, phase: 'operation', generation, serviceId: undefined } as const
    assert.equal(afterApplicationError(balancer, generation, failure, nowMS), undefined)
  })
})

suite('a failed check', () => {
  test('leaves the server Unknown without topology version, and clears its pool', () => {
    const error = command({ code: 1234, topologyVersion: version(9) })
    const { newDescription, clear } = afterFailedCheck(server, error, nowMS)
    assert.deepEqual(
      [newDescription.type, newDescription.error, newDescription.topologyVersion],
      ['Unknown', error, undefined]
    )
    assert.deepEqual(clear, { interruptInUse: false, serviceId: undefined })
    assert.equal(newDescription.lastUpdateMS, nowMS)
  })
  test('interrupts operations for a network time-out only, labelled or not', () => {
    const interrupts = (error: Error): boolean => afterFailedCheck(server, error, nowMS).clear.interruptInUse
    assert.deepEqual([silent, overloadedTimeout, reset, command({ code: 91 })].map(interrupts), [
      true,
      true,
      false,
      false
    ])
  })
  test('is repeated at once for a network error of a known server only', () => {
    const retries = (known: typeof server, error: Error): boolean => afterFailedCheck(known, error, nowMS).retryAtOnce
    assert.deepEqual(
      [reset, silent, command({ code: 91 })].map(error => retries(server, error)),
      [true, true, false]
    )
    assert.equal(retries(unknownServer(a), reset), false)
  })
})

suite('facts', () => {
  test('one label alone is no overload', () => {
    assert.equal(factsOf(new MongoNetworkError('x', { errorLabels: ['SystemOverloadedError'] })).overloaded, false)
    assert.equal(factsOf(overloaded).overloaded, true)
  })
  test('the transport’s error is found however deep, and a circle of causes ends', () => {
    const deep = transportFailure('lookup')
    assert.equal(transportErrorOf(new Error('outer', { cause: deep }))?.stage, 'lookup')
    const circle = new Error('circle')
    circle.cause = circle
    assert.equal(transportErrorOf(circle), undefined)
  })
})

function effectsOf(outcome: ErrorOutcome | undefined): readonly Effect[] {
  if (outcome === undefined) return []
  const effects: readonly (Effect | false)[] = [
    outcome.newDescription?.type === 'Unknown' && 'unknown',
    outcome.clear !== undefined && 'clear',
    outcome.cancelCheck && 'cancel',
    outcome.requestCheck && 'check'
  ]
  return effects.filter(effect => effect !== false)
}

function command(reply: ServerErrorReply): MongoServerError {
  return new MongoServerError({ ok: 0, ...reply })
}

function writeConcernError(code: number): MongoWriteConcernError {
  return new MongoWriteConcernError({ ok: 1, writeConcernError: { code, errmsg: 'no' } })
}

function transportFailure(stage: TransportStage, code?: string): MongoNetworkError {
  return new MongoNetworkError('dial failed', { cause: new TransportError('failed', stage, code) })
}

function version(counter: number, process: number = 1): { processId: ReturnType<typeof election>; counter: Long } {
  return { processId: election(process), counter: Long.fromInt(counter) }
}
