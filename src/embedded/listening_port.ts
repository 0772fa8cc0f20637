import type { Listener, Network, ServerTLS, Target, Transport, TransportHandler } from '../runtime/index.ts'

type TCPTarget = Extract<Target, { kind: 'tcp' }>

export interface ListeningPortOptions {
  readonly network: Network
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly tls: ServerTLS | undefined
  accept(transport: Transport, peer: string): TransportHandler
}

/** Where clients dial. It can be closed and opened again, and stays the port that it was. */
export class ListeningPort {
  readonly #options: ListeningPortOptions
  #target: TCPTarget
  #listener: Listener | undefined

  constructor(options: ListeningPortOptions) {
    this.#options = options
    this.#target = { kind: 'tcp', host: options.host, port: options.port }
  }

  get target(): Target {
    return this.#target
  }

  /** `host:port` */
  get address(): string {
    const { host, port } = this.#target
    return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  }

  /** Resolves when it can be dialled; one that is open stays so. @throws what the network says when it cannot listen. */
  async open(): Promise<void> {
    if (this.#listener !== undefined) return
    const { network, tls } = this.#options
    await new Promise<void>((resolve, reject) => {
      this.#listener = network.listen(
        this.#target,
        (transport, peer) => this.#options.accept(transport, peer),
        (error, bound) => {
          if (bound.kind === 'tcp') this.#target = bound
          if (error === undefined) return resolve()
          this.#listener = undefined
          reject(error)
        },
        tls
      )
    })
  }

  /** Dials are refused from now on. Connections that are open stay so. */
  async close(): Promise<void> {
    const listener = this.#listener
    this.#listener = undefined
    if (listener !== undefined) await new Promise<void>(resolve => listener.close(resolve))
  }
}
