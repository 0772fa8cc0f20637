import { poolTable } from './pool_table.ts'
import type { Line, Screen, View } from './screen.ts'

const charactersMax = 80

/** Lines of text and nothing else: for files, pipes and terminals that cannot do more. */
export class PlainScreen implements Screen {
  readonly viewMS = 2_000
  readonly #write: (text: string) => void

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  log({ text }: Line): void {
    this.#write(`${text}\n`)
  }

  show({ pools, status }: View): void {
    if (pools.length > 0) this.#write([...poolTable(pools, charactersMax), status, ''].join('\n'))
  }

  endViews(): void {}
}
