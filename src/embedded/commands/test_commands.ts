import type { Command } from '../command.ts'
import { empty } from '../reply.ts'

const plain = { fields: { taken: [] }, access: 'anywhere', concerns: 'none', run: () => empty } as const

/** What a server with `enableTestCommands` has for tests of clients that declare a Stable API: commands that do nothing. */
export function testCommands(): Command[] {
  return [
    { ...plain, name: 'testVersion2', inStableAPI: false },
    { ...plain, name: 'testDeprecation', inStableAPI: true, deprecatedInStableAPI: true }
  ]
}
