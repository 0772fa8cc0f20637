import { int32At } from '../bson/index.ts'
import type { Codec, CompressorName } from '../runtime/index.ts'
import { headerBytes, opCode } from './protocol.ts'
import { WireViolationError } from './violation.ts'

/** The specification's numbers. 0, which compresses nothing, is for tests of servers and never agreed on. */
const compressorIds: Readonly<Record<CompressorName, number>> = { snappy: 1, zlib: 2, zstd: 3 }

/** Original opcode and size, an int32 each, and the compressor's number, a byte. */
const compressionHeaderBytes = 9

/** They show who somebody is or is to be; in lower case. Source: the specification of wire compression. */
const neverCompressed: ReadonlySet<string> = new Set([
  'hello',
  'ismaster',
  'saslstart',
  'saslcontinue',
  'getnonce',
  'authenticate',
  'createuser',
  'updateuser',
  'copydbsaslstart',
  'copydbgetnonce',
  'copydb'
])

/** A compressor under the number that messages name it by. */
export interface WireCompressor {
  readonly name: CompressorName
  readonly id: number
  readonly codec: Codec
}

export function wireCompressor(name: CompressorName, codec: Codec): WireCompressor {
  return { name, id: compressorIds[name], codec }
}

/**
 * Those of `own`, in their order, that the other end has named too: what both ends may use from then on. `named` comes from
 * that end, and may be anything.
 */
export function commonCompressors(own: readonly WireCompressor[], named: unknown): readonly WireCompressor[] {
  return Array.isArray(named) ? own.filter(({ name }) => named.includes(name)) : []
}

/**
 * A message as an OP_COMPRESSED, in bytes of its own: the message's may be reused. The message itself where it must not be
 * compressed, or where it would only become longer than the `messageBytesMax` that the other end takes.
 */
export function compressed(message: Uint8Array, { id, codec }: WireCompressor, messageBytesMax: number): Uint8Array {
  if (!mayBeCompressed(message)) return message
  const content = codec.compress(message.subarray(headerBytes))
  const length = headerBytes + compressionHeaderBytes + content.length
  if (length > messageBytesMax) return message
  const result = Buffer.allocUnsafe(length)
  result.set(message.subarray(0, headerBytes))
  result.writeInt32LE(length, 0)
  result.writeInt32LE(opCode.compressed, 12)
  result.writeInt32LE(int32At(message, 12), headerBytes)
  result.writeInt32LE(message.length - headerBytes, headerBytes + 4)
  result[headerBytes + 8] = id
  result.set(content, headerBytes + compressionHeaderBytes)
  return result
}

/** Whether the message in `bytes` from `start` on is an OP_COMPRESSED. A frame has at least the header's 16 bytes. */
export function isCompressed(bytes: Uint8Array, start: number): boolean {
  return int32At(bytes, start + 12) === opCode.compressed
}

export interface Decompressed {
  readonly message: Uint8Array
  readonly by: WireCompressor
}

/**
 * The message that stands compressed in `[start, end)`, in bytes of its own, of any opcode but OP_COMPRESSED. Its size is
 * checked before anything is decompressed, and nothing beyond that size is.
 * @throws {WireViolationError} unless it was made by one of `agreed`, and becomes as long as it announces.
 */
export function decompressed(
  bytes: Uint8Array,
  start: number,
  end: number,
  agreed: readonly WireCompressor[],
  peer: string,
  messageBytesMax: number
): Decompressed {
  const contentStart = start + headerBytes + compressionHeaderBytes
  if (end < contentStart) {
    const least = headerBytes + compressionHeaderBytes
    refuse(peer, `it sent an OP_COMPRESSED of ${end - start} bytes; at least ${least} are needed`, end - start, least)
  }
  const original = int32At(bytes, start + headerBytes)
  if (original === opCode.compressed) refuse(peer, 'it sent a compressed message inside a compressed message')
  const id = bytes[contentStart - 1]
  const compressor = agreed.find(one => one.id === id)
  if (compressor === undefined) {
    const known = agreed.map(one => `${one.id} (${one.name})`).join(', ')
    refuse(peer, `it sent a message compressed by compressor ${id}; agreed on: ${known === '' ? 'none' : known}`, id)
  }
  const size = int32At(bytes, start + headerBytes + 4)
  const sizeMax = messageBytesMax - headerBytes
  if (size < 1 || size > sizeMax) {
    refuse(peer, `a compressed message announces ${size} bytes; 1 to ${sizeMax} are possible`, size, sizeMax)
  }
  const content = contentOf(bytes.subarray(contentStart, end), size, compressor, peer)
  const message = Buffer.allocUnsafe(headerBytes + size)
  message.set(bytes.subarray(start, start + headerBytes))
  message.writeInt32LE(message.length, 0)
  message.writeInt32LE(original, 12)
  message.set(content, headerBytes)
  return { message, by: compressor }
}

function contentOf(bytes: Uint8Array, size: number, { name, codec }: WireCompressor, peer: string): Uint8Array {
  try {
    return codec.decompress(bytes, size)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const what = `a message of ${bytes.length} bytes compressed by ${name} does not become the ${size} bytes that it announces`
    throw new WireViolationError(peer, `${what}: ${why}`, { cause, expected: size })
  }
}

/** The command's name is the first key of its document, which the writer puts first behind the flags. */
function mayBeCompressed(message: Uint8Array): boolean {
  if (int32At(message, 12) !== opCode.message || message[headerBytes + 4] !== 0) return true
  const nameStart = headerBytes + 4 + 1 + 4 + 1
  const nameEnd = message.indexOf(0, nameStart)
  return !neverCompressed.has(Buffer.from(message.subarray(nameStart, nameEnd)).toString('latin1').toLowerCase())
}

function refuse(peer: string, what: string, observed?: number, expected?: number): never {
  throw new WireViolationError(peer, what, {
    ...(observed === undefined ? {} : { observed }),
    ...(expected === undefined ? {} : { expected })
  })
}
