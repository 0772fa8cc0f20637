import { isIP, type OnReadOpts, Socket } from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { addressOf } from '../failures.ts'
import { type Target, type Transport, TransportError, type TransportOptions } from '../runtime.ts'
import { asError, type Dial, failureToDial, failureWhenOpen } from './dial.ts'
import { tlsModule } from './late_modules.ts'
import { NodeClientTLS } from './tls.ts'
import { alertFailure, handshakeFailure, hostNameFailure } from './tls_failures.ts'

export function dialTLS(target: Target, options: TransportOptions, onread: OnReadOpts): Dial {
  try {
    return new TLSDial(target, options, { onread })
  } catch (error) {
    // Node refuses some targets by throwing (a port out of range). The caller is told as of any other failure, later.
    const socket = new Socket()
    setImmediate(() => socket.destroy(asError(error)))
    const failure = (reason: NodeJS.ErrnoException): TransportError => failureToDial(target, reason)
    return { socket, stage: 'connect', peerSubject: undefined, whenOpen: () => undefined, failure }
  }
}

/** Over a socket of Node's own making, or over one that leads to the target already. */
export class TLSDial implements Dial {
  readonly socket: TLSSocket
  readonly peerSubject = undefined
  readonly #target: Target
  readonly #tls: NodeClientTLS
  stage: Exclude<Transport['stage'], 'proxy'> = 'connect'

  constructor(
    target: Target,
    options: TransportOptions,
    way: { readonly onread: OnReadOpts } | { readonly below: Socket }
  ) {
    if (!(options.tls instanceof NodeClientTLS)) throw new TypeError('the TLS settings are not of this Runtime')
    this.#target = target
    this.#tls = options.tls
    const address = addressOf(target)
    const given = connectOptions(target, options.tls)
    if ('below' in way) {
      this.stage = 'tls-io'
      this.socket = tlsModule().connect({ ...given, socket: way.below })
    } else {
      // Node itself makes the socket below: on a TLS socket laid over another it ignores `onread`.
      const withReading: ConnectionOptions & { readonly onread: OnReadOpts } = { ...given, ...way }
      this.socket = tlsModule().connect(withReading)
      this.socket.once('connect', () => {
        this.stage = 'tls-io'
        this.socket.setNoDelay(true)
        this.socket.setKeepAlive(true, options.keepAliveInitialDelayMS)
      })
    }
    this.socket.on('session', session => {
      // Node tells it after the server was checked, but does not know of our own check of the name.
      if (this.stage === 'open') this.#tls.sessions.keep(address, session)
    })
    this.socket.once('close', () => {
      // What cannot be resumed must not fail for ever.
      if (this.stage !== 'open') this.#tls.sessions.forget(address)
    })
  }

  whenOpen(opened: () => void): void {
    this.socket.once('secureConnect', () => {
      const refusal = this.#refusal()
      if (refusal !== undefined) {
        this.socket.destroy(refusal)
        return
      }
      this.stage = 'open'
      opened()
    })
  }

  failure(error: NodeJS.ErrnoException): TransportError {
    if (error instanceof TransportError) return error
    switch (this.stage) {
      case 'connect':
        return failureToDial(this.#target, error)
      case 'tls-io':
        // Set by Node before it destroys a socket for the server's certificate, and only then.
        return handshakeFailure(this.#target, error, Boolean(this.socket.authorizationError))
      case 'open':
        return alertFailure(this.#target, error) ?? failureWhenOpen(`to ${addressOf(this.#target)}`, error)
    }
  }

  /** Node leaves the name unchecked when it has a certificate to complain of, and that is allowed. */
  #refusal(): TransportError | undefined {
    const { allowInvalidCertificates, allowInvalidHostnames } = this.#tls
    // A session is only resumed where the name was checked before.
    if (!allowInvalidCertificates || allowInvalidHostnames || this.socket.isSessionReused()) return undefined
    const problem = tlsModule().checkServerIdentity(hostOf(this.#target), this.socket.getPeerCertificate())
    return problem === undefined ? undefined : hostNameFailure(this.#target, problem)
  }
}

function connectOptions(target: Target, tls: NodeClientTLS): ConnectionOptions {
  const host = hostOf(target)
  const session = tls.sessions.get(addressOf(target))
  return {
    ...(target.kind === 'tcp' ? { host, port: target.port } : { host, path: target.path }),
    secureContext: tls.context,
    rejectUnauthorized: !tls.allowInvalidCertificates,
    // An IP address is no server name: RFC 6066.
    ...(isIP(host) === 0 ? { servername: host.replace(/\.$/, '') } : {}),
    ...(session === undefined ? {} : { session }),
    ...(tls.allowInvalidHostnames ? { checkServerIdentity: () => undefined } : {})
  }
}

/** For whom the certificate must be. A Unix socket leads to this very machine. */
function hostOf(target: Target): string {
  return target.kind === 'tcp' ? target.host : 'localhost'
}
