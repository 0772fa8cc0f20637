/** One server that a real monitor watches on the virtual Runtime; the test scripts what the server answers. */
import { Long, ObjectId, type Document } from '../../src/bson/index.ts'
import { establisher } from '../../src/connection/index.ts'
import { EventHub } from '../../src/events/index.ts'
import { Deadlines, type Runtime, type Target } from '../../src/runtime/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'
import {
  Monitor,
  type MonitorOwner,
  type MonitorSetup,
  topologyEventChannels,
  type TopologyEvents
} from '../../src/topology/index.ts'
import { RequestIds } from '../../src/wire/index.ts'
import { helloDocument, type ReadRequest, replyBytes } from '../connection/messages.ts'
import { type Script, type ScriptedPeer, ScriptedServer } from '../connection/scripted_server.ts'

export const address = 'db1.test:27017'
export const target: Target = { kind: 'tcp', host: 'db1.test', port: 27017 }
export const processId: ObjectId = new ObjectId('0123456789abcdef01234567')

export function streamingHello(counter = 1): Document {
  return { ...helloDocument, topologyVersion: { processId, counter: Long.fromNumber(counter) } }
}

/** Answers checks as a server does that streams; a hello that may wait is kept until the test says what it is answered. */
export class StreamingServer implements Script {
  counter = 1
  /** Hellos that wait, with their connections. */
  readonly waiting: { readonly request: ReadRequest; readonly peer: ScriptedPeer }[] = []
  #lastId = 1_000

  request(request: ReadRequest, peer: ScriptedPeer): void {
    if ('maxAwaitTimeMS' in request.document) this.waiting.push({ request, peer })
    else peer.reply(request, streamingHello(this.counter))
  }

  /** The server's state changes: it tells all that wait, and goes on telling them. */
  change(): void {
    this.counter++
    for (const waiter of this.waiting) {
      const requestId = ++this.#lastId
      const { peer, request } = waiter
      peer.transport.write(
        replyBytes({ responseTo: request.requestId, requestId, moreToCome: true }, streamingHello(this.counter))
      )
      Object.assign(request, { requestId })
    }
  }
}

export const pollingServer: Script = { request: (request, peer) => peer.reply(request, helloDocument) }
export const silentServer: Script = { request: () => undefined }

class Recorder implements MonitorOwner {
  readonly errors: Error[] = []
  readonly samplesMS: number[] = []
  known = 0
  knownBefore = false

  checkSucceeded(): void {
    this.knownBefore = true
    this.known++
  }

  checkFailed(error: Error): { retryAtOnce: boolean } {
    const retryAtOnce = this.knownBefore && error.name.startsWith('MongoNetwork')
    this.knownBefore = false
    this.errors.push(error)
    return { retryAtOnce }
  }

  roundTripMeasured(averageMS: number): void {
    this.samplesMS.push(averageMS)
  }
}

export class MonitoredServer {
  readonly runtime: VirtualRuntime = virtualRuntime({ seed: 3, latencyMinMS: 1, latencyMaxMS: 1 })
  /** The events, as lines. */
  readonly told: string[] = []
  readonly owner: Recorder = new Recorder()
  /** How long the process was suspended: its clock went on, its timers did not. */
  suspendedMS = 0
  readonly monitor: Monitor
  server: ScriptedServer | undefined

  constructor(settings: Partial<MonitorSetup> = {}) {
    const hub = new EventHub<TopologyEvents>({ runtime: this.runtime, channels: topologyEventChannels })
    hub.subscribe('serverHeartbeatStarted', ({ awaited }) => {
      this.told.push(`started${awaited ? ', awaited' : ''}`)
    })
    hub.subscribe('serverHeartbeatSucceeded', ({ awaited }) => {
      this.told.push(`succeeded${awaited ? ', awaited' : ''}`)
    })
    hub.subscribe('serverHeartbeatFailed', ({ awaited }) => {
      this.told.push(`failed${awaited ? ', awaited' : ''}`)
    })
    const { runtime } = this
    const connectTimeoutMS = settings.connectTimeoutMS ?? 5_000
    this.monitor = new Monitor(
      {
        address,
        topologyId: 1,
        runtime: this.#suspendable(),
        hub,
        heartbeatFrequencyMS: 10_000,
        minHeartbeatFrequencyMS: 500,
        connectTimeoutMS,
        streaming: true,
        establish: establisher({
          runtime,
          deadlines: new Deadlines(runtime.clock, runtime.timers),
          target,
          address,
          connectTimeoutMS,
          metadata: () => Uint8Array.of(5, 0, 0, 0, 0),
          loadBalanced: false,
          requestIds: new RequestIds()
        }),
        ...settings
      },
      this.owner
    )
  }

  #suspendable(): Pick<Runtime, 'clock' | 'timers'> {
    const { clock, timers } = this.runtime
    return {
      clock: { ...clock, nowMS: () => clock.nowMS() + this.suspendedMS },
      timers: {
        create: fire => {
          const timer = timers.create(fire)
          return {
            armAt: atMS => timer.armAt(atMS - this.suspendedMS),
            disarm: () => timer.disarm(),
            setRef: on => timer.setRef(on)
          }
        }
      }
    }
  }

  /** Runs `story` against a server with this script, the monitor started. */
  async run(script: Script, story: () => Promise<void>): Promise<void> {
    await this.runtime.run(async () => {
      const { server } = await ScriptedServer.listen(this.runtime, target, script)
      this.server = server
      this.monitor.start()
      await story()
    })
  }

  take(): string[] {
    return this.told.splice(0)
  }

  /** The sockets that the monitor holds. */
  get sockets(): number {
    return this.runtime.network.transports().length
  }
}
