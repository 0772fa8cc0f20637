import type { PoolRow } from '../../client/index.ts'

/** How a line looks where there are colours. */
export type Tone = 'plain' | 'quiet' | 'good' | 'bad' | 'mark'

export interface Line {
  readonly text: string
  readonly tone: Tone
}

/** What is true now, as opposed to what has happened. */
export interface View {
  readonly pools: readonly PoolRow[]
  readonly status: string
}

/** Where the demo shows what it does. */
export interface Screen {
  /** How often it wants a view. */
  readonly viewMS: number
  /** What has happened, in order. */
  log(line: Line): void
  show(view: View): void
  /** No more views. The cursor stands at the beginning of a line of its own; lines may still be logged. */
  endViews(): void
}

export function line(text: string, tone: Tone = 'plain'): Line {
  return { text, tone }
}
