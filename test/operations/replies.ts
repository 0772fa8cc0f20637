/** Replies as a connection lends them. */
import type { Document } from '../../src/bson/index.ts'
import { Message, Reply } from '../../src/wire/index.ts'
import { messageBytes } from '../connection/messages.ts'

const message = new Message('db1.example:27017')
const reply = new Reply('db1.example:27017', message)

/** One reply for all calls, of the document that was given last. */
export function replyOf(document: Document): Reply {
  const bytes = messageBytes({ responseTo: 1 }, document)
  message.read(bytes, 0, bytes.length)
  reply.scan()
  return reply
}
