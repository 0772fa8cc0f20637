import { Binary, type Document, EJSON } from '../bson/index.ts'

/** Of a key, beside its own: `"":`. */
const keyCharacters = 3

/**
 * Relaxed Extended JSON of a document, cut after so many code points, with `...` behind the cut; 0: never cut. The cut looks
 * at no syntax. Source: the logging specification.
 */
export function documentText(document: Document, codePointsMax: number): string {
  if (codePointsMax === 0) return extendedJSON(document)
  return cut(extendedJSON(new Beginning(codePointsMax).of(document)), codePointsMax)
}

/** A server may send what has no such form, such as a vector of half an element. */
function extendedJSON(value: unknown): string {
  try {
    return EJSON.stringify(value)
  } catch (error) {
    return `(not shown: ${error instanceof Error ? error.message : String(error)})`
  }
}

/** The first code points of a text, with `...` behind if there are more. */
export function cut(text: string, codePointsMax: number): string {
  if (text.length <= codePointsMax) return text
  let end = 0
  for (let points = 0; points < codePointsMax && end < text.length; points++) end += unitsAt(text, end)
  return end === text.length ? text : `${text.slice(0, end)}...`
}

/** UTF-16 units of the code point there. */
function unitsAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
}

/**
 * As much of a value as shows in a text that is cut: a batch of megabytes is not written out for its first thousand
 * characters. What it counts is never more than what the text will have, so that what it leaves out stands behind the cut.
 */
class Beginning {
  /** One more than is shown, so that the text is longer than the limit if anything is left out. */
  #left: number

  constructor(codePointsMax: number) {
    this.#left = codePointsMax + 1
  }

  of(value: unknown): unknown {
    // A bracket or a quotation mark opens, or it is a digit at the least.
    this.#left--
    if (typeof value === 'string') return this.#text(value)
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return this.#elements(value)
    if (value instanceof Binary && value.sub_type !== Binary.SUBTYPE_VECTOR) return this.#binary(value)
    return isDocument(value) ? this.#fields(value) : value
  }

  /** A code point has at most two units. */
  #text(text: string): string {
    const unitsMax = 2 * Math.max(0, this.#left)
    this.#left -= text.length / 2 + 1
    return text.length <= unitsMax ? text : text.slice(0, unitsMax)
  }

  /** Base64 has more characters than there are bytes, and begins alike where a multiple of three bytes is kept. */
  #binary(binary: Binary): Binary {
    const bytesMax = 3 * Math.ceil(Math.max(1, this.#left) / 3)
    this.#left -= binary.position
    return binary.position <= bytesMax ? binary : new Binary(binary.buffer.subarray(0, bytesMax), binary.sub_type)
  }

  #elements(values: readonly unknown[]): unknown[] {
    const kept: unknown[] = []
    for (const value of values) {
      if (this.#left <= 0) break
      if (kept.length > 0) this.#left--
      kept.push(this.of(value))
    }
    this.#left--
    return kept
  }

  #fields(document: Document): Document {
    const kept: [string, unknown][] = []
    for (const key of Object.keys(document)) {
      if (this.#left <= 0) break
      const value: unknown = document[key]
      // Extended JSON does not show it.
      if (value === undefined) continue
      if (kept.length > 0) this.#left--
      this.#left -= keyCharacters + key.length / 2
      kept.push([key, this.of(value)])
    }
    this.#left--
    return Object.fromEntries(kept)
  }
}

/** Other objects are values of BSON, which Extended JSON writes in its own way. */
function isDocument(value: object): value is Document {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
