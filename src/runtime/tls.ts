/** What the Runtime needs to encrypt connections. All certificates and keys are PEM text. */
export interface TLS {
  /**
   * The text of a file. Synchronous: it is read once, when a client or a server is made.
   * @throws {Error} when it cannot be read, is no regular file, or has more than `bytesMax` bytes.
   */
  readText(path: string, bytesMax: number): string
  /** @throws {TLSMaterialError} for what cannot be used. */
  client(settings: ClientTLSSettings): ClientTLS
  /** @throws {TLSMaterialError} for what cannot be used. */
  server(settings: ServerTLSSettings): ServerTLS
}

export interface TLSMaterial {
  /** The authorities to trust. Absent: a client trusts those that come with the platform, a server trusts none. */
  readonly ca?: string | undefined
  /** The certificate to present; those that lead from it to an authority may follow. */
  readonly certificate?: string | undefined
  /** Of the certificate. */
  readonly key?: string | undefined
  /** Of the key, if it is encrypted. */
  readonly keyPassword?: string | undefined
  /** Certificates that were revoked: then there must be a list of each authority's. */
  readonly crl?: string | undefined
}

export interface ClientTLSSettings extends TLSMaterial {
  /** In place of the material. */
  readonly secureContext?: SecureContext | undefined
  readonly allowInvalidCertificates: boolean
  readonly allowInvalidHostnames: boolean
}

export interface ServerTLSSettings extends TLSMaterial {
  readonly certificate: string
  readonly key: string
  /**
   * Whether clients present a certificate, which must be of one of the authorities: not asked for, asked for and checked if
   * there is one, or demanded.
   */
  readonly clientCertificate: 'none' | 'optional' | 'required'
}

/** What `createSecureContext` of `node:tls` makes. */
export interface SecureContext {
  readonly context: unknown
}

/**
 * Made once for all dials of a client: it holds the certificates, and one session for each address, so that later
 * connections to it resume instead of starting anew. Its inside belongs to the Runtime that made it.
 */
export abstract class ClientTLS {
  /** Whether it has a certificate to present; undefined where only the program that made it knows. */
  abstract readonly hasCertificate: boolean | undefined
  /** Of that certificate, in the form of RFC 2253; undefined where there is none, or only the program knows. */
  abstract readonly certificateSubject: string | undefined
}

/** Made once for a listener. Its inside belongs to the Runtime that made it. */
export abstract class ServerTLS {
  abstract readonly clientCertificate: ServerTLSSettings['clientCertificate']
}

/** A certificate, a key or a list cannot be used. The message shows nothing of its text, nor a password. */
export class TLSMaterialError extends Error {
  readonly part: 'ca' | 'certificate' | 'key' | 'keyPassword' | 'crl' | 'secureContext'

  constructor(part: TLSMaterialError['part'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'TLSMaterialError'
    this.part = part
  }
}
