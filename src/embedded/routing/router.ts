import type { Transport, TransportHandler } from '../../runtime/index.ts'
import { Server, type ServerOptions } from '../server.ts'
import { RouterProcess } from './router_process.ts'
import type { Shard } from './shard.ts'

export interface RouterOptions extends ServerOptions {
  readonly shard: Shard
}

/** A server without data, before a shard: a mongos. */
export class Router extends Server<RouterProcess> {
  readonly #options: RouterOptions

  /**
   * Resolves when the router can be dialled.
   * @throws what the network says when it cannot listen.
   */
  static async start(options: RouterOptions): Promise<Router> {
    const router = new Router(options)
    await router.listen()
    return router
  }

  private constructor(options: RouterOptions) {
    super(options)
    this.#options = options
  }

  get isRunning(): boolean {
    return !this.process.hasEnded
  }

  /** A connection that a load balancer has accepted for it. */
  acceptBalanced(transport: Transport, peer: string): TransportHandler {
    return this.process.connections.accept(transport, peer, true)
  }

  protected newProcess(): RouterProcess {
    const { runtime, shard, users, compressors = [] } = this.#options
    return new RouterProcess({
      runtime,
      shard,
      users,
      compressors,
      monitorSilence: this.monitorSilence,
      handshakeDelayMS: () => this.handshakeDelayMS,
      address: () => this.address
    })
  }
}
