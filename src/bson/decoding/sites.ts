import { Allowance } from './allowance.ts'
import { Place } from './learned.ts'
import { storesOfProcess } from './shape.ts'

/** Sites of a client; the oldest makes room. */
export const sitesMax = 512

/** Elements that are foreseen, each some 250 bytes: of a site, and of all sites of a client. */
export const prefixesOfSiteMax = 1024
export const prefixesOfClientMax = 16_384

/** Store copies, of which there are few in the process. */
export const storesOfSiteMax = 16
export const storesOfClientMax = 24

/** Where documents like one another come from, and what is learned of them: for example one command on one namespace. */
export class DecodeSite {
  readonly #prefixes: Allowance
  readonly #stores: Allowance
  readonly place: Place

  constructor(prefixesOfClient: Allowance, storesOfClient: Allowance) {
    this.#prefixes = new Allowance(prefixesOfSiteMax, prefixesOfClient)
    this.#stores = new Allowance(storesOfSiteMax, storesOfClient)
    this.place = new Place({ prefixes: this.#prefixes, stores: this.#stores })
  }

  /** It learns no more, and what it has learned no longer counts. Store copies stay spent. */
  retire(): void {
    this.#prefixes.giveBack()
    this.#prefixes.close()
    this.#stores.close()
  }
}

/** How much a client has learned, within the limits above. */
export interface Learned {
  readonly sites: number
  readonly prefixes: number
  readonly stores: number
}

/** The sites of one client: what is learned belongs to it. */
export class DecodeSites {
  readonly #prefixes: Allowance = new Allowance(prefixesOfClientMax)
  readonly #stores: Allowance = new Allowance(storesOfClientMax, storesOfProcess)
  readonly #sites = new Map<string, DecodeSite>()

  /** The same site for the same name, until too many others were asked for. */
  siteFor(name: string): DecodeSite {
    const known = this.#sites.get(name)
    if (known !== undefined) return known
    if (this.#sites.size === sitesMax) this.#retireOldest()
    const site = new DecodeSite(this.#prefixes, this.#stores)
    this.#sites.set(name, site)
    return site
  }

  get learned(): Learned {
    return { sites: this.#sites.size, prefixes: this.#prefixes.taken, stores: this.#stores.taken }
  }

  #retireOldest(): void {
    for (const [name, site] of this.#sites) {
      this.#sites.delete(name)
      site.retire()
      return
    }
  }
}
