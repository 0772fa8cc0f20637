import { CommandFailure } from '../failure.ts'

/** The server's limit on a pattern. */
export const patternBytesMax = 32_764

/**
 * Compiles a pattern of the server's dialect (PCRE2 in UTF mode, without Unicode character properties) to JavaScript's.
 * The dialects differ in what `.`, `^`, `$` and `\s` mean, and in what may be escaped: each is translated. What
 * JavaScript has no counterpart for (atomic groups, possessive quantifiers, recursion, conditions, flags inside the
 * pattern) is refused, since a pattern that is read in another way would find other documents.
 */
export function compileRegularExpression(pattern: string, options: string): RegExp {
  if (Buffer.byteLength(pattern) > patternBytesMax) {
    throw refused(pattern, `it is longer than ${patternBytesMax} bytes (patternBytesMax)`)
  }
  const leading = /^\(\?([imsx]+)\)/.exec(pattern)
  const flags = new Set(options + (leading?.[1] ?? ''))
  for (const flag of flags) {
    // "u" says that the pattern is UTF-8, which all are.
    if (!'imsxu'.includes(flag)) throw new CommandFailure(51108, `invalid flag in regex options: ${flag}`)
  }
  const source = new Translation(pattern.slice(leading?.[0].length ?? 0), flags).run()
  try {
    return new RegExp(source, flags.has('i') ? 'iu' : 'u')
  } catch (error) {
    throw refused(pattern, error instanceof Error ? error.message : String(error))
  }
}

function refused(pattern: string, why: string): CommandFailure {
  const shown = pattern.length > 100 ? `${pattern.slice(0, 100)}…` : pattern
  return new CommandFailure(51091, `the regular expression ${JSON.stringify(shown)} cannot be used: ${why}`)
}

/** Escapes that mean the same in both dialects, with or without a class around them. */
const sameEscapes = new Set('dDwWntrf')
const literalEscapes: Readonly<Record<string, string>> = { a: '\\x07', e: '\\x1b' }
const space = '\\t\\n\\v\\f\\r '
const horizontalSpace = '\\t \\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000'
const verticalSpace = '\\n\\v\\f\\r\\x85\\u2028\\u2029'
/** Sets that an escape stands for; in upper case it stands for all other characters. */
const setEscapes: Readonly<Record<string, string>> = { s: space, h: horizontalSpace, v: verticalSpace }
const assertionEscapes: Readonly<Record<string, string>> = {
  A: '(?<![^])',
  z: '(?![^])',
  Z: '(?=\\n?(?![^]))',
  b: '\\b',
  B: '\\B',
  N: '[^\\n]',
  R: `(?:\\r\\n|[${verticalSpace}])`
}
const posixClasses: ReadonlyMap<string, string> = new Map([
  ['alpha', 'a-zA-Z'],
  ['digit', '0-9'],
  ['alnum', 'a-zA-Z0-9'],
  ['upper', 'A-Z'],
  ['lower', 'a-z'],
  ['word', '\\w'],
  ['space', space],
  ['blank', ' \\t'],
  ['punct', '!-\\/:-@\\[-`\\{-~'],
  ['xdigit', '0-9A-Fa-f'],
  ['cntrl', '\\x00-\\x1f\\x7f'],
  ['print', ' -~'],
  ['graph', '!-~'],
  ['ascii', '\\x00-\\x7f']
])

class Translation {
  readonly #pattern: string
  readonly #flags: ReadonlySet<string>
  #at = 0

  constructor(pattern: string, flags: ReadonlySet<string>) {
    this.#pattern = pattern
    this.#flags = flags
  }

  run(): string {
    let source = ''
    while (this.#at < this.#pattern.length) source += this.#next()
    return source
  }

  #next(): string {
    const character = this.#take()
    switch (character) {
      case '\\':
        return this.#escape()
      case '[':
        return this.#class()
      case '(':
        return this.#group()
      case '.':
        return this.#flags.has('s') ? '[^]' : '[^\\n]'
      case '^':
        return this.#flags.has('m') ? '(?:(?<![^])|(?<=\\n)(?=[^]))' : '(?<![^])'
      case '$':
        return this.#flags.has('m') ? '(?=\\n|(?![^]))' : '(?=\\n?(?![^]))'
      case '{':
        return this.#quantifierOrBrace()
      case '*':
      case '+':
      case '?':
        return this.#quantifier(character)
      case ']':
      case '}':
      case '/':
        return `\\${character}`
      case '#':
        if (!this.#flags.has('x')) return character
        this.#skipPast('\n')
        return ''
      default:
        return this.#flags.has('x') && /\s/.test(character) ? '' : character
    }
  }

  #quantifierOrBrace(): string {
    const quantifier = /^\d+(?:,\d*)?\}/.exec(this.#pattern.slice(this.#at))?.[0]
    if (quantifier === undefined) return '\\{'
    this.#at += quantifier.length
    return this.#quantifier(`{${quantifier}`)
  }

