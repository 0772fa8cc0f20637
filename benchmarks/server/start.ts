import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { pinned } from '../pinning.ts'
import { replicaSetName } from './reply.ts'
import { encodeTable, replyTable } from './table.ts'

export type ServerKind = 'native' | 'JavaScript'

export interface ServerOptions {
  readonly kind: ServerKind
  /** By how many milliseconds the first hello of each connection is delayed. */
  readonly handshakeDelayMS?: number
  /** A file for all requests, see `readRecord`. It is complete once the server has stopped. */
  readonly recordFile?: string
  /** The one CPU it may use. */
  readonly cpu?: number | undefined
}

export interface CannedServer {
  readonly uri: string
  stop(): Promise<void>
}

/** A canned server in a process of its own; it ends with this process. */
export async function startCannedServer(options: ServerOptions): Promise<CannedServer> {
  const [program = '', ...first] =
    options.kind === 'native'
      ? [nativeProgram()]
      : [process.execPath, fileURLToPath(new URL('fallback.js', import.meta.url))]
  const { handshakeDelayMS = 0, recordFile } = options
  const all = [...first, String(handshakeDelayMS), ...(recordFile === undefined ? [] : [recordFile])]
  const [file, args] = pinned(options.cpu, program, all)
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const port = await firstLine(child)
  const table = encodeTable(replyTable(`127.0.0.1:${port}`))
  // Awaited: a caller that blocks its thread for its own child would hold the table back.
  await new Promise<void>((resolve, reject) => {
    child.stdin.write(table, error => (error ? reject(error) : resolve()))
  })
  return {
    uri: `mongodb://127.0.0.1:${port}/?replicaSet=${replicaSetName}`,
    async stop() {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    }
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the canned server has no standard output')
  for await (const line of createInterface(child.stdout)) return line
  throw new Error('the canned server ended before it told its port')
}

const root = new URL('../../../', import.meta.url)
const nativeSource = fileURLToPath(new URL('benchmarks/native/canned_server.c', root))
const nativeFile = fileURLToPath(new URL('dist/benchmarks/native/canned_server', root))

/** Builds the native server when its source is newer, and tells its path. */
function nativeProgram(): string {
  if (modifiedMS(nativeFile) < modifiedMS(nativeSource)) {
    mkdirSync(dirname(nativeFile), { recursive: true })
    // Under a name of its own first: several processes may build it at the same time.
    const building = `${nativeFile}.${process.pid}`
    execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', building, nativeSource], { stdio: 'inherit' })
    renameSync(building, nativeFile)
  }
  return nativeFile
}

/** Which server can run here; `complain` hears why it is not the native one. */
export function bestServer(complain: (text: string) => void): ServerKind {
  if (process.platform !== 'linux') {
    complain('canned server: the JavaScript one, since the native one needs Linux (epoll)')
    return 'JavaScript'
  }
  try {
    nativeProgram()
    return 'native'
  } catch (error) {
    complain(`canned server: the JavaScript one, since the native one cannot be built (${(error as Error).message})`)
    return 'JavaScript'
  }
}

function modifiedMS(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
