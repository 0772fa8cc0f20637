import type { Mechanism } from './mechanism.ts'

export interface CredentialValues {
  /** Undefined: to be negotiated with the server. */
  readonly mechanism: Mechanism | undefined
  /** The database that knows the user. */
  readonly source: string
  readonly username: string | undefined
  readonly password: string | undefined
  /** Of the certificate that the client presents in TLS, in the form of RFC 2253, if it is known. */
  readonly certificateSubject?: string | undefined
}

/** Who authenticates, and how. Names and password stand where neither `util.inspect` nor JSON looks. */
export class Credentials {
  readonly mechanism: Mechanism | undefined
  readonly source: string
  readonly #certificateSubject: string | undefined
  readonly #username: string | undefined
  readonly #password: string | undefined

  constructor({ mechanism, source, username, password, certificateSubject }: CredentialValues) {
    this.mechanism = mechanism
    this.source = source
    this.#certificateSubject = certificateSubject
    this.#username = username
    this.#password = password
  }

  reveal(): Pick<CredentialValues, 'username' | 'password' | 'certificateSubject'> {
    return { username: this.#username, password: this.#password, certificateSubject: this.#certificateSubject }
  }

  /** As a part of a sentence: `user "ada" of the database "admin"`. Whoever a certificate names is told by its subject. */
  describe(): string {
    const name = this.#username ?? this.#certificateSubject
    const user = name === undefined ? 'the user of the certificate' : `user ${JSON.stringify(name)}`
    return `${user} of the database ${JSON.stringify(this.source)}`
  }
}
