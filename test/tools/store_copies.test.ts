import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { roomyConstructor, roomyConstructorFile, storeCopies, storeCopiesFile } from '../../tools/store_copies.ts'

test('the files of the decoder that repeat themselves are what the tool makes', () => {
  assert.equal(readFileSync(storeCopiesFile, 'utf8'), storeCopies())
  assert.equal(readFileSync(roomyConstructorFile, 'utf8'), roomyConstructor())
})
