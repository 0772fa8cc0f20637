import type { ResolvedOptions } from '../options/index.ts'
import { CodecMissingError, type CompressorName, type Runtime } from '../runtime/index.ts'
import { type WireCompressor, wireCompressor } from '../wire/index.ts'

/**
 * The compressors that the option names and this process has, in the option's order. One that cannot be loaded is left out
 * with a warning, as the specification has it for those that a driver does not know: messages only become longer.
 */
export function compressorsOf(options: ResolvedOptions, runtime: Runtime): readonly WireCompressor[] {
  const names = new Set(options.compressors?.filter(name => name !== 'none'))
  return [...names].flatMap(name => compressorOf(name, options.zlibCompressionLevel, runtime))
}

function compressorOf(name: CompressorName, zlibLevel: number, runtime: Runtime): WireCompressor[] {
  try {
    return [wireCompressor(name, runtime.compression.codec(name, { zlibLevel }))]
  } catch (error) {
    if (!(error instanceof CodecMissingError)) throw error
    const advice = `or leave ${name} out of compressors`
    runtime.warn(
      `compressors: ${name} is not offered to servers: ${error.message}, ${advice}`,
      'CENOTE_COMPRESSOR_MISSING'
    )
    return []
  }
}
