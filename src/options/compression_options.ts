import type { RowOf } from './option_row.ts'
import type { CompressionOptionValues } from './option_values.ts'

/** Compression of messages on their way. */
export const compressionOptions: { readonly [Name in keyof CompressionOptionValues]-?: RowOf<Name> } = {
  compressors: {
    uri: 'compressors',
    group: 'Compression',
    documentation: 'Compressors to offer, in order of preference.',
    kind: 'list',
    choices: ['snappy', 'zlib', 'zstd', 'none']
  },
  zlibCompressionLevel: {
    uri: 'zlibCompressionLevel',
    group: 'Compression',
    documentation: 'Level of zlib: -1 its default, 0 none, 1 fastest, 9 smallest.',
    kind: 'integer',
    unit: 'level',
    min: -1,
    max: 9,
    default: -1
  }
}
