import { type Caller, type ClientFacts, ConnectionEnded } from './caller.ts'
import type { Login } from './login.ts'

/**
 * A caller without a socket: a server of the same deployment asks on behalf of its client. What the command waits for ends with the
 * client, and with the process that was asked.
 */
export class LocalCaller implements Caller {
  readonly id = 0
  readonly client: ClientFacts | undefined = undefined
  readonly internal = true
  readonly helloCount = 0
  readonly certificateSubject: string | undefined = undefined
  readonly throughLoadBalancer = false
  readonly login: Login
  readonly #client: Caller
  #clientIsGone = false
  #hasEnded = false
  #wake: (() => void) | undefined

  constructor(client: Caller, login: Login) {
    this.#client = client
    this.login = login
  }

  get clientIsGone(): boolean {
    return this.#clientIsGone
  }

  /** Whether the process that was asked is gone. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** The process that was asked ends. */
  end(): void {
    this.#hasEnded = true
    this.#wake?.()
  }

  helloReceived(): void {}

  agreeOnCompressors(): readonly string[] {
    return []
  }

  async pause(durationMS: number, subscribe?: (wake: () => void) => () => void): Promise<void> {
    if (this.#hasEnded) throw gone()
    try {
      await this.#client.pause(durationMS, wake => {
        this.#wake = wake
        return subscribe?.(wake) ?? nothing
      })
    } catch (error) {
      this.#clientIsGone = true
      throw error
    } finally {
      this.#wake = undefined
    }
    if (this.#hasEnded) throw gone()
  }
}

function nothing(): void {}

function gone(): ConnectionEnded {
  return new ConnectionEnded('the server that was asked has gone down')
}
