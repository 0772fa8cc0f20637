import type { Request } from '../dispatcher.ts'
import type { WireCompressor } from '../../wire/index.ts'
import type { CommandFailure } from '../failure.ts'

/** A message with a command in it, read and copied: nothing of it is in bytes that are only lent. */
export interface Incoming {
  /** The command, or what is wrong with it although the message around it is sound. */
  readonly command: Request | CommandFailure
  readonly requestId: number
  /** The kind of reply: as the message was, or none at all. */
  readonly answer: 'message' | 'query' | 'none'
  /** Whether replies may follow that nobody asked for. */
  readonly exhaustAllowed: boolean
  /** What the message was compressed by, and so its replies are. */
  readonly compressor: WireCompressor | undefined
  /** Of the whole message, decompressed. */
  readonly bytes: number
}
