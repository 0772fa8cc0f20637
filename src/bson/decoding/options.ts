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

/** Text that is not UTF-8 is told with U+FFFD in the place of what cannot be read. Otherwise it is an error. */
export const uncheckedText: DecodeOptions = { validation: { utf8: false } }

/** The same for what a server says of writes that it refused: it cuts off values within messages, at any byte. */
export const uncheckedErrors: DecodeOptions = { validation: { utf8: { writeErrors: false } } }

/** The same for a bulk write of the client, whose refusals are in a cursor. */
export const uncheckedResults: DecodeOptions = { validation: { utf8: { cursor: false } } }

/**
 * Whether all is as it would be without options, for a document whose text is UTF-8: another one is left to the library,
 * which knows what the options say of that.
 */
export function areDefaults(options: DecodeOptions): boolean {
  return (
    (options.promoteBuffers ?? false) === false &&
    (options.promoteLongs ?? true) === true &&
    (options.promoteValues ?? true) === true &&
    (options.useBigInt64 ?? false) === false &&
    (options.bsonRegExp ?? false) === false &&
    (options.raw ?? false) === false &&
    (options.fieldsAsRaw ?? undefined) === undefined
  )
}
