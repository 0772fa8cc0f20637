/** Attempts to connect on a Runtime, and what becomes of them. */
import assert from 'node:assert/strict'
import type { ObjectId } from '../../src/bson/index.ts'
import {
  type Cancel,
  type Connection,
  type ConnectionPurpose,
  establisher,
  type EstablisherSetup,
  type EstablishHandler,
  type EstablishPhase
} from '../../src/connection/index.ts'
import { Deadlines, type Runtime } from '../../src/runtime/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { RequestIds } from '../../src/wire/index.ts'
import { address, noMetadata, target } from './hand_network.ts'
import { type Script, ScriptedServer } from './scripted_server.ts'

export class Attempted implements EstablishHandler {
  /** `established`, or `failed:` and the phase. */
  readonly told: string[] = []
  connection: Connection | undefined
  error: Error | undefined
  phase: EstablishPhase | undefined
  /** The backend behind a load balancer, as it was told before the outcome. */
  backend: ObjectId | undefined
  cancel: Cancel = () => undefined
  readonly ended: Promise<void>
  #end: () => void = () => undefined

  constructor() {
    this.ended = new Promise(resolve => {
      this.#end = resolve
    })
  }

  greeted(serviceId: ObjectId): void {
    assert.deepEqual(this.told, [])
    this.backend = serviceId
  }

  established(connection: Connection): void {
    this.told.push('established')
    this.connection = connection
    this.#end()
  }

  failed(error: Error, phase: EstablishPhase): void {
    this.told.push(`failed: ${phase}`)
    this.error = error
    this.phase = phase
    this.#end()
  }
}

export interface AttemptOptions extends Partial<EstablisherSetup> {
  readonly purpose?: ConnectionPurpose
}

export function attempt(
  runtime: Pick<Runtime, 'network' | 'clock' | 'timers'>,
  { purpose = 'pool', ...setup }: AttemptOptions = {}
): Attempted {
  const attempted = new Attempted()
  const establish = establisher({
    runtime,
    deadlines: new Deadlines(runtime.clock, runtime.timers),
    target,
    address,
    connectTimeoutMS: 10_000,
    metadata: () => noMetadata,
    loadBalanced: false,
    requestIds: new RequestIds(),
    ...setup
  })
  attempted.cancel = establish({ id: 3, purpose }, attempted)
  assert.deepEqual(attempted.told, [], 'nothing is told before establish has returned')
  return attempted
}

export interface Stage {
  readonly runtime: VirtualRuntime
  readonly server: ScriptedServer
}

/** Runs `play` on a virtual Runtime, with a scripted server where attempts go. */
export function withServer(
  script: Script,
  play: (stage: Stage) => Promise<void>,
  { seed = 1, fragment = 0.3 } = {}
): Promise<void> {
  const runtime = virtualRuntime({ seed, fragment })
  return runtime.run(async () => {
    const { server } = await ScriptedServer.listen(runtime, target, script)
    await play({ runtime, server })
  })
}

/** Lets so many events of the virtual Runtime happen: after each one it lets a real macrotask pass. */
export async function events(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(resolve => setImmediate(resolve))
}

/** Nothing of an attempt is left on the client's side. */
export function assertNothingLeft(runtime: VirtualRuntime): void {
  assert.deepEqual(runtime.network.transports(), [])
  assert.equal(runtime.timersArmed(), 0)
}
