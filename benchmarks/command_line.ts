import { parseArgs } from 'node:util'
import type { ForeignSide } from './results.ts'

export const usage = `npm run bench [-- OPTION …]

Measures cenote and the official Node driver side by side against a server with prepared replies: they take turns in
fresh processes, each with its default options but the pool's size (10). The ratio is cenote's share of what the other
needs: the median of the rounds, in brackets the quartiles, behind them the smallest and the largest.

  --workload NAME   only workloads with NAME in their name (again for more; --list names them)
  --pairs N         rounds (default 7)
  --seconds N       about how long the official driver works in the measured part of a run; the number of operations
                    follows from it and is the same for all sides (default 2)
  --peer PEER       also go or rust, MongoDB's driver of that language, built from its registry the first time; or
                    sockets, the floor: the same bytes on bare sockets (again for more)
  --cpu N           the CPU that client and server share in the rows that have one between them (default 0)
  --server KIND     native or JavaScript (default: native where it can be built)
  --json FILE       also writes everything that was measured
  --write           also writes docs/benchmarks/: the tables and a plot
  --smoke           tries every workload with a few operations and checks what each side sends; measures nothing
  --list            the workloads
  --help            this text

All of it takes about 40 minutes; for stable numbers leave the machine alone meanwhile. Some documents are read from the
drivers' specifications below $CENOTE_SPECIFICATIONS, or ../shared/specifications; where they are not, those rows are
not run.`

export interface Flags {
  readonly workload: readonly string[]
  readonly pairs: number
  readonly seconds: number
  readonly peer: readonly ForeignSide[]
  readonly cpu: number
  readonly server: 'native' | 'JavaScript' | undefined
  readonly json: string | undefined
  readonly write: boolean
  readonly smoke: boolean
  readonly list: boolean
  readonly help: boolean
}

/** What the program was asked for and cannot do, in words for whoever asked. */
export class Refusal extends Error {}

const text = { type: 'string' } as const
const flag = { type: 'boolean', default: false } as const
const texts = { type: 'string', multiple: true, default: [] as string[] } as const

export function flagsOf(args: string[]): Flags {
  const values = parsed(args)
  return {
    workload: values.workload,
    pairs: number('pairs', values.pairs, 7, 1),
    seconds: number('seconds', values.seconds, 2, 0),
    peer: values.peer.map(name => oneOf('peer', name, ['go', 'rust', 'sockets'] as const)),
    cpu: number('cpu', values.cpu, 0, 0),
    server: values.server === undefined ? undefined : oneOf('server', values.server, ['native', 'JavaScript'] as const),
    json: values.json,
    write: values.write,
    smoke: values.smoke,
    list: values.list,
    help: values.help
  }
}

function parsed(args: string[]) {
  try {
    const options = {
      workload: texts,
      pairs: text,
      seconds: text,
      peer: texts,
      cpu: text,
      server: text,
      json: text,
      write: flag,
      smoke: flag,
      list: flag,
      help: flag
    }
    return parseArgs({ args, options }).values
  } catch (error) {
    throw new Refusal(`${(error as Error).message}\n\n${usage}`)
  }
}

function number(name: string, given: string | undefined, otherwise: number, least: number): number {
  if (given === undefined) return otherwise
  const value = Number(given)
  if (given.trim() === '' || !Number.isFinite(value) || value < least)
    throw new Refusal(`--${name} takes a number of at least ${least}, not "${given}"`)
  return value
}

function oneOf<Name extends string>(flagName: string, given: string, names: readonly Name[]): Name {
  const found = names.find(name => name === given)
  if (found === undefined) throw new Refusal(`--${flagName} takes ${names.join(' or ')}, not "${given}"`)
  return found
}
