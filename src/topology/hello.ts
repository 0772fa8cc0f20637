/** From the reply to a hello to a server description. Any document is survived: what makes no sense counts as absent. */
import {
  asDocument,
  documentField,
  fieldOf,
  flagField,
  integerField,
  ObjectId,
  textField,
  type UntrustedDocument
} from '../bson/index.ts'
import { MongoServerError, MongoUnexpectedServerResponseError } from '../errors/index.ts'
import { describeServer, type ServerDescription, type ServerType, unknownServer } from './server_description.ts'
import { topologyVersionOf } from './topology_version.ts'

/** How many members one hello may list. A replica set has 50 at most. */
export const membersMax = 250

/** What a check found out besides the reply. */
export interface CheckTiming {
  /** Monotonic, at the end of the check. */
  readonly nowMS: number
  /** Of the server's average, this check included; undefined if nothing was measured yet. */
  readonly roundTripTimeMS: number | undefined
  readonly minRoundTripTimeMS: number | undefined
}

/** The description that a hello reply gives. A reply without `ok: 1` describes a server that is Unknown, and says why. */
export function serverDescriptionOf(address: string, reply: unknown, timing: CheckTiming): ServerDescription {
  const hello = asDocument(reply)
  const fault = hello === undefined ? notADocument(address) : faultOf(address, hello)
  if (hello === undefined || fault !== undefined) return unknownServer(address, fault, timing.nowMS)
  const lastWrite = documentField(hello, 'lastWrite')
  const electionId = fieldOf(hello, 'electionId')
  return describeServer(address, {
    type: typeOf(hello),
    roundTripTimeMS: timing.roundTripTimeMS,
    minRoundTripTimeMS: timing.minRoundTripTimeMS,
    lastWriteDateMS: lastWrite === undefined ? undefined : dateField(lastWrite, 'lastWriteDate'),
    opTime: lastWrite === undefined ? undefined : fieldOf(lastWrite, 'opTime'),
    minWireVersion: integerField(hello, 'minWireVersion') ?? 0,
    maxWireVersion: integerField(hello, 'maxWireVersion') ?? 0,
    me: memberAddress(fieldOf(hello, 'me')),
    hosts: memberAddresses(hello, 'hosts'),
    passives: memberAddresses(hello, 'passives'),
    arbiters: memberAddresses(hello, 'arbiters'),
    tags: tagsOf(hello),
    setName: textField(hello, 'setName'),
    setVersion: integerField(hello, 'setVersion'),
    electionId: electionId instanceof ObjectId ? electionId : undefined,
    primary: memberAddress(fieldOf(hello, 'primary')),
    lastUpdateMS: timing.nowMS,
    logicalSessionTimeoutMinutes: integerField(hello, 'logicalSessionTimeoutMinutes'),
    topologyVersion: topologyVersionOf(hello),
    helloOk: flagField(hello, 'helloOk')
  })
}

/** The order of the questions matters: a ghost may call itself writable, a hidden member is a secondary too. */
function typeOf(hello: UntrustedDocument): ServerType {
  if (flagField(hello, 'isreplicaset')) return 'RSGhost'
  if (fieldOf(hello, 'msg') === 'isdbgrid') return 'Mongos'
  if (textField(hello, 'setName') === undefined) return 'Standalone'
  if (flagField(hello, 'hidden')) return 'RSOther'
  const writable = typeof fieldOf(hello, 'isWritablePrimary') === 'boolean' ? 'isWritablePrimary' : 'ismaster'
  if (flagField(hello, writable)) return 'RSPrimary'
  if (flagField(hello, 'secondary')) return 'RSSecondary'
  return flagField(hello, 'arbiterOnly') ? 'RSArbiter' : 'RSOther'
}

function notADocument(address: string): Error {
  return new MongoUnexpectedServerResponseError(`${address} answered a hello with something that is no document`)
}

function faultOf(address: string, hello: UntrustedDocument): Error | undefined {
  if (integerField(hello, 'ok') !== 1) return new MongoServerError(hello)
  const members = ['hosts', 'passives', 'arbiters'].reduce((sum, key) => sum + listField(hello, key).length, 0)
  if (members <= membersMax) return undefined
  return new MongoUnexpectedServerResponseError(
    `${address} lists ${members} replica set members, above the limit of ${membersMax} (membersMax): its hello was ignored`
  )
}

function listField(document: UntrustedDocument, key: string): readonly unknown[] {
  const value = fieldOf(document, key)
  return Array.isArray(value) ? value : []
}

function dateField(document: UntrustedDocument, key: string): number | undefined {
  const value = fieldOf(document, key)
  return value instanceof Date && Number.isFinite(value.getTime()) ? value.getTime() : undefined
}

function memberAddresses(hello: UntrustedDocument, key: string): readonly string[] {
  const addresses = listField(hello, key).flatMap(entry => memberAddress(entry) ?? [])
  return Object.freeze([...new Set(addresses)])
}

const addressForm = /^(?:\[[\da-z:.%]+\]|[\p{L}\p{N}._-]+)(?::(?<port>\d{1,5}))?$/u
/** A DNS name of 253 characters, a colon and a port. */
const addressCharactersMax = 259

/** `host:port` in lower case, or undefined for what cannot be dialled. */
function memberAddress(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > addressCharactersMax) return undefined
  const address = value.toLowerCase()
  const match = addressForm.exec(address)
  if (match === null) return undefined
  const port = match.groups?.['port']
  if (port === undefined) return `${address}:27017`
  return Number(port) >= 1 && Number(port) <= 65_535 ? address : undefined
}

/** `Object.fromEntries` defines keys rather than setting them, so a tag called `__proto__` is just a tag. */
function tagsOf(hello: UntrustedDocument): Readonly<Record<string, string>> {
  const entries = Object.entries(documentField(hello, 'tags') ?? {})
  return Object.freeze(
    Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  )
}
