import { MongoInvalidArgumentError } from '../errors/index.ts'
import { CodecMissingError, type CompressorName, type Runtime } from '../runtime/index.ts'
import { type WireCompressor, wireCompressor } from '../wire/index.ts'

const known: ReadonlySet<unknown> = new Set<CompressorName>(['snappy', 'zlib', 'zstd'])
const zlibLevel = -1

/** @throws {MongoInvalidArgumentError} for a name that no server knows, and for what this process cannot load. */
export function serverCompressors(names: readonly CompressorName[], runtime: Runtime): readonly WireCompressor[] {
  if (!Array.isArray(names) || !names.every(name => known.has(name))) {
    throw invalid(`a list of ${[...known].join(', ')}, not ${JSON.stringify(names)}`)
  }
  return [...new Set(names)].map(name => {
    try {
      return wireCompressor(name, runtime.compression.codec(name, { zlibLevel }))
    } catch (error) {
      throw error instanceof CodecMissingError ? invalid(error.message, error) : error
    }
  })
}

function invalid(what: string, cause?: unknown): MongoInvalidArgumentError {
  return new MongoInvalidArgumentError(`startDeployment: compressors: ${what}`, { cause })
}
