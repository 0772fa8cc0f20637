import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { type DeadlineEntry, Deadlines } from '../../src/runtime/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'

class Entry implements DeadlineEntry {
  deadlineMS = 0
  deadlinePrevious: DeadlineEntry | undefined
  deadlineNext: DeadlineEntry | undefined
  deadlineList: unknown
  readonly expired: (nowMS: number) => void

  constructor(expired: (nowMS: number) => void) {
    this.expired = expired
  }
}

function within(body: (runtime: VirtualRuntime, deadlines: Deadlines) => Promise<void>): Promise<void> {
  const runtime = virtualRuntime({ seed: 1 })
  return runtime.run(() => body(runtime, new Deadlines(runtime.clock, runtime.timers)))
}

/** What each expiry does besides: nothing, remove the entry of that number, or add a new one. */
type Action = { readonly removes: number } | { readonly adds: number } | undefined
type Command =
  | { readonly addMS: number; readonly action: Action }
  | { readonly remove: number }
  | { readonly sleep: number }

const durations = fc.constantFrom(0, 0.2, 1, 2, 2.5, 3, 5, 7, 10, 50, -4, 2 ** 40)
const actions: fc.Arbitrary<Action> = fc.oneof(
  fc.constant(undefined),
  fc.record({ removes: fc.nat(30) }),
  fc.record({ adds: durations })
)
const commands: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ addMS: durations, action: actions }) },
  fc.record({ remove: fc.nat(30) }),
  fc.record({ sleep: fc.nat(8) })
)

/** The naive model: a bag of entries, searched for the earliest of them. */
class Model {
  readonly log: string[] = []
  nowMS = 0
  #made = 0
  #live: { id: number; atMS: number; action: Action }[] = []

  get size(): number {
    return this.#live.length
  }

  add(durationMS: number, action: Action): void {
    const wholeMS = Math.min(Math.max(1, Math.ceil(durationMS)), 2 ** 31 - 1)
    this.#live.push({ id: this.#made++, atMS: this.nowMS + wholeMS, action })
  }

  remove(id: number): void {
    this.#live = this.#live.filter(each => each.id !== id)
  }

  sleep(delayMS: number): void {
    const untilMS = this.nowMS + delayMS
    for (;;) {
      const due = this.#live.filter(each => each.atMS <= untilMS)
      const next = due.sort((one, other) => one.atMS - other.atMS || one.id - other.id)[0]
      if (next === undefined) break
      this.nowMS = next.atMS
      this.remove(next.id)
      this.log.push(`${next.id} at ${next.atMS}`)
      if (next.action === undefined) continue
      if ('removes' in next.action) this.remove(next.action.removes)
      else this.add(next.action.adds, undefined)
    }
    this.nowMS = untilMS
  }
}

class Real {
  readonly log: string[] = []
  readonly #deadlines: Deadlines
  readonly #entries: Entry[] = []

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines
  }

  add(durationMS: number, action: Action): void {
    const id = this.#entries.length
    const entry = new Entry(nowMS => {
      assert.equal(entry.deadlineList, undefined, 'the entry has left before it is told')
      this.log.push(`${id} at ${nowMS}`)
      if (action === undefined) return
      if ('removes' in action) this.remove(action.removes)
      else this.add(action.adds, undefined)
    })
    this.#entries.push(entry)
    this.#deadlines.add(entry, durationMS)
  }

  remove(id: number): void {
    const entry = this.#entries[id]
    if (entry !== undefined) this.#deadlines.remove(entry)
  }
}

test('entries expire when and in the order in which a naive model says, whatever expiries remove and add', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(commands, { maxLength: 40 }), list =>
      within(async (runtime, deadlines) => {
        const model = new Model()
        const real = new Real(deadlines)
        for (const command of list) {
          if ('addMS' in command) {
            model.add(command.addMS, command.action)
            real.add(command.addMS, command.action)
          } else if ('remove' in command) {
            model.remove(command.remove)
            real.remove(command.remove)
          } else {
            model.sleep(command.sleep)
            await runtime.sleep(command.sleep)
            // What is due at this very moment expires before this second sleep ends.
            await runtime.sleep(0)
          }
          assert.deepEqual(real.log, model.log)
          assert.equal(deadlines.size, model.size)
          assert.equal(runtime.timersArmed(), model.size > 0 ? 1 : 0)
        }
      })
    ),
    { numRuns: 200, seed: 7 }
  )
})

test('a thousand durations, and ten thousand entries that leave in any order, leave nothing armed', () =>
  within(async (runtime, deadlines) => {
    const told: number[] = []
    const entries = Array.from({ length: 10_000 }, () => new Entry(nowMS => told.push(nowMS)))
    for (const [index, entry] of entries.entries()) deadlines.add(entry, 1 + ((index * 7919) % 1000))
    for (const [index, entry] of entries.entries()) if (index % 3 !== 0) deadlines.remove(entry)
    assert.equal(deadlines.size, 3334)
    assert.equal(runtime.timersArmed(), 1)
    await runtime.sleep(1001)
    assert.deepEqual(
      told,
      told.toSorted((one, other) => one - other)
    )
    assert.equal(told.length, 3334)
    assert.equal(deadlines.size, 0)
    assert.equal(runtime.timersArmed(), 0)
  }))

test('an expiry that throws costs no other entry its deadline', async () => {
  const runtime = virtualRuntime({ seed: 1 })
  const deadlines = new Deadlines(runtime.clock, runtime.timers)
  const told: string[] = []
  const failing = runtime.run(() => {
    const throwing = new Entry(() => {
      throw new Error('this expiry fails')
    })
    deadlines.add(throwing, 5)
    deadlines.add(new Entry(() => told.push('same time')), 5)
    deadlines.add(new Entry(() => told.push('later')), 9)
    return runtime.sleep(100)
  })
  await assert.rejects(failing, /this expiry fails/)
  await runtime.run(() => runtime.sleep(20))
  assert.deepEqual(told, ['same time', 'later'])
})

test('an entry that has a deadline is refused a second; one that has none is removed in silence', () =>
  within((runtime, deadlines) => {
    const entry = new Entry(() => undefined)
    deadlines.remove(entry)
    deadlines.add(entry, 10)
    assert.throws(() => deadlines.add(entry, 10), /has a deadline already/)
    const others = new Deadlines(runtime.clock, runtime.timers)
    assert.throws(() => others.remove(entry), /elsewhere/)
    deadlines.remove(entry)
    deadlines.remove(entry)
    assert.equal(deadlines.size, 0)
    assert.equal(runtime.timersArmed(), 0)
    return Promise.resolve()
  }))

test('a duration that was used once costs no memory for ever', () =>
  within((_, deadlines) => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const [staying, passing] = [new Entry(() => undefined), new Entry(() => undefined)]
    deadlines.add(staying, 1_000_000)
    collect()
    const before = process.memoryUsage().heapUsed
    for (let duration = 1; duration <= 200_000; duration++) {
      deadlines.add(passing, duration)
      deadlines.remove(passing)
    }
    collect()
    const grown = process.memoryUsage().heapUsed - before
    assert.ok(grown < 2_000_000, `${grown} bytes for 200,000 durations`)
    return Promise.resolve()
  }))

test('a duration without an end is refused', () =>
  within((_, deadlines) => {
    const entry = new Entry(() => undefined)
    for (const duration of [Infinity, -Infinity, Number.NaN])
      assert.throws(() => deadlines.add(entry, duration), /finite duration/)
    assert.equal(deadlines.size, 0)
    return Promise.resolve()
  }))
