import type { OnReadOpts, Socket, SocketConstructorOpts, TcpNetConnectOpts } from 'node:net'
import { connectionFailure, dialFailure } from '../failures.ts'
import type { Target, Transport, TransportError, TransportOptions } from '../runtime.ts'

/** How far a socket has come. */
export interface Progress {
  readonly stage: Transport['stage']
  readonly peerSubject: string | undefined
  /** What an error of the socket means in this stage. */
  failure(error: NodeJS.ErrnoException): TransportError
}

/** A socket on its way, plain or with TLS. */
export interface Dial extends Progress {
  readonly socket: Socket
  /** Calls back once, when bytes can be exchanged. */
  whenOpen(opened: () => void): void
  /** Absent: nothing comes before it is open. */
  early?(bytes: Uint8Array): void
  /** Absent: never. Another socket over the first takes its place, and reads by `data` events. */
  whenReplaced?(replaced: (socket: Socket) => void): void
}

export function socketOptions(
  options: TransportOptions,
  onread: OnReadOpts | undefined
): SocketConstructorOpts & Partial<TcpNetConnectOpts> {
  return {
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: options.keepAliveInitialDelayMS,
    ...(onread === undefined ? {} : { onread })
  }
}

export function failureToDial(target: Target, error: NodeJS.ErrnoException): TransportError {
  const stage = error.syscall === 'getaddrinfo' ? 'lookup' : 'connect'
  return dialFailure(target, stage, reasonOf(error), error.code, error)
}

export function failureWhenOpen(peer: string, error: NodeJS.ErrnoException): TransportError {
  return connectionFailure(peer, reasonOf(error), error.code, error)
}

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

/** What OpenSSL says has addresses of memory and lines of its source in it, but for its `reason`. */
export function reasonOf(error: Error): string {
  if ('reason' in error && typeof error.reason === 'string') return error.reason
  // Of a name with several addresses Node tells one error without a text, which holds one for each address.
  if (!(error instanceof AggregateError)) return error.message
  return error.errors.map(each => asError(each).message).join(', ')
}
