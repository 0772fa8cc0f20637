import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  ClientLog,
  type LogRecord,
  type LogSettings,
  type LogSink,
  recordsWaitingMax
} from '../../src/logging/index.ts'
import { ConnectionCheckedInEvent, poolEventChannels, type PoolEvents } from '../../src/pool/index.ts'
import { commandEventChannels, type CommandEvents } from '../../src/operations/index.ts'
import {
  selectionEventChannels,
  type SelectionEvents,
  topologyEventChannels,
  type TopologyEvents
} from '../../src/topology/index.ts'
import { EventHub } from '../../src/events/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'

type Events = CommandEvents & PoolEvents & TopologyEvents & SelectionEvents

const off = { command: 'off', topology: 'off', serverSelection: 'off', connection: 'off', client: 'off' } as const

function setUp(sink: LogSink, severities: Partial<LogSettings['severities']> = { connection: 'debug' }) {
  const runtime = virtualRuntime({ seed: 1 })
  const channels = {
    ...poolEventChannels,
    ...topologyEventChannels,
    ...commandEventChannels,
    ...selectionEventChannels
  }
  const hub = new EventHub<Events>({ runtime, channels })
  const settings = {
    severities: { ...off, ...severities },
    documentLengthMax: 1000,
    destination: sink,
    warnings: []
  }
  const log = ClientLog.of(settings, runtime, hub, 1)
  const emit = (connectionId: number): void =>
    hub.emit('connectionCheckedIn', new ConnectionCheckedInEvent('h:1', connectionId))
  return { runtime, hub, log, emit }
}

function numbers(records: readonly LogRecord[]): unknown[] {
  return records.map(record => record['driverConnectionId'] ?? record.message)
}

/** A sink whose promises the test settles. */
class SlowSink implements LogSink {
  readonly records: LogRecord[] = []
  #settle: (() => void) | undefined

  write(record: LogRecord): Promise<void> {
    assert.equal(this.#settle, undefined, 'a record came while another was being written')
    this.records.push(record)
    return new Promise(resolve => {
      this.#settle = () => {
        this.#settle = undefined
        resolve()
      }
    })
  }

  async written(): Promise<void> {
    this.#settle?.()
    await turn()
  }
}

function turn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}

suite('the log of a client', () => {
  test('that logs nothing subscribes to nothing', () => {
    const { hub, log } = setUp({ write: () => undefined }, {})
    assert.equal(log, undefined)
    assert.ok(Object.values(hub.wanted).every(wanted => !wanted))
  })

  test('subscribes to those kinds of events alone of which something is logged', () => {
    const wantedWith = (severities: Partial<LogSettings['severities']>): string[] => {
      const { hub } = setUp({ write: () => undefined }, severities)
      return Object.entries(hub.wanted).flatMap(([kind, wanted]) => (wanted ? [kind] : []))
    }
    assert.deepEqual(wantedWith({ connection: 'debug' }).toSorted(), Object.keys(poolEventChannels).toSorted())
    assert.deepEqual(wantedWith({ command: 'trace' }).toSorted(), Object.keys(commandEventChannels).toSorted())
    assert.equal(wantedWith({ topology: 'debug' }).length, Object.keys(topologyEventChannels).length - 1)
    assert.deepEqual(wantedWith({ connection: 'info', command: 'error', topology: 'notice' }), [])
    assert.deepEqual(wantedWith({ serverSelection: 'info' }), ['serverSelection'])
  })

  test('hands over immutable records with time, component and severity', () => {
    const records: LogRecord[] = []
    const { emit } = setUp({ write: record => records.push(record) })
    emit(1)
    const [record] = records
    assert.ok(record !== undefined && Object.isFrozen(record))
    assert.deepEqual(
      { ...record },
      {
        t: new Date('2030-01-01T00:00:00Z'),
        c: 'connection',
        s: 'debug',
        message: 'Connection checked in',
        driverConnectionId: 1,
        serverHost: 'h',
        serverPort: 1
      }
    )
  })
})

suite('a sink', () => {
  test('that throws is told once as a warning, and gets the following records', () => {
    const records: LogRecord[] = []
    const { runtime, emit } = setUp({
      write: record => {
        records.push(record)
        throw new Error('disk full')
      }
    })
    for (let id = 1; id <= 3; id++) emit(id)
    assert.deepEqual(numbers(records), [1, 2, 3])
    assert.deepEqual(
      runtime.warnings.map(({ code, message }) => `${code}: ${message}`),
      [
        'CENOTE_LOG_FAILED: mongodbLogPath: writing a log message failed: disk full. Everything else went on; further failures of it are not reported.'
      ]
    )
  })

  test('whose promises reject is told once as a warning, and gets the following records', async () => {
    const records: LogRecord[] = []
    const { runtime, emit } = setUp({
      write: record => {
        records.push(record)
        return Promise.reject(new Error('disk full'))
      }
    })
    for (let id = 1; id <= 3; id++) emit(id)
    await turn()
    assert.deepEqual(numbers(records), [1, 2, 3])
    assert.equal(runtime.warnings.length, 1)
  })

  test('gets one record after the other, in order, each when the promise of the one before has settled', async () => {
    const sink = new SlowSink()
    const { emit } = setUp(sink)
    for (let id = 1; id <= 3; id++) emit(id)
    assert.deepEqual(numbers(sink.records), [1])
    await sink.written()
    assert.deepEqual(numbers(sink.records), [1, 2])
    emit(4)
    for (let each = 0; each < 3; each++) await sink.written()
    assert.deepEqual(numbers(sink.records), [1, 2, 3, 4])
  })

  test('that does not keep up loses the oldest of 10,000, which are counted and told of in their place', async () => {
    const sink = new SlowSink()
    const { emit } = setUp(sink)
    for (let id = 0; id <= recordsWaitingMax + 5; id++) emit(id)
    await sink.written()
    await sink.written()
    const [first, dropped, next] = sink.records
    assert.deepEqual(numbers(sink.records), [0, 'Log messages were dropped', 6])
    assert.ok(first !== undefined && next !== undefined)
    assert.deepEqual([dropped?.c, dropped?.s, dropped?.['droppedCount']], ['client', 'warn', 5])
    for (let each = 0; each < recordsWaitingMax + 10; each++) await sink.written()
    assert.equal(sink.records.length, recordsWaitingMax + 2)
    assert.equal(sink.records.at(-1)?.['driverConnectionId'], recordsWaitingMax + 5)
  })

  test('that causes events while it writes gets them afterwards, in order', () => {
    const records: LogRecord[] = []
    const { emit } = setUp({
      write: record => {
        if (record['driverConnectionId'] === 1) emit(2)
        records.push(record)
      }
    })
    emit(1)
    emit(3)
    assert.deepEqual(numbers(records), [1, 2, 3])
  })
})
