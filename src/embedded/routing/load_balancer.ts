import type { Transport, TransportHandler } from '../../runtime/index.ts'
import { ListeningPort } from '../listening_port.ts'
import type { ServerOptions } from '../server.ts'
import type { Router } from './router.ts'

/** One address for several routers: each connection goes to the next of those that run. */
export class LoadBalancer {
  readonly #port: ListeningPort
  readonly #routers: readonly Router[]
  #accepted = 0

  /**
   * Resolves when it can be dialled.
   * @throws what the network says when it cannot listen.
   */
  static async start(
    options: Pick<ServerOptions, 'runtime' | 'host' | 'port' | 'tls'>,
    routers: readonly Router[]
  ): Promise<LoadBalancer> {
    const balancer = new LoadBalancer(options, routers)
    await balancer.#port.open()
    return balancer
  }

  private constructor(
    { runtime: { network }, host, port, tls }: Pick<ServerOptions, 'runtime' | 'host' | 'port' | 'tls'>,
    routers: readonly Router[]
  ) {
    this.#routers = routers
    const accept = (transport: Transport, peer: string): TransportHandler => this.#accept(transport, peer)
    this.#port = new ListeningPort({ network, host, port, tls: tls?.server, accept })
  }

  /** `host:port` */
  get address(): string {
    return this.#port.address
  }

  /** Nobody is accepted any more. The connections are the routers'. */
  async stop(): Promise<void> {
    await this.#port.close()
  }

  #accept(transport: Transport, peer: string): TransportHandler {
    const running = this.#routers.filter(({ isRunning }) => isRunning)
    const router = running[this.#accepted++ % running.length]
    if (router !== undefined) return router.acceptBalanced(transport, peer)
    transport.destroy()
    return refused
  }
}

function nothing(): void {}

/** Of a connection that nobody is there to serve. */
const refused: TransportHandler = { opened: nothing, received: nothing, flushed: nothing, closed: nothing }
