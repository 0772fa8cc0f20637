import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fieldsOfFill } from '../../src/bson/decoding/fills.ts'
import * as tool from '../../tools/decoder_copies.ts'

test('the files of the decoder that repeat themselves are what the tool makes', () => {
  assert.equal(readFileSync(tool.fillCopiesFile, 'utf8'), tool.fillCopies())
  assert.equal(readFileSync(tool.roomyConstructorFile, 'utf8'), tool.roomyConstructor())
  assert.equal(tool.fieldsOfFill, fieldsOfFill)
})
