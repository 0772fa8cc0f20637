/** How a piece of the connection string stands in a message: quoted, or not at all where it may be part of a password. */
export type Quote = (text: string) => string

const quotedCharsMax = 80

export function quoted(text: string): string {
  return JSON.stringify(text.length > quotedCharsMax ? `${text.slice(0, quotedCharsMax)}…` : text)
}

/** A value as messages show it: short, on one line, and nothing of an object's inside. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return typeof value === 'bigint' ? `${value}n` : String(value)
}
