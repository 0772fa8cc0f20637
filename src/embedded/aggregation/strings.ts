import { BSONRegExp, BSONSymbol, Int32 } from '../../bson/index.ts'
import { CommandFailure } from '../failure.ts'
import { type BSONValue, compareStrings, isNumber, typeNameOf } from '../query/index.ts'
import { textOfNumber } from '../query/numbers.ts'
import { compileRegularExpression } from '../query/regular_expression.ts'
import {
  compileNamed,
  int32Operand,
  isNullish,
  lenient,
  namedOperands,
  type Operator,
  type Operators,
  strict,
  stringOperand,
  typeText
} from './operator.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

type Operand = BSONValue | undefined

export const stringOperators: Operators = [
  ['$concat', strict(0, Number.MAX_SAFE_INTEGER, (...parts) => parts.map(concatenable).join(''))],
  ['$toLower', lenient(1, 1, value => asciiCase(textOf('$toLower', value), /[A-Z]/g, letter => letter.toLowerCase()))],
  ['$toUpper', lenient(1, 1, value => asciiCase(textOf('$toUpper', value), /[a-z]/g, letter => letter.toUpperCase()))],
  ['$strcasecmp', lenient(2, 2, compareIgnoringCase)],
  [
    '$strLenBytes',
    lenient(1, 1, value => new Int32(encoder.encode(stringOperand('$strLenBytes', value, 34473)).length))
  ],
  ['$strLenCP', lenient(1, 1, value => new Int32(codePoints(stringOperand('$strLenCP', value, 34471)).length))],
  ['$substr', lenient(3, 3, substringOfBytes)],
  ['$substrBytes', lenient(3, 3, substringOfBytes)],
  ['$substrCP', lenient(3, 3, substringOfCodePoints)],
  ['$split', strict(2, 2, split)],
  ['$indexOfCP', lenient(2, 4, indexOfCodePoints)],
  ['$trim', trim(true, true)],
  ['$ltrim', trim(true, false)],
  ['$rtrim', trim(false, true)],
  ['$replaceOne', replacement((input, find, by) => input.replace(find, () => by))],
  [
    '$replaceAll',
    replacement((input, find, by) => (find === '' ? input.replace(find, () => by) : input.replaceAll(find, () => by)))
  ],
  ['$regexMatch', regexMatch]
]

function concatenable(part: BSONValue): string {
  if (typeof part === 'string') return part
  throw new CommandFailure(16702, `$concat only supports strings, not ${typeNameOf(part)}`)
}

/** Numbers, dates and symbols stand for their texts, nothing for the empty one. */
function textOf(name: string, value: Operand): string {
  if (isNullish(value)) return ''
  if (typeof value === 'string') return value
  if (value instanceof BSONSymbol) return value.value
  if (value instanceof Date) return value.toISOString()
  if (isNumber(value)) return textOfNumber(value)
  throw new CommandFailure(16007, `${name}: can't convert from BSON type ${typeText(value)} to string`)
}

/** Only letters of ASCII change, as on the server. */
function asciiCase(text: string, letters: RegExp, change: (letter: string) => string): string {
  return text.replace(letters, change)
}

function compareIgnoringCase(left: Operand, right: Operand): BSONValue {
  const [a, b] = [left, right].map(value =>
    asciiCase(textOf('$strcasecmp', value), /[a-z]/g, letter => letter.toUpperCase())
  )
  return new Int32(Math.sign(compareStrings(a ?? '', b ?? '')))
}

/** Positions and lengths in bytes of UTF-8; a negative length means the rest. A cut inside a character is refused. */
function substringOfBytes(value: Operand, from: Operand, length: Operand): BSONValue {
  const bytes = encoder.encode(textOf('$substrBytes', value))
  const start = int32Operand('$substrBytes', from, 16034)
  const count = int32Operand('$substrBytes', length, 16035)
  if (start < 0) throw new CommandFailure(50752, `$substrBytes: starting index must be non-negative (got: ${start})`)
  const part = bytes.subarray(start, count < 0 ? bytes.length : start + count)
  if (isContinuation(bytes[start])) {
    throw new CommandFailure(28656, '$substrBytes: invalid range, starting index is a UTF-8 continuation byte')
  }
  if (isContinuation(bytes[start + part.length])) {
    throw new CommandFailure(28657, '$substrBytes: invalid range, ending index is in the middle of a UTF-8 character')
  }
  return decoder.decode(part)
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && byte >> 6 === 0b10
}

