import { type Document, fieldOf, flagField, integerField, ObjectId, textField } from '../bson/index.ts'
import { defaultMessageBytesMax } from '../wire/index.ts'

/** Limits that the server gave in the hello of this very connection. */
export interface ConnectionLimits {
  /** `maxBsonObjectSize` */
  readonly documentBytesMax: number
  /** `maxMessageSizeBytes` */
  readonly messageBytesMax: number
  /** `maxWriteBatchSize` */
  readonly batchCountMax: number
  readonly wireVersionMax: number
}

/** What kind of process answered, as far as commands depend on it; the topology knows it more finely. */
export type ServerKind = 'standalone' | 'replicaSetMember' | 'mongos'

/** A server's answer to hello: the whole document, and what operations need of it. */
export interface HelloReply {
  /** As decoded, untrusted: only own keys count, and any field may be of any type. */
  readonly document: Document
  readonly kind: ServerKind
  readonly setName: string | undefined
  /** 0 where the server did not say. */
  readonly minWireVersion: number
  readonly maxWireVersion: number
  /** Undefined: the server has no sessions. */
  readonly logicalSessionTimeoutMinutes: number | undefined
  /** The server's number for this connection, as its logs show it. */
  readonly serverConnectionId: number | undefined
  /** Only behind a load balancer, and only if the handshake asked. */
  readonly serviceId: ObjectId | undefined
  /** Whether later hellos may use the command's new name. */
  readonly helloOk: boolean
}

/** What the specifications have a driver assume where a hello is silent; no server has had larger ones. */
const assumedLimits = {
  documentBytesMax: 16 * 1024 * 1024,
  messageBytesMax: defaultMessageBytesMax,
  batchCountMax: 100_000
} as const

/** Reads any document: a field that is missing or makes no sense counts as absent. */
export function helloReplyOf(document: Document): HelloReply {
  const setName = textField(document, 'setName')
  const serviceId = fieldOf(document, 'serviceId')
  return {
    document,
    kind: kindOf(document, setName),
    setName,
    minWireVersion: integerField(document, 'minWireVersion') ?? 0,
    maxWireVersion: integerField(document, 'maxWireVersion') ?? 0,
    logicalSessionTimeoutMinutes: integerField(document, 'logicalSessionTimeoutMinutes'),
    serverConnectionId: integerField(document, 'connectionId'),
    serviceId: serviceId instanceof ObjectId ? serviceId : undefined,
    helloOk: flagField(document, 'helloOk')
  }
}

/** A limit that is missing, not a whole number, less than 1 or more than any server's falls back to the assumed one. */
export function limitsOf({ document, maxWireVersion }: HelloReply): ConnectionLimits {
  const limit = (key: string, assumed: number): number => {
    const told = integerField(document, key)
    return told !== undefined && told >= 1 && told <= assumed ? told : assumed
  }
  return {
    documentBytesMax: limit('maxBsonObjectSize', assumedLimits.documentBytesMax),
    messageBytesMax: limit('maxMessageSizeBytes', assumedLimits.messageBytesMax),
    batchCountMax: limit('maxWriteBatchSize', assumedLimits.batchCountMax),
    wireVersionMax: maxWireVersion
  }
}

function kindOf(document: Document, setName: string | undefined): ServerKind {
  if (textField(document, 'msg') === 'isdbgrid') return 'mongos'
  // A member that has no set name yet says `isreplicaset`.
  return setName !== undefined || flagField(document, 'isreplicaset') ? 'replicaSetMember' : 'standalone'
}
