import { styleText } from 'node:util'
import { poolTable } from './pool_table.ts'
import type { Line, Screen, Tone, View } from './screen.ts'

/** What it uses of a terminal. */
export interface Terminal {
  write(text: string): unknown
  /** Undefined or 0: not known. */
  readonly columns?: number
  readonly rows?: number
}

const formats: Readonly<Record<Exclude<Tone, 'plain'>, Parameters<typeof styleText>[0]>> = {
  quiet: 'dim',
  good: 'green',
  bad: 'red',
  mark: 'cyan'
}

/** Lines that wait for the next view. More than can be read in that time are counted instead. */
const waitingLinesMax = 500

const columnsDefault = 80
const rowsDefault = 24
/** What stands in a view around the rows of the table. */
const furtherRows = 5

/**
 * A log that scrolls, and below it a view that is drawn anew in place. The cursor is never hidden and the screen never
 * switched, so that the terminal is as it was, however the program ends.
 */
export class LiveScreen implements Screen {
  readonly viewMS = 100
  readonly #terminal: Terminal
  readonly #styled: (line: Line) => string
  #waiting: string[] = []
  #omitted = 0
  /** Rows that the view takes now; the cursor stands in the last of them. */
  #viewRows = 0
  #viewsEnded = false

  /** `styled`: default with colours, unless the environment forbids them. */
  constructor(terminal: Terminal, styled: (line: Line) => string = colours) {
    this.#terminal = terminal
    this.#styled = styled
  }

  log(line: Line): void {
    if (this.#viewsEnded) this.#terminal.write(`${this.#styled(line)}\n`)
    else if (this.#waiting.length < waitingLinesMax) this.#waiting.push(this.#styled(line))
    else this.#omitted++
  }

  show(view: View): void {
    const lines = this.#viewLines(view)
    this.#terminal.write(`${this.#eraseView()}${this.#takeLog()}${lines.map(this.#styled).join('\n')}`)
    this.#viewRows = lines.length
  }

  endViews(): void {
    if (this.#viewsEnded) return
    this.#viewsEnded = true
    this.#terminal.write(`${this.#eraseView()}${this.#takeLog()}`)
    this.#viewRows = 0
  }

  /** No line is longer than a row, and there are fewer lines than rows: otherwise they could not be erased again. */
  #viewLines({ pools, status }: View): Line[] {
    const columns = known(this.#terminal.columns, columnsDefault)
    const rows = known(this.#terminal.rows, rowsDefault)
    const [titles = '', ...table] = poolTable(pools, columns - 1)
    const shown = table.slice(0, Math.max(1, rows - furtherRows))
    const more = table.length - shown.length
    const lines: Line[] = [
      { text: '', tone: 'plain' },
      { text: titles, tone: 'quiet' },
      ...shown.map((text, index) => ({ text, tone: pools[index]?.state === 'ready' ? 'plain' : 'bad' }) as const),
      ...(more > 0 ? [{ text: `and ${more} more`, tone: 'quiet' } as const] : []),
      { text: status, tone: 'mark' }
    ]
    return lines.map(({ text, tone }) => ({ text: text.slice(0, columns - 1), tone }))
  }

  #eraseView(): string {
    if (this.#viewRows === 0) return ''
    const up = this.#viewRows > 1 ? `\u001b[${this.#viewRows - 1}A` : ''
    return `\r${up}\u001b[J`
  }

  #takeLog(): string {
    const lines = this.#waiting
    if (this.#omitted > 0) lines.push(this.#styled({ text: `and ${this.#omitted} lines more`, tone: 'quiet' }))
    this.#waiting = []
    this.#omitted = 0
    return lines.map(text => `${text}\n`).join('')
  }
}

function known(size: number | undefined, otherwise: number): number {
  return size === undefined || size === 0 ? otherwise : size
}

function colours({ text, tone }: Line): string {
  return tone === 'plain' || text === '' ? text : styleText(formats[tone], text, { stream: process.stdout })
}