function substringOfCodePoints(value: Operand, from: Operand, length: Operand): BSONValue {
  const points = codePoints(textOf('$substrCP', value))
  const start = int32Operand('$substrCP', from, 34450)
  const count = int32Operand('$substrCP', length, 34452)
  if (start < 0) throw new CommandFailure(34455, `$substrCP: the starting index must be non-negative (got: ${start})`)
  if (count < 0) throw new CommandFailure(34454, `$substrCP: length must be a nonnegative integer (got: ${count})`)
  return points.slice(start, start + count).join('')
}

function split(input: BSONValue, separator: BSONValue): BSONValue {
  const text = stringOperand('$split', input, 40085)
  const by = stringOperand('$split', separator, 40086)
  if (by === '') throw new CommandFailure(40087, '$split requires a non-empty separator')
  return text.split(by)
}

/** The index of a text in another, in code points, between a start and an end; -1 if it is not there. */
function indexOfCodePoints(input: Operand, wanted: Operand, from: Operand, to: Operand): BSONValue {
  const name = '$indexOfCP'
  if (isNullish(input)) return null
  const text = stringOperand(name, input, 40093)
  const part = stringOperand(name, wanted, 40094)
  const points = codePoints(text)
  const start = from === undefined ? 0 : bound(name, from)
  const end = to === undefined ? points.length : Math.min(points.length, bound(name, to))
  if (start > end) return new Int32(-1)
  const at = points.slice(0, end).join('').indexOf(part, points.slice(0, start).join('').length)
  return new Int32(at < 0 ? -1 : codePoints(text.slice(0, at)).length)
}

/** Not what a reader takes for characters: the server counts code points, too. */
function codePoints(text: string): string[] {
  return Array.from(text)
}

function bound(name: string, value: BSONValue): number {
  const index = int32Operand(name, value, 40096)
  if (index >= 0) return index
  throw new CommandFailure(40097, `${name} requires a bound that is not negative, found: ${index}`)
}

/** What the manual's list of white space has: the null character too, but not all that Unicode has. */
const whiteSpace: ReadonlySet<string> = new Set(
  '\0\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a'
)

function trim(left: boolean, right: boolean): Operator {
  return (operand, compiler, name) => {
    const operands = namedOperands(operand, name, ['input'], ['chars'])
    const input = compileNamed(operands, 'input', compiler)
    const chars = compileNamed(operands, 'chars', compiler)
    return scope => {
      const text = input(scope)
      const given = chars(scope)
      if (isNullish(text) || (operands.has('chars') && isNullish(given))) return null
      const points = codePoints(stringOperand(name, text, 50699))
      const dropped = given === undefined ? whiteSpace : new Set(stringOperand(name, given, 50700))
      const start = left ? points.findIndex(point => !dropped.has(point)) : 0
      const end = right ? points.findLastIndex(point => !dropped.has(point)) + 1 : points.length
      return start < 0 ? '' : points.slice(start, end).join('')
    }
  }
}

function replacement(replace: (input: string, find: string, by: string) => string): Operator {
  return (operand, compiler, name) => {
    const operands = namedOperands(operand, name, ['input', 'find', 'replacement'])
    const evaluate = ['input', 'find', 'replacement'].map(field => compileNamed(operands, field, compiler))
    return scope => {
      const values = evaluate.map(each => each(scope))
      const texts = values.filter(value => !isNullish(value)).map(value => stringOperand(name, value, 51746))
      const [input, find, by] = texts
      return input === undefined || find === undefined || by === undefined ? null : replace(input, find, by)
    }
  }
}

function regexMatch(...[operand, compiler, name]: Parameters<Operator>): ReturnType<Operator> {
  const operands = namedOperands(operand, name, ['input', 'regex'], ['options'])
  const [input, regex, options] = ['input', 'regex', 'options'].map(field => compileNamed(operands, field, compiler))
  return scope => {
    const text = input?.(scope)
    const pattern = regex?.(scope)
    const flags = options?.(scope)
    if (isNullish(text) || isNullish(pattern)) return false
    return expressionOf(name, pattern, flags).test(stringOperand(name, text, 51104))
  }
}

function expressionOf(name: string, pattern: BSONValue, flags: Operand): ReturnType<typeof compileRegularExpression> {
  const given = isNullish(flags) ? '' : stringOperand(name, flags, 51106)
  if (!(pattern instanceof BSONRegExp)) return compileRegularExpression(stringOperand(name, pattern, 51105), given)
  if (given !== '' && pattern.options !== '') {
    throw new CommandFailure(51107, `${name} found options both in its regex and in its 'options' field`)
  }
  return compileRegularExpression(pattern.pattern, given === '' ? pattern.options : given)
}
