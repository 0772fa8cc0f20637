import { type AnyEvent, eventLine, isRoutine, type ShownEventName } from './event_line.ts'
import { line, type Line, type Tone } from './screen.ts'

export type EventCounts = ReadonlyMap<ShownEventName, number>

export interface JournalSetup {
  readonly write: (line: Line) => void
  /** Since the demo began. */
  readonly elapsedMS: () => number
  readonly addressCharacters: number
  /** A line for each event. Otherwise events of routine are told as counts, by `tellRoutine`. */
  readonly everyEvent: boolean
}

/** What happens, each line with its time: the client's events, which are counted too, and what the demo itself does. */
export class Journal {
  readonly #setup: JournalSetup
  readonly #counts = new Map<ShownEventName, number>()
  readonly #routine = new Map<ShownEventName, number>()

  constructor(setup: JournalSetup) {
    this.#setup = setup
  }

  /** All events so far, by kind, those first that came first. */
  get counts(): EventCounts {
    return this.#counts
  }

  told(event: AnyEvent): void {
    countOneMore(this.#counts, event.name)
    if (!this.#setup.everyEvent && isRoutine(event)) countOneMore(this.#routine, event.name)
    else this.#write(eventLine(event, this.#setup.addressCharacters))
  }

  /** The events of routine since the last call, as counts: those of connections in one line, the others in another. */
  tellRoutine(): void {
    for (const ofConnections of [true, false]) {
      // In the order in which kinds came for the first time, so that lines can be compared.
      const kinds = [...this.#counts.keys()].filter(name => name.startsWith('connection') === ofConnections)
      const texts = kinds.flatMap(name => {
        const count = this.#routine.get(name)
        return count === undefined ? [] : [`${count} ${withoutPrefix(name)}`]
      })
      if (texts.length > 0) this.#write(line(texts.join(', '), 'quiet'))
    }
    this.#routine.clear()
  }

  note(text: string, tone: Tone = 'mark'): void {
    this.#write(line(text, tone))
  }

  #write({ text, tone }: Line): void {
    const seconds = (this.#setup.elapsedMS() / 1_000).toFixed(2)
    this.#setup.write(line(`${seconds.padStart(7)} ${printable(text)}`, tone))
  }
}

/** What a server says cannot forge lines, nor steer the terminal. */
function printable(text: string): string {
  return text.replace(/\p{C}+/gu, ' ')
}

function countOneMore(counts: Map<ShownEventName, number>, name: ShownEventName): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

/** `checkedOut` says as much as `connectionCheckedOut` where several stand in one line. */
export function withoutPrefix(name: ShownEventName): string {
  const short = name.replace(/^(?:connection|server)/, '')
  return `${short.charAt(0).toLowerCase()}${short.slice(1)}`
}
