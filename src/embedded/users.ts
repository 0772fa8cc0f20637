import {
  derivationOf,
  isScram,
  type KeyParameters,
  keysFrom,
  type Mechanism,
  type ScramKeys,
  type ScramMechanism,
  type StoredKeys
} from '../auth/index.ts'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import type { Runtime } from '../runtime/index.ts'

/** Someone who may connect. */
export interface UserOptions {
  /** With MONGODB-X509 the subject of the certificate in the form of RFC 2253, such as `CN=client,OU=services,O=example`. */
  readonly name: string
  /** Whoever has MONGODB-X509 alone has none. */
  readonly password?: string
  /** The database that knows the user (default `admin`). */
  readonly database?: string
  /**
   * How the user may authenticate. Default both of SCRAM; on `$external`, which has PLAIN and MONGODB-X509 only, the latter.
   * PLAIN shows the password, and is for users who have to.
   */
  readonly mechanisms?: readonly UserMechanism[]
  /** Told by `connectionStatus`, and not enforced: whoever has authenticated may do everything (default `root`). */
  readonly roles?: readonly string[]
}

export type UserMechanism = Mechanism

export interface Role {
  readonly role: string
  readonly db: string
}

export interface User {
  readonly name: string
  readonly database: string
  readonly mechanisms: readonly UserMechanism[]
  readonly roles: readonly Role[]
  /** Instead of the password. */
  readonly keys: ReadonlyMap<ScramMechanism, StoredKeys>
}

/** The least that clients accept: deployments for tests start often. */
const iterations = 4_096
const saltBytes: Readonly<Record<ScramMechanism, number>> = { 'SCRAM-SHA-256': 28, 'SCRAM-SHA-1': 16 }
const keyBytes: Readonly<Record<ScramMechanism, number>> = { 'SCRAM-SHA-256': 32, 'SCRAM-SHA-1': 20 }
const secretBytes = 32
const usersMax = 1_000
/** Users of it are known by other means than passwords that the server keeps. */
export const externalDatabase = '$external'
const certificateMechanism = 'MONGODB-X509'
const passwordMechanisms: readonly UserMechanism[] = ['SCRAM-SHA-1', 'SCRAM-SHA-256', 'PLAIN']
const externalMechanisms: readonly UserMechanism[] = ['PLAIN', certificateMechanism]
const fieldNames: ReadonlySet<string> = new Set(['name', 'password', 'database', 'mechanisms', 'roles'])

/** As whom the members of a set authenticate to each other. Its password is made at the start, and kept nowhere. */
export const memberUser = { name: '__system', database: 'local', mechanism: 'SCRAM-SHA-256' } as const

/** Whether clients of the deployment are asked for a certificate. */
export type CertificateRequest = 'none' | 'asked'

type Outside = Pick<Runtime, 'cryptography' | 'chance'>

/** The users of a deployment, by their keys. */
export class UserDirectory {
  readonly #users: Map<string, User>
  readonly #outside: Outside
  /** Of the salts of users who do not exist. */
  readonly #secret: Uint8Array
  /** What members prove themselves with; undefined where nobody has to. */
  readonly memberKeys: ScramKeys | undefined

  private constructor(users: readonly User[], memberKeys: ScramKeys | undefined, outside: Outside) {
    this.#users = new Map(users.map(user => [keyOf(user.database, user.name), user]))
    this.memberKeys = memberKeys
    this.#outside = outside
    this.#secret = randomBytes(secretBytes, outside)
  }

  /**
   * @throws {MongoInvalidArgumentError} for users that are no users; it shows no password.
   */
  static async from(
    options: readonly UserOptions[],
    outside: Outside,
    certificates: CertificateRequest = 'none'
  ): Promise<UserDirectory> {
    checkUsers(options, certificates)
    if (options.length === 0) return new UserDirectory([], undefined, outside)
    const password = Buffer.from(randomBytes(secretBytes, outside)).toString('hex')
    const { mechanism, ...member } = memberUser
    const made = await keysOf(mechanism, { ...member, password }, outside)
    const making = options.map(({ roles = ['root'], ...user }) => {
      const { database = 'admin' } = user
      return userFrom(
        user,
        roles.map(role => ({ role, db: database })),
        outside
      )
    })
    const users = await Promise.all(making).catch((cause: unknown) => {
      throw invalid(`one ${unpreparable}`, cause)
    })
    const memberKeys = new Map([[mechanism, made]])
    const roles = [{ role: '__system', db: 'admin' }]
    const system: User = { ...member, mechanisms: [mechanism], roles, keys: memberKeys }
    return new UserDirectory([system, ...users], made, outside)
  }

