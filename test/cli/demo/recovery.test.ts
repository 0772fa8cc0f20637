import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Recovery } from '../../../src/cli/demo/recovery.ts'
import { type ServerDescription, ServerDescriptionChangedEvent, type ServerType } from '../../../src/client/index.ts'

function changed(address: string, type: ServerType): ServerDescriptionChangedEvent {
  const description = { address, type } as ServerDescription
  return new ServerDescriptionChangedEvent(1, description, description)
}

test('a step-down is over when a write is acknowledged after the next primary is known', () => {
  const recovery = new Recovery('db1:1', 1_000)
  assert.equal(recovery.wrote(1_010), undefined, 'the old primary may still have taken it')
  assert.equal(recovery.told(changed('db1:1', 'RSPrimary'), 1_020), undefined, 'the old primary is not the next one')
  assert.equal(recovery.told(changed('db2:1', 'RSSecondary'), 1_030), undefined)
  assert.equal(
    recovery.told(changed('db2:1', 'RSPrimary'), 1_200),
    'db2:1 is the primary, 200 ms after the step-down began'
  )
  assert.equal(recovery.wrote(1_250), 'recovered: a write was acknowledged after 250 ms')
  assert.deepEqual([recovery.electedAfterMS, recovery.writtenAfterMS], [200, 250])
  assert.equal(recovery.told(changed('db3:1', 'RSPrimary'), 1_300), undefined, 'the first one counts')
  assert.equal(recovery.wrote(1_350), undefined)
  assert.deepEqual([recovery.electedAfterMS, recovery.writtenAfterMS], [200, 250])
})
