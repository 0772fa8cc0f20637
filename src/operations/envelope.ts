import type { DocumentWriter } from '../bson/index.ts'
import type { ConnectionLimits } from '../connection/index.ts'
import type { ReadPreference } from '../options/index.ts'
import { secondariesWrite, type ServerType, type TopologyDescription, type TopologyType } from '../topology/index.ts'
import type { MessageWriter } from '../wire/index.ts'
import type { Command } from './command.ts'
import { documentTooLarge } from './failures.ts'

/**
 * The `$readPreference` that a command carries, or undefined. A standalone server knows none; a mongos is told all but
 * primary; a member that is talked to directly must answer although it may not be the primary. Sources: the server
 * selection and the OP_MSG specification.
 */
export function sentReadPreference(
  readPreference: ReadPreference | undefined,
  server: ServerType,
  topology: TopologyType
): ReadPreference | undefined {
  if (server === 'Standalone') return undefined
  const isPrimary = readPreference === undefined || readPreference.mode === 'primary'
  if (topology === 'Single' && server !== 'Mongos') return isPrimary ? primaryPreferred : readPreference
  return isPrimary ? undefined : readPreference
}

const primaryPreferred: ReadPreference = Object.freeze({ mode: 'primaryPreferred', tags: [], maxStalenessSeconds: -1 })

/**
 * Writes it where the command carries one: a write without a preference of its own carries none, nor a pipeline that writes
 * where its preference does not count.
 */
export function writeReadPreference(
  body: DocumentWriter,
  { readPreference, traits }: Pick<Command<unknown>, 'readPreference' | 'traits'>,
  server: ServerType,
  topology: TopologyDescription
): void {
  const sent = sentReadPreference(readPreference, server, topology.type)
  if (sent === undefined) return
  if (traits.kind === 'write' && (readPreference === undefined || !secondariesWrite(topology))) return
  const { mode, tags, maxStalenessSeconds } = sent
  body.beginDocument('$readPreference')
  body.string('mode', mode)
  if (tags.length > 0) body.value('tags', tags)
  if (maxStalenessSeconds > 0) body.int32('maxStalenessSeconds', maxStalenessSeconds)
  body.endDocument()
}

/** The command's documents from where it stands: as many as this connection takes in one message. */
export function writeSequence(
  message: MessageWriter,
  command: Pick<Command<unknown>, 'sequence' | 'firstSequence' | 'sequenceStart' | 'sequenceEnd' | 'taken'>,
  { messageBytesMax, batchCountMax }: ConnectionLimits
): void {
  const { sequence, firstSequence, sequenceStart = 0 } = command
  if (sequence === undefined) return
  if (firstSequence !== undefined)
    message.sequence(firstSequence.identifier, firstSequence.documents, 0, messageBytesMax, batchCountMax)
  const { identifier, documents } = sequence
  const { sequenceEnd = documents.count } = command
  const countMax = Math.min(batchCountMax, sequenceEnd - sequenceStart)
  const taken = message.sequence(identifier, documents, sequenceStart, messageBytesMax, countMax)
  if (taken === 0) throw documentTooLarge(documents.bytesOf(sequenceStart, sequenceStart + 1), messageBytesMax)
  command.taken?.(taken, sequenceStart)
}
