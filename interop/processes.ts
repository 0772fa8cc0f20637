/** Programs that others wrote, as processes of their own: started, awaited, and ended by their own ids. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { within } from './limits.ts'

/** Something that a run needs is not there: the message says what, and what to do. */
export class Unavailable extends Error {}

const stopMSMax = 10_000
/** So much of a program's last words is kept for the message of an error. */
const lastLinesMax = 20

export interface Started {
  /** What the awaited line matched. */
  readonly ready: RegExpExecArray
  stop(): Promise<void>
}

export interface Program {
  readonly command: string
  readonly args: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly folder?: string
}

/** Starts a server and resolves when a line of its output matches. @throws when it ends before, or takes too long. */
export async function start(program: Program, ready: RegExp, startMSMax: number): Promise<Started> {
  const child = spawned(program)
  const lines = new LastLines()
  try {
    const matched = await within(lineThat(child, ready, lines), startMSMax, `the start of ${program.command}`)
    return { ready: matched, stop: () => stop(child) }
  } catch (error) {
    await stop(child)
    throw new Error(`${(error as Error).message}; its last lines:\n${lines.text}`, { cause: error })
  }
}

/** Runs a program to its end, and resolves with its standard output. @throws {Unavailable} when it cannot, or fails. */
export async function run(program: Program, runMSMax: number): Promise<string> {
  const child = spawned(program)
  const lines = new LastLines()
  const output: string[] = []
  createInterface({ input: child.stdout }).on('line', line => output.push(line))
  createInterface({ input: child.stderr }).on('line', line => lines.add(line))
  const name = `${program.command} ${program.args.join(' ')}`
  try {
    const [status] = (await within(once(child, 'close'), runMSMax, name)) as [number | null]
    if (status === 0) return output.join('\n')
    throw new Error(`${name} ended with status ${status}; its last lines:\n${lines.text}`)
  } catch (error) {
    await stop(child)
    const { message, code } = error as NodeJS.ErrnoException
    throw new Unavailable(code === 'ENOENT' ? `the program "${program.command}" is needed, and is not there` : message)
  }
}

type Child = ChildProcess & { readonly stdout: Readable; readonly stderr: Readable }

/** What runs now: nothing of it outlives this process. */
const running = new Set<Child>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM')
})

function spawned({ command, args, environment, folder }: Program): Child {
  const env = { ...process.env, ...environment }
  const where = folder === undefined ? {} : { cwd: folder }
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], ...where })
  running.add(child)
  child.once('close', () => running.delete(child))
  return child
}

function lineThat(child: Child, ready: RegExp, lines: LastLines): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', status => reject(new Error(`it ended with status ${status}`)))
    for (const input of [child.stdout, child.stderr])
      createInterface({ input }).on('line', line => {
        lines.add(line)
        const matched = ready.exec(line)
        if (matched !== null) resolve(matched)
      })
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  try {
    await within(ended, stopMSMax, `the end of process ${child.pid}`)
  } catch {
    child.kill('SIGKILL')
    await ended
  }
}

class LastLines {
  readonly #lines: string[] = []

  add(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length > lastLinesMax) this.#lines.shift()
  }

  get text(): string {
    return this.#lines.join('\n')
  }
}
