import type { Clock } from '../../runtime/index.ts'
import type { Call, Command } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import { claimed, type ProcessFacts } from '../process.ts'
import type { BSONValue } from '../query/index.ts'
import { transactionLifetimeSecondsMax } from '../replication/index.ts'
import { double, empty, fields, int32, int64, type Reply, type ReplyValue } from '../reply.ts'
import { documentBytesMax } from '../store/index.ts'
import type { User, UserDirectory } from '../users.ts'

/** Connections of the member since its start, and now. */
export interface ConnectionCounts {
  readonly created: number
  readonly current: number
}

export interface DiagnosticServices {
  readonly process: ProcessFacts
  readonly clock: Clock
  readonly users: Pick<UserDirectory, 'stillThere'>
  /** `host:port` */
  address(): string
  connectionCounts(): ConnectionCounts
}

/** How many connections the member says that it could still take. It has no limit of its own. */
const connectionsMax = 1_000_000

export function diagnosticCommands(services: DiagnosticServices): Command[] {
  return [
    { ...plain, ...forAnybody, name: 'ping', inStableAPI: true, run: () => empty },
    { ...plain, name: 'buildInfo', aliases: ['buildinfo'], run: buildInfo },
    {
      ...plain,
      ...forAnybody,
      name: 'connectionStatus',
      fields: { taken: ['showPrivileges'] },
      run: call => connectionStatus(call, services.users.stillThere(call.caller.login.user))
    },
    // Both take any field: a parameter's name, a section of the status to leave out.
    { ...plain, name: 'getParameter', adminOnly: true, fields: 'any', run: getParameter },
    { ...plain, name: 'serverStatus', fields: 'any', run: () => serverStatus(services) }
  ]
}

const forAnybody = { beforeLogin: true, onExternal: false } as const
const plain = { fields: { taken: [] }, access: 'anywhere', concerns: 'none', inStableAPI: false } as const

function buildInfo(): Reply {
  return fields<BSONValue>({
    version: claimed.version,
    gitVersion: 'cenote',
    modules: [],
    versionArray: claimed.versionArray.map(int32),
    storageEngines: ['cenote'],
    bits: int32(64),
    debug: false,
    maxBsonObjectSize: int32(documentBytesMax),
    openssl: fields({ running: 'none', compiled: 'none' })
  })
}

function connectionStatus({ arguments: given }: Call, user: User | undefined): Reply {
  const roles = user === undefined ? [] : user.roles.map(({ role, db }) => fields({ role, db }))
  return fields({
    authInfo: fields<BSONValue>({
      authenticatedUsers: user === undefined ? [] : [fields({ user: user.name, db: user.database })],
      authenticatedUserRoles: roles,
      ...(given.boolean('showPrivileges') ? { authenticatedUserPrivileges: [] } : {})
    })
  })
}

const parameters: ReadonlyMap<string, BSONValue> = fields<BSONValue>({
  enableTestCommands: true,
  requireApiVersion: false,
  acceptApiVersion2: false,
  authenticationMechanisms: ['MONGODB-X509', 'PLAIN', 'SCRAM-SHA-1', 'SCRAM-SHA-256'],
  transactionLifetimeLimitSeconds: int32(transactionLifetimeSecondsMax),
  featureCompatibilityVersion: fields({ version: claimed.version.split('.').slice(0, 2).join('.') })
})

function getParameter({ arguments: given }: Call): Reply {
  if (given.value('getParameter') === '*') return parameters
  const found = new Map([...parameters].filter(([name]) => given.has(name)))
  if (found.size > 0) return found
  throw new CommandFailure('InvalidOptions', `no option found to get; there are ${[...parameters.keys()].join(', ')}`)
}

function serverStatus(services: DiagnosticServices): Reply {
  const { process, clock } = services
  const { created, current } = services.connectionCounts()
  const uptimeMS = clock.nowMS() - process.startedMS
  return fields<ReplyValue>({
    host: services.address(),
    version: claimed.version,
    process: process.program,
    pid: int64(process.number),
    uptime: double(Math.floor(uptimeMS / 1000)),
    uptimeMillis: int64(Math.floor(uptimeMS)),
    localTime: new Date(clock.epochMS()),
    connections: fields<BSONValue>({
      current: int32(current),
      available: int32(connectionsMax - current),
      totalCreated: int32(created)
    })
  })
}
