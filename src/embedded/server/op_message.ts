import { documentEnd } from '../../bson/index.ts'
import { type Message, type MessageWriter, messageFlags, type WireCompressor } from '../../wire/index.ts'
import type { Request } from '../dispatcher.ts'
import { CommandFailure } from '../failure.ts'
import { type BSONDocument, decodeDocument } from '../query/index.ts'
import { type Reply, writeElements } from '../reply.ts'
import type { Incoming } from './incoming.ts'

/**
 * Reads an OP_MSG whose header has been read.
 * @throws {WireViolationError} when the message around the documents makes no sense.
 */
export function readOpMessage(message: Message, compressor: WireCompressor | undefined): Incoming {
  message.readSections()
  return {
    command: commandIn(message),
    requestId: message.requestId,
    answer: message.moreToCome ? 'none' : 'message',
    exhaustAllowed: message.exhaustAllowed,
    compressor,
    bytes: message.end - message.start
  }
}

function commandIn(message: Message): Request | CommandFailure {
  try {
    const body = decodeDocument(message.bytes.subarray(message.documentStart, message.documentEnd))
    for (let index = 0; index < message.sequenceCount; index++) addSequence(body, message, index)
    return { body }
  } catch (error) {
    if (error instanceof CommandFailure) return error
    throw error
  }
}

/** A document sequence is an array field of the command. */
function addSequence(body: BSONDocument, message: Message, index: number): void {
  const field = message.sequenceIdentifier(index)
  if (body.has(field)) {
    throw new CommandFailure('InvalidBSON', `the field "${field}" stands in the command and in a document sequence`)
  }
  const documents: BSONDocument[] = []
  const end = message.sequenceEnd(index)
  for (let at = message.sequenceStart(index); at < end; ) {
    const after = documentEnd(message.bytes, at, end)
    documents.push(decodeDocument(message.bytes.subarray(at, after)))
    at = after
  }
  body.set(field, documents)
}

export function writeOpMessage(
  writer: MessageWriter,
  reply: Reply,
  requestId: number,
  responseTo: number,
  moreToCome: boolean
): Uint8Array {
  const body = writer.begin(requestId, moreToCome ? messageFlags.moreToCome : 0, responseTo)
  writeElements(body, reply)
  writer.endBody()
  return writer.finish()
}
