import { ObjectId } from '../../bson/index.ts'
import type { Clock } from '../../runtime/index.ts'
import { Arguments } from '../arguments.ts'
import type { Caller, ClientFacts } from '../caller.ts'
import type { Call, Command } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import type { MonitorSilence } from '../monitor_silence.ts'
import { claimed } from '../process.ts'
import { type BSONDocument, type BSONValue, encodeDocument, isDocument, isNumber } from '../query/index.ts'
import { wholeInt64 } from '../query/numbers.ts'
import { fields, int32, type Reply, type ReplyValue } from '../reply.ts'
import { documentBytesMax } from '../store/index.ts'
import type { TopologyVersion } from '../topology_version.ts'
import { defaultMessageBytesMax } from '../../wire/index.ts'
import { type AuthenticationServices, authenticationInHello } from './authentication.ts'
import { writeBatchSizeMax } from './writes.ts'

export interface HandshakeServices extends AuthenticationServices {
  readonly topologyVersion: TopologyVersion
  readonly monitorSilence: MonitorSilence
  handshakeDelayMS(): number
  readonly clock: Clock
  /** What the server is to its deployment, now. @throws {CommandFailure} when it is nothing to that client. */
  standing(hello: Arguments, caller: Caller): Standing
}

/** What a hello says of the server's part in its deployment. */
export interface Standing {
  readonly isWritable: boolean
  readonly fields: Readonly<Record<string, BSONValue>>
}

const clientBytesMax = 512
const applicationNameBytesMax = 128
const logicalSessionTimeoutMinutes = 30

/** A client that waits for a change: it knows this version, and waits for so long. */
interface Await {
  readonly processId: ObjectId
  readonly counter: bigint
  readonly maxAwaitTimeMS: number
}

export function helloCommand(services: HandshakeServices): Command {
  return {
    name: 'hello',
    aliases: ['isMaster', 'ismaster'],
    access: 'anywhere',
    concerns: 'none',
    inStableAPI: true,
    beforeLogin: true,
    // A hello takes whatever it does not know: clients announce what older servers never heard of.
    fields: 'any',
    introduce: (given, caller) => caller.helloReceived(...introduction(given, caller)),
    run: async call => {
      const awaited = awaitOf(call.arguments)
      await faults(services, call.caller)
      if (awaited !== undefined) await untilChange(services.topologyVersion, awaited, call)
      const authentication = await authenticationInHello(services.authenticator, call.arguments, call.caller)
      return helloReply(services, call, authentication)
    },
    following: (request, reply) => {
      const topologyVersion = reply.get('topologyVersion')
      if (!request.has('topologyVersion') || !isDocument(topologyVersion as BSONDocument)) return undefined
      return new Map([...request, ['topologyVersion', topologyVersion as BSONDocument]])
    }
  }
}

/** What a test asked for: slow handshakes, silent monitors. A monitor's first hello looks like anybody's. */
async function faults(services: HandshakeServices, caller: Caller): Promise<void> {
  const delayMS = services.handshakeDelayMS()
  if (caller.helloCount > 1) await services.monitorSilence.end(caller)
  else if (delayMS > 0 && !caller.internal) await caller.pause(delayMS)
}

/** Who the client is; said in the first hello, and only there. */
function introduction(given: Arguments, caller: Caller): [ClientFacts | undefined, boolean] {
  const internal = given.has('internalClient')
  const client = given.document('client')
  if (client === undefined) return [undefined, internal]
  if (caller.helloCount > 0) {
    throw new CommandFailure(
      'ClientMetadataCannotBeMutated',
      'The client metadata document may only be sent in the first hello'
    )
  }
  return [clientFacts(client), internal]
}

