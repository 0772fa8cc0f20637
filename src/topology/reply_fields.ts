/**
 * Reads fields of documents that a server sent. A server is not trusted: a field of the wrong type counts as absent, and
 * only a document's own keys count, so that a key such as `__proto__` or `constructor` means nothing.
 */
import { Double, Int32, Long } from '../bson/index.ts'

export type ReplyDocument = Readonly<Record<string, unknown>>

export function asDocument(value: unknown): ReplyDocument | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return value as ReplyDocument
}

export function fieldOf(document: ReplyDocument, key: string): unknown {
  return Object.hasOwn(document, key) ? document[key] : undefined
}

export function textField(document: ReplyDocument, key: string): string | undefined {
  const value = fieldOf(document, key)
  return typeof value === 'string' ? value : undefined
}

export function flagField(document: ReplyDocument, key: string): boolean {
  return fieldOf(document, key) === true
}

/** A whole number that a JavaScript number holds exactly, whichever of BSON's number types it came as. */
export function integerField(document: ReplyDocument, key: string): number | undefined {
  const value = fieldOf(document, key)
  const number = value instanceof Long || typeof value === 'bigint' ? Number(value.toString()) : plainNumber(value)
  return Number.isSafeInteger(number) ? number : undefined
}

export function documentField(document: ReplyDocument, key: string): ReplyDocument | undefined {
  return asDocument(fieldOf(document, key))
}

function plainNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  return value instanceof Int32 || value instanceof Double ? value.value : undefined
}
