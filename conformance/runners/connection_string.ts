import assert from 'node:assert/strict'
import { MongoInvalidArgumentError, MongoParseError } from '../../src/errors/index.ts'
import {
  type Host,
  type ParsedOptions,
  parseOptions,
  type ResolvedOptions,
  resolveOptions,
  type SecretValues
} from '../../src/options/index.ts'
import { type Runner, type Skip, type SpecificationCase, skips } from '../runner.ts'

/** A case as the format has it. Null anywhere: nothing is asserted. */
interface URICase {
  readonly description: string
  readonly uri: string
  readonly valid: boolean
  readonly warning: boolean | null
  readonly hosts: readonly { readonly type: string; readonly host: string; readonly port: number | null }[] | null
  readonly auth: Readonly<Record<'username' | 'password' | 'db', string | null>> | null
  readonly options: Readonly<Record<string, unknown>> | null
}

const fields = ['description', 'uri', 'valid', 'warning', 'hosts', 'auth', 'options']

/** The connection string suite; the URI options suite has the same format. */
export const connectionString: Runner = {
  cases(content: unknown, file: string): readonly SpecificationCase[] {
    return testsOf(content, file).map(test => {
      const skip = skipOf(String(test['uri']))
      return {
        name: String(test['description']),
        ...(skip === undefined ? {} : { skip }),
        run: () => {
          refuseUnknownFields(test, fields)
          runCase(test as unknown as URICase)
        }
      }
    })
  }
}

/** The tests of a file that has nothing but tests. */
export function testsOf(content: unknown, file: string): readonly Readonly<Record<string, unknown>>[] {
  const { tests, ...others } = (content ?? {}) as Readonly<Record<string, unknown>>
  if (!Array.isArray(tests) || Object.keys(others).length > 0)
    throw new Error(`${file} should be an object with tests and nothing else`)
  return tests as readonly Readonly<Record<string, unknown>>[]
}

export function refuseUnknownFields(test: Readonly<Record<string, unknown>>, known: readonly string[]): void {
  assert.deepEqual(
    Object.keys(test).filter(field => !known.includes(field)),
    [],
    'the case has fields that this runner does not know'
  )
}

/** What a client would do with the string; undefined when it refuses it, with the errors made for that and no others. */
export function readURI(uri: string): { parsed: ParsedOptions; resolved: ResolvedOptions } | undefined {
  try {
    return { parsed: parseOptions(uri), resolved: resolveOptions(uri) }
  } catch (error) {
    assert.ok(error instanceof MongoParseError || error instanceof MongoInvalidArgumentError, String(error))
    return undefined
  }
}

function skipOf(uri: string): Skip | undefined {
  return /[?&]serverSelectionTryOnce=/i.test(uri) ? skips.singleThreaded : undefined
}

function runCase(test: URICase): void {
  const read = readURI(test.uri)
  assert.equal(read !== undefined, test.valid, test.valid ? 'should be valid' : 'should be refused')
  if (read === undefined) {
    assert.notEqual(test.warning, true, 'a refused string has no warnings')
    return
  }
  const { parsed, resolved } = read
  if (test.warning !== null) assert.equal(resolved.warnings.length > 0, test.warning, resolved.warnings.join('\n'))
  if (test.hosts !== null) assertHosts(resolved.hosts, test.hosts)
  if (test.auth !== null) assertAuth(parsed, test.auth)
  for (const [name, value] of Object.entries(test.options ?? {})) assert.deepEqual(optionOf(parsed, name), value, name)
}

function assertHosts(hosts: readonly Host[], expected: NonNullable<URICase['hosts']>): void {
  assert.equal(hosts.length, expected.length)
  for (const [index, { type, host, port }] of expected.entries()) {
    const actual = hosts[index]
    assert.ok(actual !== undefined)
    assert.equal('socketPath' in actual, type === 'unix')
    assert.equal('socketPath' in actual ? actual.socketPath : actual.host, host)
    if (port !== null) assert.equal('port' in actual ? actual.port : undefined, port)
  }
}

function assertAuth(parsed: ParsedOptions, expected: NonNullable<URICase['auth']>): void {
  const actual = {
    username: parsed.secrets.reveal('username'),
    password: parsed.secrets.reveal('password'),
    db: parsed.defaultDatabase
  }
  assert.deepEqual(
    Object.keys(expected).filter(field => !(field in actual)),
    []
  )
  for (const field of ['username', 'password', 'db'] as const)
    if (expected[field] !== null) assert.equal(actual[field], expected[field], field)
}

/** Letter case does not count in an option's name. */
function optionOf(parsed: ParsedOptions, name: string): unknown {
  const secret = (
    ['authMechanismProperties', 'proxyPassword', 'proxyUsername', 'tlsCertificateKeyFilePassword'] as const
  ).find(known => known.toLowerCase() === name.toLowerCase()) satisfies keyof SecretValues | undefined
  if (secret !== undefined) return parsed.secrets.reveal(secret)
  return Object.entries(parsed.values).find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1]
}
