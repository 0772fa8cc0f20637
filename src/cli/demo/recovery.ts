import { type AnyEvent, wholeMS } from './event_line.ts'

/** A step-down as the client lives through it: when it knows the next primary, and when a write succeeds there. */
export class Recovery {
  readonly #oldPrimary: string
  readonly #beganMS: number
  #electedAfterMS: number | undefined
  #writtenAfterMS: number | undefined

  constructor(oldPrimary: string, nowMS: number) {
    this.#oldPrimary = oldPrimary
    this.#beganMS = nowMS
  }

  /** Undefined until then. */
  get electedAfterMS(): number | undefined {
    return this.#electedAfterMS
  }

  get writtenAfterMS(): number | undefined {
    return this.#writtenAfterMS
  }

  /** Says who is the next primary, when it is this event that tells. */
  told(event: AnyEvent, nowMS: number): string | undefined {
    if (this.#electedAfterMS !== undefined || event.name !== 'serverDescriptionChanged') return undefined
    const { address, newDescription } = event
    if (newDescription.type !== 'RSPrimary' || address === this.#oldPrimary) return undefined
    this.#electedAfterMS = nowMS - this.#beganMS
    return `${address} is the primary, ${wholeMS(this.#electedAfterMS)} after the step-down began`
  }

  /** A write was acknowledged. Counts once the next primary is known: before, it may have been the old one's last. */
  wrote(nowMS: number): string | undefined {
    if (this.#electedAfterMS === undefined || this.#writtenAfterMS !== undefined) return undefined
    this.#writtenAfterMS = nowMS - this.#beganMS
    return `recovered: a write was acknowledged after ${wholeMS(this.#writtenAfterMS)}`
  }
}
