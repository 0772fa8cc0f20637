import { createRequire } from 'node:module'
import { type Codec, CodecMissingError, type Compression } from '../compression.ts'
import { zlibModule } from './late_modules.ts'
import { type SnappyLibrary, snappyCodec } from './snappy.ts'

const require = createRequire(import.meta.url)

export const nodeCompression: Compression = {
  codec: (name, { zlibLevel }) => {
    switch (name) {
      case 'zlib':
        return zlibCodec(zlibModule(), zlibLevel)
      case 'zstd':
        return zstdCodec(zlibModule())
      case 'snappy':
        return snappyCodec(snappyLibrary())
    }
  }
}

/** Result pieces are as long as the result, up to so much: a size that is announced reserves no more. */
const pieceBytesMax = 64 * 1024
const pieceBytesMin = 64

/** zlib's window has from 2^9 to 2^15 bytes. */
const windowBitsMin = 9
const windowBitsMax = 15

function zlibCodec(library: ReturnType<typeof zlibModule>, level: number): Codec {
  return {
    compress: bytes => {
      // A window that is longer than the message costs more to clear than the message to compress.
      const windowBits = windowBitsFor(bytes.length)
      return library.deflateSync(bytes, {
        level,
        windowBits,
        memLevel: windowBits - 7,
        chunkSize: pieceBytes(bytes.length)
      })
    },
    decompress: (bytes, size) => {
      const options = { maxOutputLength: size, chunkSize: pieceBytes(size), info: true }
      // With `info` there is the engine too, which the types do not know.
      const { buffer, engine } = bounded(size, () => library.inflateSync(bytes, options)) as unknown as Inflated
      return whole(buffer, size, bytes.length - engine.bytesWritten)
    }
  }
}

interface Inflated {
  readonly buffer: Buffer
  /** `bytesWritten`: how many it has read. */
  readonly engine: { readonly bytesWritten: number }
}

function windowBitsFor(length: number): number {
  return Math.min(windowBitsMax, Math.max(windowBitsMin, 32 - Math.clz32(length)))
}

function pieceBytes(length: number): number {
  return Math.min(pieceBytesMax, Math.max(pieceBytesMin, length + 1))
}

/** From Node.js 22.15 and 23.8 on; the types are those of the oldest version that is supported. */
interface ZstdFunctions {
  zstdCompressSync(bytes: Uint8Array): Buffer
  zstdDecompressSync(bytes: Uint8Array, options: object): Buffer
}

/** `library`: `node:zlib`, whatever of zstd it has. */
export function zstdCodec(library: object): Codec {
  const { zstdCompressSync, zstdDecompressSync } = library as Partial<ZstdFunctions>
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined) {
    throw new CodecMissingError(`zstd needs Node.js 22.15 or later, and this is ${process.version}`)
  }
  return {
    compress: bytes => zstdCompressSync(bytes),
    decompress: (bytes, size) => {
      const options = { maxOutputLength: size, chunkSize: pieceBytes(size), info: true }
      const { buffer, engine } = bounded(size, () => zstdDecompressSync(bytes, options)) as unknown as Inflated
      return whole(buffer, size, bytes.length - engine.bytesWritten)
    }
  }
}

function snappyLibrary(): SnappyLibrary {
  try {
    return require('snappy') as SnappyLibrary
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
    throw new CodecMissingError(
      `snappy needs the package "snappy", which cannot be loaded (${why}); npm install snappy`,
      {
        cause
      }
    )
  }
}

function bounded(size: number, inflate: () => Buffer): Buffer {
  try {
    return inflate()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw code === 'ERR_BUFFER_TOO_LARGE' ? new Error(`it becomes more than ${size} bytes`) : new Error(message)
  }
}

function whole(result: Buffer, size: number, unreadBytes: number): Buffer {
  if (result.length !== size) throw new Error(`it becomes ${result.length} bytes`)
  if (unreadBytes > 0) throw new Error(`${unreadBytes} bytes follow its end`)
  return result
}
