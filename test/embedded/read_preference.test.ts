import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Candidate, type ReadPreference, suitable } from '../../src/embedded/routing/read_preference.ts'

const primary = { state: 'primary', lastWriteMS: 200_000 } as const
const fresh = { state: 'secondary', lastWriteMS: 195_000 } as const
const stale = { state: 'secondary', lastWriteMS: 50_000 } as const
const down = { state: 'down', lastWriteMS: 200_000 } as const
const copying = { state: 'copying', lastWriteMS: 200_000 } as const
const all: readonly Candidate[] = [down, stale, primary, copying, fresh]

function chosen(
  mode: string,
  candidates: readonly Candidate[],
  { tagSets = [], maxStalenessMS = Infinity }: Partial<ReadPreference> = {}
): readonly Candidate[] {
  return suitable({ mode, tagSets, maxStalenessMS }, candidates)
}

describe('which members may be asked', () => {
  test('by the mode: none of them is down, or has no data yet', () => {
    assert.deepEqual(chosen('primary', all), [primary])
    assert.deepEqual(chosen('primaryPreferred', all), [primary])
    assert.deepEqual(chosen('secondary', all), [stale, fresh])
    assert.deepEqual(chosen('secondaryPreferred', all), [stale, fresh])
    assert.deepEqual(chosen('nearest', all), [primary, stale, fresh])
  })

  test('where there is no primary, or nothing else', () => {
    assert.deepEqual(chosen('primary', [stale, down]), [])
    assert.deepEqual(chosen('primaryPreferred', [stale, down]), [stale])
    assert.deepEqual(chosen('secondary', [primary, copying]), [])
    assert.deepEqual(chosen('secondaryPreferred', [primary, copying]), [primary])
    assert.deepEqual(chosen('nearest', [down]), [])
  })

  test('no secondary that is behind by more than the staleness: behind the primary, or else the newest secondary', () => {
    const limits = { maxStalenessMS: 90_000 }
    assert.deepEqual(chosen('secondary', all, limits), [fresh])
    assert.deepEqual(chosen('nearest', all, limits), [primary, fresh])
    assert.deepEqual(chosen('secondary', [stale, fresh], limits), [fresh])
    assert.deepEqual(chosen('secondaryPreferred', [primary, stale], limits), [primary])
    assert.deepEqual(chosen('primaryPreferred', [stale, down], limits), [stale])
  })

  test('none by tags, which no member has, but by a set without any', () => {
    const tags = new Map([['place', 'here']])
    for (const mode of ['secondary', 'nearest']) assert.deepEqual(chosen(mode, all, { tagSets: [tags] }), [])
    assert.deepEqual(chosen('secondary', all, { tagSets: [tags, new Map()] }), [stale, fresh])
    assert.deepEqual(chosen('secondaryPreferred', all, { tagSets: [tags] }), [primary])
    assert.deepEqual(chosen('primaryPreferred', all, { tagSets: [tags] }), [primary])
  })
})
