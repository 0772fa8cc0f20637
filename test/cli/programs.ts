/** The program as users start it: as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

const program = 'dist/src/cli/main.js'

export interface Ended {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A test that fails must not leave processes: they have groups of their own, and would live on. */
const started = new Set<Program>()
process.on('exit', () => {
  for (const { child, anyAlive } of started)
    if (anyAlive && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
})

/** A process with what it has written so far. */
export class Program {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  stdout = ''
  stderr = ''
  #changed: (() => void)[] = []

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    // A group of its own: whatever it starts can be found, and nothing that is sent to it reaches others.
    const environment = { ...process.env, MONGODB_URI: '', ...env }
    this.child = spawn(command, args, { env: environment, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    started.add(this)
    this.child.stdout?.on('data', chunk => {
      this.stdout += String(chunk)
      this.#tell()
    })
    this.child.stderr?.on('data', chunk => (this.stderr += String(chunk)))
    this.ended = once(this.child, 'close').then(([status, signal]) => {
      if (!this.anyAlive) started.delete(this)
      this.#tell()
      return { status, signal, stdout: this.stdout, stderr: this.stderr } as Ended
    })
  }

  static cenote(args: readonly string[], env?: Readonly<Record<string, string>>): Program {
    return new Program(process.execPath, [program, ...args], env)
  }

  /** Resolves with the match once standard output has one. */
  async says(expected: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = expected.exec(this.stdout)
      if (match !== null) return match
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`it ended without having said ${expected}: ${this.stdout}${this.stderr}`)
      await new Promise<void>(resolve => this.#changed.push(resolve))
    }
  }

  /** Whether a process of its group is alive: itself, or one that it has started. */
  get anyAlive(): boolean {
    try {
      process.kill(-(this.child.pid ?? 0), 0)
      return true
    } catch {
      return false
    }
  }

  #tell(): void {
    for (const changed of this.#changed.splice(0)) changed()
  }
}
