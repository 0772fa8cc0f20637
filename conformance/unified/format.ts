import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LogComponent, LogComponentSeverities, LogSeverity, ServerApi } from '../../src/client/index.ts'
import { misfitOf } from './schema.ts'

/** The unified test format, as its schema has let it through. Source: the specification "Unified Test Format". */
export interface TestFile {
  readonly description: string
  readonly schemaVersion: string
  readonly runOnRequirements?: readonly Requirement[]
  readonly createEntities?: readonly EntityDefinition[]
  readonly initialData?: readonly CollectionData[]
  readonly tests: readonly Test[]
}

export interface Test {
  readonly description: string
  readonly runOnRequirements?: readonly Requirement[]
  readonly skipReason?: string
  readonly operations: readonly OperationStep[]
  readonly expectEvents?: readonly ExpectedEvents[]
  readonly expectLogMessages?: readonly ExpectedLogMessages[]
  readonly expectTracingMessages?: readonly ExpectedTracingMessages[]
  readonly outcome?: readonly CollectionData[]
}

export type Topology = 'single' | 'replicaset' | 'sharded' | 'sharded-replicaset' | 'load-balanced'

/** All of it must hold. */
export interface Requirement {
  readonly minServerVersion?: string
  readonly maxServerVersion?: string
  readonly topologies?: readonly Topology[]
  readonly serverless?: 'require' | 'forbid' | 'allow'
  readonly serverParameters?: Readonly<Record<string, unknown>>
  readonly auth?: boolean
  readonly authMechanism?: string
  readonly csfle?: boolean | object
}

export type EntityKind = 'client' | 'database' | 'collection' | 'session' | 'bucket' | 'clientEncryption' | 'thread'

/** Has exactly one field. */
export type EntityDefinition = { readonly [Kind in EntityKind]?: Definitions[Kind] }

interface Definitions {
  readonly client: ClientDefinition
  readonly database: {
    readonly id: string
    readonly client: string
    readonly databaseName: string
    readonly databaseOptions?: Fields
  }
  readonly collection: {
    readonly id: string
    readonly database: string
    readonly collectionName: string
    readonly collectionOptions?: Fields
  }
  readonly session: { readonly id: string; readonly client: string; readonly sessionOptions?: Fields }
  readonly bucket: { readonly id: string; readonly database: string; readonly bucketOptions?: Fields }
  readonly clientEncryption: { readonly id: string }
  readonly thread: { readonly id: string }
}

export interface ClientDefinition {
  readonly id: string
  readonly uriOptions?: Readonly<Record<string, string | number | boolean | object>>
  /** Of a sharded cluster: whether the client knows several of the routers. */
  readonly useMultipleMongoses?: boolean
  readonly observeEvents?: readonly string[]
  readonly ignoreCommandMonitoringEvents?: readonly string[]
  readonly observeSensitiveCommands?: boolean
  readonly storeEventsAsEntities?: readonly { readonly id: string; readonly events: readonly string[] }[]
  readonly awaitMinPoolSizeMS?: number
  readonly observeLogMessages?: LogComponentSeverities
  readonly observeTracingMessages?: { readonly enableCommandPayload?: boolean }
  readonly serverApi?: ServerApi
  readonly autoEncryptOpts?: unknown
}

export interface OperationStep {
  readonly name: string
  readonly object: string
  readonly arguments?: Fields
  readonly ignoreResultAndError?: boolean
  readonly expectError?: ExpectedError
  readonly expectResult?: unknown
  readonly saveResultAsEntity?: string
}

export interface ExpectedError {
  readonly isError?: boolean
  readonly isClientError?: boolean
  readonly isTimeoutError?: boolean
  readonly errorContains?: string
  readonly errorCode?: number
  readonly errorCodeName?: string
  readonly errorLabelsContain?: readonly string[]
  readonly errorLabelsOmit?: readonly string[]
  readonly expectResult?: unknown
  readonly errorResponse?: Fields
  readonly writeErrors?: Fields
  readonly writeConcernErrors?: readonly unknown[]
}

export interface ExpectedEvents {
  readonly client: string
  readonly eventType?: 'command' | 'cmap' | 'sdam'
  readonly events: readonly ExpectedEvent[]
  readonly ignoreExtraEvents?: boolean
}

/** Has exactly one field, named after the event. */
export type ExpectedEvent = Readonly<Record<string, Fields>>

export interface ExpectedLogMessages {
  readonly client: string
  readonly messages: readonly ExpectedLogMessage[]
  readonly ignoreMessages?: readonly ExpectedLogMessage[]
  readonly ignoreExtraMessages?: boolean
}

export interface ExpectedLogMessage {
  readonly level: LogSeverity
  readonly component: LogComponent
  readonly failureIsRedacted?: boolean
  readonly data: Fields
}

export interface ExpectedTracingMessages {
  readonly client: string
  readonly spans: readonly ExpectedSpan[]
  readonly ignoreExtraSpans?: boolean
}

export interface ExpectedSpan {
  readonly name: string
  readonly attributes: Fields
  readonly nested?: readonly ExpectedSpan[]
}

export interface CollectionData {
  readonly databaseName: string
  readonly collectionName: string
  readonly createOptions?: Fields
  readonly documents: readonly Fields[]
}

export type Fields = Readonly<Record<string, unknown>>

/** The newest minor version that this runner knows, by major version. */
const newestMinors: ReadonlyMap<number, number> = new Map([[1, 28]])

/** Below `source/`: where the specification keeps the schemas of its test files. */
const schemaFolder = 'unified-test-format'

/** The content as a test file, if its version is one that this runner knows and its schema lets it through. */
export function testFileOf(content: unknown, source: string): TestFile {
  const refusal = refusalOf(content, source)
  if (refusal !== undefined) throw new Error(refusal)
  return content as TestFile
}

/** Why the content is no test file that this runner can run; undefined: it is one. */
export function refusalOf(content: unknown, source: string): string | undefined {
  const version = (content as { schemaVersion?: unknown } | null)?.schemaVersion
  const [major = NaN, minor = 0, patch = 0] = typeof version === 'string' ? version.split('.').map(Number) : []
  const newest = newestMinors.get(major)
  const known = [...newestMinors].map(([each, minorMax]) => `${each}.0 to ${each}.${minorMax}`).join(', ')
  if (newest === undefined || !(minor <= newest) || patch !== 0)
    return `schemaVersion is ${JSON.stringify(version)}; this runner knows ${known}`
  const found = misfitOf(content, schemaOf(source, `${major}.${minor}`))
  return found === undefined ? undefined : `does not fit the schema of version ${major}.${minor}: ${found}`
}

type SchemaObject = Readonly<Record<string, unknown>>

const schemas = new Map<string, SchemaObject>()

function schemaOf(source: string, version: string): SchemaObject {
  const path = join(source, schemaFolder, `schema-${version}.json`)
  const read = schemas.get(path)
  if (read !== undefined) return read
  const schema = JSON.parse(readFileSync(path, 'utf8')) as SchemaObject
  schemas.set(path, schema)
  return schema
}
