import { parseArgs } from 'node:util'
import { type DeploymentOptions, startDeployment } from '../embedded/index.ts'
import { UsageError } from './usage.ts'

export const serveUsage = `cenote serve [options]

Starts a MongoDB deployment in this process and prints its connection string: the first line of standard output, and nothing
else there. It has no persistence: what is written is gone when it ends. For tests and demos, not for production.

  --port PORT      where to listen (default: any free port)
  --json           print one line of JSON instead: { "uri", "pid", "members" }
  --help           this text

It ends with SIGINT or SIGTERM.
`

/** Resolves with the exit status once the deployment has ended. */
export async function serve(args: readonly string[]): Promise<number> {
  const { port, json, help } = optionsOf(args)
  if (help) {
    process.stdout.write(serveUsage)
    return 0
  }
  const options: DeploymentOptions = { kind: 'standalone', ...(port === undefined ? {} : { port }) }
  const deployment = await startDeployment(options)
  const members = deployment.members.map(({ address }) => address)
  const line = json ? JSON.stringify({ uri: deployment.uri, pid: process.pid, members }) : deployment.uri
  process.stdout.write(`${line}\n`)
  process.stderr.write('A standalone server in this process; nothing is kept when it ends. Ctrl-C ends it.\n')
  const signal = await ended()
  process.stderr.write(`${signal}: stopping\n`)
  await deployment.stop()
  return 0
}

function optionsOf(args: readonly string[]): { port: number | undefined; json: boolean; help: boolean } {
  const { values } = parsed(args)
  const port = values.port === undefined ? undefined : Number(values.port)
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535))
    throw new UsageError(`--port is a whole number from 0 to 65535, not "${values.port}"`, serveUsage)
  return { port, json: values.json, help: values.help }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false }
      }
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), serveUsage)
  }
}

function ended(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
  })
}
