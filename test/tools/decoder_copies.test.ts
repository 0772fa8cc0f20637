import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fillCopies, fillCopiesFile, roomyConstructor, roomyConstructorFile } from '../../tools/decoder_copies.ts'

test('the files of the decoder that repeat themselves are what the tool makes', () => {
  assert.equal(readFileSync(fillCopiesFile, 'utf8'), fillCopies())
  assert.equal(readFileSync(roomyConstructorFile, 'utf8'), roomyConstructor())
})
