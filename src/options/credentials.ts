/**
 * Who a client authenticates as, by its options: which of them go together, and what is assumed where one is missing. Source:
 * the authentication specification. No message here shows a name, a password or a property's value.
 */
import { MongoInvalidArgumentError } from '../errors/index.ts'
import { nearestName } from './nearest_name.ts'
import type { OptionValues } from './option_values.ts'
import type { Secrets } from './secrets.ts'

/** Every mechanism that has a name in MongoDB; not all are built. */
const mechanismNames = [
  'SCRAM-SHA-256',
  'SCRAM-SHA-1',
  'PLAIN',
  'MONGODB-X509',
  'GSSAPI',
  'MONGODB-AWS',
  'MONGODB-OIDC',
  'MONGODB-CR'
] as const

export type MechanismName = (typeof mechanismNames)[number]

export interface CredentialOptions {
  /** Undefined: negotiated with the server. */
  readonly mechanism: MechanismName | undefined
  /** The database that knows the user. */
  readonly source: string
  readonly username: string | undefined
  readonly password: string | undefined
  readonly properties: Readonly<Record<string, unknown>>
}

export interface GivenCredentials {
  readonly values: Pick<OptionValues, 'authMechanism' | 'authSource'>
  readonly secrets: Secrets
  readonly defaultDatabase: string | undefined
  /** What the connection string says of the properties cannot be used: what they lack is not asked after. */
  readonly propertiesUnusable: boolean
}

/** `neededInTheEnd`: a connection string may lack it, since a program may add it; no client is made without. */
type Presence = 'needed' | 'neededInTheEnd' | 'optional' | 'refused'

interface MechanismRules {
  readonly username: Presence
  readonly password: Presence
  /** `external`: no database of the server knows the user. */
  readonly source: 'database' | 'databaseOrExternal' | 'external'
  readonly properties?: readonly string[]
  readonly assumed?: Readonly<Record<string, unknown>>
  /** What is wrong with the properties, as a clause. */
  readonly problem?: (properties: Readonly<Record<string, unknown>>, username: string | undefined) => string | undefined
}

const external = '$external'
const withPassword: MechanismRules = { username: 'needed', password: 'neededInTheEnd', source: 'database' }

const rulesOf: Readonly<Record<MechanismName, MechanismRules>> = {
  'SCRAM-SHA-256': withPassword,
  'SCRAM-SHA-1': withPassword,
  'MONGODB-CR': withPassword,
  PLAIN: { ...withPassword, source: 'databaseOrExternal' },
  'MONGODB-X509': { username: 'optional', password: 'refused', source: 'external' },
  GSSAPI: {
    username: 'needed',
    password: 'optional',
    source: 'external',
    properties: ['SERVICE_NAME', 'SERVICE_REALM', 'SERVICE_HOST', 'CANONICALIZE_HOST_NAME'],
    assumed: { SERVICE_NAME: 'mongodb' },
    problem: kerberosProblem
  },
  'MONGODB-AWS': {
    username: 'refused',
    password: 'refused',
    source: 'external',
    properties: ['AWS_CREDENTIAL_PROVIDER']
  },
  'MONGODB-OIDC': {
    username: 'optional',
    password: 'refused',
    source: 'external',
    properties: ['ENVIRONMENT', 'TOKEN_RESOURCE', 'OIDC_CALLBACK', 'OIDC_HUMAN_CALLBACK', 'ALLOWED_HOSTS'],
    problem: tokenProblem
  }
}

/** Whether the mechanism proves that the user knows a password. */
export function needsPassword(mechanism: MechanismName | undefined): boolean {
  return (mechanism === undefined ? withPassword : rulesOf[mechanism]).password === 'neededInTheEnd'
}

/** False: all users of the mechanism are in `$external`. */
export function takesAuthSource(mechanism: string | undefined): boolean {
  const known = mechanismNames.find(name => name === mechanism)
  return known === undefined || rulesOf[known].source !== 'external'
}

/**
 * Undefined where nothing asks for authentication: an `authSource` alone, and the database of a connection string, do not.
 * @throws {MongoInvalidArgumentError} when the options contradict each other, or one is missing.
 */
