/** `cenote serve` as a process of its own: what a user starts. */
import { placeOf } from '../places.ts'
import { start } from '../processes.ts'

const startMSMax = 20_000

export interface ServedDeployment {
  readonly uri: string
  /** The address of each member. */
  readonly members: readonly string[]
  stop(): Promise<void>
}

export async function serve(
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {}
): Promise<ServedDeployment> {
  const args = [placeOf('dist/src/cli/main.js'), 'serve', '--json', ...flags]
  const server = await start({ command: process.execPath, args, environment }, /^\{.*\}$/, startMSMax)
  const { uri, members } = JSON.parse(server.ready[0]) as Pick<ServedDeployment, 'uri' | 'members'>
  return { uri, members, stop: () => server.stop() }
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
