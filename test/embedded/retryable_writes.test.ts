import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BSON, type Document, Long } from '../../src/bson/index.ts'
import { int } from './raw_client.ts'
import { withoutTimes, withReplicaSet } from './replica_bench.ts'

const lsid = { id: new BSON.UUID('00112233445566778899aabbccddeeff') }

function numberedWrite(txnNumber: number, command: Document): Document {
  return { ...command, lsid, txnNumber: Long.fromNumber(txnNumber) }
}

const writes: readonly (readonly [string, Document, string])[] = [
  ['insert', { insert: 'c', documents: [{ _id: 10 }, { _id: 11 }] }, 'retriedStmtIds'],
  ['update', { update: 'c', updates: [{ q: { _id: 1 }, u: { $inc: { a: 1 } } }] }, 'retriedStmtIds'],
  ['upsert', { update: 'c', updates: [{ q: { _id: 7 }, u: { $inc: { a: 1 } }, upsert: true }] }, 'retriedStmtIds'],
  ['delete', { delete: 'c', deletes: [{ q: {}, limit: 1 }] }, 'retriedStmtIds'],
  ['findAndModify', { findAndModify: 'c', query: { _id: 1 }, update: { $inc: { a: 1 } } }, 'retriedStmtId'],
  ['findAndModify that removes', { findAndModify: 'c', query: {}, remove: true }, 'retriedStmtId']
]

describe('a write that is sent again', () => {
  for (const [what, command, retriedField] of writes) {
    test(`is answered as it was, and runs once: ${what}`, () =>
      withReplicaSet(async ({ deployment, member, connect, primary, documentsOf, runtime }) => {
        const raw = await connect(member(0))
        await raw.command('test', { insert: 'c', documents: [{ _id: 1 }, { _id: 2 }, { _id: 3 }] })
        const first = withoutTimes(await raw.command('test', numberedWrite(1, command)))
        const after = await documentsOf(0)
        const again = withoutTimes(await raw.command('test', numberedWrite(1, command)))
        const { [retriedField]: retried, ...reply } = again
        assert.deepEqual(reply, first)
        assert.deepEqual([retried].flat()[0], int(0))
        await deployment.stepDown()
        const elected = await connect(member(await primary()))
        assert.deepEqual(withoutTimes(await elected.command('test', numberedWrite(1, command))), again)
        await runtime.sleep(50)
        for (const index of [0, 1, 2]) assert.deepEqual(await documentsOf(index), after)
      }))
  }

  test('runs the statements that had not run', () =>
    withReplicaSet(async ({ member, connect }) => {
      const raw = await connect(member(0))
      await raw.command('test', { insert: 'c', documents: [{ _id: 2 }] })
      const command = numberedWrite(1, { insert: 'c', documents: [{ _id: 1 }, { _id: 2 }] })
      const first = await raw.command('test', command)
      assert.deepEqual([first['n'], first['writeErrors'][0].code], [int(1), int(11_000)])
      await raw.command('test', { delete: 'c', deletes: [{ q: { _id: 2 }, limit: 1 }] })
      const again = await raw.command('test', command)
      assert.deepEqual([again['n'], again['retriedStmtIds'], again['writeErrors']], [int(2), [int(0)], undefined])
    }))

  test('after a later one is refused', () =>
    withReplicaSet(async ({ member, connect }) => {
      const raw = await connect(member(0))
      await raw.command('test', numberedWrite(2, { insert: 'c', documents: [{}] }))
      const reply = await raw.command('test', numberedWrite(1, { insert: 'c', documents: [{}] }))
      assert.deepEqual([reply['code'], reply['codeName']], [int(225), 'TransactionTooOld'])
    }))

  test('is known to a member that copied all data', () =>
    withReplicaSet(async ({ deployment, member, connect, runtime, primary, documentsOf }) => {
      const command = numberedWrite(1, { update: 'c', updates: [{ q: {}, u: { $inc: { a: 1 } } }] })
      for (const index of [1, 2]) member(index).replicationDelayMS = 60_000
      const raw = await connect(member(0))
      await raw.command('test', { insert: 'c', documents: [{ _id: 'lost' }], writeConcern: { w: 1 } })
      await deployment.kill(0)
      for (const index of [1, 2]) member(index).replicationDelayMS = 0
      const elected = await connect(member(await primary()))
      await elected.command('test', { insert: 'c', documents: [{ _id: 1, a: 0 }] })
      await elected.command('test', command)
      await deployment.restart(0)
      await runtime.sleep(100)
      assert.deepEqual(await documentsOf(0), [{ _id: int(1), a: int(1) }])
      const other = await connect(member(3 - (await primary())))
      await other.command('admin', { replSetFreeze: 60 })
      await deployment.stepDown()
      assert.equal(await primary(), 0)
      const last = await connect(deployment.primary)
      assert.deepEqual((await last.command('test', command))['retriedStmtIds'], [int(0)])
      assert.deepEqual(await documentsOf(0), [{ _id: int(1), a: int(1) }])
    }))
})