  /** Whether only users may do anything: where the deployment was started with some. */
  get required(): boolean {
    return this.memberKeys !== undefined
  }

  /** Those of a database. */
  of(database: string): readonly User[] {
    return [...this.#users.values()].filter(user => user.database === database && user.name !== memberUser.name)
  }

  /** Anything but `added` is why not; apart from `exists` it is the end of a sentence about the user. */
  async add(options: Omit<UserOptions, 'roles'>, roles: readonly Role[]): Promise<string> {
    const problem = this.#users.size > usersMax ? `would be one more than ${usersMax}` : problemOf(options)
    if (problem !== undefined) return problem
    const key = keyOf(options.database ?? 'admin', options.name)
    const user = await userFrom(options, roles, this.#outside).catch(() => undefined)
    if (user === undefined) return unpreparable
    if (this.#users.has(key)) return 'exists'
    this.#users.set(key, user)
    return 'added'
  }

  /** False: there is none, or it is the members'. */
  remove(database: string, name: string): boolean {
    const key = keyOf(database, name)
    return key !== keyOf(memberUser.database, memberUser.name) && this.#users.delete(key)
  }

  find(database: string, name: string): User | undefined {
    return this.#users.get(keyOf(database, name))
  }

  /** The user, unless dropped since; one that was made anew under the name is another. */
  stillThere(user: User | undefined): User | undefined {
    return user !== undefined && this.find(user.database, user.name) === user ? user : undefined
  }

  /** Who has this subject in the certificate, and may authenticate with it. */
  ofCertificate(subject: string): User | undefined {
    const user = this.find(externalDatabase, subject)
    return user?.mechanisms.includes(certificateMechanism) === true ? user : undefined
  }

  /** For every name there are keys, and always the same salt: whether a user exists is not told. */
  storedKeys(mechanism: ScramMechanism, database: string, name: string): StoredKeys {
    const known = this.find(database, name)?.keys.get(mechanism)
    if (known !== undefined) return known
    const { cryptography } = this.#outside
    const made = cryptography.hmac('sha256', this.#secret, Buffer.from(`${mechanism} ${keyOf(database, name)}`))
    const salt = made.slice(0, saltBytes[mechanism])
    const nobodys = randomBytes(keyBytes[mechanism], this.#outside)
    return { salt, iterations, storedKey: nobodys, serverKey: nobodys }
  }

  /** Whether the password is the user's, who may say it. */
  async isPassword(database: string, name: string, password: string): Promise<boolean> {
    const user = this.find(database, name)
    const mechanism = 'SCRAM-SHA-256'
    const stored = this.storedKeys(mechanism, database, name)
    const { storedKey } = await derived(mechanism, { name, password }, stored, this.#outside)
    return this.#outside.cryptography.equal(storedKey, stored.storedKey) && user?.mechanisms.includes('PLAIN') === true
  }
}

const unpreparable = 'has a password with characters that SASLprep prohibits, or no key could be made of it'

function mechanismsOf({ database, mechanisms }: Omit<UserOptions, 'roles'>): readonly UserMechanism[] {
  return mechanisms ?? (database === externalDatabase ? [certificateMechanism] : ['SCRAM-SHA-1', 'SCRAM-SHA-256'])
}

async function userFrom(options: Omit<UserOptions, 'roles'>, roles: readonly Role[], outside: Outside): Promise<User> {
  const { name, database = 'admin', password = '' } = options
  const mechanisms = mechanismsOf(options)
  const withPassword = mechanisms.filter(mechanism => mechanism !== certificateMechanism)
  // Where the password is said, it is checked by the same keys as those of SCRAM-SHA-256.
  const needed = new Set(withPassword.map(mechanism => (isScram(mechanism) ? mechanism : 'SCRAM-SHA-256')))
  const keys = await Promise.all(
    Array.from(needed, async mechanism => {
      const { salt, iterations: rounds, storedKey, serverKey } = await keysOf(mechanism, { name, password }, outside)
      return [mechanism, { salt, iterations: rounds, storedKey, serverKey }] as const
    })
  )
  return { name, database, mechanisms: [...mechanisms], roles, keys: new Map(keys) }
}

interface NameAndPassword {
  readonly name: string
  readonly password: string
}

async function keysOf(
  mechanism: ScramMechanism,
  user: NameAndPassword,
  outside: Outside
): Promise<ScramKeys & KeyParameters> {
  const parameters = { salt: randomBytes(saltBytes[mechanism], outside), iterations }
  return { ...parameters, ...(await derived(mechanism, user, parameters, outside)) }
}

function derived(
  mechanism: ScramMechanism,
  { name, password }: NameAndPassword,
  parameters: KeyParameters,
  { cryptography }: Outside
): Promise<ScramKeys> {
  return new Promise((resolve, reject) => {
    const derivation = derivationOf({ mechanism, username: name, password }, parameters, cryptography)
    cryptography.deriveKey(derivation, (error, salted) => {
      if (error === undefined) resolve(keysFrom(salted, mechanism, cryptography))
      else reject(error)
    })
  })
}

function randomBytes(count: number, { chance }: Outside): Uint8Array {
  const bytes = new Uint8Array(count)
  chance.fill(bytes)
  return bytes
}

function keyOf(database: string, name: string): string {
  return `${database}.${name}`
}

function checkUsers(users: readonly UserOptions[], certificates: CertificateRequest): void {
  if (!Array.isArray(users)) throw invalid('they are an array of { name, password, … }')
  if (users.length > usersMax) throw invalid(`there are ${users.length}, and ${usersMax} at most`)
  const seen = new Set<string>([keyOf(memberUser.database, memberUser.name)])
  for (const [index, user] of users.entries()) {
    const problem = problemOf(user)
    if (problem !== undefined) throw invalid(`number ${index} ${problem}`)
    if (certificates === 'none' && mechanismsOf(user).includes(certificateMechanism))
      throw invalid(
        `number ${index} has ${certificateMechanism}, and nobody is asked for a certificate; give tls with ca and requestClientCertificate`
      )
    const key = keyOf(user.database ?? 'admin', user.name)
    if (seen.has(key)) throw invalid(`number ${index} has the name and the database of another, or of the members`)
    seen.add(key)
  }
}

function problemOf(user: UserOptions): string | undefined {
  if (typeof user !== 'object' || user === null) return 'is no object'
  const unknown = Object.keys(user).find(field => !fieldNames.has(field))
  if (unknown !== undefined) return `has a field that no user has; there are ${[...fieldNames].join(', ')}`
  const { name, database = 'admin', roles = [] } = user
  if (typeof name !== 'string' || name === '') return 'needs a name'
  if (typeof database !== 'string' || !/^[^/\\. "\0]{1,63}$/.test(database)) return 'has a database that cannot be one'
  const mechanisms = mechanismsOf(user)
  const possible = database === externalDatabase ? externalMechanisms : passwordMechanisms
  if (!Array.isArray(mechanisms) || mechanisms.length === 0 || mechanisms.some(each => !possible.includes(each)))
    return `has other mechanisms than those of its database, ${possible.join(', ')}`
  return (
    passwordProblemOf(user) ??
    (Array.isArray(roles) && roles.every(role => typeof role === 'string') ? undefined : 'has roles that are no names')
  )
}

function passwordProblemOf(user: UserOptions): string | undefined {
  const { password } = user
  const needed = mechanismsOf(user).some(mechanism => mechanism !== certificateMechanism)
  if (needed) return typeof password === 'string' && password !== '' ? undefined : 'needs a password'
  return password === undefined
    ? undefined
    : `has a password, which ${certificateMechanism} has no use for; leave it out`
}

function invalid(what: string, cause?: unknown): MongoInvalidArgumentError {
  return new MongoInvalidArgumentError(`startDeployment: users: ${what}`, { cause })
}
