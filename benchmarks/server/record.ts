import { readFileSync } from 'node:fs'
import { BSON, type Document } from '../../src/bson/index.ts'

/** A request as the server saw it. */
export interface Recorded {
  readonly connection: number
  /** The increment of the cluster time that was told last on this connection; 0: none. */
  readonly told: number
  /** Undefined for a handshake in the oldest form. */
  readonly command: Document | undefined
  /** Documents that stand in sections of their own, by field. */
  readonly sequences: Readonly<Record<string, readonly Document[]>>
}

const opMessage = 2013
const decodeOptions = { promoteValues: false } as const

/** All requests, in the order in which they came. */
export function readRecord(file: string): Recorded[] {
  const bytes = readFileSync(file)
  const recorded: Recorded[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readInt32LE(at + 8)
    const message = bytes.subarray(at + 8, at + 8 + length)
    recorded.push({ connection: bytes.readInt32LE(at), told: bytes.readInt32LE(at + 4), ...contentOf(message) })
    at += 8 + length
  }
  return recorded
}

function contentOf(message: Buffer): Pick<Recorded, 'command' | 'sequences'> {
  if (message.readInt32LE(12) !== opMessage) return { command: undefined, sequences: {} }
  let command: Document | undefined
  const sequences: Record<string, Document[]> = {}
  for (let at = 20; at < message.length; ) {
    const length = message.readInt32LE(at + 1)
    const section = message.subarray(at + 1, at + 1 + length)
    if (message[at] === 0) command = BSON.deserialize(section, decodeOptions)
    else {
      const nameEnd = section.indexOf(0, 4)
      sequences[section.toString('utf8', 4, nameEnd)] = documentsOf(section.subarray(nameEnd + 1))
    }
    at += 1 + length
  }
  return { command, sequences }
}

function documentsOf(bytes: Buffer): Document[] {
  const documents: Document[] = []
  for (let at = 0; at < bytes.length; at += bytes.readInt32LE(at))
    documents.push(BSON.deserialize(bytes.subarray(at, at + bytes.readInt32LE(at)), decodeOptions))
  return documents
}