function clientFacts(client: BSONDocument): ClientFacts {
  const bytes = encodeDocument(client).length
  if (bytes > clientBytesMax) {
    throw new CommandFailure(
      'ClientMetadataDocumentTooLarge',
      `The client metadata document must be less then or equal to ${clientBytesMax} bytes, and has ${bytes}`
    )
  }
  const given = new Arguments('hello.client', client)
  const driverName = given.document('driver')?.get('name')
  const operatingSystem = given.document('os')?.get('type')
  if (typeof driverName !== 'string') throw missing('driver.name')
  if (typeof operatingSystem !== 'string') throw missing('os.type')
  const applicationName = given.document('application')?.get('name')
  if (applicationName !== undefined && typeof applicationName !== 'string') throw missing('application.name')
  if (applicationName !== undefined && Buffer.byteLength(applicationName) > applicationNameBytesMax) {
    throw new CommandFailure(
      'ClientMetadataAppNameTooLarge',
      `The "application.name" of the client metadata has more than ${applicationNameBytesMax} bytes`
    )
  }
  return { applicationName, driverName }
}

function missing(field: string): CommandFailure {
  return new CommandFailure('ClientMetadataMissingField', `The client metadata needs "${field}", a string`)
}

function awaitOf(given: Arguments): Await | undefined {
  const version = given.document('topologyVersion')
  const maxAwaitTimeMS = given.count('maxAwaitTimeMS')
  if (version === undefined && maxAwaitTimeMS === undefined) return undefined
  if (maxAwaitTimeMS === undefined) {
    throw new CommandFailure(31368, "A request with a 'topologyVersion' must include 'maxAwaitTimeMS'")
  }
  if (version === undefined) {
    throw new CommandFailure(31371, "A request with 'maxAwaitTimeMS' must include a 'topologyVersion'")
  }
  const processId = version.get('processId')
  const counter = version.get('counter')
  if (!(processId instanceof ObjectId))
    throw given.wrongType('topologyVersion.processId', processId ?? null, 'objectId')
  const whole = isNumber(counter) ? wholeInt64(counter) : undefined
  if (whole === undefined) throw given.wrongType('topologyVersion.counter', counter ?? null, 'long')
  if (whole < 0n) throw new CommandFailure(31372, "topologyVersion must have a non-negative 'counter'")
  return { processId, counter: whole, maxAwaitTimeMS }
}

async function untilChange(version: TopologyVersion, awaited: Await, { caller }: Call): Promise<void> {
  // Of another process, or of an earlier life of this one: nothing that is known is still true.
  if (!version.processId.equals(awaited.processId) || version.counter > awaited.counter) return
  if (version.counter < awaited.counter) {
    throw new CommandFailure(
      31382,
      `Received a topology version with counter ${awaited.counter}, which is greater than the server's, ${version.counter}`
    )
  }
  await caller.pause(awaited.maxAwaitTimeMS, wake => version.onChange(wake))
}

function helloReply(
  services: HandshakeServices,
  call: Call,
  authentication: Readonly<Record<string, ReplyValue>>
): Reply {
  const given = call.arguments
  const { topologyVersion, clock } = services
  const { isWritable, fields: standing } = services.standing(given, call.caller)
  const offered = given.array('compression')
  const compression = offered === undefined ? [] : call.caller.agreeOnCompressors(offered)
  return fields<ReplyValue>({
    ...(given.boolean('helloOk') ? { helloOk: true } : {}),
    [call.name === 'hello' ? 'isWritablePrimary' : 'ismaster']: isWritable,
    ...standing,
    topologyVersion: topologyVersion.reply(),
    maxBsonObjectSize: int32(documentBytesMax),
    maxMessageSizeBytes: int32(defaultMessageBytesMax),
    maxWriteBatchSize: int32(writeBatchSizeMax),
    localTime: new Date(clock.epochMS()),
    logicalSessionTimeoutMinutes: int32(logicalSessionTimeoutMinutes),
    connectionId: int32(call.caller.id),
    minWireVersion: int32(claimed.minWireVersion),
    maxWireVersion: int32(claimed.maxWireVersion),
    // An empty list, or one that was not asked for, would stop some drivers.
    ...(compression.length === 0 ? {} : { compression: [...compression] }),
    ...authentication
  })
}