export function credentialsFrom(options: GivenCredentials): CredentialOptions | undefined {
  const { values, secrets, defaultDatabase, propertiesUnusable } = options
  const { username, password } = secrets.reveal('auth') ?? {
    username: secrets.reveal('username'),
    password: secrets.reveal('password')
  }
  const { authMechanism, authSource } = values
  const properties = secrets.reveal('authMechanismProperties')
  const asked = username !== undefined || password !== undefined || authMechanism !== undefined
  if (!asked && !secrets.has('auth')) {
    if (properties === undefined) return undefined
    throw refusal('authMechanismProperties are given without authMechanism; name the mechanism that they are for')
  }
  const mechanism = mechanismFrom(authMechanism)
  const rules = mechanism === undefined ? withPassword : rulesOf[mechanism]
  const name = mechanism ?? 'authentication'
  checkPresence(name, 'user name', username, rules.username)
  checkPresence(name, 'password', password, rules.password)
  const given = { ...rules.assumed, ...properties }
  if (!propertiesUnusable) checkProperties(name, given, rules, username)
  return {
    mechanism,
    source: sourceFrom(name, rules, authSource, defaultDatabase),
    username,
    password,
    properties: given
  }
}

function mechanismFrom(name: string | undefined): MechanismName | undefined {
  if (name === undefined) return undefined
  const known = mechanismNames.find(mechanism => mechanism === name)
  if (known !== undefined) return known
  const nearest = nearestName(name, mechanismNames)
  const hint = nearest === undefined ? `there are ${mechanismNames.join(', ')}` : `did you mean ${nearest}?`
  throw refusal(`authMechanism is no mechanism that MongoDB has; ${hint}`)
}

function checkPresence(mechanism: string, what: string, value: string | undefined, presence: Presence): void {
  if (presence === 'needed' && value === undefined) throw refusal(`${mechanism} needs a ${what}, and there is none`)
  if (presence === 'refused' && value !== undefined) throw refusal(`${mechanism} takes no ${what}; leave it out`)
  if (what === 'user name' && value === '') throw refusal('the user name is empty')
}

function sourceFrom(
  mechanism: string,
  { source }: MechanismRules,
  authSource: string | undefined,
  defaultDatabase: string | undefined
): string {
  if (source === 'external') {
    if (authSource === undefined || authSource === external) return external
    throw refusal(`${mechanism} has its users in ${external}; leave authSource out`)
  }
  return authSource ?? defaultDatabase ?? (source === 'database' ? 'admin' : external)
}

function checkProperties(
  mechanism: string,
  given: Readonly<Record<string, unknown>>,
  { properties = [], problem }: MechanismRules,
  username: string | undefined
): void {
  const unknown = Object.keys(given).filter(key => !properties.includes(key)).length
  if (unknown > 0) {
    const known = properties.length === 0 ? 'none' : properties.join(', ')
    throw refusal(`authMechanismProperties has ${unknown} that ${mechanism} does not know; it takes ${known}`)
  }
  const why = problem?.(given, username)
  if (why !== undefined) throw refusal(`authMechanismProperties of ${mechanism}: ${why}`)
}

const canonicalizations: readonly unknown[] = ['none', 'forward', 'forwardAndReverse', 'true', 'false', true, false]

function kerberosProblem({ CANONICALIZE_HOST_NAME: how }: Readonly<Record<string, unknown>>): string | undefined {
  return how === undefined || canonicalizations.includes(how)
    ? undefined
    : 'CANONICALIZE_HOST_NAME is none, forward or forwardAndReverse'
}

/** Environment of the client → whether the token is for a resource, and whether a user may be named. */
const environments: ReadonlyMap<unknown, { readonly resource: boolean; readonly username: boolean }> = new Map([
  ['test', { resource: false, username: false }],
  ['k8s', { resource: false, username: false }],
  ['azure', { resource: true, username: true }],
  ['gcp', { resource: true, username: false }]
])

function tokenProblem(given: Readonly<Record<string, unknown>>, username: string | undefined): string | undefined {
  const sources = ['ENVIRONMENT', 'OIDC_CALLBACK', 'OIDC_HUMAN_CALLBACK'].filter(key => given[key] !== undefined)
  if (sources.length !== 1) return 'give one of ENVIRONMENT, OIDC_CALLBACK and OIDC_HUMAN_CALLBACK'
  if (given['ENVIRONMENT'] === undefined) return undefined
  const environment = environments.get(given['ENVIRONMENT'])
  if (environment === undefined) return `ENVIRONMENT is ${[...environments.keys()].join(', ')}`
  if (environment.resource !== (given['TOKEN_RESOURCE'] !== undefined))
    return `TOKEN_RESOURCE ${environment.resource ? 'is needed in this environment' : 'has no use in this environment'}`
  return username === undefined || environment.username ? undefined : 'this environment names the user by itself'
}

function refusal(problem: string): MongoInvalidArgumentError {
  return new MongoInvalidArgumentError(`The options of authentication cannot be used: ${problem}`)
}
