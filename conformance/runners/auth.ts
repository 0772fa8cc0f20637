import assert from 'node:assert/strict'
import { credentialsOf } from '../../src/options/index.ts'
import { type Runner, type SpecificationCase, skips } from '../runner.ts'
import { readURI, refuseUnknownFields, testsOf } from './connection_string.ts'

/** A case as the format has it. A credential of null: nobody authenticates, or the string is refused. */
interface AuthCase {
  readonly description: string
  readonly uri: string
  readonly valid: boolean
  readonly credential?: {
    readonly username: string | null
    readonly password: string | null
    readonly source: string
    readonly mechanism: string | null
    readonly mechanism_properties: Readonly<Record<string, unknown>> | null
  } | null
}

/** Both stand in one file with cases that have it the other way, which came later. */
const superseded: ReadonlySet<string> = new Set([
  'should use username and password if specified (MONGODB-AWS)',
  'should use username, password and session token if specified (MONGODB-AWS)'
])

/** Who a client would authenticate as, by its connection string. */
export const auth: Runner = {
  cases(content: unknown, file: string): readonly SpecificationCase[] {
    return testsOf(content, file).map(test => {
      const name = String(test['description'])
      return {
        name,
        ...(superseded.has(name) ? { skip: skips.superseded } : {}),
        run: () => {
          refuseUnknownFields(test, ['description', 'uri', 'valid', 'credential'])
          runCase(test as unknown as AuthCase)
        }
      }
    })
  }
}

function runCase({ uri, valid, credential }: AuthCase): void {
  const read = readURI(uri)
  assert.equal(read !== undefined, valid, valid ? 'should be valid' : 'should be refused')
  if (read === undefined || credential === undefined) return
  const actual = credentialsOf(read.resolved)
  if (credential === null) {
    assert.equal(actual, undefined, 'nobody should authenticate')
    return
  }
  assert.ok(actual !== undefined, 'somebody should authenticate')
  assert.equal(actual.username, credential.username ?? undefined, 'username')
  assert.equal(actual.password, credential.password ?? undefined, 'password')
  assert.equal(actual.source, credential.source, 'source')
  assert.equal(actual.mechanism, credential.mechanism ?? undefined, 'mechanism')
  assert.deepEqual(actual.properties, credential.mechanism_properties ?? {}, 'mechanism_properties')
}
