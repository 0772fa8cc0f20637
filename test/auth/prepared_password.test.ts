import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { saslprep } from '@mongodb-js/saslprep'
import { preparedPassword } from '../../src/auth/prepared_password.ts'

const codeMax = 0x2ff

/** What a password becomes, or that it is refused. */
function preparedBy(prepare: (password: string) => string, password: string): string | undefined {
  try {
    return prepare(password)
  } catch {
    return undefined
  }
}

test('a password is what the library of SASLprep makes of it, whether that was loaded for it or not', () => {
  for (let code = 0; code <= codeMax; code++)
    for (const password of [String.fromCharCode(code), `a${String.fromCharCode(code)} Z`])
      assert.equal(preparedBy(preparedPassword, password), preparedBy(saslprep, password), `U+${code.toString(16)}`)
  for (const password of ['', ' ', '~', '\u0627\u0031', '\u2168', 'p@ss: wörd/%'])
    assert.equal(preparedBy(preparedPassword, password), preparedBy(saslprep, password), password)
})

test('who imports the driver does not wait for the tables of SASLprep', () => {
  const program = `import 'cenote'; import { createRequire } from 'node:module'
    console.log(Object.keys(createRequire(import.meta.url).cache).filter(file => file.includes('saslprep')).length)`
  const told = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
  assert.equal(told, '0\n')
})