  #quantifier(quantifier: string): string {
    const after = this.#pattern[this.#at]
    if (after === '+') throw this.#refusal(`the possessive quantifier "${quantifier}+"`)
    if (after !== '?') return quantifier
    this.#at += 1
    return `${quantifier}?`
  }

  #group(): string {
    const rest = this.#pattern.slice(this.#at)
    if (rest.startsWith('*')) throw this.#refusal(`"(${rest.slice(0, 12)}"`)
    if (!rest.startsWith('?')) return '('
    if (rest.startsWith('?#')) {
      this.#skipPast(')')
      return ''
    }
    const kind = /^\?(?::|=|!|<=|<!|P?<[A-Za-z_]\w*>|P=[A-Za-z_]\w*\))/.exec(rest)?.[0]
    if (kind === undefined) throw this.#refusal(`the group "(${rest.slice(0, 4)}"`)
    this.#at += kind.length
    if (kind.startsWith('?P=')) return `\\k<${kind.slice(3, -1)}>`
    return `(${kind.replace('?P<', '?<')}`
  }

  #escape(): string {
    const character = this.#take()
    const assertion = assertionEscapes[character]
    if (assertion !== undefined) return assertion
    const set = setEscapes[character.toLowerCase()]
    if (set !== undefined) return set === setEscapes[character] ? `[${set}]` : `[^${set}]`
    if (character === 'Q') return this.#quoted()
    if (character === 'E') return ''
    if (/[1-9]/.test(character)) return `(?:\\${character}${this.#takeWhile(/\d/)})`
    if (character === 'k') return this.#namedReference()
    return this.#characterEscape(character)
  }

  #namedReference(): string {
    const name = /^[<{']([A-Za-z_]\w*)[>}']/.exec(this.#pattern.slice(this.#at))
    if (name === null) throw this.#refusal('"\\k" without a name')
    this.#at += name[0].length
    return `\\k<${name[1]}>`
  }

  /** Escapes of one character, which mean the same inside a class. */
  #characterEscape(character: string): string {
    const literal = literalEscapes[character]
    if (literal !== undefined) return literal
    if (sameEscapes.has(character)) return `\\${character}`
    if (character === 'x') return this.#hexadecimal()
    if (character === '0') return codePoint(Number.parseInt(`0${this.#takeWhile(/[0-7]/, 2)}`, 8))
    if (character === 'c') return `\\c${this.#take()}`
    if (character === 'p' || character === 'P') return this.#property(character)
    if (/[A-Za-z]/.test(character)) throw this.#refusal(`the escape "\\${character}"`)
    return /[\^$\\.*+?()[\]{}|/-]/.test(character) ? `\\x${hexadecimal(character)}` : character
  }

  #hexadecimal(): string {
    const braces = /^\{([0-9A-Fa-f]{1,6})\}/.exec(this.#pattern.slice(this.#at))
    if (braces === null) return codePoint(Number.parseInt(`0${this.#takeWhile(/[0-9A-Fa-f]/, 2)}`, 16))
    this.#at += braces[0].length
    return `\\u{${braces[1]}}`
  }

  #property(character: string): string {
    const rest = this.#pattern.slice(this.#at)
    const name = /^(?:\{\^?[A-Za-z_ &]+\}|[A-Z])/.exec(rest)?.[0]
    if (name === undefined || name.startsWith('{^'))
      throw this.#refusal(`the escape "\\${character}${rest.slice(0, 8)}"`)
    this.#at += name.length
    return name.startsWith('{') ? `\\${character}${name}` : `\\${character}{${name}}`
  }

  #quoted(): string {
    const end = this.#pattern.indexOf('\\E', this.#at)
    const text = this.#pattern.slice(this.#at, end < 0 ? undefined : end)
    this.#at = end < 0 ? this.#pattern.length : end + 2
    return text.replace(/[\^$\\.*+?()[\]{}|/]/g, '\\$&')
  }

  #class(): string {
    let source = '['
    if (this.#pattern[this.#at] === '^') source += this.#take()
    // A bracket that stands first is a character of the class.
    if (this.#pattern[this.#at] === ']') source += `\\${this.#take()}`
    for (;;) {
      if (this.#at >= this.#pattern.length) throw this.#refusal('a character class without its end')
      const character = this.#take()
      if (character === ']') return `${source}]`
      source += this.#inClass(character)
    }
  }

  #inClass(character: string): string {
    if (character === '[') {
      const posix = /^:(\^?)([a-z]+):\]/.exec(this.#pattern.slice(this.#at))
      if (posix === null) return '\\['
      const members = posixClasses.get(posix[2] ?? '')
      if (members === undefined || posix[1] !== '') throw this.#refusal(`the class "[${posix[0]}"`)
      this.#at += posix[0].length
      return members
    }
    if (character !== '\\') return /[/(){}|]/.test(character) ? `\\${character}` : character
    const escaped = this.#take()
    if (escaped === 'b') return '\\x08'
    if (escaped === 'S') return '\\0-\\x08\\x0e-\\x1f!-\\u{10ffff}'
    const set = setEscapes[escaped]
    if (set !== undefined) return set
    if (/[1-7]/.test(escaped)) return codePoint(Number.parseInt(escaped + this.#takeWhile(/[0-7]/, 2), 8))
    return this.#characterEscape(escaped)
  }

  #take(): string {
    const point = this.#pattern.codePointAt(this.#at)
    if (point === undefined) throw this.#refusal('a backslash at its end')
    const character = String.fromCodePoint(point)
    this.#at += character.length
    return character
  }

  #takeWhile(wanted: RegExp, atMost = 3): string {
    const start = this.#at
    while (this.#at - start < atMost && wanted.test(this.#pattern[this.#at] ?? '')) this.#at += 1
    return this.#pattern.slice(start, this.#at)
  }

  #skipPast(end: string): void {
    const found = this.#pattern.indexOf(end, this.#at)
    this.#at = found < 0 ? this.#pattern.length : found + 1
  }

  #refusal(what: string): CommandFailure {
    return refused(this.#pattern, `${what} is not supported by the embedded deployment`)
  }
}

function codePoint(point: number): string {
  return `\\u{${point.toString(16)}}`
}

function hexadecimal(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(2, '0')
}
