import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EventHub, type Unsubscribe } from '../../src/events/index.ts'
import { channelNames, type Events, FakeRuntime } from './fake_runtime.ts'

/** What a program, or a listener that is told of an event, does with the hub. */
type Action =
  | { readonly does: 'emit'; readonly kind: 'opened' | 'moved' }
  | { readonly does: 'step'; readonly actions: readonly Action[] }
  | { readonly does: 'subscribe'; readonly kind: 'opened' | 'moved'; readonly actions: readonly Action[] }
  | { readonly does: 'unsubscribe' }
  | { readonly does: 'throw' }

const kind = fc.constantFrom('opened' as const, 'moved' as const)
const { program } = fc.letrec<{ action: Action; program: Action[] }>(tie => ({
  program: fc.array(tie('action'), { maxLength: 4 }),
  action: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 4, arbitrary: fc.record({ does: fc.constant('emit' as const), kind }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('unsubscribe' as const) }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('throw' as const) }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constant('step' as const), actions: tie('program') }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('subscribe' as const), kind, actions: tie('program') }) }
  )
}))

/** Bounds for listeners that cause each other without end. */
const eventsMax = 50
const subscriptionsMax = 20

class Scenario {
  readonly hub: EventHub<Events> = new EventHub<Events>({ runtime: new FakeRuntime(), channels: channelNames() })
  /** Noted, not thrown: what a listener throws is caught. */
  readonly broken: string[] = []
  lastId = 0
  readonly #subscriptions: Unsubscribe[] = []
  #depth = 0
  #delivering = 0

  /** Kind and number of every event, as one subscriber of both kinds is told. */
  observe(): string[] {
    const seen: string[] = []
    for (const name of ['opened', 'moved'] as const)
      this.hub.subscribe(name, event => {
        if (this.#depth > 0) this.broken.push('told within a step')
        seen.push(`${name} ${event.id}`)
      })
    return seen
  }

  perform(actions: readonly Action[]): void {
    for (const action of actions) this.#act(action)
  }

  #act(action: Action): void {
    switch (action.does) {
      case 'emit':
        if (this.lastId === eventsMax) return
        this.lastId += 1
        return this.hub.emit(action.kind, { id: this.lastId })
      case 'step':
        return this.#step(action.actions)
      case 'subscribe':
        if (this.#subscriptions.length === subscriptionsMax) return
        this.#subscriptions.push(this.hub.subscribe(action.kind, () => this.#listen(action.actions)))
        return
      case 'unsubscribe':
        return this.#subscriptions.shift()?.()
      case 'throw':
        if (this.#delivering > 0) throw new Error('of a listener')
    }
  }

  #step(actions: readonly Action[]): void {
    this.hub.begin()
    this.#depth += 1
    try {
      this.perform(actions)
    } finally {
      this.#depth -= 1
      this.hub.end()
    }
  }

  #listen(actions: readonly Action[]): void {
    if (this.#delivering > 0) this.broken.push('a listener called within another')
    if (this.#depth > 0) this.broken.push('a listener called within a step')
    this.#delivering += 1
    try {
      this.perform(actions)
    } finally {
      this.#delivering -= 1
    }
  }
}

test('whatever listeners emit, subscribe, end or throw, all subscribers of the same kinds see one order: that of emission', async () => {
  await fc.assert(
    fc.asyncProperty(program, program, program, async (before, between, after) => {
      const scenario = new Scenario()
      scenario.perform(before)
      const idBefore = scenario.lastId
      const first = scenario.observe()
      const stream = scenario.hub.stream(['opened', 'moved'])
      scenario.perform(between)
      const second = scenario.observe()
      scenario.perform(after)
      scenario.hub.endStreams()

      const streamed: number[] = []
      for await (const event of stream) streamed.push((event as { id: number }).id)
      assert.deepEqual(scenario.broken, [])
      assert.deepEqual(
        streamed,
        Array.from({ length: scenario.lastId - idBefore }, (_, index) => idBefore + index + 1)
      )
      assert.deepEqual(
        first.map(line => Number(line.split(' ')[1])),
        streamed
      )
      assert.deepEqual(second, first.slice(first.length - second.length))
    })
  )
})
