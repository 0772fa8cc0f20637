import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Heap, type HeapItem } from '../../src/runtime/heap.ts'

interface Keyed extends HeapItem {
  key: number
  readonly id: number
}

function precedes(one: Keyed, other: Keyed): boolean {
  return one.key < other.key || (one.key === other.key && one.id < other.id)
}

const commands = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ add: fc.nat(50) }) },
    fc.record({ remove: fc.nat() }),
    fc.record({ move: fc.nat(), key: fc.nat(50) })
  ),
  { maxLength: 80 }
)

test('the first item is the least, whatever joins, leaves or moves', () => {
  fc.assert(
    fc.property(commands, list => {
      const heap = new Heap<Keyed>(precedes)
      const model: Keyed[] = []
      for (const [id, command] of list.entries()) {
        if ('add' in command) {
          const item = { key: command.add, id, heapIndex: -1 }
          heap.add(item)
          model.push(item)
        } else if (model.length > 0 && 'remove' in command) {
          const [item] = model.splice(command.remove % model.length, 1)
          heap.remove(item!)
          assert.equal(item!.heapIndex, -1)
        } else if (model.length > 0 && 'move' in command) {
          const item = model[command.move % model.length]!
          item.key = command.key
          heap.moved(item)
        }
        model.sort((one, other) => one.key - other.key || one.id - other.id)
        assert.equal(heap.first(), model[0])
        assert.equal(heap.size, model.length)
      }
      for (const item of model) {
        assert.equal(heap.first(), item)
        heap.remove(item)
      }
    }),
    { numRuns: 1000, seed: 7 }
  )
})
