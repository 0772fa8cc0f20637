import type { DeserializeOptions } from 'bson'

/** How values become JavaScript's: the library's options, with the library's defaults. */
export type DecodeOptions = Pick<
  DeserializeOptions,
  | 'promoteBuffers'
  | 'promoteLongs'
  | 'promoteValues'
  | 'useBigInt64'
  | 'bsonRegExp'
  | 'raw'
  | 'fieldsAsRaw'
  | 'validation'
>

/** Whether all is as it would be without options. */
export function areDefaults(options: DecodeOptions): boolean {
  return (
    (options.promoteBuffers ?? false) === false &&
    (options.promoteLongs ?? true) === true &&
    (options.promoteValues ?? true) === true &&
    (options.useBigInt64 ?? false) === false &&
    (options.bsonRegExp ?? false) === false &&
    (options.raw ?? false) === false &&
    (options.fieldsAsRaw ?? undefined) === undefined &&
    (options.validation ?? undefined) === undefined
  )
}
