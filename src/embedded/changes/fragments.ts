import { CommandFailure } from '../failure.ts'
import { type BSONDocument, type BSONValue, encodeDocument } from '../query/index.ts'
import { fields, int32 } from '../reply.ts'
import type { ChangeEvent } from './events.ts'
import { tokenOf } from './position.ts'

/** What an event may have, as one document: the manual's limit of documents, and a little for what the server adds. */
export const eventBytesMax: number = 16 * 1024 * 1024 + 16 * 1024

/** Room for a token and for which fragment it is. */
const fragmentBytesMax: number = 16 * 1024 * 1024

/**
 * The event in parts that each fit into a document; an event that does is left as it is. Each part has some of its fields
 * whole, and a token of its own. Source: the manual, "$changeStreamSplitLargeEvent".
 */
export function fragmentsOf(event: ChangeEvent): ChangeEvent[] {
  if (encodeDocument(event.document).length <= eventBytesMax) return [event]
  const parts = partsOf(event.document)
  return parts.map((part, index) => {
    const position = { ...event.position, fragment: index + 1 }
    const splitEvent = fields<BSONValue>({ fragment: int32(index + 1), of: int32(parts.length) })
    const document = new Map<string, BSONValue>([['_id', tokenOf(position)], ['splitEvent', splitEvent], ...part])
    return { position, document, isLast: event.isLast && index === parts.length - 1 }
  })
}

function partsOf(document: BSONDocument): BSONDocument[] {
  const parts: BSONDocument[] = []
  let part: BSONDocument = new Map()
  let bytes = 0
  for (const [name, value] of document) {
    if (name === '_id') continue
    const fieldBytes = encodeDocument(new Map([[name, value]])).length
    if (fieldBytes > fragmentBytesMax) {
      const text = `Splitting change event failed: the field ${name} alone has ${fieldBytes} bytes, and ${fragmentBytesMax} fit`
      throw new CommandFailure(7182500, text)
    }
    if (part.size > 0 && bytes + fieldBytes > fragmentBytesMax) {
      parts.push(part)
      part = new Map()
      bytes = 0
    }
    part.set(name, value)
    bytes += fieldBytes
  }
  return [...parts, part]
}
