/**
 * Reads fields of documents that the other side sent. It is not trusted: a field of the wrong type counts as absent, and
 * only a document's own keys count, so that a key such as `__proto__` or `constructor` means nothing.
 */
import { Double, Int32, Long } from 'bson'

/** A document as it came. */
export type UntrustedDocument = Readonly<Record<string, unknown>>

export function asDocument(value: unknown): UntrustedDocument | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return value as UntrustedDocument
}

export function fieldOf(document: UntrustedDocument, key: string): unknown {
  return Object.hasOwn(document, key) ? document[key] : undefined
}

export function textField(document: UntrustedDocument, key: string): string | undefined {
  const value = fieldOf(document, key)
  return typeof value === 'string' ? value : undefined
}

export function flagField(document: UntrustedDocument, key: string): boolean {
  return fieldOf(document, key) === true
}

/** A whole number that a JavaScript number holds exactly, whichever of BSON's number types it came as. */
export function integerField(document: UntrustedDocument, key: string): number | undefined {
  const value = fieldOf(document, key)
  const number = value instanceof Long || typeof value === 'bigint' ? Number(value.toString()) : plainNumber(value)
  return Number.isSafeInteger(number) ? number : undefined
}

export function documentField(document: UntrustedDocument, key: string): UntrustedDocument | undefined {
  return asDocument(fieldOf(document, key))
}

function plainNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  return value instanceof Int32 || value instanceof Double ? value.value : undefined
}
