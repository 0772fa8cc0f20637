/**
 * Reads fields of a document that a server sent. A server is not trusted: a field of the wrong type counts as absent, and
 * only a document's own keys count, so that keys such as `__proto__` or `constructor` mean nothing.
 */
import { type Document, Long } from '../bson/index.ts'

export function fieldOf(document: Document, key: string): unknown {
  return Object.hasOwn(document, key) ? document[key] : undefined
}

export function textField(document: Document, key: string): string | undefined {
  const value = fieldOf(document, key)
  return typeof value === 'string' ? value : undefined
}

export function flagField(document: Document, key: string): boolean {
  return fieldOf(document, key) === true
}

/** A whole number that a JavaScript number holds exactly. */
export function integerField(document: Document, key: string): number | undefined {
  const value = fieldOf(document, key)
  const number = value instanceof Long ? value.toNumber() : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
}
