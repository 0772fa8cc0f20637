import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CommandFailure } from '../../../src/embedded/failure.ts'
import { patternBytesMax } from '../../../src/embedded/query/index.ts'
import { compileRegularExpression } from '../../../src/embedded/query/regular_expression.ts'
import { seeded } from './arbitraries.ts'
import { assertFails } from './documents.ts'

test('patterns mean what they mean to the server', () => {
  const cases: [pattern: string, options: string, yes: string[], no: string[]][] = [
    ['^ab', '', ['abc'], ['xab', 'AB']],
    ['^ab', 'i', ['ABC'], ['xab']],
    ['a.c', '', ['abc', 'a\rc', 'a\u{1f600}c'], ['a\nc', 'ac']],
    ['a.c', 's', ['a\nc'], []],
    ['^b$', '', ['b', 'b\n'], ['a\nb', 'b\nc', 'b\n\n']],
    ['^b$', 'm', ['a\nb\nc'], ['a\rb\rc']],
    ['a\n^', 'm', ['a\nb'], ['a\n']],
    ['\\Ab\\z', 'm', ['b'], ['a\nb', 'b\n']],
    ['b\\Z', '', ['b\n', 'b'], ['b\n\n']],
    ['a b # words\n c', 'x', ['abc'], ['a b']],
    ['a\\ b[ ]c', 'x', ['a b c'], ['abc']],
    ['a#b', '', ['a#b'], ['a']],
    ['(?i)AbC', '', ['abc'], []],
    ['(?im)^b', '', ['a\nB'], []],
    ['\\Qa.b*\\E+', '', ['a.b*', 'a.b**'], ['axb*']],
    ['a\\-b\\_c\\@', '', ['a-b_c@'], []],
    ['[a\\-z]', '', ['-'], ['b']],
    ['[]a]', '', [']', 'a'], ['b']],
    ['[^]a]', '', ['b'], [']', 'a']],
    ['[[:digit:]_]', '', ['5', '_'], ['a']],
    ['[[]', '', ['['], ['a']],
    ['[\\s]', '', [' ', '\t'], ['\u00a0', 'a']],
    ['\\s', '', [' '], ['\u00a0']],
    ['\\S', '', ['\u00a0'], [' ']],
    ['[\\S]', '', ['\u00a0', 'a'], [' ']],
    ['\\h', '', [' ', '\u00a0'], ['\n']],
    ['\\H', '', ['\n'], [' ']],
    ['\\v', '', ['\n', '\u2028'], [' ']],
    ['\\R', '', ['\r\n', '\n'], ['x']],
    ['^\\N$', '', ['a'], ['']],
    ['\\w', '', ['a', '_'], ['é']],
    ['a{,2}', '', ['a{,2}'], ['a', 'aa']],
    ['{a}', '', ['{a}'], ['a']],
    ['a{2}$', '', ['aa'], ['a']],
    ['a{2,}?b', '', ['aaab'], ['ab']],
    ['(a)(b)\\2\\1', '', ['abba'], ['abab']],
    ['(?<x>a)\\k<x>', '', ['aa'], ['a']],
    ['(?P<x>a)(?P=x)', '', ['aa'], ['a']],
    ['(?:a|b)c(?=d)(?!e)(?<=c)(?<!x)', '', ['acd'], ['ac']],
    ['a(?#comment)b', '', ['ab'], ['a']],
    ['\\x41\\x{1F600}\\e\\a\\0', '', ['A\u{1f600}\u001b\u0007\0'], []],
    ['\\p{Lu}', '', ['É'], ['é']],
    ['\\pL', '', ['é'], ['1']],
    ['/', '', ['a/b'], ['ab']],
    ['^.$', '', ['\u{1f600}'], []],
    ['é', 'i', ['É'], []],
    ['[a-z&&b]', '', ['&'], ['1']],
    ['[\\b]\\cA[\\101]', '', ['\b\u0001A'], ['b']],
    ['', '', ['', 'x'], []]
  ]
  for (const [pattern, options, yes, no] of cases) {
    const compiled = compileRegularExpression(pattern, options)
    for (const text of yes)
      assert.ok(compiled.test(text), `/${pattern}/${options} in ${JSON.stringify(text)}: ${compiled.source}`)
    for (const text of no)
      assert.ok(!compiled.test(text), `/${pattern}/${options} not in ${JSON.stringify(text)}: ${compiled.source}`)
  }
})

test('what JavaScript has no counterpart for is refused', () => {
  for (const pattern of [
    '(?>a)',
    'a++',
    'a*+',
    'a?+',
    'a{2}+',
    '(?R)',
    '(?1)',
    '(?(1)a)',
    '(?|a)',
    'a(?i)b',
    '(?i:a)',
    '(*UCP)a',
    '\\K',
    '\\G',
    '\\X',
    '\\C',
    '[[:^alpha:]]',
    '[[:constructor:]]',
    '\\p{^L}',
    '\\k',
    '\\q'
  ]) {
    assertFails(51091, /not supported by the embedded deployment/, () => compileRegularExpression(pattern, ''))
  }
})

test('a broken pattern is refused with the server’s code', () => {
  for (const pattern of ['(', ')', '*a', '[a', '[z-a]', 'a\\', '\\p{Nothing}']) {
    assertFails(51091, /cannot be used/, () => compileRegularExpression(pattern, ''))
  }
  assertFails(51108, /invalid flag/, () => compileRegularExpression('a', 'g'))
})

test('a pattern beyond the limit is refused by the limit’s name', () => {
  assert.ok(compileRegularExpression('a'.repeat(patternBytesMax), ''))
  assertFails(51091, /patternBytesMax/, () => compileRegularExpression('a'.repeat(patternBytesMax + 1), ''))
})

test('quoted text finds itself, whatever it holds', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }).filter(text => !text.includes('\\E')),
      text => {
        assert.ok(compileRegularExpression(`^\\Q${text}\\E\\z`, '').test(text))
      }
    ),
    seeded
  )
})

test('any text is a pattern or refused, and never anything else', () => {
  const piece = fc.constantFrom(
    'a',
    '(',
    ')',
    '[',
    ']',
    '^',
    '$',
    '\\',
    '{',
    '}',
    '1',
    ',',
    '*',
    '+',
    '?',
    ':',
    '<',
    '=',
    'E',
    'Q',
    '-',
    '#',
    ' ',
    '|'
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.constantFrom('', 'x', 'ims'), (pieces, options) => {
      try {
        compileRegularExpression(pieces.join(''), options)
      } catch (error) {
        assert.ok(error instanceof CommandFailure && error.code === 51091, String(error))
      }
    }),
    { ...seeded, numRuns: 3000 }
  )
})
