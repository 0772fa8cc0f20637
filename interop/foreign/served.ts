/** `cenote serve` as a process of its own: what a user starts. */
import { placeOf } from '../places.ts'
import { start } from '../processes.ts'

const startMSMax = 20_000

export interface ServedDeployment {
  readonly uri: string
  /** The address of each server that clients talk to: the routers, or else the members. */
  readonly servers: readonly string[]
  stop(): Promise<void>
}

/** What `--json` prints. */
interface Told {
  readonly uri: string
  readonly members: readonly string[]
  readonly routers: readonly string[]
}

export async function serve(
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {}
): Promise<ServedDeployment> {
  const args = [placeOf('dist/src/cli/main.js'), 'serve', '--json', ...flags]
  const server = await start({ command: process.execPath, args, environment }, /^\{.*\}$/, startMSMax)
  const { uri, members, routers } = JSON.parse(server.ready[0]) as Told
  return { uri, servers: routers.length > 0 ? routers : members, stop: () => server.stop() }
}

/** Serves while `work` runs. */
export async function whileServing<Result>(
  flags: readonly string[],
  work: (served: ServedDeployment) => Promise<Result>,
  environment?: Readonly<Record<string, string>>
): Promise<Result> {
  const served = await serve(flags, environment)
  try {
    return await work(served)
  } finally {
    await served.stop()
  }
}
