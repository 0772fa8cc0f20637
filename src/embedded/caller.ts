import type { Login } from './login.ts'

/** What the first hello of a connection told of the client. */
export interface ClientFacts {
  readonly applicationName: string | undefined
  readonly driverName: string
}

/** A connection as commands see it. */
export interface Caller {
  /** `connectionId`: from 1, a number of its own for each connection of a member. */
  readonly id: number
  readonly client: ClientFacts | undefined
  /** Whether it is another server's. */
  readonly internal: boolean
  /** Whether it came through a load balancer. */
  readonly throughLoadBalancer: boolean
  readonly helloCount: number
  /** Who has authenticated. */
  readonly login: Login
  /** The subject of the certificate that the client presented, in the form of RFC 2253; undefined: it presented none. */
  readonly certificateSubject: string | undefined
  /** A hello arrived; the first one may say who the client is. */
  helloReceived(client: ClientFacts | undefined, internal: boolean): void
  /** Those of the offered compressors that may be used from now on, by their names and in the client's order. */
  agreeOnCompressors(offered: readonly unknown[]): readonly string[]
  /**
   * Resolves after `durationMS`, or earlier when the function that `subscribe` is given is called; `subscribe` returns how
   * to unsubscribe. Rejects with `ConnectionEnded` as soon as the client is gone. No timer is left behind.
   */
  pause(durationMS: number, subscribe?: (wake: () => void) => () => void): Promise<void>
}

/** The client has gone, or was cut off: nobody waits for the command's reply. */
export class ConnectionEnded extends Error {
  override get name(): string {
    return 'ConnectionEnded'
  }
}
