import { HeadTable } from './heads.ts'
import { Place } from './place.ts'
import { Stores } from './stores.ts'

/** Sites of a client; when there are more, the oldest is forgotten. */
export const sitesMax = 256

/** Places of a site, the outermost one included: one for each field that has documents in it. */
export const placesOfSiteMax = 64

/** Store copies that a client may have. */
export const storesOfClientMax = 96

/** Where documents like one another come from, and what is learned of them: for example one command on one namespace. */
export class DecodeSite {
  readonly table: HeadTable
  readonly place: Place = new Place({ places: placesOfSiteMax - 1 })

  constructor(table: HeadTable) {
    this.table = table
  }
}

/** The sites of one client: what is learned belongs to it, and is limited, since a server could send anything. */
export class DecodeSites {
  readonly #table = new HeadTable(new Stores(storesOfClientMax))
  readonly #sites = new Map<string, DecodeSite>()

  /** The same site for the same name, until too many others were asked for. */
  siteFor(name: string): DecodeSite {
    const known = this.#sites.get(name)
    if (known !== undefined) return known
    if (this.#sites.size === sitesMax) this.#forgetOldest()
    const site = new DecodeSite(this.#table)
    this.#sites.set(name, site)
    return site
  }

  #forgetOldest(): void {
    for (const name of this.#sites.keys()) {
      this.#sites.delete(name)
      return
    }
  }
}
