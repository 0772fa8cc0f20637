import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LiveScreen } from '../../../src/cli/demo/live_screen.ts'
import { PlainScreen } from '../../../src/cli/demo/plain_screen.ts'
import { line, type View } from '../../../src/cli/demo/screen.ts'
import { poolRow } from './pools.ts'

/** What a terminal shows of what was written to it: the sequences that the screen uses, and no others. */
class FakeTerminal {
  readonly columns: number
  readonly rows: number
  readonly shown: string[] = ['']
  #row = 0
  #column = 0

  constructor(columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
  }

  write(text: string): void {
    for (const [, sequence, control, characters] of text.matchAll(/\p{Cc}\[(\d*[A-Za-z])|([\r\n])|(\P{Cc}+)/gu)) {
      if (sequence !== undefined) this.#obey(sequence)
      else if (control === '\r') this.#column = 0
      else if (control === '\n') this.#nextRow()
      else this.#put(characters ?? '')
    }
  }

  #obey(sequence: string): void {
    const [, count = '', letter] = /^(\d*)([A-Za-z])$/.exec(sequence) ?? []
    if (letter === 'A') {
      this.#row -= Number(count)
      // What has scrolled off the top cannot be reached.
      assert.ok(this.#row >= Math.max(0, this.shown.length - this.rows), 'the cursor stays on the screen')
    } else if (letter === 'J' && count === '') {
      this.shown.length = this.#row + 1
      this.shown[this.#row] = (this.shown[this.#row] ?? '').slice(0, this.#column)
    } else assert.fail(`a sequence that no view needs: ${sequence}`)
  }

  #nextRow(): void {
    this.#row++
    this.#column = 0
    this.shown[this.#row] ??= ''
  }

  #put(characters: string): void {
    const row = this.shown[this.#row] ?? ''
    this.shown[this.#row] = row.slice(0, this.#column) + characters + row.slice(this.#column + characters.length)
    this.#column += characters.length
    assert.ok(this.#column <= this.columns, `a line that the terminal would break: ${characters}`)
  }
}

function screenOn(terminal: FakeTerminal): LiveScreen {
  return new LiveScreen(terminal, ({ text }) => text)
}

function viewAt(served: number): View {
  return { pools: [poolRow({ checkedOut: served }), poolRow({ address: '127.0.0.1:27018' })], status: `at ${served}` }
}

test('on a terminal the log scrolls, and one view stands below it, drawn anew in place', () => {
  const terminal = new FakeTerminal(80, 24)
  const screen = screenOn(terminal)
  screen.log(line('first'))
  screen.show(viewAt(1))
  screen.log(line('second'))
  screen.log(line('third'))
  screen.show(viewAt(2))
  assert.deepEqual(terminal.shown, [
    'first',
    'second',
    'third',
    '',
    'server           type     pool   in use  idle  pending  waiting  served',
    '127.0.0.1:27017  Primary  ready       2     0        0        0       0',
    '127.0.0.1:27018  Primary  ready       0     0        0        0       0',
    'at 2'
  ])
})

test('at the end the view goes, the log stays, and the cursor is at the beginning of a line', () => {
  const terminal = new FakeTerminal(80, 24)
  const screen = screenOn(terminal)
  screen.show(viewAt(1))
  screen.log(line('last'))
  screen.endViews()
  screen.endViews()
  screen.log(line('summary'))
  assert.deepEqual(terminal.shown, ['last', 'summary', ''])
})

test('a terminal that is small gets a view that fits, and is told what it does not see', () => {
  const terminal = new FakeTerminal(40, 8)
  const screen = screenOn(terminal)
  const pools = Array.from({ length: 7 }, (_, index) => poolRow({ address: `server-${index}.example:27017` }))
  for (let round = 0; round < 5; round++) {
    screen.log(line(`round ${round}`))
    screen.show({ pools, status: 'a status that is longer than this terminal is wide, by far' })
  }
  assert.deepEqual(terminal.shown.slice(0, 6), ['round 0', 'round 1', 'round 2', 'round 3', 'round 4', ''])
  assert.equal(terminal.shown.length, 12)
  assert.equal(terminal.shown.at(-2), 'and 4 more')
})

test('a terminal of unknown size is taken for one of 80 by 24', () => {
  const written: string[] = []
  const screen = new LiveScreen({ columns: 0, rows: 0, write: text => written.push(text) }, ({ text }) => text)
  screen.show(viewAt(1))
  assert.match(written.join(''), /served\n127\.0\.0\.1:27017 {2}Primary/)
})

test('more lines than anyone can read between two views are counted instead', () => {
  const terminal = new FakeTerminal(80, 24)
  const screen = screenOn(terminal)
  for (let index = 0; index < 1_200; index++) screen.log(line(`event ${index}`))
  screen.show(viewAt(1))
  assert.equal(terminal.shown.indexOf('and 700 lines more'), 500)
})

test('without a terminal there are lines of text and no control sequence', () => {
  let text = ''
  const screen = new PlainScreen(written => (text += written))
  screen.log(line('an event', 'bad'))
  screen.show({ pools: [], status: 'before the first pool there is nothing to show' })
  screen.show(viewAt(3))
  screen.endViews()
  screen.log(line(''))
  assert.equal(
    text,
    [
      'an event',
      'server           type     pool   in use  idle  pending  waiting  served',
      '127.0.0.1:27017  Primary  ready       3     0        0        0       0',
      '127.0.0.1:27018  Primary  ready       0     0        0        0       0',
      'at 3',
      '',
      ''
    ].join('\n')
  )
})
