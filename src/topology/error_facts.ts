/** What an error says of the server it came from. The only place that looks into error objects. */
import { asDocument, integerField, textField, type UntrustedDocument } from '../bson/index.ts'
import {
  MongoClientClosedError,
  MongoError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoOperationTimeoutError,
  MongoPoolClearedError,
  MongoPoolClosedError,
  MongoServerError,
  MongoWaitQueueTimeoutError
} from '../errors/index.ts'
import { TransportError } from '../runtime/index.ts'
import { type TopologyVersion, topologyVersionOf } from './topology_version.ts'

/**
 * `client`: the client's own queue, deadline or end, which says nothing of the server.
 * `driver`: the driver refused what the server said (a proof that does not hold, a version that does not fit).
 */
export type ErrorKind = 'network' | 'networkTimeout' | 'command' | 'driver' | 'client'

export interface ErrorFacts {
  readonly kind: ErrorKind
  /** Labelled as overload that a retry may outlast: the server is busy, not gone. */
  readonly overloaded: boolean
  /** Of a command error: of the reply, or of its write concern error. Errors of single writes are none. */
  readonly code: number | undefined
  readonly message: string
  readonly topologyVersion: TopologyVersion | undefined
}

const ownErrors = [
  MongoWaitQueueTimeoutError,
  MongoPoolClearedError,
  MongoPoolClosedError,
  MongoClientClosedError,
  MongoOperationTimeoutError
] as const

export function factsOf(error: Error): ErrorFacts {
  const overloaded =
    error instanceof MongoError && error.hasErrorLabel('SystemOverloadedError') && error.hasErrorLabel('RetryableError')
  if (error instanceof MongoServerError) return { kind: 'command', overloaded, ...replyFactsOf(error.errorResponse) }
  return { kind: kindOf(error), overloaded, code: undefined, message: error.message, topologyVersion: undefined }
}

/** What the transport said, however deep it lies in the chain of causes. */
export function transportErrorOf(error: Error): TransportError | undefined {
  let cause: unknown = error
  for (let depth = 0; depth < causesMax; depth++) {
    if (cause instanceof TransportError) return cause
    if (!(cause instanceof Error)) return undefined
    cause = cause.cause
  }
  return undefined
}

/** A chain of causes may lead back to itself. */
const causesMax = 16

function kindOf(error: Error): ErrorKind {
  if (ownErrors.some(own => error instanceof own)) return 'client'
  if (error instanceof MongoNetworkTimeoutError) return 'networkTimeout'
  return error instanceof MongoNetworkError ? 'network' : 'driver'
}

/** A reply with `ok: 1` is an error of the server for its write concern only: its `writeErrors` are the writes' own. */
function replyFactsOf(reply: UntrustedDocument): Pick<ErrorFacts, 'code' | 'message' | 'topologyVersion'> {
  const source = integerField(reply, 'ok') === 1 ? asDocument(reply['writeConcernError']) : reply
  return {
    code: source === undefined ? undefined : integerField(source, 'code'),
    message: source === undefined ? '' : (textField(source, 'errmsg') ?? textField(source, '$err') ?? ''),
    topologyVersion: topologyVersionOf(reply)
  }
}
