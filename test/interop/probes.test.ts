import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exemptions } from '../../interop/secantusdb/exemptions.ts'
import { probes } from '../../interop/secantusdb/probes.ts'

test('no two probes have the same name: an exemption is for one', () => {
  const names = probes.map(({ name }) => name)
  assert.deepEqual(names, [...new Set(names)])
})

test('each exemption names a probe, has a reason, and names at least one field', () => {
  for (const [name, { reason, result }] of Object.entries(exemptions)) {
    assert.ok(
      probes.some(probe => probe.name === name),
      name
    )
    assert.notEqual(reason, '', name)
    assert.notDeepEqual(result, {}, name)
  }
})
