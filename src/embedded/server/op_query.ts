import { documentEnd, textAt } from '../../bson/index.ts'
import {
  headerBytes,
  type Message,
  type MessageWriter,
  opCode,
  type WireCompressor,
  WireViolationError
} from '../../wire/index.ts'
import type { Request } from '../dispatcher.ts'
import { CommandFailure } from '../failure.ts'
import { type BSONDocument, decodeDocument, isDocument } from '../query/index.ts'
import { type Reply, writeElements } from '../reply.ts'
import type { Incoming } from './incoming.ts'

/** What is still taken in this form: how drivers say hello before they know whom they talk to. */
const commands: ReadonlySet<string> = new Set(['hello', 'isMaster', 'ismaster'])
const commandCollection = '.$cmd'

/** The reply says that waiting hellos are understood, which has been so in all servers since MongoDB 1.6. */
const awaitCapable = 8

/**
 * Reads an OP_QUERY whose header has been read: flags, a collection's full name, two numbers, a document, and perhaps a
 * second one with the fields to return.
 * @throws {WireViolationError} when these do not fill the message.
 */
export function readOpQuery(message: Message, compressor: WireCompressor | undefined, peer: string): Incoming {
  const { bytes, start, end } = message
  const nameStart = start + headerBytes + 4
  const nameEnd = bytes.subarray(0, end).indexOf(0, nameStart)
  const documentStart = nameEnd + 1 + 8
  if (nameEnd < 0 || documentStart > end) throw new WireViolationError(peer, 'it sent an OP_QUERY that ends too early')
  const documentAfter = endOf(bytes, documentStart, end, peer)
  if (documentAfter < end && endOf(bytes, documentAfter, end, peer) !== end) {
    throw new WireViolationError(peer, 'it sent an OP_QUERY with bytes behind its documents')
  }
  return {
    command: commandIn(textAt(bytes, nameStart, nameEnd), bytes.subarray(documentStart, documentAfter)),
    requestId: message.requestId,
    answer: 'query',
    exhaustAllowed: false,
    compressor,
    bytes: end - start
  }
}

function endOf(bytes: Uint8Array, at: number, end: number, peer: string): number {
  try {
    return documentEnd(bytes, at, end)
  } catch (cause) {
    throw new WireViolationError(peer, 'it sent an OP_QUERY with a document that does not fit', { cause })
  }
}

function commandIn(collection: string, bytes: Uint8Array): Request | CommandFailure {
  try {
    const body = unwrapped(decodeDocument(bytes))
    const [name = ''] = body.keys()
    if (collection.endsWith(commandCollection) && commands.has(name)) {
      return { body, database: collection.slice(0, -commandCollection.length) }
    }
    const asked = collection.endsWith(commandCollection) ? `the command '${name}'` : `a query of ${collection}`
    return new CommandFailure(
      'UnsupportedOpQueryCommand',
      `Unsupported OP_QUERY: ${asked}. The client may have to be upgraded to a driver that uses OP_MSG`
    )
  } catch (error) {
    if (error instanceof CommandFailure) return error
    throw error
  }
}

/** Some clients put the command under `$query`, with a read preference beside it. */
function unwrapped(body: BSONDocument): BSONDocument {
  const wrapped = body.get('$query') ?? body.get('query')
  return isDocument(wrapped) && (body.keys().next().value?.endsWith('query') ?? false) ? wrapped : body
}

export function writeOpReply(writer: MessageWriter, reply: Reply, requestId: number, responseTo: number): Uint8Array {
  const out = writer.beginHeader(requestId, responseTo, opCode.reply)
  const noCursor = 0
  for (const number of [awaitCapable, noCursor, noCursor, 0, 1]) out.bareInt32(number)
  out.beginDocument()
  writeElements(out, reply)
  writer.endBody()
  return writer.finish()
}
