import type { Command } from '../command.ts'
import { searchNotEnabled } from '../search.ts'

const fieldsTaken: Readonly<Record<string, readonly string[]>> = {
  createSearchIndexes: ['indexes'],
  updateSearchIndex: ['name', 'id', 'definition'],
  dropSearchIndex: ['name', 'id'],
  listSearchIndexes: ['name', 'id']
}

/** They are there as on any server, and only Atlas can carry them out. They have no concerns. */
export function searchIndexCommands(): Command[] {
  return Object.entries(fieldsTaken).map(([name, taken]) => ({
    name,
    access: name === 'listSearchIndexes' ? 'read' : 'write',
    concerns: 'none',
    inStableAPI: false,
    collectionField: name,
    fields: { taken },
    run: () => {
      throw searchNotEnabled(name)
    }
  }))
}
