import type { Mechanism } from './mechanism.ts'

export interface CredentialValues {
  /** Undefined: to be negotiated with the server. */
  readonly mechanism: Mechanism | undefined
  /** The database that knows the user. */
  readonly source: string
  readonly username: string | undefined
  readonly password: string | undefined
}

/** Who authenticates, and how. Name and password stand where neither `util.inspect` nor JSON looks. */
export class Credentials {
  readonly mechanism: Mechanism | undefined
  readonly source: string
  readonly #username: string | undefined
  readonly #password: string | undefined

  constructor({ mechanism, source, username, password }: CredentialValues) {
    this.mechanism = mechanism
    this.source = source
    this.#username = username
    this.#password = password
  }

  reveal(): { readonly username: string | undefined; readonly password: string | undefined } {
    return { username: this.#username, password: this.#password }
  }

  /** As a part of a sentence: `user "ada" of the database "admin"`. */
  describe(): string {
    const user = this.#username === undefined ? 'the user of the certificate' : `user ${JSON.stringify(this.#username)}`
    return `${user} of the database ${JSON.stringify(this.source)}`
  }
}
