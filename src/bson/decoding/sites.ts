import { ClientAllowance, SiteAllowance } from './allowance.ts'
import { HeadTable } from './heads.ts'
import { Place } from './place.ts'

/** Sites of a client; when there are more, the oldest is forgotten. */
export const sitesMax = 256

/** Where documents like one another come from, and what is learned of them: for example one command on one namespace. */
export class DecodeSite {
  readonly table: HeadTable
  readonly place: Place
  readonly #allowance: SiteAllowance

  constructor(table: HeadTable, client: ClientAllowance) {
    this.table = table
    this.#allowance = new SiteAllowance(client)
    this.#allowance.takePlace()
    this.place = new Place(this.#allowance)
  }

  /** It decodes on, and learns no more. */
  end(): void {
    this.#allowance.end()
  }
}

/** The sites of one client: what is learned belongs to it, and is limited, since a server could send anything. */
export class DecodeSites {
  readonly #table = new HeadTable()
  readonly #allowance = new ClientAllowance()
  readonly #sites = new Map<string, DecodeSite>()

  /** The same site for the same name, until too many others were asked for. */
  siteFor(name: string): DecodeSite {
    const known = this.#sites.get(name)
    if (known !== undefined) return known
    if (this.#sites.size === sitesMax) this.#forgetOldest()
    const site = new DecodeSite(this.#table, this.#allowance)
    this.#sites.set(name, site)
    return site
  }

  #forgetOldest(): void {
    for (const [name, site] of this.#sites) {
      site.end()
      this.#sites.delete(name)
      return
    }
  }
}
