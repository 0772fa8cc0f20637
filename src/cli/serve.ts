import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Deployment, type DeploymentKind, type DeploymentOptions, startDeployment } from '../embedded/index.ts'
import { orUsageError, UsageError, wholeNumber } from './usage.ts'

const serveUsage = `cenote serve [options]

Starts a MongoDB deployment in this process and prints its connection string: the first line of standard output, and nothing
else there. It has no persistence: what is written is gone when it ends. For tests and demos, not for production.

  --members COUNT  of the replica set, 1 to 7 (default 3)
  --standalone     one server without a replica set, instead
  --sharded        a sharded cluster of one shard, instead: routers before the replica set
  --load-balanced  such a cluster behind a load balancer, instead
  --routers COUNT  of a cluster, 1 to 16 (default 2)
  --port PORT      where to listen; all further servers take the ports after it (default: any free ports)
  --user NAME      a user of the database admin, without whom nobody may do anything; with --password-env
  --password-env VARIABLE
                   the environment variable that holds the user's password
  --tls-certificate-key-file FILE
                   certificate and private key (PEM): all connections are encrypted then; clients need tls=true and
                   the certificate's authority, and the certificate must be for 127.0.0.1
  --tls-ca-file FILE
                   authorities (PEM): a client may present a certificate of one of them
  --json           print one line of JSON instead: { "uri", "pid", "members", "routers" }
  --help           this text

It ends with SIGINT or SIGTERM.
`

/** Resolves with the exit status once the deployment has ended. */
export async function serve(args: readonly string[]): Promise<number> {
  const { json, help, options } = optionsOf(args)
  if (help) {
    process.stdout.write(serveUsage)
    return 0
  }
  const deployment = await startDeployment(options)
  const members = addressesOf(deployment.members)
  const routers = addressesOf(deployment.routers)
  const line = json ? JSON.stringify({ uri: deployment.uri, pid: process.pid, members, routers }) : deployment.uri
  process.stdout.write(`${line}\n`)
  const what = described(options.kind, deployment)
  process.stderr.write(`${what} in this process; nothing is kept when it ends. Ctrl-C ends it.\n`)
  const signal = await ended()
  process.stderr.write(`${signal}: stopping\n`)
  await deployment.stop()
  return 0
}

interface ServeOptions {
  readonly json: boolean
  readonly help: boolean
  readonly options: DeploymentOptions
}

const portMax = 65_535
const membersMax = 7
const routersMax = 16

function addressesOf(servers: readonly { readonly address: string }[]): string[] {
  return servers.map(({ address }) => address)
}

function described(kind: DeploymentKind, { members, routers }: Deployment): string {
  if (kind === 'standalone') return 'A standalone server'
  const set = `replica set of ${members.length}`
  if (kind === 'replicaSet') return `A ${set}`
  const cluster = `${routers.length} routers before a ${set}`
  return kind === 'sharded' ? cluster : `A load balancer before ${cluster}`
}

function optionsOf(args: readonly string[]): ServeOptions {
  const { values } = parsed(args)
  const { port, members, routers, json, help, user, 'password-env': variable, ...tlsFiles } = values
  const kind = kindOf(values)
  if (kind === 'standalone' && members !== undefined)
    throw new UsageError('--standalone is one server: leave out --members', serveUsage)
  if ((kind === 'standalone' || kind === 'replicaSet') && routers !== undefined)
    throw new UsageError('--routers goes with --sharded or --load-balanced', serveUsage)
  const where = port === undefined ? {} : { port: wholeNumber('--port', port, 0, portMax, serveUsage) }
  const size = members === undefined ? {} : { members: wholeNumber('--members', members, 1, membersMax, serveUsage) }
  const front = routers === undefined ? {} : { routers: wholeNumber('--routers', routers, 1, routersMax, serveUsage) }
  const users = help || (user === undefined && variable === undefined) ? {} : { users: [userFrom(user, variable)] }
  const tls = tlsOf(tlsFiles['tls-certificate-key-file'], tlsFiles['tls-ca-file'])
  return { json, help, options: { kind, ...where, ...size, ...front, ...users, ...tls } }
}

interface KindFlags {
  readonly standalone: boolean
  readonly sharded: boolean
  readonly 'load-balanced': boolean
}

function kindOf({ standalone, sharded, 'load-balanced': loadBalanced }: KindFlags): DeploymentKind {
  if ([standalone, sharded, loadBalanced].filter(Boolean).length > 1)
    throw new UsageError('--standalone, --sharded and --load-balanced exclude each other', serveUsage)
  if (standalone) return 'standalone'
  if (sharded) return 'sharded'
  return loadBalanced ? 'loadBalanced' : 'replicaSet'
}

/** The password comes from the environment: everybody on the machine can read a command line. */
function userFrom(name: string | undefined, variable: string | undefined): { name: string; password: string } {
  if (name === undefined || name === '' || variable === undefined)
    throw new UsageError('--user NAME and --password-env VARIABLE go together', serveUsage)
  const password = process.env[variable]
  if (password === undefined || password === '')
    throw new UsageError(`--password-env: the environment variable ${variable} is not set, or empty`, serveUsage)
  return { name, password }
}

function tlsOf(certificateKeyFile: string | undefined, caFile: string | undefined): Pick<DeploymentOptions, 'tls'> {
  if (certificateKeyFile === undefined) {
    if (caFile === undefined) return {}
    throw new UsageError('--tls-ca-file needs --tls-certificate-key-file: without it nothing is encrypted', serveUsage)
  }
  const both = textOf('--tls-certificate-key-file', certificateKeyFile)
  const clients =
    caFile === undefined ? {} : ({ ca: textOf('--tls-ca-file', caFile), requestClientCertificate: 'optional' } as const)
  return { tls: { key: both, cert: both, ...clients } }
}

function textOf(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${option}: ${error instanceof Error ? error.message : String(error)}`, serveUsage)
  }
}

function parsed(args: readonly string[]) {
  const options = {
    port: { type: 'string' },
    members: { type: 'string' },
    standalone: { type: 'boolean', default: false },
    sharded: { type: 'boolean', default: false },
    'load-balanced': { type: 'boolean', default: false },
    routers: { type: 'string' },
    user: { type: 'string' },
    'password-env': { type: 'string' },
    'tls-certificate-key-file': { type: 'string' },
    'tls-ca-file': { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false }
  } as const
  return orUsageError(() => parseArgs({ args: [...args], options }), serveUsage)
}

function ended(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
  })
}
