import type { OptionValues } from './option_values.ts'

/** Options whose values no message, inspection or JSON may show. `auth` may have a password in it, as may the properties. */
export const secretNames = [
  'auth',
  'authMechanismProperties',
  'proxyPassword',
  'proxyUsername',
  'tlsCertificateKeyFilePassword'
] as const

export type SecretName = (typeof secretNames)[number]

export type SecretValues = Pick<OptionValues, SecretName> & {
  /** User information of the connection string, decoded. */
  readonly username?: string | undefined
  readonly password?: string | undefined
}

/** Keeps secrets where neither `util.inspect`, with hidden properties too, nor JSON looks: in a private field. */
export class Secrets {
  readonly #values: SecretValues

  constructor(values: SecretValues) {
    this.#values = values
  }

  has(name: keyof SecretValues): boolean {
    return this.#values[name] !== undefined
  }

  reveal<Name extends keyof SecretValues>(name: Name): SecretValues[Name] {
    return this.#values[name]
  }

  /** The same with others on top; what they leave undefined stays. */
  with(values: SecretValues): Secrets {
    const given = Object.entries(values).filter(([, value]) => value !== undefined)
    return new Secrets({ ...this.#values, ...Object.fromEntries(given) })
  }
}

export function isSecret(name: string): name is SecretName {
  return (secretNames as readonly string[]).includes(name)
}
