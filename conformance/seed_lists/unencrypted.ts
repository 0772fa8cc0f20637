import { ClientTLS, type Network, type Runtime, type Target, type TLS } from '../../src/runtime/index.ts'

/** Of a client that was asked to encrypt, on a network in memory. */
class NotEncrypting extends ClientTLS {
  readonly hasCertificate = false
  readonly certificateSubject = undefined
}

const refuse = (): never => {
  throw new Error('no case of a seed list names a file of certificates')
}

const tls: TLS = { readText: refuse, client: () => new NotEncrypting(), server: refuse }

/**
 * The Runtime with what the set-up of the specification has besides records: names of this machine, and servers that take TLS.
 * The virtual network encrypts nothing; whether a client asks for it shows in its options.
 */
export function unencrypted<Base extends Runtime>(runtime: Base, localNames: ReadonlySet<string>): Base {
  const local = (target: Target): Target =>
    target.kind === 'tcp' && localNames.has(target.host) ? { ...target, host: 'localhost' } : target
  const network: Network = {
    connect: (target, handler, options) =>
      runtime.network.connect(local(target), handler, { ...options, tls: undefined }),
    listen: (target, accept, done) => runtime.network.listen(target, accept, done)
  }
  return { ...runtime, tls, network }
}