test('only writes of one document each have a number', () =>
  withReplicaSet(async ({ member, connect }) => {
    const raw = await connect(member(0))
    const codeOf = async (command: Document): Promise<unknown> =>
      (await raw.command('test', numberedWrite(1, command)))['code']
    assert.deepEqual(await codeOf({ update: 'c', updates: [{ q: {}, u: { $set: { a: 1 } }, multi: true }] }), int(72))
    assert.deepEqual(await codeOf({ delete: 'c', deletes: [{ q: {}, limit: 0 }] }), int(72))
    assert.deepEqual(await codeOf({ find: 'c' }), int(50_768))
  }))

describe('the labels of a write with a number', () => {
  const insert = numberedWrite(1, { insert: 'c', documents: [{ _id: 1 }] })
  const both = ['RetryableWriteError', 'NoWritesPerformed']

  test('on a member that is no primary: it may be tried again, and wrote nothing', () =>
    withReplicaSet(async ({ member, connect }) => {
      const raw = await connect(member(1))
      assert.deepEqual((await raw.command('test', insert))['errorLabels'], both)
      const { txnNumber: _, ...plain } = insert
      assert.equal((await raw.command('test', plain))['errorLabels'], undefined)
    }))

  test('of a fail point before it runs: it wrote nothing; of a write concern error after it: it did', () =>
    withReplicaSet(async ({ member, connect }) => {
      const raw = await connect(member(0))
      const labelsWith = async (data: Document): Promise<unknown> => {
        member(0).configureFailPoint({
          configureFailPoint: 'failCommand',
          mode: { times: 1 },
          data: { failCommands: ['insert'], ...data }
        })
        return (await raw.command('test', insert))['errorLabels']
      }
      assert.deepEqual(await labelsWith({ errorCode: 91 }), both)
      assert.equal(await labelsWith({ errorCode: 8 }), undefined)
      assert.deepEqual(await labelsWith({ errorCode: 91, errorLabels: [] }), undefined)
      const writeConcernError = { code: 91, errmsg: '' }
      assert.deepEqual(await labelsWith({ writeConcernError }), ['RetryableWriteError'])
      assert.deepEqual(await labelsWith({ writeConcernError }), both)
    }))
})

describe('the fail point of writes with a number', () => {
  const insert = (txnNumber: number): Document =>
    numberedWrite(txnNumber, { insert: 'c', documents: [{ _id: txnNumber }] })
  const set = (data: Document): Document => ({
    configureFailPoint: 'onPrimaryTransactionalWrite',
    mode: { times: 1 },
    data
  })

  test('closes the connection once the write is done, and a retry is answered as it was', () =>
    withReplicaSet(async ({ member, connect, documentsOf }) => {
      const raw = await connect(member(0))
      member(0).configureFailPoint(set({}))
      raw.send({ ...insert(1), $db: 'test' })
      await raw.ended
      assert.deepEqual(await documentsOf(0), [{ _id: int(1) }])
      const again = await (await connect(member(0))).command('test', insert(1))
      assert.deepEqual([again['n'], again['retriedStmtIds']], [int(1), [int(0)]])
    }))

  test('closes it without the write where that is to fail before it is committed', () =>
    withReplicaSet(async ({ member, connect, documentsOf }) => {
      const raw = await connect(member(0))
      member(0).configureFailPoint(set({ failBeforeCommitExceptionCode: 1 }))
      raw.send({ ...insert(1), $db: 'test' })
      await raw.ended
      assert.deepEqual(await documentsOf(0), [])
      const again = await (await connect(member(0))).command('test', insert(1))
      assert.deepEqual([again['n'], again['retriedStmtIds']], [int(1), undefined])
    }))

  test('tells the error where the connection is to stay, and lets writes without a number alone', () =>
    withReplicaSet(async ({ member, connect }) => {
      const raw = await connect(member(0))
      member(0).configureFailPoint(set({ failBeforeCommitExceptionCode: 1, closeConnection: false }))
      assert.deepEqual((await raw.command('test', { insert: 'c', documents: [{ _id: 0 }] }))['n'], int(1))
      const refused = await raw.command('test', insert(1))
      assert.deepEqual([refused['n'], refused['writeErrors'][0].code], [int(0), int(1)])
    }))
})
