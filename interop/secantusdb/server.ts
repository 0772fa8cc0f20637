/** SecantusDB as a process: GPL, so it is run and never linked, and nothing of it is kept here. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { start } from '../processes.ts'
import { virtualEnvironment } from '../python.ts'

/** It has only pre-releases, so the version has to be named; the driver that it carries is pinned with it. */
const requirements = ['secantusdb==0.7.0b3', 'pymongo==4.20.0']

const startMSMax = 60_000

export interface Server {
  readonly address: string
  stop(): Promise<void>
}

export async function installed(progress: (line: string) => void): Promise<string> {
  return join(await virtualEnvironment('secantusdb', requirements, progress), 'secantusd-py')
}

/** In memory unless `storage` is a folder; its own temporary files lie in one that goes with it, however it ends. */
export async function serverOf(program: string, flags: readonly string[], storage = ':memory:'): Promise<Server> {
  const args = ['--host', '127.0.0.1', '--port', '0', '--storage-path', storage, ...flags]
  const scratch = mkdtempSync(join(tmpdir(), 'cenote-interop-'))
  const sweep = () => rmSync(scratch, { recursive: true, force: true })
  try {
    const process = { command: program, args, environment: { TMPDIR: scratch } }
    const server = await start(process, /listening on (127\.0\.0\.1:\d+)/, startMSMax)
    return { address: server.ready[1] ?? '', stop: () => server.stop().finally(sweep) }
  } catch (error) {
    sweep()
    throw error
  }
}

/** The server has no exception for the first user: users are made on one run of it, and asked for on the next. */
export async function withUsers<Result>(
  program: string,
  flags: readonly string[],
  makeUsers: (address: string) => Promise<void>,
  run: (address: string) => Promise<Result>
): Promise<Result> {
  const storage = mkdtempSync(join(tmpdir(), 'cenote-interop-'))
  try {
    const open = await serverOf(program, flags, storage)
    try {
      await makeUsers(open.address)
    } finally {
      await open.stop()
    }
    const server = await serverOf(program, [...flags, '--auth'], storage)
    try {
      return await run(server.address)
    } finally {
      await server.stop()
    }
  } finally {
    rmSync(storage, { recursive: true, force: true })
  }
}
