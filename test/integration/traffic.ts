/** What goes over networks, seen from both ends of each connection: when nothing is under way is known from events alone. */
import type { Network, Target, Transport, TransportHandler } from '../../src/runtime/index.ts'

interface End {
  readonly address: string
  readonly accepted: boolean
  /** A dialling end has had bytes from its server, so its server has accepted it and knows who it is. */
  answered: boolean
  /** Its owner ends it, and has not been told yet that it is closed. */
  ending: boolean
}

const waitMSMax = 30_000

/**
 * The connections of several owners, each with a network of its own. A dial is under way until its server has answered it, a
 * close from the moment when one end begins it until both ends have been told.
 *
 * Which two ends belong together is not known, only how many there are at an address. So a close by a server and another by
 * its peer, at one address and at one time, would go unnoticed: faults of a test come one after the other.
 */
export class Traffic {
  /** Called at each moment when nothing is under way any more. */
  onStill: () => void = () => undefined
  readonly #ends = new Map<End, string>()
  #changed = false
  #waiting: (() => void)[] = []
  #watching: (() => void)[] = []
  #failure: unknown

  /** That network, for one owner. */
  network(network: Network, owner: string): Network {
    return {
      connect: (target, handler, options) => {
        const end = this.#opens(owner, addressOf(target), false)
        return this.#ended(end, network.connect(target, this.#told(end, handler), options))
      },
      listen: (target, accept, done) => {
        let address = addressOf(target)
        return network.listen(
          target,
          (transport, peer) => {
            const end = this.#opens(owner, address, true)
            return this.#told(end, accept(this.#ended(end, transport), peer))
          },
          (error, bound) => {
            address = addressOf(bound)
            done(error, bound)
          }
        )
      }
    }
  }

  /** The owner's dialling ends, from `connect` until `closed` has been told. */
  ends(owner: string): number {
    return [...this.#ends].filter(([end, of]) => of === owner && !end.accepted).length
  }

  /** Resolves at the next change that is told to an end: it has been opened, answered or closed. */
  change(): Promise<void> {
    return this.#within(resolve => this.#watching.push(resolve), 'no change')
  }

  /** Resolves when nothing is under way, at once if it is so. Rejects with what `onStill` has thrown so far. */
  async settled(): Promise<void> {
    if (this.#underWay() !== undefined)
      await this.#within(resolve => this.#waiting.push(resolve), 'something is still under way')
    if (this.#failure !== undefined) throw this.#failure
  }

  #within(wait: (resolve: () => void) => unknown, otherwise: string): Promise<void> {
    const limit = AbortSignal.timeout(waitMSMax)
    return new Promise<void>((resolve, reject) => {
      const late = (): void =>
        reject(new Error(`${otherwise} after ${waitMSMax} ms; under way: ${this.#underWay() ?? 'nothing'}`))
      limit.addEventListener('abort', late)
      wait(() => {
        limit.removeEventListener('abort', late)
        resolve()
      })
    })
  }

  #opens(owner: string, address: string, accepted: boolean): End {
    const end = { address, accepted, answered: accepted, ending: false }
    this.#ends.set(end, owner)
    this.#changed = true
    return end
  }

  #ended(end: End, transport: Transport): Transport {
    return {
      write: bytes => transport.write(bytes),
      get unflushedBytes() {
        return transport.unflushedBytes
      },
      get stage() {
        return transport.stage
      },
      get peerSubject() {
        return transport.peerSubject
      },
      pause: () => transport.pause(),
      resume: () => transport.resume(),
      setRef: on => transport.setRef(on),
      destroy: () => {
        end.ending = true
        transport.destroy()
      }
    }
  }

  #told(end: End, handler: TransportHandler): TransportHandler {
    return {
      opened: () => handler.opened(),
      received: (buffer, length) => {
        handler.received(buffer, length)
        if (end.answered) return
        end.answered = true
        this.#look()
      },
      flushed: () => handler.flushed(),
      closed: error => {
        this.#ends.delete(end)
        this.#changed = true
        handler.closed(error)
        this.#look()
      }
    }
  }

  /** After a handler has returned: the step that it made is over, and its events are delivered. */
  #look(): void {
    for (const tell of this.#watching.splice(0)) tell()
    if (!this.#changed || this.#underWay() !== undefined) return
    this.#changed = false
    try {
      this.onStill()
    } catch (error) {
      this.#failure ??= error
    }
    for (const tell of this.#waiting.splice(0)) tell()
  }

  /** In words; undefined: nothing. */
  #underWay(): string | undefined {
    const sums = new Map<string, number>()
    for (const [{ address, accepted, answered, ending }, owner] of this.#ends) {
      if (!answered) return `a dial of ${owner} to ${address}`
      if (ending) return `a close of ${owner}, ${accepted ? 'accepted at' : 'dialled to'} ${address}`
      sums.set(address, (sums.get(address) ?? 0) + (accepted ? 1 : -1))
    }
    for (const [address, more] of sums)
      if (more !== 0) return `a close that only one end of ${address} knows of (${more} more accepted than dialled)`
    return undefined
  }
}

function addressOf(target: Target): string {
  return target.kind === 'unix' ? target.path : `${target.host}:${target.port}`
}
