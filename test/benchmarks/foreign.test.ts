import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../../benchmarks/command_line.ts'
import { buildForeign } from '../../benchmarks/foreign.ts'

for (const [side, tool] of [
  ['go', 'go'],
  ['rust', 'cargo']
] as const)
  test(`--peer ${side} without its toolchain names the program that is missing`, t => {
    const { PATH } = process.env
    t.after(() => {
      process.env['PATH'] = PATH
    })
    process.env['PATH'] = '/nowhere'
    assert.throws(
      () => buildForeign(side),
      (error: unknown) =>
        error instanceof Refusal && error.message.includes(`--peer ${side} needs the program "${tool}"`)
    )
  })
