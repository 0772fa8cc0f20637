import { type Target, TransportError } from './runtime.ts'

/** `db1.example:27017`, `[::1]:27017` or the socket's path: for messages, and the key of the virtual network. */
export function addressOf(target: Target): string {
  return target.kind === 'unix' ? target.path : hostAndPort(target.host, target.port)
}

export function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** The one wording of both Runtimes for a dial that failed. */
export function dialFailure(
  target: Target,
  stage: 'lookup' | 'connect',
  reason: string,
  code?: string,
  cause?: unknown
): TransportError {
  const what =
    stage === 'lookup' && target.kind === 'tcp'
      ? `Looking up the address of ${target.host} failed`
      : `Connecting to ${addressOf(target)} failed`
  return new TransportError(`${what}: ${reason}`, stage, code, cause)
}

/** The one wording of both Runtimes for an open connection that failed. `peer` is like "to db1.example:27017". */
export function connectionFailure(peer: string, reason: string, code?: string, cause?: unknown): TransportError {
  return new TransportError(`The connection ${peer} failed: ${reason}`, 'open', code, cause)
}

/** The one wording of both Runtimes for a listener that could not be bound. */
export function listenFailure(target: Target, reason: string, code?: string, cause?: unknown): TransportError {
  return new TransportError(`Listening on ${addressOf(target)} failed: ${reason}`, 'connect', code, cause)
}
