/** How messages of the wire protocol may be compressed. */
export type CompressorName = 'snappy' | 'zlib' | 'zstd'

/**
 * One way of compressing. Synchronous: for the messages that most commands are, a turn on the thread pool costs several
 * times the work itself.
 */
export interface Codec {
  compress(bytes: Uint8Array): Uint8Array
  /**
   * Exactly `size` bytes, which come from exactly these `bytes`. However much they would become, no more than `size` and one
   * piece of it is ever held.
   * @throws {Error} that says why not, as the end of a sentence.
   */
  decompress(bytes: Uint8Array, size: number): Uint8Array
}

export interface CodecSettings {
  /** Of zlib: -1 its default, 0 none, 1 fastest, 9 smallest. The others have no level. */
  readonly zlibLevel: number
}

export interface Compression {
  /** @throws {CodecMissingError} when this process cannot load it. */
  codec(name: CompressorName, settings: CodecSettings): Codec
}

/** The message is what to do about it. */
export class CodecMissingError extends Error {
  override get name(): string {
    return 'CodecMissingError'
  }
}
