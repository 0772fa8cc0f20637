import { checkedOptions } from './given_options.ts'
import type { Host } from './hosts.ts'
import type { OptionValues } from './option_values.ts'
import { type ParsedOptions, parseOptions } from './parse_options.ts'
import { secretNames, Secrets } from './secrets.ts'

/** A field for each option: what was given, and undefined otherwise, so that what is set can be told from the defaults. */
const OptionFields: new () => OptionValues = class {}

/**
 * Options that a program reads from a connection string, changes field by field and hands to a client. The fields are
 * checked when the client is made.
 */
export class ClientOptionsData extends OptionFields {
  readonly #parsed: ParsedOptions
  readonly #secrets: Record<string, unknown>

  static {
    for (const name of secretNames)
      Object.defineProperty(ClientOptionsData.prototype, name, {
        get(this: ClientOptionsData): unknown {
          return this.#secrets[name]
        },
        set(this: ClientOptionsData, value: unknown) {
          this.#secrets[name] = value
        }
      })
  }

  /**
   * @throws MongoParseError when the connection string is malformed.
   */
  static parse<Data extends ClientOptionsData>(this: new (parsed: ParsedOptions) => Data, uri: string): Data {
    return new this(parseOptions(uri))
  }

  constructor(parsed: ParsedOptions) {
    super()
    this.#parsed = parsed
    this.#secrets = Object.fromEntries(secretNames.map(name => [name, parsed.secrets.reveal(name)]))
    Object.assign(this, parsed.values)
  }

  get hosts(): readonly Host[] {
    return this.#parsed.hosts
  }

  get srvHost(): string | undefined {
    return this.#parsed.srvHost
  }

  get defaultDatabase(): string | undefined {
    return this.#parsed.defaultDatabase
  }

  get warnings(): readonly string[] {
    return this.#parsed.warnings
  }

  /**
   * The fields as they are now, checked and frozen. `others` are the fields that a subclass takes care of itself.
   * @throws MongoInvalidArgumentError for an unknown field or a wrong value.
   */
  snapshot(others: readonly string[]): ParsedOptions {
    const given = checkedOptions(Object.assign({}, this, this.#secrets), others)
    return Object.freeze({
      ...this.#parsed,
      values: Object.freeze(given.values),
      secrets: new Secrets({
        ...given.secrets,
        username: this.#parsed.secrets.reveal('username'),
        password: this.#parsed.secrets.reveal('password')
      })
    })
  }
}
