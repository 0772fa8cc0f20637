/** Limits of what is learned: it comes from servers, which could send anything. */
import { Fills } from './fills.ts'

/** Places of a site, the outermost one included: one for each field that has documents in it. */
export const placesOfSiteMax = 64

/** Beginnings of documents that a site keeps. */
export const stepsOfSiteMax = 512

/** Beginnings of documents that the sites of a client keep in all. */
export const stepsOfClientMax = 8192

/** Elements of a beginning. */
export const stepElementsMax = 128

/** Fill copies that a client may have. */
export const fillsOfClientMax = 48

/** What the sites of one client share. */
export class ClientAllowance {
  steps: number = stepsOfClientMax
  readonly fills: Fills = new Fills(fillsOfClientMax)
}

/** What one site may still learn. */
export class SiteAllowance {
  readonly #client: ClientAllowance
  #places = placesOfSiteMax
  #stepsLeft = stepsOfSiteMax
  #stepsTaken = 0

  constructor(client: ClientAllowance) {
    this.#client = client
  }

  get fills(): Fills {
    return this.#client.fills
  }

  takePlace(): boolean {
    if (this.#places === 0) return false
    this.#places--
    return true
  }

  takeStep(): boolean {
    if (this.#stepsLeft === 0 || this.#client.steps === 0) return false
    this.#stepsLeft--
    this.#stepsTaken++
    this.#client.steps--
    return true
  }

  /** The site is forgotten: others may have its steps. It learns no more. */
  end(): void {
    this.#client.steps += this.#stepsTaken
    this.#stepsTaken = 0
    this.#stepsLeft = 0
    this.#places = 0
  }
}
