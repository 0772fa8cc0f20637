import { int32, int64 } from '../reply.ts'
import { type BSONDocument, type BSONValue, isNumber } from '../query/index.ts'

/** How much a capped collection holds: beyond it the oldest documents go. */
export interface CappedLimits {
  readonly bytesMax: number
  /** `Infinity`: no limit but that of the bytes. */
  readonly documentsMax: number
}

/** What the smallest capped collection holds, and in which steps it grows. Source: the manual's page on capped collections. */
const cappedBytesMin = 4096
const cappedBytesStep = 256

/** The options of a collection as `listCollections` tells them, with the size that a server makes of the one asked for. */
export function cappedOptions(bytes: number, documentsMax: number | undefined): BSONDocument {
  const size = Math.max(cappedBytesMin, Math.ceil(bytes / cappedBytesStep) * cappedBytesStep)
  const options = new Map<string, BSONValue>([
    ['capped', true],
    ['size', size > 0x7fffffff ? int64(size) : int32(size)]
  ])
  return documentsMax === undefined || documentsMax === 0 ? options : options.set('max', int32(documentsMax))
}

/** Undefined for options of a collection that is not capped. */
export function cappedLimitsOf(options: BSONDocument): CappedLimits | undefined {
  if (options.get('capped') !== true) return undefined
  return { bytesMax: numberIn(options, 'size') ?? 0, documentsMax: numberIn(options, 'max') ?? Infinity }
}

function numberIn(options: BSONDocument, field: string): number | undefined {
  const value = options.get(field)
  return isNumber(value) ? Number(value.toString()) : undefined
}
