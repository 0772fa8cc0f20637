/** The `client` document of the handshake: who connects, from where. Source: the handshake specification. */
import { DocumentWriter } from '../bson/index.ts'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import type { HostFacts } from '../runtime/index.ts'
import { driverName, driverVersion } from './driver_version.ts'
import { type Container, containerOf, type FunctionService, functionServiceOf } from './environment.ts'

/** Servers refuse a handshake whose `client` document is longer. */
export const metadataBytesMax = 512

/** Servers refuse a handshake whose `application.name` is longer. */
export const appNameBytesMax = 128

/** A library built upon this one. An empty text counts as none. */
export interface DriverInfo {
  readonly name?: string | undefined
  readonly version?: string | undefined
  readonly platform?: string | undefined
}

export interface ClientFacts {
  readonly appName: string | undefined
  readonly host: HostFacts
  /** In the order in which they were told; one that was told before is not told again. */
  readonly libraries?: readonly DriverInfo[]
}

/** What is told, and how much of it once room is short. */
interface Metadata {
  readonly appName: string | undefined
  readonly driverName: string
  readonly driverVersion: string
  readonly platform: string
  readonly os: { readonly type: string; readonly details: readonly (readonly [string, string])[] }
  readonly service: FunctionService | undefined
  readonly container: Container | undefined
}

const osTypes: Readonly<Record<string, string>> = {
  aix: 'Unix',
  android: 'Linux',
  darwin: 'Darwin',
  freebsd: 'BSD',
  linux: 'Linux',
  netbsd: 'BSD',
  openbsd: 'BSD',
  sunos: 'Unix',
  win32: 'Windows'
}

/**
 * The document's bytes. Where they would exceed `metadataBytesMax`, these go one after the other: what `env` has besides
 * its name, what `os` has besides its type, `env`, the end of `platform`.
 * @throws {MongoInvalidArgumentError} when the application's name is too long, when a library's text has a `|`, which
 * separates them, and when even the shortest form does not fit.
 */
export function encodeClientMetadata(facts: ClientFacts): Uint8Array {
  let metadata = metadataOf(facts)
  let bytes = encode(metadata)
  for (const shorten of shortenings) {
    if (bytes.length <= metadataBytesMax) return bytes
    metadata = shorten(metadata, bytes.length - metadataBytesMax)
    bytes = encode(metadata)
  }
  if (bytes.length <= metadataBytesMax) return bytes
  throw new MongoInvalidArgumentError(
    `The metadata of the handshake takes ${bytes.length} bytes at least; the limit is ${metadataBytesMax}. ` +
      'Shorten the names and versions in driverInfo.'
  )
}

/** Each is given the last one's outcome, and how many bytes are too many. */
const shortenings: readonly ((metadata: Metadata, excessBytes: number) => Metadata)[] = [
  metadata => ({ ...metadata, container: undefined, service: nameOnly(metadata.service) }),
  metadata => ({ ...metadata, os: { type: metadata.os.type, details: [] } }),
  metadata => ({ ...metadata, service: undefined }),
  (metadata, excessBytes) => ({ ...metadata, platform: withoutLast(metadata.platform, excessBytes) })
]

function metadataOf({ appName, host, libraries = [] }: ClientFacts): Metadata {
  if (appName !== undefined && Buffer.byteLength(appName) > appNameBytesMax) {
    throw new MongoInvalidArgumentError(
      `appName takes ${Buffer.byteLength(appName)} bytes in UTF-8; the limit is ${appNameBytesMax}`
    )
  }
  const told = distinct(libraries)
  const joined = (own: string, field: keyof DriverInfo): string =>
    [own, ...told.map(library => library[field])].filter(part => part !== undefined && part !== '').join('|')
  return {
    appName: appName === '' ? undefined : appName,
    driverName: joined(driverName, 'name'),
    driverVersion: joined(driverVersion, 'version'),
    platform: joined(host.runtimeName, 'platform'),
    os: {
      type: Object.hasOwn(osTypes, host.platform) ? (osTypes[host.platform] ?? 'unknown') : 'unknown',
      details: [
        ['name', host.platform],
        ['architecture', host.arch],
        ['version', host.release]
      ]
    },
    service: functionServiceOf(host.env),
    container: containerOf(host)
  }
}

function distinct(libraries: readonly DriverInfo[]): DriverInfo[] {
  const byTexts = new Map<string, DriverInfo>()
  for (const library of libraries) {
    const texts = [library.name ?? '', library.version ?? '', library.platform ?? '']
    const wrong = texts.find(text => text.includes('|'))
    if (wrong !== undefined) {
      throw new MongoInvalidArgumentError(
        `driverInfo has ${JSON.stringify(wrong)}: its texts must not contain "|", which separates libraries in the handshake`
      )
    }
    byTexts.set(texts.join('|'), library)
  }
  return [...byTexts.values()]
}

function nameOnly(service: FunctionService | undefined): FunctionService | undefined {
  if (service === undefined) return undefined
  return { name: service.name, region: undefined, memory: undefined, timeoutSeconds: undefined }
}

/** Never cuts inside a character. */
function withoutLast(text: string, bytes: number): string {
  const encoded = Buffer.from(text)
  let end = Math.max(encoded.length - bytes, 0)
  // Bytes that go on with a character begin with the bits 10.
  while (end > 0 && ((encoded[end] ?? 0) & 0xc0) === 0x80) end--
  return encoded.toString('utf8', 0, end)
}

function encode(metadata: Metadata): Uint8Array {
  const out = new DocumentWriter()
  out.beginDocument()
  if (metadata.appName !== undefined) {
    out.beginDocument('application')
    out.string('name', metadata.appName)
    out.endDocument()
  }
  out.beginDocument('driver')
  out.string('name', metadata.driverName)
  out.string('version', metadata.driverVersion)
  out.endDocument()
  out.beginDocument('os')
  out.string('type', metadata.os.type)
  for (const [key, value] of metadata.os.details) if (value !== '') out.string(key, value)
  out.endDocument()
  if (metadata.platform !== '') out.string('platform', metadata.platform)
  encodeEnvironment(out, metadata)
  out.endDocument()
  return Uint8Array.from(out.written())
}

function encodeEnvironment(out: DocumentWriter, { service, container }: Metadata): void {
  if (service === undefined && container === undefined) return
  out.beginDocument('env')
  if (service !== undefined) {
    out.string('name', service.name)
    if (service.region !== undefined) out.string('region', service.region)
    if (service.memory !== undefined) out.int32('memory_mb', service.memory)
    if (service.timeoutSeconds !== undefined) out.int32('timeout_sec', service.timeoutSeconds)
  }
  if (container !== undefined) {
    out.beginDocument('container')
    if (container.runtime !== undefined) out.string('runtime', container.runtime)
    if (container.orchestrator !== undefined) out.string('orchestrator', container.orchestrator)
    out.endDocument()
  }
  out.endDocument()
}
