import assert from 'node:assert/strict'
import type { Document } from '../../src/bson/index.ts'
import { type Deployment, type Member, startDeployment } from '../../src/embedded/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { RawClient } from './raw_client.ts'

export interface Bench {
  readonly runtime: VirtualRuntime
  readonly deployment: Deployment
  readonly member: Member
  readonly client: RawClient
  readonly connect: () => Promise<RawClient>
  /** Runs a command against the database `test`. */
  readonly run: (command: Document) => Promise<Document>
  /** As `run`, and the reply has to be an error. */
  readonly refused: (command: Document, code: number, codeName: string) => Promise<string>
}

/** A standalone on virtual time with one client; afterwards no timer is armed and nothing has been warned of. */
export async function withStandalone(test: (bench: Bench) => Promise<void>, seed = 1): Promise<void> {
  const runtime = virtualRuntime({ seed })
  await runtime.run(async () => {
    const deployment = await startDeployment({ kind: 'standalone', runtime })
    const member = deployment.members[0]
    assert.ok(member)
    const connect = () => RawClient.connect(runtime, member)
    const client = await connect()
    const run = (command: Document) => client.command('test', command)
    await test({
      runtime,
      deployment,
      member,
      client,
      connect,
      run,
      refused: async (command, code, codeName) => {
        const reply = await run(command)
        assert.deepEqual(reply['ok'], { $numberDouble: '0.0' }, JSON.stringify(reply))
        assert.deepEqual(reply['code'], { $numberInt: String(code) }, JSON.stringify(reply))
        assert.equal(reply['codeName'], codeName)
        return String(reply['errmsg'])
      }
    })
    await deployment.stop()
  })
  assert.equal(runtime.timersArmed(), 0)
  assert.deepEqual(runtime.warnings, [])
}
