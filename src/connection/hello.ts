import { type DocumentWriter, type Long, type ObjectId } from '../bson/index.ts'
import { MongoServerError } from '../errors/index.ts'
import type { Clock } from '../runtime/index.ts'
import { messageFlags, type MessageWriter, type Reply } from '../wire/index.ts'
import { endCommand } from './command_end.ts'
import type { Connection, Exchange } from './connection.ts'
import { type HelloReply, helloReplyOf } from './hello_reply.ts'

/** Which of its states the server has told last. Sent back as it came: the counter is an int64 to the server. */
export interface KnownTopologyVersion {
  readonly processId: ObjectId
  readonly counter: Long
}

/** A hello that the server answers when its state differs from the known one, or `maxAwaitTimeMS` have passed. */
export interface HelloAwait {
  readonly topologyVersion: KnownTopologyVersion
  readonly maxAwaitTimeMS: number
  /** Whether the server may go on answering, each time its state changes, without being asked again. */
  readonly exhaustAllowed: boolean
}

/** What only the first hello of a connection carries. */
export interface Handshake {
  /** The `client` document, encoded: see `encodeClientMetadata`. Asked for when the hello is written. */
  readonly metadata: () => Uint8Array
  readonly loadBalanced: boolean
  /** Offered to the server, in order of preference. */
  readonly compressors: readonly string[]
  /** Writes what authentication has to say in the hello. */
  readonly authentication?: ((body: DocumentWriter) => void) | undefined
}

export interface HelloRequest {
  /** Under the old name, `isMaster`, which every server knows: until the server has said `helloOk`. */
  readonly legacy: boolean
  readonly awaits?: HelloAwait
  readonly handshake?: Handshake
}

export interface HelloHandler {
  /** `durationMS`: since the hello was sent or, where replies stream, since the one before. */
  helloReplied(hello: HelloReply, durationMS: number, moreToCome: boolean, connection: Connection): void
  /** The connection failed, or, with a `MongoServerError`, the server refused the hello. */
  helloFailed(error: Error, connection: Connection): void
}

/**
 * One hello: the handshake's, or a monitor's check, which carries nothing but itself: neither session nor cluster time.
 * Start it on a connection; after its end it may be started again. Sources: the handshake specification and the server
 * monitoring specification.
 */
export class HelloExchange implements Exchange {
  readonly expectsReply = true
  readonly #clock: Clock
  readonly #request: HelloRequest
  readonly #handler: HelloHandler
  #sinceMS = 0

  constructor(clock: Clock, request: HelloRequest, handler: HelloHandler) {
    this.#clock = clock
    this.#request = request
    this.#handler = handler
  }

  write(message: MessageWriter, requestId: number, connection: Pick<Connection, 'serverApi'>): Uint8Array {
    const { awaits, handshake } = this.#request
    // Servers that the Stable API can be declared to know the new name.
    const legacy = this.#request.legacy && connection.serverApi === undefined
    const body = message.begin(requestId, awaits?.exhaustAllowed === true ? messageFlags.exhaustAllowed : 0)
    body.int32(legacy ? 'isMaster' : 'hello', 1)
    if (legacy || awaits !== undefined) body.boolean('helloOk', true)
    if (awaits !== undefined) writeAwait(body, awaits)
    if (handshake !== undefined) writeHandshake(body, handshake)
    endCommand(message, body, 'admin', connection)
    this.#sinceMS = this.#clock.nowMS()
    return message.finish()
  }

  replied(reply: Reply, connection: Connection): void {
    const document = reply.document()
    const nowMS = this.#clock.nowMS()
    const durationMS = nowMS - this.#sinceMS
    this.#sinceMS = nowMS
    if (reply.ok) {
      this.#handler.helloReplied(helloReplyOf(document), durationMS, reply.moreToCome, connection)
      return
    }
    const error = new MongoServerError(document)
    // A server that refuses ends its stream; one that says it goes on is not listened to.
    if (reply.moreToCome) connection.abandon(error)
    else this.#handler.helloFailed(error, connection)
  }

  failed(error: Error, _wrote: boolean, connection: Connection): void {
    this.#handler.helloFailed(error, connection)
  }

  /** Never called: a hello expects its reply. */
  sent(): void {}
}

function writeAwait(body: DocumentWriter, { topologyVersion, maxAwaitTimeMS }: HelloAwait): void {
  body.beginDocument('topologyVersion')
  body.objectId('processId', topologyVersion.processId)
  body.long('counter', topologyVersion.counter)
  body.endDocument()
  body.number('maxAwaitTimeMS', maxAwaitTimeMS)
}

function writeHandshake(body: DocumentWriter, handshake: Handshake): void {
  const { metadata, loadBalanced, compressors, authentication } = handshake
  // The version of the backpressure protocol: the server may answer overload with errors that are retried.
  body.string('backpressure', '2')
  body.encodedDocument('client', metadata())
  body.beginArray('compression')
  for (const [index, name] of compressors.entries()) body.string(String(index), name)
  body.endDocument()
  if (loadBalanced) body.boolean('loadBalanced', true)
  authentication?.(body)
}
