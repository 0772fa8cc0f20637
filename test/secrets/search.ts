/** Looks for a secret in all the forms in which it could show, in all the ways in which a program can show a value. */
import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import type { Cryptography, Runtime } from '../../src/runtime/index.ts'

/** A password with pieces at both ends that nothing else has, and characters that each encoding writes otherwise. */
export const password = 'Kn1ghtwood/ä:\u00a0Ⅸ@"%\'\\ Zebra9crossing'
export const pieces = ['Kn1ghtwood', 'Zebra9crossing']

/** As SASLprep makes it: a space for the one that does not break, letters for the numeral. */
const prepared = 'Kn1ghtwood/ä: IX@"%\'\\ Zebra9crossing'

/** What must show nowhere, each with what it is. */
export class Secrets {
  readonly #forms = new Map<string, string>()

  constructor() {
    for (const piece of pieces) this.#forms.set(piece, `the piece ${piece} of the password`)
    for (const [name, text] of [
      ['the password', password],
      ['the prepared password', prepared]
    ] as const) {
      this.#add(`${name}, percent-encoded`, encodeURIComponent(text))
      this.#add(`${name}, in JSON`, JSON.stringify(text).slice(1, -1))
      this.bytes(name, Buffer.from(text))
    }
  }

  /** Bytes as text of every kind. */
  bytes(name: string, bytes: Uint8Array): void {
    const buffer = Buffer.from(bytes)
    const hex = buffer.toString('hex')
    this.#add(`${name}, raw`, buffer.toString('utf8'))
    this.#add(`${name}, in Latin 1`, buffer.toString('latin1'))
    this.#add(`${name}, in hexadecimal`, hex)
    this.#add(`${name}, in hexadecimal capitals`, hex.toUpperCase())
    this.#add(`${name}, as a buffer shows it`, hex.replace(/..(?!$)/g, '$& '))
    this.#add(`${name}, in numbers`, [...buffer].join(', '))
    this.#add(`${name}, in numbers of JSON`, [...buffer].join(','))
    this.#add(`${name}, percent-encoded whole`, hex.replace(/../g, '%$&'))
    // Within something longer it may begin at any of three places.
    for (const before of [0, 1, 2]) {
      const encoded = Buffer.concat([Buffer.alloc(before), buffer]).toString('base64')
      const own = encoded.slice(before === 0 ? 0 : before + 1, Math.floor(((before + buffer.length) * 8) / 6))
      this.#add(`${name}, in base64`, own)
      this.#add(`${name}, in base64 of URLs`, own.replaceAll('+', '-').replaceAll('/', '_'))
    }
  }

  /** Every derived key of the clients that use this Runtime is a secret too. */
  watch<Watched extends Runtime>(runtime: Watched): Watched {
    const { cryptography } = runtime
    const watching: Cryptography = {
      digest: (hash, data) => {
        const digest = cryptography.digest(hash, data)
        this.bytes(`a ${hash} of a secret`, digest)
        return digest
      },
      hmac: (hash, key, data) => {
        const made = cryptography.hmac(hash, key, data)
        if (/^(Client|Server) Key$/.test(Buffer.from(data).toString('latin1')))
          this.bytes(`the ${Buffer.from(data).toString('latin1')}`, made)
        return made
      },
      equal: (one, other) => cryptography.equal(one, other),
      deriveKey: (derivation, done) => {
        this.bytes('what a key is derived from', derivation.password)
        cryptography.deriveKey(derivation, (error, key) => {
          if (error === undefined) this.bytes('the salted password', key)
          done(error, key)
        })
      }
    }
    return { ...runtime, cryptography: watching }
  }

  get count(): number {
    return this.#forms.size
  }

  assertHidden(value: unknown, where: string): void {
    for (const text of showings(value)) this.assertNotIn(text, where)
  }

  assertNotIn(text: string, where: string): void {
    for (const [form, what] of this.#forms)
      if (text.includes(form)) {
        const at = text.indexOf(form)
        assert.fail(`${what} shows in ${where}: …${text.slice(Math.max(0, at - 80), at + 80)}…`)
      }
  }

  #add(what: string, form: string): void {
    // Less could be there by chance.
    if (form.length >= 8) this.#forms.set(form, what)
  }
}

const everything = {
  depth: Number.POSITIVE_INFINITY,
  maxArrayLength: null,
  maxStringLength: null,
  // All on one line, so that bytes are not set in columns.
  compact: true,
  breakLength: Number.POSITIVE_INFINITY
} as const

/** All that can be seen of a value without asking for its secrets. */
function showings(value: unknown): string[] {
  return [
    inspect(value, { ...everything, showHidden: true }),
    inspect(value, { ...everything, getters: true }),
    inspect(value, { ...everything, showHidden: true, customInspect: false }),
    json(value),
    text(value),
    ...ownValues(value)
  ]
}

function json(value: unknown): string {
  const seen = new Set<unknown>()
  return (
    JSON.stringify(value, (_key, inner: unknown) => {
      if (typeof inner === 'bigint') return String(inner)
      if (typeof inner !== 'object' || inner === null) return inner
      if (seen.has(inner)) return '(again)'
      seen.add(inner)
      return inner
    }) ?? ''
  )
}

function text(value: unknown): string {
  try {
    return String(value)
  } catch {
    return ''
  }
}

/** What `inspect` leaves out of an error: getters of its class, and its causes one by one. */
function ownValues(value: unknown, depth = 0): string[] {
  if (!(value instanceof Error) || depth > 10) return []
  const { name, message, stack = '', cause } = value
  const errors: readonly unknown[] = value instanceof AggregateError ? value.errors : []
  const names = Object.getOwnPropertyNames(value).filter(key => key !== 'cause' && key !== 'stack')
  const fields = names.map(key => inspect(Reflect.get(value, key), everything))
  return [name, message, stack, ...fields, ...[cause, ...errors].flatMap(inner => ownValues(inner, depth + 1))]
}
