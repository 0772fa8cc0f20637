import { Readable, type ReadableOptions } from 'node:stream'

export type { Readable, ReadableOptions } from 'node:stream'

export function readable(options: ReadableOptions): Readable {
  return new Readable(options)
}
