import { parseArgs } from 'node:util'

export const usage = `npm run test:interop [-- options]

Runs cenote on servers and on runtimes, other drivers on cenote's embedded deployment, and mongoose on cenote: all that is the work
of others. It is installed below dist/interop/ the first time, which needs the network, and runs as processes of their own on
loopback addresses.

  --only NAME   only this one; may be given more than once
  --list        the names
  --write       make docs/differences.md anew from the tables of known differences, and run nothing
  --help        this text

Exit status: 0 when each case passed or deviates as its table says, 1 when one did not, 2 for a wrong command line.
`

export interface CommandLine {
  readonly help: boolean
  readonly list: boolean
  readonly write: boolean
  /** Names of strangers; empty: all. */
  readonly only: readonly string[]
}

/** The command line is wrong: the message says how. */
export class UsageError extends Error {}

/** @throws {UsageError} for an unknown option, or a name that is not among `names`. */
export function commandLineOf(args: readonly string[], names: readonly string[]): CommandLine {
  const { help, list, write, only } = parsed(args)
  const unknown = only.find(name => !names.includes(name))
  if (unknown !== undefined) throw new UsageError(`--only ${unknown}: there is none; there are ${names.join(', ')}`)
  return { help, list, write, only }
}

function parsed(args: readonly string[]): CommandLine {
  const options = {
    only: { type: 'string', multiple: true, default: [] as string[] },
    list: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false }
  } as const
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
