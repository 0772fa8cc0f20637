import type { Clock } from '../runtime/index.ts'
import type { ConnectionPurpose } from './connection.ts'

/** What a socket is doing. `closing`: from the moment it is given up until the operating system has closed it. */
export type SocketActivity =
  | 'opening'
  | 'waiting for the proxy'
  | 'starting TLS'
  | 'shaking hands'
  | 'authenticating'
  | 'idle'
  | 'sending'
  | 'waiting for a reply'
  | 'closing'

/** What the ledger shows of a socket. */
export interface LedgerEntry {
  readonly id: number
  readonly address: string
  readonly purpose: ConnectionPurpose
  readonly activity: SocketActivity
}

export interface OpenSocket extends LedgerEntry {
  /** Since the dial began. */
  readonly ageMS: number
}

/** Every socket of a client, from the dial until the operating system has closed it. */
export class SocketLedger {
  readonly #clock: Pick<Clock, 'nowMS'>
  readonly #sinceMS = new Map<LedgerEntry, number>()
  #onEmpty: (() => void)[] = []

  constructor(clock: Pick<Clock, 'nowMS'>) {
    this.#clock = clock
  }

  dialled(socket: LedgerEntry): void {
    this.#sinceMS.set(socket, this.#clock.nowMS())
  }

  closed(socket: LedgerEntry): void {
    this.#sinceMS.delete(socket)
    if (this.#sinceMS.size === 0) for (const tell of this.#onEmpty.splice(0)) tell()
  }

  /** Calls `onEmpty` once no socket is left, at once if there is none. */
  whenEmpty(onEmpty: () => void): void {
    if (this.#sinceMS.size === 0) onEmpty()
    else this.#onEmpty.push(onEmpty)
  }

  list(): OpenSocket[] {
    const nowMS = this.#clock.nowMS()
    return [...this.#sinceMS].map(([{ id, address, purpose, activity }, sinceMS]) => ({
      id,
      address,
      purpose,
      activity,
      ageMS: nowMS - sinceMS
    }))
  }
}
